"""Contacts of doors, bins and slots: judged where they are written, and given their meaning."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.edge.trading.setup import Input, InputKind, TradingSetup
from gateway.model.errors import ConfigError
from gateway.model.wiring import Block, Table
from gateway.orders.purchase.shelf import Proof
from gateway.profile.load import BUILT_IN, Library
from tests.scenario.trading_side import with_more

HAND = "hand: {device: io, point: input-1}"


def test_contacts_have_the_meaning_that_the_site_file_gives_them() -> None:
    setup = TradingSetup(with_more())
    assert setup.inputs == {
        "io/input-1": Input(kind=InputKind.HAND, place="glass", inverted=False),
        "io/input-2": Input(kind=InputKind.JAM, place="glass", inverted=False),
        "io/input-3": Input(kind=InputKind.WRONG, place="glass", inverted=True),
        "io/input-4": Input(kind=InputKind.PRESENCE, place="fridge", inverted=False, shelf="fridge/slot"),
        "io/input-5": Input(kind=InputKind.DEFROST, place="fridge", inverted=False),
    }
    assert setup.cabinets["fridge"].shelves[-1].proofs == (Proof.PRESENCE,)


def test_every_proof_that_a_shelf_has_is_asked() -> None:
    setup = TradingSetup(with_more({"weigher: low, articles": "weigher: low, rfid: true, articles"}))
    assert setup.cabinets["fridge"].shelves[1].proofs == (Proof.WEIGHT, Proof.RFID)


@pytest.mark.parametrize(
    ("hand", "what"),
    [
        ("hand: {device: oi, point: input-1}", "there is no device `oi`"),
        ("hand: {device: io, point: input-9}", "the profile of `io` has no point `input-9` of type bit"),
        ("hand: {device: air, point: temperature}", "the profile of `air` has no point `temperature` of type bit"),
        ("hand: {device: io, point: input-2}", "a second use of `io input-2`"),
        ("hand: {device: io}", "point"),
        ("hand: io/input-1", "hand"),
    ],
)
def test_a_contact_that_cannot_be_is_told_in_its_line(hand: str, what: str) -> None:
    text = {"    tare_g: 12000\n": f"    tare_g: 12000\n    {hand}\n    jam: {{device: io, point: input-2}}\n"}
    with pytest.raises(ConfigError) as caught:
        with_more(text)
    assert any(what in str(problem) for problem in caught.value.problems), caught.value.problems


def test_the_eight_inputs_of_the_module_are_one_read() -> None:
    model = Library((BUILT_IN,)).load("sensor/waveshare_io_8ch")
    assert [group.blocks for group in model.groups] == [(Block(Table.DISCRETE, 0, 8),)]


def test_the_shipped_sites_show_how_contacts_are_written() -> None:
    sites = Path(__file__).parents[3] / "configs/sites"
    assert "hand: {" in (sites / "bin_station.yaml").read_text()
    assert "presence: {" in (sites / "cabinet_row.yaml").read_text()

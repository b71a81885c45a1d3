"""Chargers of which everything is known, registers that lie, and writes that are refused or only seem to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from simulators.estate.directory import Directory
from simulators.estate.injection import read_injection
from tests.unit.simulators.site_line import SiteLine, site_of

if TYPE_CHECKING:
    from pathlib import Path

SITE = site_of("""\
site: bikes
buses: [{name: line-1, link: {kind: serial, path: /dev/line-1, baud: 9600}}]
devices: [{name: pile, bus: line-1, profile: pile/generic_pile_2, unit: 1}]
""")
CLOSE, READ_ENERGY = "010600000001480A", "0104000C0002B1C8"
ECHO, EXCEPTION = bytes.fromhex(CLOSE), bytes.fromhex("018604")


class Shed:
    """The line, and what happens on it in the words of people."""

    def __init__(self, folder: Path) -> None:
        self.line = SiteLine(SITE, "line-1", folder)

    def inject(self, fault: str, target: str = "pile/outlet-01") -> None:
        self.line.obey(read_injection(target, fault, Directory.of(SITE)))
        self.line.run(self.line.now_s + 0.1)

    def after(self, seconds: float) -> dict[str, Any]:
        """Let time pass and return how the first outlet really stands."""
        self.line.run(self.line.now_s + seconds)
        first: dict[str, Any] = self.line.tell("outlets", unit=1)[0]
        return first

    def ask(self, request: str) -> bytes:
        return self.line.ask(request, self.line.now_s + 0.5)

    def register_wh(self) -> int:
        words = self.ask(READ_ENERGY)[3:7]
        return int.from_bytes(words[2:] + words[:2], "big")


@pytest.fixture
def shed(tmp_path: Path) -> Shed:
    shed = Shed(tmp_path)
    assert shed.ask(CLOSE) == ECHO
    return shed


def test_a_known_charger_waits_charges_and_floats(shed: Shed) -> None:
    shed.inject("bike=600W,waits=60s,left=5min,float=8W")
    assert shed.after(30)["watts"] < 1
    assert shed.after(60)["watts"] == pytest.approx(600, rel=0.01)
    assert shed.after(600)["watts"] == pytest.approx(8, abs=0.5)


def test_a_second_charger_draws_beside_the_first(shed: Shed) -> None:
    shed.inject("bike=400W")
    assert shed.after(10)["watts"] == pytest.approx(400, rel=0.01)
    shed.inject("splitter=200W")
    assert shed.after(10)["watts"] == pytest.approx(600, rel=0.01)


def test_a_register_that_begins_anew_counts_on_and_what_flowed_stays_true(shed: Shed) -> None:
    before_wh = shed.after(0)["wh"]
    shed.inject("bike=1200W")
    shed.inject("register=4294967290Wh")
    flowed_wh = shed.after(60)["wh"] - before_wh
    assert flowed_wh == pytest.approx(20, abs=1)
    assert shed.register_wh() == pytest.approx(14, abs=1), "it has rolled over"


def test_a_wild_reading_is_over_after_its_time(shed: Shed) -> None:
    true_wh = shed.register_wh()
    shed.inject("wild=3000000Wh,for=5s")
    assert shed.register_wh() == 3_000_000
    shed.after(5)
    assert shed.register_wh() == pytest.approx(true_wh, abs=1)


def test_what_is_refused_is_not_done_and_what_is_denied_is(tmp_path: Path) -> None:
    shed = Shed(tmp_path)
    for fault, is_closed in (("refuse", False), ("deny", True)):
        shed.inject(fault, "pile")
        shed.register_wh()  # no read is refused
        assert shed.ask(CLOSE)[:3] == EXCEPTION
        assert shed.after(1)["closed"] is is_closed
    shed.inject("local-stop")
    assert shed.after(1)["closed"] is False

"""DNY piles with real chargers behind them, on RS-485 and dialled in, before the whole field process in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.command import Command, CommandKind, Origin
from simulators.physics.charger import known_charger
from simulators.units.unit import What
from simulators.vendor import dny_port
from tests.scenario.dny_shed import (
    DIAL_IN,
    FIRST,
    ORDER,
    OUTLET,
    PORT,
    SECOND,
    SITE,
    TIME_S,
    PhysicsPile,
    Shed,
    play,
    site_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BORN_S = 1000.0
NUMBER = PORT + 1
LIMITED = f"unit: {FIRST}, protection: {{max_power_w: 800}}}}"


@pytest.fixture(params=[SITE, DIAL_IN], ids=["rs485", "dial-in"])
def site(request: pytest.FixtureRequest) -> str:
    return str(request.param).replace(f"unit: {FIRST}}}", LIMITED)


def play_with(site: str, story: Callable[[Shed, PhysicsPile], Awaitable[None]]) -> None:
    devices = site_of(site).devices
    piles = [PhysicsPile(device, virtual=n, seed=5, born_s=BORN_S) for n, device in enumerate(devices)]
    assert [pile.firmware.physical for pile in piles] == [FIRST, SECOND]

    async def stage(shed: Shed) -> None:
        await asyncio.sleep(60)
        await story(shed, piles[0])

    play(stage, Shed(piles=piles, site=site))


def plugs_in(pile: PhysicsPile, watts: float, left_s: float = 36_000.0) -> None:
    at_s = asyncio.get_running_loop().time()
    pile.settle(at_s)
    pile.pile.outlets[NUMBER].plug_in(at_s, known_charger(watts, left_s, float_w=3.0))


async def charges(shed: Shed, pile: PhysicsPile, watts: float = 300.0, max_w: int = 0) -> None:
    plugs_in(pile, watts)
    shed.start(max_w, max_s=20_000)
    await asyncio.sleep(10)
    assert truth(pile)["closed"]


def truth(pile: PhysicsPile) -> dict[str, Any]:
    return pile.state(asyncio.get_running_loop().time())[PORT]


def settlements(shed: Shed) -> list[dict[str, Any]]:
    return [event["body"] for event in shed.told("device", report="settlement")]


def test_a_charge_is_seen_from_its_start_to_the_settlement_that_its_pile_makes(site: str) -> None:
    async def story(shed: Shed, pile: PhysicsPile) -> None:
        await charges(shed, pile)
        assert shed.values("outlet-04/state")[-1][1] == 1
        await asyncio.sleep(1510)
        powers = [value or 0.0 for _, value in shed.values("outlet-04/power")]
        assert len(powers) == 5, "one every five minutes"
        assert powers[-1] == pytest.approx(300, rel=0.03)
        volts = shed.values("outlet-04/port-voltage")[-1][1] or 0.0
        assert 200 < volts < 240
        assert shed.values("outlet-04/current")[-1][1] == pytest.approx(powers[-1] / (0.98 * volts), rel=0.01)
        stop = Command(id="stop-1", kind=CommandKind.STOP, target=OUTLET, origin=Origin.LOCAL)
        shed.field.arbiter.submit(stop)
        await asyncio.sleep(10)
        assert not truth(pile)["closed"]
        (total,) = settlements(shed)
        assert (total["number"], total["reason"]) == (ORDER, "server")
        assert total["energy_wh"] == pytest.approx(truth(pile)["wh"], abs=10)
        assert shed.told("alarm", active=True) == []

    play_with(site, story)


def test_a_pile_really_cuts_off_above_its_own_limit_and_not_at_an_inrush(site: str) -> None:
    async def story(shed: Shed, pile: PhysicsPile) -> None:
        await charges(shed, pile, watts=700.0)
        assert pile.firmware.limits[1] == 8000
        await asyncio.sleep(30)
        assert truth(pile)["closed"]
        pile.happens(What.OVERLOAD, NUMBER, 4.5)
        await asyncio.sleep(6)
        assert not truth(pile)["closed"]
        assert truth(pile)["watts"] == 0
        assert [total["reason"] for total in settlements(shed)] == ["overload"]

    play_with(site, story)


@pytest.mark.parametrize(("watts", "reason"), [(300.0, "full"), (12.0, "low-power")])
def test_a_pile_ends_a_charge_that_is_full_or_never_drew_anything_worth(
    site: str, watts: float, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for parameter, seconds in {"FLOAT_FOR_S": 120, "FLOATS_S": 60, "LOW_AT_S": 180}.items():  # command 83, 84 set them
        monkeypatch.setattr(dny_port, parameter, seconds)

    async def story(shed: Shed, pile: PhysicsPile) -> None:
        plugs_in(pile, watts, left_s=60.0)
        shed.start(max_s=20_000)
        await asyncio.sleep(10)
        assert truth(pile)["closed"]
        await asyncio.sleep(400)
        assert not truth(pile)["closed"]
        assert [(total["number"], total["reason"]) for total in settlements(shed)] == [(ORDER, reason)]

    play_with(site, story)


def test_a_pile_goes_on_with_its_order_after_a_power_cut_and_its_clock_has_to_be_set_again(site: str) -> None:
    async def story(shed: Shed, pile: PhysicsPile) -> None:
        await charges(shed, pile)
        await shed.stores()
        before_wh = truth(pile)["wh"]
        pile.happens(What.REBOOT, seconds=30.0)
        await asyncio.sleep(20)
        assert not truth(pile)["closed"]
        shed.time_s = None
        await asyncio.sleep(20)
        assert truth(pile)["closed"]
        assert pile.firmware.clock_s < 60, "1970"
        assert [event["body"]["number"] for event in shed.told("device", report="order-running")] == [ORDER]
        await shed.stores()
        assert pile.firmware.running_told == {}
        shed.time_s = TIME_S
        await asyncio.sleep(300)
        assert pile.firmware.clock_s > TIME_S
        assert truth(pile)["wh"] > before_wh
        pile.happens(What.PLUG_OUT, NUMBER)
        await asyncio.sleep(30)
        assert [(total["number"], total["reason"]) for total in settlements(shed)] == [(ORDER, "unplugged")]

    play_with(site, story)


def test_a_settlement_is_sent_again_until_it_is_on_disk_whatever_dies_between(site: str) -> None:
    async def story(shed: Shed, pile: PhysicsPile) -> None:
        await charges(shed, pile)
        pile.happens(What.PLUG_OUT, NUMBER)
        await asyncio.sleep(30)
        assert len(pile.firmware.settlements) == 1
        pile.happens(What.REBOOT, seconds=5.0)
        await asyncio.sleep(2000)
        assert len(pile.firmware.settlements) == 1, "nobody has it on disk"
        assert len(settlements(shed)) == 1, "and it is one event, however often it was sent"
        await shed.stores()
        assert pile.firmware.settlements == {}
        await asyncio.sleep(2000)
        assert settlements(shed) == []

    play_with(site, story)


def test_a_start_without_a_charger_is_refused(site: str) -> None:
    async def story(shed: Shed, pile: PhysicsPile) -> None:
        shed.start()
        await asyncio.sleep(10)
        assert not truth(pile)["closed"]
        assert shed.told("outcome", id="start-1", state="failed")

    play_with(site, story)


def test_what_was_on_before_anybody_knew_is_told_and_opened_by_its_own_number(site: str) -> None:
    async def story(shed: Shed, pile: PhysicsPile) -> None:
        plugs_in(pile, 200.0)
        pile.firmware.ports[PORT].begin(b"somebody-else-01", 36000, 2000.0)
        pile.pile.command(NUMBER, asyncio.get_running_loop().time(), on=True)
        await asyncio.sleep(200)
        assert [event["target"] for event in shed.told("alarm", alarm="on-without-grant", active=True)] == [OUTLET]
        await asyncio.sleep(200)
        assert not truth(pile)["closed"]
        assert [total["number"] for total in settlements(shed)] == ["somebody-else-01"]

    play_with(site, story)

"""DNY piles through the whole field process in virtual time: what they push, what they are told, who answers."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

from gateway.app.check import judge
from gateway.field.memory import Memory
from gateway.model.command import Command, CommandKind, Grant, Origin
from gateway.site.check import Promise
from gateway.testing.clock import run_virtual
from gateway.wire.messages import Revocation
from tests.scenario.dny_shed import FIRST, ORDER, OUTLET, PORT, SECOND, SITE, TIME_S, Shed, play, site_of

if TYPE_CHECKING:
    from pathlib import Path


def test_such_a_pile_is_labelled_pile_protected_and_has_no_bound() -> None:
    async def check() -> None:
        result = judge(site_of())
        assert result.ok
        assert [(pile.promise, pile.bound) for bus in result.buses for pile in bus.piles] == [
            (Promise.PILE_PROTECTED, None)
        ] * 2

    run_virtual(check())


def test_piles_are_found_heard_and_answered_and_silence_to_a_poll_is_no_failure() -> None:
    async def story(shed: Shed) -> None:
        for pile in shed.piles:
            pile.power_up()
        await asyncio.sleep(1200)
        for device, pile in zip(("pile-01", "pile-02"), shed.piles, strict=True):
            heard = shed.values("voltage", device)
            assert 8 <= len(heard) <= 10, "one for each heartbeat, and for each time it was asked"
            assert {value for _, value in heard} == {230.0}
            assert len(pile.answered) >= 7
        assert shed.field.loops[0].bus.statistics.devices[0].failures == {}
        assert shed.told("alarm") == []
        assert len(shed.told("device", report="registered")) == 2

    play(story)


def test_a_pile_that_says_nothing_for_long_is_silent_and_comes_back() -> None:
    async def story(shed: Shed) -> None:
        await shed.charges()
        shed.piles[0].silent = True
        await asyncio.sleep(300)
        assert shed.told("alarm", alarm="silent", active=True) == []
        await asyncio.sleep(300)
        assert [event["target"] for event in shed.told("alarm", alarm="silent", active=True)] == ["pile-01"]
        shed.piles[0].silent = False
        await asyncio.sleep(240)
        assert [event["target"] for event in shed.told("alarm", alarm="silent", active=False)] == ["pile-01"]

    play(story)


def test_an_order_starts_under_its_number_with_its_own_limits_and_is_measured_every_five_minutes() -> None:
    async def story(shed: Shed) -> None:
        port = shed.piles[0].ports[PORT]
        port.plugged_w = 460.0
        await shed.charges(max_w=600)
        assert shed.told("outcome", id="start-1", state="done")
        assert (port.order.rstrip(b"\x00").decode(), port.limit_w) == (ORDER, 600.0)
        began_s = asyncio.get_running_loop().time()
        await asyncio.sleep(620)
        powers = shed.values("outlet-04/power")
        assert [value for _, value in powers] == [460.0, 460.0]
        assert all(moment > began_s for moment, _ in powers)
        assert [round(value or 0.0, 1) for _, value in shed.values("outlet-04/current")] == [2.0, 2.0]
        assert shed.values("outlet-05/power") == [], "nothing is said about the others, so nothing is known"
        assert shed.values("outlet-04/relay")[-1][1] == 1.0

    play(story)


def test_a_pile_cuts_off_by_the_orders_own_limit_and_its_settlement_is_answered_once_edge_has_it() -> None:
    async def story(shed: Shed) -> None:
        pile = shed.piles[0]
        await shed.charges(max_w=600)
        pile.ports[PORT].plugged_w = 700.0
        await asyncio.sleep(10)
        assert pile.ports[PORT].order == b""
        (event,) = shed.told("device", report="settlement")
        assert (event["target"], event["body"]["number"], event["body"]["reason"]) == (OUTLET, ORDER, "overload")
        await asyncio.sleep(1900)
        assert len(shed.told("device", report="settlement")) == 1, "said again, and known"
        assert len(pile.settlements) == 1, "edge is away: nobody answers"
        await shed.stores()
        assert pile.settlements == {}
        assert shed.told("device", report="settlement") == []

    play(story)


def test_a_stop_names_the_order_that_runs() -> None:
    async def story(shed: Shed) -> None:
        pile = shed.piles[0]
        pile.ports[PORT].plugged_w = 460.0
        await shed.charges()
        stop = Command(id="stop-1", kind=CommandKind.STOP, target=OUTLET, origin=Origin.LOCAL)
        shed.field.arbiter.submit(stop)
        await asyncio.sleep(5)
        assert shed.told("outcome", id="stop-1", state="done")
        assert pile.ports[PORT].order == b""

    play(story)


def test_an_order_that_reaches_its_end_is_stopped_by_its_number_though_its_grant_is_over() -> None:
    async def story(shed: Shed) -> None:
        pile = shed.piles[0]
        pile.ports[PORT].plugged_w = 460.0
        await shed.charges(max_s=100)
        await asyncio.sleep(100)
        assert shed.told("order", stage="ended", reason="max-time")
        assert pile.ports[PORT].order == b""

    play(story)


def test_the_number_that_a_stop_needs_survives_the_death_of_field(tmp_path: Path) -> None:
    shed = Shed(memory=Memory(tmp_path))
    pile = shed.piles[0]
    pile.ports[PORT].plugged_w = 460.0

    async def stage() -> None:
        async with shed.living():
            await shed.charges()
            assert pile.ports[PORT].order
        async with shed.living(boot="two"):
            await asyncio.sleep(1)
            shed.field.arbiter.submit(
                Command(id="stop-2", kind=CommandKind.SAFETY_OFF, target=OUTLET, origin=Origin.LOCAL)
            )
            await asyncio.sleep(5)
            assert pile.ports[PORT].order == b""

    run_virtual(stage())


def test_a_start_that_the_pile_refuses_ends_its_grant_and_nothing_stays_on() -> None:
    async def story(shed: Shed) -> None:
        shed.piles[0].ports[PORT].refuses = 1
        await shed.charges()
        assert shed.told("outcome", id="start-1", state="failed")
        assert shed.field.arbiter.grants.of(OUTLET) is None
        assert shed.piles[0].ports[PORT].order == b""

    play(story)


def test_an_alarm_of_a_pile_is_told_and_not_answered() -> None:
    async def story(shed: Shed) -> None:
        await shed.charges()
        shed.piles[1].alarm(4)
        await asyncio.sleep(10)
        (event,) = shed.told("device", report="alarm")
        assert (event["target"], event["body"]["alarm"], event["body"]["wants_answer"]) == ("pile-02", "smoke", False)

    play(story)


def test_a_pile_is_given_its_own_limit_and_a_limit_that_somebody_has_changed_is_told_and_set_again() -> None:
    async def story(shed: Shed) -> None:
        await asyncio.sleep(5)
        assert [pile.limits[:2] for pile in shed.piles] == [[36000, 8000], [36000, 20000]]
        await asyncio.sleep(1200)
        assert shed.told("alarm", alarm="own-limit-not-set") == []
        shed.piles[0].limits[1] = 15000
        await asyncio.sleep(610)
        assert [event["target"] for event in shed.told("alarm", alarm="own-limit-not-set", active=True)] == ["pile-01"]
        assert shed.piles[0].limits[1] == 8000
        await asyncio.sleep(610)
        assert shed.told("alarm", alarm="own-limit-not-set", active=False)
        assert shed.values("limit-power")[-1][1] == 800.0

    site = SITE.replace(f"unit: {FIRST}}}", f"unit: {FIRST}, protection: {{max_power_w: 800}}}}")
    play(story, Shed(site=site))


def test_a_limit_that_a_pile_does_not_take_is_told() -> None:
    async def story(shed: Shed) -> None:
        await asyncio.sleep(1210)
        assert [event["target"] for event in shed.told("alarm", alarm="own-limit-not-set", active=True)] == ["pile-02"]
        assert shed.piles[1].limits[1] == 20000

    site = SITE.replace(f"unit: {SECOND}}}", f"unit: {SECOND}, protection: {{max_power_w: 2500}}}}")
    play(story, Shed(site=site))


def test_a_pile_is_left_alone_for_half_a_second_between_two_commands_and_an_urgent_off_waits_for_nothing() -> None:
    async def story(shed: Shed) -> None:
        await shed.charges()
        line, bus = shed.lines[-1], shed.field.loops[0].bus
        ons = [shed.field.loops[0].devices[0].ons[port] for port in range(5)]
        first = len(line.heard)
        for token, write in enumerate(ons, start=1000):
            bus.command(0, write, token)
        await asyncio.sleep(4)
        told = [heard.begin_s for heard in line.heard[first:] if heard.frame[11] == 0x82]
        assert len(told) == 5
        assert all(later - earlier >= 0.5 for earlier, later in pairwise(told))
        bus.command(0, ons[0], 2000)
        await asyncio.sleep(0.1)
        asked_s = asyncio.get_running_loop().time()
        bus.off(0, shed.field.loops[0].devices[0].offs[5], 2001)
        await asyncio.sleep(0.4)
        offs = [heard for heard in line.heard if heard.frame[11] == 0x82 and heard.begin_s >= asked_s]
        assert offs[0].begin_s - asked_s < 0.45, "as soon as the line is free"

    play(story)


def test_a_pile_is_asked_how_it_is_when_it_is_met_and_after_each_start_and_end() -> None:
    async def story(shed: Shed) -> None:
        pile = shed.piles[0]
        pile.ports[PORT].plugged_w = 460.0
        await shed.charges(max_s=100)
        before = len(shed.told("device", report="registered"))
        await asyncio.sleep(10)
        assert shed.values("outlet-04/relay")[-1][1] == 1.0, "long before its next heartbeat"
        await asyncio.sleep(100)
        assert shed.values("outlet-04/relay")[-1][1] == 0.0
        queries = [given for command, given in pile.heard if command == 0x81]
        assert 3 <= len(queries) <= 4, "met and registered, started, ended"
        assert len(shed.told("device", report="registered")) == before, "it says so because it was asked"

    play(story)


def test_a_pile_that_starts_anew_is_told_its_limit_again_and_that_is_an_event() -> None:
    async def story(shed: Shed) -> None:
        await shed.charges()
        await shed.stores()
        shed.piles[0].limits[1] = 15000
        await asyncio.sleep(210)
        shed.piles[0].power_up()
        await asyncio.sleep(10)
        assert len(shed.told("device", report="registered")) == 1
        assert shed.piles[0].limits[1] == 8000

    site = SITE.replace(f"unit: {FIRST}}}", f"unit: {FIRST}, protection: {{max_power_w: 800}}}}")
    play(story, Shed(site=site))


def test_a_pile_that_asks_for_the_time_is_told_it() -> None:
    async def story(shed: Shed) -> None:
        shed.piles[0].power_up()
        assert shed.piles[0].clock_s == 0
        await asyncio.sleep(60)
        assert 0 <= shed.piles[0].clock_s - TIME_S <= 60
        assert shed.piles[0].time_asked_s is None
        assert shed.told("alarm") == []

    play(story)


def test_a_pile_is_never_told_a_doubtful_time_but_as_soon_as_it_is_certain() -> None:
    async def story(shed: Shed) -> None:
        shed.piles[0].power_up()
        await asyncio.sleep(600)
        assert shed.piles[0].clock_s <= 600
        assert [event["target"] for event in shed.told("alarm", alarm="time-not-told")] == ["pile-01"], "told once"
        shed.time_s = TIME_S
        await asyncio.sleep(200)
        assert shed.piles[0].clock_s >= TIME_S
        assert shed.told("alarm", alarm="time-not-told", active=False)

    play(story, Shed(time_s=None))


def adopts(shed: Shed) -> None:
    """Let edge explain an order that runs: from its disk it knows the number, field knows nothing."""
    until_s = asyncio.get_running_loop().time() + 3600
    grant = Grant(outlet=OUTLET, order_id="o-1", until_s=until_s, device_order_no=ORDER)
    shed.field.arbiter.grant(grant, "adopt-1", adopt=True)


def test_the_number_that_a_stop_needs_survives_the_death_of_the_whole_machine() -> None:
    shed = Shed()
    pile = shed.piles[0]
    pile.ports[PORT].plugged_w = 460.0

    async def stage() -> None:
        async with shed.living():
            await shed.charges()
            assert pile.ports[PORT].order
        async with shed.living(boot="after the power cut"):
            adopts(shed)
            shed.field.revoke(Revocation(id="revoke-1", outlet=OUTLET, order_id="o-1"))
            await asyncio.sleep(5)
            assert pile.ports[PORT].order == b""
            assert shed.told("outcome", id="revoke-1", state="done")

    run_virtual(stage())


def test_a_pile_itself_tells_the_number_that_nobody_knows_any_more_and_is_stopped_by_it() -> None:
    """Neither memory nor disk: the OFF is repeated until the pile, with its next amperes, has named its order."""
    shed = Shed()
    pile = shed.piles[0]
    pile.ports[PORT].plugged_w = 460.0

    async def stage() -> None:
        async with shed.living():
            await shed.charges()
        async with shed.living(boot="with nothing left"):
            command = Command(id="stop-3", kind=CommandKind.SAFETY_OFF, target=OUTLET, origin=Origin.LOCAL)
            shed.field.arbiter.submit(command)
            await asyncio.sleep(20)
            assert pile.ports[PORT].order, "a number of zeros is none"
            await asyncio.sleep(300)
            assert pile.ports[PORT].order == b""
            assert shed.told("outcome", id="stop-3", state="done")

    run_virtual(stage())


def test_what_a_pile_has_composed_before_a_start_does_not_end_it() -> None:
    """Its queue can be long after a power cut: a heartbeat from before the start arrives some seconds after it."""

    async def story(shed: Shed) -> None:
        pile = shed.piles[0]
        pile.ports[PORT].plugged_w = 460.0
        pile.power_up()
        await asyncio.sleep(60)
        for _ in range(8):
            pile.alarm(4)
        pile.introduce()
        shed.start()
        await asyncio.sleep(30)
        assert 0.0 in [value for moment, value in shed.values("outlet-04/relay") if moment > 1066]
        assert shed.told("order", stage="ended") == []
        assert pile.ports[PORT].order

    play(story)

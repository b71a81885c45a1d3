"""Stories of one shed, played through the whole field process in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.field.found import ORPHAN_AFTER_S
from gateway.field.memory import Memory
from gateway.model.command import Command, CommandKind, Grant, Origin
from gateway.testing.clock import run_virtual
from tests.scenario.house import PileBank, Running, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

OUTLET = "pile-02/outlet-05"
UNIT, POSITION = 2, 4
SETTLED_S = 12.0
"""After this every relay state has been read at 9600 baud."""


def play(
    story: Callable[[Running], Awaitable[None]], bank: PileBank | None = None, memory: Memory | None = None
) -> None:
    async def stage() -> None:
        async with running(bank, memory) as shed:
            await story(shed)

    run_virtual(stage())


def now_s() -> float:
    return asyncio.get_running_loop().time()


def charge(shed: Running, outlet: str = OUTLET, *, max_s: float = 3600, max_wh: int = 0) -> None:
    grant = Grant(outlet=outlet, order_id=f"order-{outlet}", until_s=now_s() + max_s, max_wh=max_wh)
    shed.house.field.arbiter.grant(grant, f"start-{outlet}")


def submit(shed: Running, command_id: str, kind: CommandKind, target: str, origin: Origin, **args: object) -> None:
    command = Command(id=command_id, kind=kind, target=target, origin=origin, args=args)
    shed.house.field.arbiter.submit(command)


def outcome(shed: Running, command_id: str) -> list[tuple[str, str]]:
    return [(e["body"]["state"], e["body"]["reason"]) for e in shed.told("outcome", id=command_id)]


async def charging(shed: Running, amps: float = 3.0) -> None:
    shed.bank.amps[UNIT, POSITION] = amps
    await asyncio.sleep(SETTLED_S)
    charge(shed)
    await asyncio.sleep(2.0)
    assert outcome(shed, f"start-{OUTLET}") == [("done", "")]
    assert shed.bank.coils[UNIT, POSITION] == 1


def test_nothing_is_switched_on_before_the_surviving_state_has_been_read() -> None:
    async def story(shed: Running) -> None:
        charge(shed)
        await asyncio.sleep(0.1)
        assert outcome(shed, f"start-{OUTLET}") == [("refused", "state-unknown")]
        assert [write for write in shed.bank.writes if write[2] != 6] == []

    play(story)


def test_an_overcurrent_is_cut_off_within_the_bound_and_recorded() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        stepped_s = now_s()
        shed.bank.amps[UNIT, POSITION] = 16.0
        await asyncio.sleep(8.0)
        (off_s, is_on), *_ = [entry for entry in shed.bank.switched(UNIT, POSITION) if entry[0] > stepped_s]
        assert not is_on
        assert (off_s - stepped_s) * 1000 <= shed.bound_ms
        (tripped,) = shed.told("trip", stage="tripped")
        (cause,) = tripped["body"]["causes"]
        assert (cause["outlet"], cause["element"], cause["ansi"], cause["measured"]) == (
            OUTLET,
            "definite-time",
            "50",
            16.0,
        )
        (record,) = shed.told("trip", stage="recorded")
        assert record["body"]["verified"] == {OUTLET: True}
        assert 0 < record["body"]["from_pick_up_ms"] < record["body"]["measured_ms"] <= shed.bound_ms
        frames = [frame["request"] for frame in record["body"]["after"]]
        assert any(frame.startswith("020500040000") for frame in frames)
        assert record["body"]["before"]
        assert [e["body"]["reason"] for e in shed.told("order", stage="ended")] == ["tripped"]

    play(story)


def test_a_trip_stays_open_until_a_person_resets_it_with_a_reason() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        shed.bank.amps[UNIT, POSITION] = 16.0
        await asyncio.sleep(8.0)
        shed.bank.amps[UNIT, POSITION] = 3.0
        charge(shed)
        assert outcome(shed, f"start-{OUTLET}")[-1][0] == "refused"
        submit(shed, "r1", CommandKind.RESET, OUTLET, Origin.LOCAL)
        submit(shed, "r2", CommandKind.RESET, OUTLET, Origin.LOCAL, reason="charger replaced")
        assert outcome(shed, "r1") == [("refused", "reason-missing")]
        assert outcome(shed, "r2") == [("done", "")]
        charge(shed)
        await asyncio.sleep(2.0)
        assert outcome(shed, f"start-{OUTLET}")[-1] == ("done", "")
        assert shed.bank.coils[UNIT, POSITION] == 1

    play(story)


def test_neighbours_that_trip_together_leave_as_one_frame() -> None:
    async def story(shed: Running) -> None:
        for position in (4, 5):
            shed.bank.amps[UNIT, position] = 3.0
        await asyncio.sleep(SETTLED_S)
        charge(shed)
        charge(shed, "pile-02/outlet-06")
        await asyncio.sleep(3.0)
        before = len(shed.bank.writes)
        for position in (4, 5):
            shed.bank.amps[UNIT, position] = 16.0
        await asyncio.sleep(2.0)
        offs = [(function, address) for _, unit, function, address, _ in shed.bank.writes[before:] if unit == UNIT]
        assert offs == [(15, 4)]

    play(story)


@pytest.mark.parametrize(("limits", "reason"), [({"max_s": 20.0}, "max-time"), ({"max_wh": 50}, "set-limit")])
def test_a_grant_ends_at_its_limit(limits: dict[str, float], reason: str) -> None:
    async def story(shed: Running) -> None:
        shed.bank.amps[UNIT, POSITION] = 3.0
        await asyncio.sleep(SETTLED_S)
        charge(shed, **limits)  # type: ignore[arg-type] # a table of keyword arguments
        for _ in range(60):
            await asyncio.sleep(1.0)
            shed.bank.watt_hours[UNIT, POSITION] += 2
        assert [e["body"]["reason"] for e in shed.told("order", stage="ended")] == [reason]
        assert shed.bank.coils[UNIT, POSITION] == 0

    play(story)


def test_an_outlet_found_on_is_told_protected_at_once_and_opened_when_nobody_explains_it() -> None:
    bank = PileBank()
    bank.coils[UNIT, POSITION] = 1
    bank.amps[UNIT, POSITION] = 3.0
    bank.coils[3, 7] = 1
    bank.amps[3, 7] = 16.0

    async def story(shed: Running) -> None:
        await asyncio.sleep(2.0)
        assert shed.bank.coils[3, 7] == 0  # over the pick-up since before the start
        await asyncio.sleep(SETTLED_S)
        assert [e["target"] for e in shed.told("alarm", alarm="on-without-grant")] == [OUTLET]
        assert shed.bank.coils[UNIT, POSITION] == 1
        await asyncio.sleep(ORPHAN_AFTER_S)
        assert shed.bank.coils[UNIT, POSITION] == 0

    play(story, bank)


def test_a_stop_must_name_the_running_order_but_a_safety_off_names_nothing() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        submit(shed, "s1", CommandKind.STOP, OUTLET, Origin.CLOUD, order_id="somebody-else")
        assert outcome(shed, "s1") == [("refused", "order-mismatch")]
        submit(shed, "s2", CommandKind.SAFETY_OFF, "pile-02", Origin.CLOUD)
        await asyncio.sleep(1.0)
        assert outcome(shed, "s2") == [("done", "")]
        assert shed.bank.coils[UNIT, POSITION] == 0
        assert shed.bank.writes[-1][2] == 15  # the whole pile with one frame

    play(story)


def test_a_dead_pile_is_told_once_and_costs_the_others_nothing() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        shed.bank.silent.add(3)
        await asyncio.sleep(20.0)
        assert [e["body"]["active"] for e in shed.told("alarm", alarm="silent")] == [True]
        assert "pile-03:silent" in shed.house.field.snapshot().alarms, (
            "edge is told of it even if its log knows nothing"
        )
        stepped_s = now_s()
        shed.bank.amps[UNIT, POSITION] = 16.0
        await asyncio.sleep(2.0)
        off_s = next(end_s for end_s, is_on in shed.bank.switched(UNIT, POSITION) if not is_on)
        assert (off_s - stepped_s) * 1000 <= shed.bound_ms
        shed.bank.silent.clear()
        await asyncio.sleep(15.0)
        assert [e["body"]["active"] for e in shed.told("alarm", alarm="silent")] == [True, False]
        assert "pile-03:silent" not in shed.house.field.snapshot().alarms

    play(story)


def test_a_welded_relay_climbs_the_ladder_and_locks_only_its_outlet_out() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        shed.bank.welded.add((UNIT, POSITION))
        shed.bank.amps[UNIT, POSITION] = 16.0
        await asyncio.sleep(30.0)
        rungs = [e["body"]["rung"] for e in shed.told("trip", stage="not-opened")]
        assert rungs[0] == "repeat"
        assert len(rungs) >= 2
        assert shed.told("alarm", alarm="breaker-failure", active=True) or shed.told("alarm", alarm="weld", active=True)
        charge(shed, "pile-03/outlet-01")
        await asyncio.sleep(2.0)
        assert outcome(shed, "start-pile-03/outlet-01") == [("done", "")]

    play(story)


def test_latches_and_grants_outlive_the_process(tmp_path: Path) -> None:
    bank = PileBank()

    async def first(shed: Running) -> None:
        await charging(shed)
        charge(shed, "pile-03/outlet-01")
        await asyncio.sleep(2.0)
        shed.bank.amps[UNIT, POSITION] = 16.0
        await asyncio.sleep(8.0)
        told = len(shed.events)
        assert told == len(Memory(tmp_path).events())

    async def second(shed: Running) -> None:
        assert len(shed.told("trip", stage="tripped")) == 1
        await asyncio.sleep(SETTLED_S)
        charge(shed)
        assert outcome(shed, f"start-{OUTLET}")[-1][0] == "refused"
        assert shed.told("alarm", alarm="on-without-grant") == []
        assert shed.bank.coils[3, 0] == 1

    play(first, bank, Memory(tmp_path))
    play(second, bank, Memory(tmp_path))

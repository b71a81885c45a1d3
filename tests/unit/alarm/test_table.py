"""Every pair of state and event is decided, and decided as ISA-18.2 has it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.alarm import event as happens
from gateway.alarm.incident import STANDING, UNSEEN, Incident, Record, Stage, from_json, to_json
from gateway.alarm.table import ALARM
from gateway.orders.clock import SYNCHRONISED, Now

AT = Now(at_ms=1_000_000, ts_ms=1_800_000_000_000, clock=SYNCHRONISED)
LATER = Now(at_ms=AT.at_ms + 600_000, ts_ms=AT.ts_ms + 600_000, clock=SYNCHRONISED)
RAISED, CLEARED, SEEN = happens.Raised(), happens.Cleared(), happens.Acknowledged(by="wang")
RESET = happens.Cleared(by="wang", why="looked at")
SHELVE = happens.Shelved(by="wang", why="known", until_ms=AT.at_ms + 60_000, until_ts_ms=AT.ts_ms + 60_000)
OUT, BACK = happens.Removed(by="wang", why="replaced"), happens.Restored(by="wang")
UNDER, RELEASED = happens.Suppressed(under="line:link-down"), happens.Released()
TICK = happens.Tick()
QUIET = (Stage.SHELVED, Stage.OUT_OF_SERVICE, Stage.SUPPRESSED)
EVENTS = (RAISED, CLEARED, RESET, SEEN, SHELVE, happens.Unshelved(by="wang"), OUT, BACK, UNDER, RELEASED, TICK)


def after(*events: object, latches: bool = False) -> Incident:
    alarm = Incident(target="pile/1", word="weld", latches=latches)
    for event in events:
        alarm = ALARM.step(alarm, event, LATER if event is TICK else AT).order
    return alarm


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ((RAISED,), Stage.UNACKNOWLEDGED),
        ((RAISED, SEEN), Stage.ACKNOWLEDGED),
        ((RAISED, SEEN, CLEARED), Stage.NORMAL),
        ((RAISED, CLEARED), Stage.RETURNED),
        ((RAISED, CLEARED, SEEN), Stage.NORMAL),
        ((RAISED, CLEARED, RAISED), Stage.UNACKNOWLEDGED),
        ((RAISED, RESET), Stage.NORMAL),
        ((happens.Raised(momentary=True),), Stage.RETURNED),
        ((happens.Raised(momentary=True), SEEN), Stage.NORMAL),
        ((RAISED, SHELVE), Stage.SHELVED),
        ((RAISED, SHELVE, TICK), Stage.UNACKNOWLEDGED),
        ((RAISED, SHELVE, CLEARED, TICK), Stage.NORMAL),
        ((RAISED, SHELVE, CLEARED, RAISED, CLEARED, TICK), Stage.RETURNED),
        ((RAISED, SHELVE, happens.Unshelved(by="li")), Stage.UNACKNOWLEDGED),
        ((RAISED, OUT, TICK), Stage.OUT_OF_SERVICE),
        ((RAISED, OUT, CLEARED, BACK), Stage.NORMAL),
        ((RAISED, OUT, CLEARED, RAISED, CLEARED, BACK), Stage.RETURNED),
        ((happens.Raised(under="line:link-down"),), Stage.SUPPRESSED),
        ((happens.Raised(under="line:link-down"), CLEARED, RELEASED), Stage.NORMAL),
        ((happens.Raised(under="line:link-down"), RELEASED), Stage.UNACKNOWLEDGED),
        ((RAISED, UNDER, CLEARED, RELEASED), Stage.RETURNED),
        ((RAISED, SEEN, UNDER, CLEARED, RELEASED), Stage.NORMAL),
    ],
)
def test_an_alarm_goes_the_way_of_the_standard(events: tuple[object, ...], stage: Stage) -> None:
    assert after(*events).stage is stage


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ((RAISED, SEEN), Stage.LATCHED),
        ((RAISED, SEEN, RESET), Stage.NORMAL),
        ((RAISED, SHELVE), Stage.UNACKNOWLEDGED),
        ((RAISED, SEEN, SHELVE), Stage.LATCHED),
        ((RAISED, SEEN, OUT), Stage.LATCHED),
    ],
)
def test_a_latch_stands_until_it_is_reset_and_rests_nowhere(events: tuple[object, ...], stage: Stage) -> None:
    assert after(*events, latches=True).stage is stage


@pytest.mark.parametrize("latches", [False, True])
def test_nothing_that_can_be_reached_hides_what_holds(latches: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Whatever happens, however long: what holds stands, who is not told has been told to rest, all can be stored."""
    fresh = {Incident(target="pile/1", word="weld", latches=latches)}
    reached: set[Incident] = set()
    while fresh:
        reached |= fresh
        steps = [(before, event, _next(before, event)) for before in fresh for event in EVENTS]
        for before, event, alarm in steps:
            _judge(before, event, alarm)
        fresh = {replace(alarm, raised=0) for _, _, alarm in steps} - reached
    never = {Stage.ACKNOWLEDGED, Stage.SHELVED, Stage.OUT_OF_SERVICE} if latches else {Stage.LATCHED}
    assert {alarm.stage for alarm in reached} == set(Stage) - never


def _next(alarm: Incident, event: object) -> Incident:
    return ALARM.step(alarm, event, LATER if event is TICK else AT).order


def _judge(before: Incident, event: object, alarm: Incident) -> None:
    if alarm.stage is Stage.NORMAL:
        assert not alarm.active
        if before.stage in UNSEEN:
            assert event in (SEEN, RESET), "nobody has seen it"
        return
    assert alarm.active <= (alarm.stage in STANDING)
    assert (alarm.stage in UNSEEN) is (alarm.unseen_ms is not None)
    assert (alarm.stage is Stage.SHELVED) is (alarm.until_ms is not None)
    assert (alarm.stage is Stage.SUPPRESSED) is bool(alarm.under)
    assert not alarm.owed or alarm.stage in QUIET
    record = Record(incident=alarm)
    assert from_json(to_json(record)) == record

"""The states of an alarm (ISA-18.2) as a table: what becomes of it on which event. Pure.

Nothing here forgets an alarm: one that was raised while it was shelved, out of service or suppressed stands
unacknowledged afterwards, even where its condition has gone again meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.alarm.event import (
    Acknowledged,
    Cleared,
    Doubted,
    Raised,
    Released,
    Removed,
    Restored,
    Shelved,
    Suppressed,
    Tick,
    Unshelved,
)
from gateway.alarm.incident import UNSEEN, Incident, Stage
from gateway.orders.machine import Done, Machine, Row

if TYPE_CHECKING:
    from gateway.orders.clock import Now

(NEW, UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED, LATCHED, SHELVED, OUT, SUPPRESSED, NORMAL) = Stage
QUIET = frozenset({SHELVED, OUT, SUPPRESSED})
"""Nobody is told of these."""

STAY = None


def take(alarm: Incident, event: object, now: Now) -> Incident:
    """Enter what is known of the condition."""
    if alarm.stage is NORMAL:
        return alarm
    if isinstance(event, Raised):
        return _raised(alarm, event, now)
    if isinstance(event, Cleared):
        return replace(alarm, active=False, doubted_ms=None)
    if isinstance(event, Doubted) and alarm.active:
        return replace(alarm, doubted_ms=now.at_ms)
    return alarm


def _raised(alarm: Incident, event: Raised, now: Now) -> Incident:
    alarm = replace(alarm, doubted_ms=None, detail=event.detail or alarm.detail)
    if alarm.active:
        return alarm
    group, is_first = (event.group, event.is_first) if alarm.stage is NEW else (alarm.group, alarm.is_first)
    return replace(
        alarm,
        active=not event.momentary,
        owed=alarm.owed or alarm.stage in {SHELVED, OUT, RETURNED},
        raised=alarm.raised + 1,
        since_ms=now.at_ms,
        since_ts_ms=now.ts_ms,
        group=group,
        is_first=is_first,
    )


def enter(alarm: Incident, now: Now) -> Incident:
    """Forget what belonged to the stage before."""
    since_ms = now.at_ms if alarm.unseen_ms is None else alarm.unseen_ms
    alarm = replace(alarm, unseen_ms=since_ms if alarm.stage in UNSEEN else None)
    if alarm.stage is not SHELVED:
        alarm = replace(alarm, until_ms=None, until_ts_ms=None)
    if alarm.stage is not SUPPRESSED:
        alarm = replace(alarm, under="")
    return alarm if alarm.stage in QUIET else replace(alarm, owed=False)


# ---------------------------------------------------------------------- guards


def is_consequence(_alarm: Incident, event: Raised, _now: Now) -> bool:
    return bool(event.under)


def is_momentary(_alarm: Incident, event: Raised, _now: Now) -> bool:
    return event.momentary


def by_a_person(_alarm: Incident, event: Cleared, _now: Now) -> bool:
    return bool(event.by)


def latches(alarm: Incident, _event: object, _now: Now) -> bool:
    return alarm.latches


def may_rest(alarm: Incident, _event: object, _now: Now) -> bool:
    return not alarm.latches


def holds(alarm: Incident, _event: object, _now: Now) -> bool:
    return alarm.active


def is_owed(alarm: Incident, _event: object, _now: Now) -> bool:
    return alarm.owed


def is_over(alarm: Incident, _event: object, now: Now) -> bool:
    return alarm.until_ms is not None and now.at_ms >= alarm.until_ms


def over_and_holds(alarm: Incident, event: object, now: Now) -> bool:
    return is_over(alarm, event, now) and alarm.active


def over_and_owed(alarm: Incident, event: object, now: Now) -> bool:
    return is_over(alarm, event, now) and alarm.owed


# ---------------------------------------------------------------------- actions


def note_who(alarm: Incident, event: Acknowledged, _now: Now) -> Done[Incident]:
    return Done(replace(alarm, by=event.by, why=""))


def shelve(alarm: Incident, event: Shelved, _now: Now) -> Done[Incident]:
    """Who shelves an alarm has seen it."""
    until_ms, until_ts_ms = event.until_ms, event.until_ts_ms
    return Done(replace(alarm, by=event.by, why=event.why, owed=False, until_ms=until_ms, until_ts_ms=until_ts_ms))


def remove(alarm: Incident, event: Removed, _now: Now) -> Done[Incident]:
    return Done(replace(alarm, by=event.by, why=event.why, owed=False))


def rest_under(alarm: Incident, event: Raised | Suppressed, _now: Now) -> Done[Incident]:
    """Owe what somebody was told of and has not acknowledged; a new consequence is not owed."""
    owed = alarm.owed or alarm.stage in {UNACKNOWLEDGED, RETURNED}
    return Done(replace(alarm, under=event.under, owed=owed))


# ---------------------------------------------------------------------- the table


def _back(stages: frozenset[Stage], on: type) -> tuple[Row[Incident, Any], ...]:
    """Return what becomes of an alarm that is heard again."""
    return (
        Row(stages=stages, on=on, to=UNACKNOWLEDGED, says="it holds", when=holds),
        Row(stages=stages, on=on, to=RETURNED, says="it came and went unheard", when=is_owed),
        Row(stages=stages, on=on, to=NORMAL, says="it is gone"),
    )


_SHELF, _OUT, _UNDER = frozenset({SHELVED}), frozenset({OUT}), frozenset({SUPPRESSED})
_HEARD = frozenset({UNACKNOWLEDGED, ACKNOWLEDGED})
_RESTABLE = frozenset({NEW, UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED, SUPPRESSED})

_ROWS: tuple[Row[Incident, Any], ...] = (
    Row(
        stages=frozenset({NEW, RETURNED}),
        on=Raised,
        to=SUPPRESSED,
        says="a consequence",
        when=is_consequence,
        do=rest_under,
    ),
    Row(stages=frozenset({NEW, RETURNED}), on=Raised, to=RETURNED, says="it happened", when=is_momentary),
    Row(stages=frozenset({NEW, RETURNED}), on=Raised, to=UNACKNOWLEDGED, says="raised"),
    Row(stages=_HEARD | {LATCHED} | QUIET, on=Raised, to=STAY, says="it goes on"),
    Row(stages=frozenset({UNACKNOWLEDGED}), on=Cleared, to=NORMAL, says="reset by a person", when=by_a_person),
    Row(stages=frozenset({UNACKNOWLEDGED}), on=Cleared, to=RETURNED, says="gone before anybody saw it"),
    Row(stages=frozenset({RETURNED}), on=Cleared, to=NORMAL, says="reset by a person", when=by_a_person),
    Row(stages=frozenset({ACKNOWLEDGED, LATCHED}), on=Cleared, to=NORMAL, says="gone"),
    Row(stages=QUIET, on=Cleared, to=STAY, says="gone unheard"),
    Row(stages=frozenset({UNACKNOWLEDGED}), on=Acknowledged, to=LATCHED, says="seen", when=latches, do=note_who),
    Row(stages=frozenset({UNACKNOWLEDGED}), on=Acknowledged, to=ACKNOWLEDGED, says="seen", do=note_who),
    Row(stages=frozenset({RETURNED}), on=Acknowledged, to=NORMAL, says="seen afterwards", do=note_who),
    Row(stages=_RESTABLE | {OUT}, on=Shelved, to=SHELVED, says="shelved", when=may_rest, do=shelve),
    Row(stages=_SHELF, on=Shelved, to=STAY, says="shelved anew", do=shelve),
    *_back(_SHELF, Unshelved),
    Row(stages=_SHELF, on=Tick, to=UNACKNOWLEDGED, says="its shelf ends, it holds", when=over_and_holds),
    Row(stages=_SHELF, on=Tick, to=RETURNED, says="its shelf ends, it came and went", when=over_and_owed),
    Row(stages=_SHELF, on=Tick, to=NORMAL, says="its shelf ends, it is gone", when=is_over),
    Row(stages=_RESTABLE | {SHELVED}, on=Removed, to=OUT, says="out of service", when=may_rest, do=remove),
    *_back(_OUT, Restored),
    Row(stages=_HEARD, on=Suppressed, to=SUPPRESSED, says="a consequence after all", do=rest_under),
    Row(stages=_UNDER, on=Suppressed, to=STAY, says="a consequence of something else", do=rest_under),
    *_back(_UNDER, Released),
    Row(stages=_HEARD | {LATCHED} | QUIET, on=Doubted, to=STAY, says="does it still hold?"),
)

ALARM: Machine[Incident] = Machine(
    name="alarm",
    stages=Stage,
    initial=NEW,
    finals=frozenset({NORMAL}),
    rows=_ROWS,
    ignores={
        Raised: frozenset({NORMAL}),
        Cleared: frozenset({NEW, RETURNED, NORMAL}),
        Acknowledged: frozenset(Stage) - {UNACKNOWLEDGED, RETURNED},
        Shelved: frozenset(Stage) - {SHELVED},
        Unshelved: frozenset(Stage) - {SHELVED},
        Tick: frozenset(Stage),
        Removed: frozenset(Stage),
        Restored: frozenset(Stage) - {OUT},
        Suppressed: frozenset(Stage) - _HEARD - _UNDER,
        Released: frozenset(Stage) - {SUPPRESSED},
        Doubted: frozenset({NEW, RETURNED, NORMAL}),
    },
    take=take,
    enter=enter,
)

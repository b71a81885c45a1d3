"""Who is told what when: from the alarms that stand, the roster, and what was told already. Pure.

A receiver hears of an alarm once it has stood unacknowledged for so long as the roster says (0: at once), again and
again until somebody acknowledges it, and of its end. What comes together goes out together: one notice.
"""

from dataclasses import dataclass, field
from itertools import chain

from pydantic import TypeAdapter

from gateway.alarm.alarms import Alarms
from gateway.alarm.catalogue import about
from gateway.alarm.flood import cause_of
from gateway.alarm.ground import Ground
from gateway.alarm.incident import UNSEEN, Record
from gateway.alarm.word import RANK, Severity
from gateway.model.site import Receiver
from gateway.orders.clock import Now

APART_MS = 4_000
"""Between two notices to one receiver: the robots of WeCom and DingTalk take 20 a minute."""

WAITING_MOST = 20
"""Notices that may wait for one receiver; what is due beyond them waits in the alarms themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One alarm in a notice, as it was when the notice was made."""

    target: str
    word: str
    severity: str
    state: str
    since_ts_ms: int
    cause: str
    detail: str = ""
    by: str = ""
    why: str = ""

    @property
    def urgency(self) -> tuple[int, int]:
        return RANK[Severity(self.severity)], -self.since_ts_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one receiver: what is new, what still waits for somebody, what is settled."""

    id: str
    receiver: str
    at_ms: int
    ts_ms: int
    raised: tuple[Item, ...] = ()
    again: tuple[Item, ...] = ()
    closed: tuple[Item, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(chain(self.raised, self.again, self.closed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Which alarms each receiver was told of and waits to hear the end of: when last, by the alarm's name.

    `last_ms`: when a notice was made for a receiver last.
    """

    alarms: dict[str, dict[str, int]] = field(default_factory=dict)
    last_ms: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What one receiver has to be told now, by the names of alarms."""

    raised: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        return not (self.raised or self.again or self.closed)


def due(alarms: Alarms, receiver: Receiver, told: Told, waiting: int, now: Now) -> Due:
    """Return what a receiver has to be told now, where `waiting` notices have not reached it yet."""
    if waiting >= WAITING_MOST or now.at_ms - told.last_ms.get(receiver.name, -APART_MS) < APART_MS:
        return Due()
    known, least = told.alarms.get(receiver.name, {}), RANK[Severity(receiver.severity)]
    unseen = {
        key: record
        for key, record in alarms.records.items()
        if record.incident.stage in UNSEEN and RANK[about(record.incident.word).severity] <= least
    }
    return Due(
        raised=tuple(
            key
            for key, record in unseen.items()
            if key not in known and now.at_ms - (record.incident.unseen_ms or 0) >= 1000 * receiver.after_s
        ),
        again=tuple(
            key
            for key, at_ms in known.items()
            if key in unseen and receiver.again_s and now.at_ms - at_ms >= 1000 * receiver.again_s
        ),
        closed=tuple(key for key in known if key not in unseen),
    )


def notice_of(due_now: Due, receiver: str, alarms: Alarms, ground: Ground, name: str, now: Now) -> Notice:
    """Return the notice that tells a receiver what is due; the worst first."""

    def items(keys: tuple[str, ...]) -> tuple[Item, ...]:
        found = [_item(alarms.records[key], ground) for key in keys if key in alarms.records]
        return tuple(sorted(found, key=lambda item: item.urgency))

    return Notice(
        id=name,
        receiver=receiver,
        at_ms=now.at_ms,
        ts_ms=now.ts_ms,
        raised=items(due_now.raised),
        again=items(due_now.again),
        closed=items(due_now.closed),
    )


def after(told: Told, receiver: str, due_now: Due, now: Now) -> Told:
    """Return what is told once such a notice is stored."""
    known = {key: at_ms for key, at_ms in told.alarms.get(receiver, {}).items() if key not in due_now.closed}
    known |= dict.fromkeys((*due_now.raised, *due_now.again), now.at_ms)
    return Told(alarms=told.alarms | {receiver: known}, last_ms=told.last_ms | {receiver: now.at_ms})


def _item(record: Record, ground: Ground) -> Item:
    incident, last = record.incident, record.acts[-1] if record.acts else None
    return Item(
        target=incident.target,
        word=incident.word,
        severity=about(incident.word).severity.value,
        state=incident.stage.value,
        since_ts_ms=incident.since_ts_ms,
        cause=cause_of(incident, ground),
        detail=incident.detail[:200],
        by="" if last is None else last.by,
        why="" if last is None or not last.by else last.why,
    )


NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)
TOLD: TypeAdapter[Told] = TypeAdapter(Told)

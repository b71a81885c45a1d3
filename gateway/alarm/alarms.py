"""All alarms of a site, and one transaction on them in the making. Pure.

Changes nothing that it was given: what it makes counts once it is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.alarm.catalogue import about
from gateway.alarm.event import Cleared, Doubted, Raised, Released, Suppressed, Tick
from gateway.alarm.incident import Act, Incident, Record, Stage, from_json, key_of, to_json
from gateway.alarm.table import ALARM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.alarm.event import Event
    from gateway.alarm.ground import Ground
    from gateway.orders.clock import Now

PREFIX = "alarm/"
"""Of the names under which alarms are stored: `alarm/TARGET:WORD`."""

REVISION = "alarms/revision"

TOGETHER_MS = 60_000
"""Alarms of one line that come no further apart are a group: the first of them is marked."""

HEARD = frozenset({Stage.UNACKNOWLEDGED, Stage.ACKNOWLEDGED})

DOUBT_MS = 120_000
"""How long field, started anew, has to say again that something still holds."""

RECORDS_KEPT = 2000
"""What is over is forgotten beyond this, the oldest first; what stands never."""

LONGEST_WHY = 200
"""Letters of what is kept of a reason."""

WHATS: Mapping[str, str] = {
    "Raised": "raised",
    "Cleared": "cleared",
    "Acknowledged": "acknowledged",
    "Shelved": "shelved",
    "Unshelved": "unshelved",
    "Removed": "taken-out-of-service",
    "Restored": "put-back",
    "Suppressed": "suppressed",
    "Released": "released",
    "Tick": "shelf-ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """By their names; `revision` rises with every change, over restarts as well."""

    records: Mapping[str, Record] = field(default_factory=dict)
    revision: int = 0

    def standing(self) -> Iterator[Record]:
        """Yield those that are not normal."""
        return (record for record in self.records.values() if record.is_standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An alarm that is otherwise than before, by the last of its acts."""

    record: Record
    revision: int

    @property
    def act(self) -> Act:
        return self.record.acts[-1]


class Turn:
    """What happens to alarms within one transaction; `changes` are in their order."""

    def __init__(self, alarms: Alarms, ground: Ground, now: Now) -> None:
        self._before = alarms
        self._ground = ground
        self.now = now
        self._records = dict(alarms.records)
        self._touched: dict[str, None] = {}
        self.revision = alarms.revision
        self.changes: list[Change] = []

    def record(self, key: str) -> Record | None:
        """Return an alarm as it is by now; None where it never was."""
        return self._records.get(key)

    # ------------------------------------------------------------------ what happens

    def raised(self, target: str, word: str, detail: str = "") -> bool:
        """Take that a condition holds; return whether that changes anything."""
        known, own = about(word), key_of(target, word)
        group, is_first = self._group(target, own)
        event = Raised(
            detail=detail,
            under=self._standing_cause(target, word),
            group=group,
            is_first=is_first,
            momentary=known.momentary,
        )
        return self.happen(target, word, event)

    def cleared(self, target: str, word: str, *, by: str = "", why: str = "") -> bool:
        """Take that a condition is gone; return whether that changes anything."""
        return self.happen(target, word, Cleared(by=by, why=why))

    def happen(self, target: str, word: str, event: Event) -> bool:
        """Let something happen to an alarm and to its consequences; return whether it meant anything."""
        key = key_of(target, word)
        record = self._records.get(key)
        acts = () if record is None else record.acts
        before = self._incident(record, target, word)
        step = ALARM.step(before, event, self.now)
        if step.row is None or step.order == before:
            return False
        self._touched[key] = None
        self._records[key] = Record(incident=step.order, acts=acts)
        goes_on = isinstance(event, Raised) and before.active
        if goes_on or isinstance(event, Doubted):
            self.revision += 1  # no act, but it may be told in other words
            return True
        self._note(key, step.order, event)
        if step.order.active is not before.active:
            self._let_follow(key)
        if step.order.stage in HEARD and (cause := self._standing_cause(target, word)):
            self.happen(target, word, Suppressed(under=cause))
        return True

    def tick(self) -> None:
        """End the shelves that are over, and what field has not said again."""
        for record in tuple(self._records.values()):
            incident = record.incident
            if incident.stage is Stage.SHELVED:
                self.happen(incident.target, incident.word, Tick())
            if incident.doubted_ms is not None and self.now.at_ms - incident.doubted_ms >= DOUBT_MS:
                self.cleared(incident.target, incident.word, why="not-said-again")

    def doubt_field(self) -> None:
        """Field has started anew: what it had said is to be said again."""
        for record in tuple(self._records.values()):
            incident = record.incident
            if incident.active and about(incident.word).of_field:
                self.happen(incident.target, incident.word, Doubted())

    def forget_strangers(self) -> None:
        """Close what is about something that the site no longer has; one that is latched as well."""
        for record in tuple(self._records.values()):
            if record.incident.active and not self._ground.has(record.incident.target):
                self.cleared(record.incident.target, record.incident.word, by="gateway", why="no-longer-here")

    def latched(self, latches: Mapping[str, str], word: str, resets: Mapping[str, tuple[str, str]]) -> None:
        """Take what is latched by what, and who has asked for which reset."""
        for outlet, cause in latches.items():
            known = self._records.get(key_of(outlet, word))
            is_known = known is not None and known.incident.active
            if cause and not is_known:
                self.raised(outlet, word, cause)
            elif is_known and not cause:
                by, why = resets.get(outlet) or resets.get(outlet.partition("/")[0]) or ("", "")
                self.cleared(outlet, word, by=by, why=why)

    # ------------------------------------------------------------------ what is stored

    def after(self) -> Alarms:
        """Return the alarms as they are once this turn is stored."""
        return Alarms(records=self._kept(), revision=self.revision)

    def state(self) -> dict[str, bytes | None]:
        """Return what changes in what is stored."""
        kept = self._kept()
        gone = self._before.records.keys() - kept.keys()
        state: dict[str, bytes | None] = dict.fromkeys((f"{PREFIX}{key}" for key in gone), None)
        state |= {f"{PREFIX}{key}": to_json(kept[key]) for key in self._touched if key in kept}
        return state | {REVISION: str(self.revision).encode()} if state else {}

    # ------------------------------------------------------------------ inside

    @staticmethod
    def _incident(record: Record | None, target: str, word: str) -> Incident:
        if record is not None and record.is_standing:
            return record.incident
        return Incident(target=target, word=word, latches=about(word).latches)

    def _note(self, key: str, incident: Incident, event: Event) -> None:
        said = (getattr(event, name, "") for name in ("why", "under", "detail"))
        act = Act(
            what=WHATS[type(event).__name__],
            at_ms=self.now.at_ms,
            ts_ms=self.now.ts_ms,
            stage=incident.stage,
            by=getattr(event, "by", ""),
            why=next(filter(None, said), "")[:LONGEST_WHY],
        )
        self.revision += 1
        record = self._records[key].after(incident, act)
        self._records[key] = record
        self.changes.append(Change(record=record, revision=self.revision))

    def _standing_cause(self, target: str, word: str) -> str:
        """Return the nearest alarm that stands and of which this one is a consequence."""
        for cause in self._ground.causes(target, word):
            record = self._records.get(cause)
            if record is not None and record.incident.active:
                return cause
        return ""

    def _let_follow(self, key: str) -> None:
        """Suppress or release the consequences of an alarm that has come or gone."""
        for record in tuple(self._records.values()):
            incident = record.incident
            if not record.is_standing or key not in self._ground.causes(incident.target, incident.word):
                continue
            cause = self._standing_cause(incident.target, incident.word)
            is_stale = incident.stage is Stage.SUPPRESSED and incident.under == key and cause != key
            if cause and (is_stale or incident.stage in HEARD):
                self.happen(incident.target, incident.word, Suppressed(under=cause))
            elif not cause:
                self.happen(incident.target, incident.word, Released())

    def _group(self, target: str, own: str) -> tuple[str, bool]:
        """Return the group that an alarm which comes now belongs to, and whether it is the first of it."""
        line = self._ground.line(target)
        near = [
            record.incident
            for record in self._records.values()
            if record.is_standing
            and record.key != own
            and self.now.at_ms - record.incident.since_ms <= TOGETHER_MS
            and self._ground.line(record.incident.target) == line
        ]
        if not near:
            return f"{own}@{self.now.at_ms}", True
        return max(near, key=lambda each: each.since_ms).group, False

    def _kept(self) -> dict[str, Record]:
        over = [record for record in self._records.values() if not record.is_standing]
        too_many = len(self._records) - RECORDS_KEPT
        if too_many <= 0:
            return self._records
        over.sort(key=lambda record: record.acts[-1].at_ms if record.acts else 0)
        gone = {record.key for record in over[:too_many]}
        return {key: record for key, record in self._records.items() if key not in gone}


def alarms_of(states: Mapping[str, bytes]) -> Alarms:
    """Return the alarms among stored values. What cannot be read is left out: who raised it says so again."""
    records = dict(_records_of((name, value) for name, value in states.items() if name.startswith(PREFIX)))
    revision = states.get(REVISION, b"0")
    return Alarms(records=records, revision=int(revision) if revision.isdigit() else 0)


def _records_of(stored: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, Record]]:
    for name, value in stored:
        try:
            record = from_json(value)
        except ValueError:
            continue
        yield name.removeprefix(PREFIX), record

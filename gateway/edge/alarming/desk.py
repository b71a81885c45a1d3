"""The alarm desk: a journal before the log; whatever raises an alarm through it has it worked in the same transaction.

An event of an alarm is told with the state that it has by it, and that state is stored with it: no death between the
two. What cannot be stored has not happened.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.alarm.alarms import Alarms, Turn, alarms_of
from gateway.alarm.catalogue import LOCKED_OUT, about
from gateway.alarm.incident import key_of
from gateway.edge.alarming.saying import NotDone, acted, asked_body, change_body, standing, wanted
from gateway.edge.book import PROTECTION
from gateway.edge.carrier import said
from gateway.edge.charging.clock import STATE as CLOCK
from gateway.edge.charging.clock import BusinessClock
from gateway.edge.journal import Entry
from gateway.edge.link import PLACE
from gateway.edge.view import latch_of
from gateway.model.command import Outcome
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from gateway.alarm.ground import Ground
    from gateway.edge.book import Book
    from gateway.edge.journal import Journal, Moment
    from gateway.model.command import Command
    from gateway.model.scan import Scan

FIELD = "alarms/field"
"""Under this name is stored whose alarms are known: the life of field that was heard last."""

UNDECODED = "undecoded"
"""What the link says of an event that it could not read: its id is the link's."""

TICK_S = 1.0
REFUSED_S = 1.0
RESETS_KEPT = 256
T = TypeVar("T")


class AlarmDesk:
    """One site's alarms, and the `Journal` of everybody else. `clock` may be exchanged for one that others share."""

    def __init__(
        self,
        *,
        journal: Journal,
        book: Book,
        ground: Ground,
        states: Mapping[str, bytes],
        new_id: Callable[[], str],
    ) -> None:
        self._journal = journal
        self._book = book
        self.ground = ground
        self.clock = BusinessClock(states, journal.now(), book.machine)
        self._new_id = new_id
        self._alone = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._resets: dict[str, tuple[str, str]] = {}
        self._field = states.get(FIELD, b"").decode("utf-8", "replace")
        self._has_begun = False
        self._latched_by: Mapping[str, object] = {}
        self.alarms: Alarms = alarms_of(states)

    # ------------------------------------------------------------------ the journal

    def now(self) -> Moment:
        return self._journal.now()

    async def append(self, entry: Entry) -> None:
        await self.append_all([entry])

    async def append_all(self, entries: Sequence[Entry]) -> None:
        if any(map(self._concerns, entries)):
            await self._whole(self._append(entries))
        else:
            await self._journal.append_all(entries)

    async def declare(self, layouts: Sequence[tuple[str, int, bytes]]) -> None:
        await self._journal.declare(layouts)

    def scans(self, scans: Sequence[Scan]) -> None:
        self._journal.scans(scans)

    def lost(self, scans: int) -> None:
        self._journal.lost(scans)

    async def commit(self) -> None:
        await self._journal.commit()

    async def outcome_of(self, command_id: str) -> Outcome | None:
        return await self._journal.outcome_of(command_id)

    async def states(self) -> Mapping[str, bytes]:
        return await self._journal.states()

    def _concerns(self, entry: Entry) -> bool:
        """Return whether alarms change with an event, or may: a latch is in what protection remembers."""
        if entry.kind is EventKind.ALARM or any(name.startswith(PROTECTION) for name in entry.state):
            return True
        return _life(entry) not in ("", self._field)

    async def _append(self, entries: Sequence[Entry]) -> None:
        async with self._alone:
            now = self._journal.now()
            turn = self._turn(now)
            field, told = self._field, []
            for entry in entries:
                if _life(entry) not in ("", field):
                    field = _life(entry)
                    turn.doubt_field()
                turn.now = self.clock.now(entry.at)
                if entry.kind is EventKind.TRIP and entry.body.get("stage") == "reset":
                    self._keep_reset(entry.target, entry.body)
                told += self._worked(entry, turn)
            turn.latched(self._latches(), LOCKED_OUT, self._resets)
            await self._commit(told, turn, now, field)

    def _worked(self, entry: Entry, turn: Turn) -> list[Entry]:
        """Return the event of an alarm with the state that it has by it, and the events of its consequences."""
        word = entry.body.get("alarm")
        if entry.kind is not EventKind.ALARM or not isinstance(word, str):
            return [entry]
        if entry.body.get("active") is False:
            turn.cleared(entry.target, word)
        else:
            turn.raised(entry.target, word, str(entry.body.get("detail", "")))
        changes, turn.changes = turn.changes, []
        key = key_of(entry.target, word)
        own = [change for change in changes if change.record.key == key]
        others = [change for change in changes if change.record.key != key]
        follow = [self._entry(change_body(each), each.record.incident.target, entry.at) for each in others]
        record = turn.record(key)
        if record is None:
            return [entry, *follow]
        shown = standing(record.incident, turn.revision) | (acted(own[-1].act) if own else {})
        shown["active"] = entry.body.get("active") is not False
        return [replace(entry, body={**entry.body, **shown}), *follow]

    async def met(self, standing: Sequence[str]) -> None:
        """Take what field says stands, `TARGET:WORD`: a new log, or one that was mended, may not know of it."""
        await self._whole(self._met(standing))

    async def _met(self, standing: Sequence[str]) -> None:
        async with self._alone:
            now = self._journal.now()
            turn = self._turn(now)
            for name in standing:
                target, _, word = name.rpartition(":")
                if not about(word).momentary:
                    turn.raised(target, word)
            await self._commit([], turn, now, self._field)

    # ------------------------------------------------------------------ from people

    async def submit(self, command: Command) -> Outcome:
        """Take a command to one alarm. Raises `GatewayError` when it cannot be recorded."""
        return await self._whole(self._submit(command))

    async def _submit(self, command: Command) -> Outcome:
        async with self._alone:
            known = await self._journal.outcome_of(command.id)
            if known is not None:
                return known
            now, word = self._journal.now(), str(command.args["alarm"])
            turn = self._turn(now)
            event = wanted(command, self.alarms.records.get(key_of(command.target, word)), turn.now)
            if command.expires_s is not None and command.expires_s <= now.mono_s:
                event = NotDone(reason="expired", detail="it waited too long to be taken")
            if isinstance(event, NotDone):
                outcome = Outcome(id=command.id, state="refused", reason=event.reason, detail=event.detail)
            else:
                turn.happen(command.target, word, event)
                outcome = Outcome(id=command.id, state="done")
            answer = Entry(
                id=self._new_id(),
                kind=EventKind.OUTCOME,
                target=command.id,
                at=now,
                body=said(outcome),
                outcome=outcome,
            )
            asked = Entry(
                id=self._new_id(), kind=EventKind.GATEWAY, target=command.target, at=now, body=asked_body(command)
            )
            await self._commit([asked, answer], turn, now, self._field)
            return outcome

    def resetting(self, command: Command) -> None:
        """Remember who has asked for a reset, and why: the end of the latch is told with it.

        Field's event of it says the same, for an edge that has started anew meanwhile.
        """
        self._keep_reset(command.target, command.args)

    def _keep_reset(self, target: str, said: Mapping[str, object]) -> None:
        self._resets.pop(target, None)
        self._resets[target] = str(said.get("by", "")), str(said.get("reason", ""))
        if len(self._resets) > RESETS_KEPT:
            del self._resets[next(iter(self._resets))]

    # ------------------------------------------------------------------ time

    async def run(self, field_life: Callable[[], str]) -> None:
        """Let time act. `field_life` returns which life of field is here; empty where it is away."""
        try:
            while True:
                await asyncio.sleep(TICK_S)
                try:
                    await self._whole(self._tick(field_life()))
                except GatewayError:  # a log that refuses is told elsewhere: the same happens again later
                    await asyncio.sleep(REFUSED_S)
        finally:
            for task in tuple(self._under_way):
                task.cancel()

    async def _tick(self, life: str) -> None:
        async with self._alone:
            now, field = self._journal.now(), life or self._field
            turn = self._turn(now)
            if field != self._field:
                turn.doubt_field()
            if not self._has_begun:
                turn.forget_strangers()
            memory = dict(self._book.protection)
            if memory != self._latched_by:
                turn.latched(self._latches(), LOCKED_OUT, self._resets)
            turn.tick()
            await self._commit([], turn, now, field)
            self._has_begun, self._latched_by = True, memory

    # ------------------------------------------------------------------ inside

    def _turn(self, now: Moment) -> Turn:
        return Turn(self.alarms, self.ground, self.clock.now(now))

    def _latches(self) -> dict[str, str]:
        return {outlet: latch_of(self._book, outlet) for outlet in self._book.outlets}

    def _entry(self, body: dict[str, object], target: str, at: Moment) -> Entry:
        return Entry(id=self._new_id(), kind=EventKind.ALARM, target=target, at=at, body=body)

    async def _commit(self, entries: Sequence[Entry], turn: Turn, now: Moment, field: str) -> None:
        """Store a turn with these events if there is anything to store; then it counts."""
        told = [*entries, *(self._entry(change_body(each), each.record.incident.target, now) for each in turn.changes)]
        state = turn.state()
        if field != self._field:
            state[FIELD] = field.encode()
        if state and not told:
            told = [self._heard_field(field, now)]
        if not told:
            return
        *others, last = told
        if state:
            last = replace(last, state={**last.state, **state, CLOCK: self.clock.to_bytes(now)})
        await self._journal.append_all([*others, last])
        self._field = field
        self.alarms = turn.after()

    def _heard_field(self, life: str, now: Moment) -> Entry:
        body = {"what": "field-met", "life": life}
        return Entry(id=self._new_id(), kind=EventKind.GATEWAY, target="*", at=now, body=body)

    async def _whole(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something to its end, even if whoever asked goes away meanwhile."""
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)


def _life(entry: Entry) -> str:
    """Return which field process has made an event: its id begins with it. Empty for an event of somebody else."""
    if PLACE not in entry.state or entry.body.get("what") == UNDECODED:
        return ""
    return entry.id.rpartition("-")[0]

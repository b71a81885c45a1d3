"""What a person far away wants done once: a lock released, a scale tared. Handed to field at most once, whoever dies.

The wish is on the disk before it leaves, and it is never sent again: where no answer comes, nobody knows whether it was
done, and that is its outcome. Where an order is under way nothing is done behind its back.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from gateway.edge.carrier import said
from gateway.edge.journal import Entry, Moment
from gateway.edge.times import left_s
from gateway.model.command import Outcome
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.wire.frames import Kind
from gateway.wire.messages import encode_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.edge.journal import Journal
    from gateway.edge.link import FieldLink
    from gateway.model.command import Command

PREFIX = "acting/"
"""Of the names under which acts without an outcome are stored; a place is used again."""

MOST = 16
LOOK_S = 1.0
WAITS_S = 10.0
"""How long after its expiry an act's outcome is waited for: a reading may have to show it."""

UNKNOWN = "unknown-whether-done"
FINAL = ("done", "refused", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act that has left, or was about to. Its outcome is waited for until `until`."""

    slot: int
    id: str
    until: Moment
    machine: str

    @property
    def state(self) -> str:
        return f"{PREFIX}{self.slot}"

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()


class ActDesk:
    """One site's. `is_taken` says whether an order is under way at a target."""

    def __init__(
        self,
        *,
        journal: Journal,
        link: FieldLink,
        machine: str,
        states: Mapping[str, bytes],
        is_taken: Callable[[str], bool],
        new_id: Callable[[], str],
    ) -> None:
        self._journal = journal
        self._link = link
        self._machine = machine
        self._is_taken = is_taken
        self._new_id = new_id
        self._alone = asyncio.Lock()
        self._under_way: set[asyncio.Task[Outcome]] = set()
        self._acts = {act.id: act for act in _acts_of(states)}

    async def submit(self, command: Command) -> Outcome:
        """Take an act; its last outcome comes as an event. Raises `GatewayError` when it cannot be recorded."""
        task = asyncio.ensure_future(self._submit(command))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _submit(self, command: Command) -> Outcome:
        async with self._alone:
            now = self._journal.now()
            reason = self._against(command, now)
            if reason or command.expires_s is None:
                outcome = Outcome(id=command.id, state="refused", reason=reason or "expiry-missing")
                await self._journal.append(self._told(outcome, now, {}))
                return outcome
            ahead_s = command.expires_s - now.mono_s + WAITS_S
            until = replace(now, ts_ms=now.ts_ms + round(1000 * ahead_s), mono_s=now.mono_s + ahead_s)
            act = Act(slot=self._free_slot(), id=command.id, until=until, machine=self._machine)
            outcome = Outcome(id=command.id, state="accepted")
            body = {"what": "act", **{name: command.args.get(name) for name in ("action", "by", "reason")}}
            asked = Entry(id=self._new_id(), kind=EventKind.GATEWAY, target=command.target, at=now, body=body)
            await self._journal.append_all([asked, self._told(outcome, now, {act.state: act.to_bytes()})])
            self._acts[act.id] = act
            left = command.expires_s - self._journal.now().mono_s
            self._link.send(Kind.COMMAND, encode_command(command, left))
            return outcome

    def closed(self, entry: Entry) -> Entry:
        """Return an event of field with what changes by it: an act that has its outcome is waited for no more."""
        act = self._acts.get(entry.target) if entry.kind is EventKind.OUTCOME else None
        if act is None or entry.body.get("state") not in FINAL:
            return entry
        return replace(entry, state={**entry.state, act.state: None})

    def stored(self, entry: Entry) -> None:
        """Take note that an event of field is on the disk."""
        if entry.kind is EventKind.OUTCOME and entry.body.get("state") in FINAL:
            self._acts.pop(entry.target, None)

    async def run(self) -> None:
        """Give up what has had no outcome in time."""
        while True:
            await asyncio.sleep(LOOK_S)
            with contextlib.suppress(GatewayError):  # a log that refuses is told elsewhere; the next look tries again
                await self._give_up()

    async def _give_up(self) -> None:
        async with self._alone:
            now = self._journal.now()
            for act in tuple(self._acts.values()):
                if left_s(act.until, now, same_machine_boot=act.machine == self._machine) <= 0:
                    detail = "no answer came; it is not sent again"
                    outcome = Outcome(id=act.id, state="failed", reason=UNKNOWN, detail=detail)
                    await self._journal.append(self._told(outcome, now, {act.state: None}))
                    self._acts.pop(act.id, None)

    def _against(self, command: Command, now: Moment) -> str:
        if command.expires_s is not None and command.expires_s <= now.mono_s:
            return "expired"
        if self._is_taken(command.target):
            return "order-under-way"
        if len(self._acts) >= MOST:
            return "busy"
        return "" if self._link.is_ready else "field-away"

    def _free_slot(self) -> int:
        taken = {act.slot for act in self._acts.values()}
        return next(slot for slot in range(MOST + 1) if slot not in taken)

    def _told(self, outcome: Outcome, now: Moment, state: Mapping[str, bytes | None]) -> Entry:
        return Entry(
            id=self._new_id(),
            kind=EventKind.OUTCOME,
            target=outcome.id,
            at=now,
            body=said(outcome),
            outcome=outcome,
            state=state,
        )


def _acts_of(states: Mapping[str, bytes]) -> Iterator[Act]:
    """Yield the acts among stored values; what cannot be read is left out."""
    for name, value in states.items():
        if name.startswith(PREFIX):
            try:
                stored = json.loads(value)
                yield Act(**{**stored, "until": Moment(**stored["until"])})
            except (KeyError, TypeError, ValueError):
                continue

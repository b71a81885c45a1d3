"""The carrier: hands wishes and grants to field, and brings both sides together after any restart.

What closes leaves only when it is on the disk. What opens leaves first and is recorded after.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Protocol

from gateway.edge.held import Held
from gateway.edge.journal import Entry, Moment
from gateway.edge.wishes import OPENING, Wish, wish_of
from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.wire.frames import Kind
from gateway.wire.messages import Granting, Revocation, encode, encode_command, encode_grant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.edge.book import Book
    from gateway.edge.journal import Journal
    from gateway.edge.link import FieldLink
    from gateway.wire.messages import Snapshot

LOOK_S = 1.0
PROGRESS_S = 60.0
"""How old what is stored of a grant's energy may be; a power cut costs no more than that."""

WISHES_MOST = 512
SAID_S = 5.0


class Owner(Protocol):
    """Who has given a grant, and decides what becomes of it where field has lost it."""

    def knows(self, order_id: str) -> bool:
        """Return whether this order is one of its own."""

    def wants(self, held: Held) -> bool:
        """Return whether a grant of its own, which field does not hold, is to be given to it again."""


class Carrier:
    """One site's carrier. `new_id` gives names that nothing else has."""

    def __init__(self, *, book: Book, journal: Journal, link: FieldLink, new_id: Callable[[], str]) -> None:
        self._book = book
        self._journal = journal
        self._link = link
        self._new_id = new_id
        self._has_met = False
        self.owner: Owner | None = None

    @property
    def is_met(self) -> bool:
        """Whether field is here, and everything that it had told before is stored."""
        return self._link.is_ready

    @property
    def field_boot(self) -> str:
        """The field process that is here, or was here last."""
        return self._link.field_boot

    # ------------------------------------------------------------------ wishes from outside

    async def seen(self, command_id: str) -> Outcome | None:
        """Return what became of a command of this id; None where it is new."""
        return await self._journal.outcome_of(command_id)

    async def submit(self, command: Command, pressed: Mapping[str, object] | None = None) -> Outcome:
        """Take a command that is no start; its last outcome comes as an event. Raises `GatewayError`: not recorded.

        `pressed` says who has cut off, and is recorded with it.
        """
        reason = self.against(command)
        if reason:
            return await self.refuse(command, reason)
        now = self._journal.now()
        wish = wish_of(command, now, self._book.machine)
        accepted = Outcome(id=command.id, state="accepted")
        changes = self._book.accept(wish)
        if command.kind in OPENING:
            self.tell(wish, now)
            await self._record(EventKind.OUTCOME, command.id, said(accepted), accepted, changes, pressed)
            return accepted
        try:
            await self.record(accepted, changes)
        except BaseException:  # where the log refuses it, it was never made
            self._book.answered(wish.id, started=False)
            raise
        self.tell(wish, now)
        return accepted

    def against(self, command: Command) -> str:
        """Return why a command cannot be carried now, or an empty string: what opens always can."""
        if command.kind in OPENING:
            return ""
        if len(self._book.wishes) >= WISHES_MOST:
            return "busy"
        return "" if self._link.is_ready else "field-away"

    async def refuse(self, command: Command, reason: str, detail: str = "") -> Outcome:
        """Record that a command is refused; one that only came too early may be sent again under its id."""
        outcome = Outcome(id=command.id, state="refused", reason=reason, detail=detail or self._detail(reason))
        if reason != "busy":
            await self.record(outcome, {})
        return outcome

    async def record(self, outcome: Outcome, changes: Mapping[str, bytes | None]) -> None:
        """Store an outcome and what changes with it."""
        await self._record(EventKind.OUTCOME, outcome.id, said(outcome), outcome, changes)

    def _detail(self, reason: str) -> str:
        return self._link.standing if reason == "field-away" else ""

    # ------------------------------------------------------------------ to field

    def say(self, command: Command, ttl_s: float = SAID_S) -> None:
        """Hand over what is worth something now or never, once; where field is away it is lost."""
        self._link.send(Kind.COMMAND, encode_command(command, ttl_s))

    def tell(self, wish: Wish, now: Moment) -> None:
        """Hand a wish to field; where field is away it is told at the next meeting."""
        wanted = wish.wanted
        if isinstance(wanted, Revocation):
            self._link.send(Kind.REVOKE, encode(wanted))
        elif wanted.kind is not CommandKind.START:
            self._link.send(Kind.COMMAND, encode_command(wanted, wish.left_s(now, self._book.machine)))
        elif (held := self._book.held.get(wanted.target)) is not None and held.command_id == wanted.id:
            self._give(held, wanted.id, now, adopt=wish.adopts)

    def tell_emergencies(self) -> None:
        """Hand over what opens whatever runs; each acts once for its id, and is told again at the meeting."""
        now = self._journal.now()
        for wish in tuple(self._book.wishes.values()):
            if isinstance(wish.wanted, Revocation) or wish.wanted.kind is CommandKind.SAFETY_OFF:
                self.tell(wish, now)

    def _give(self, held: Held, command_id: str, now: Moment, *, adopt: bool) -> None:
        if not self._has_met:
            return
        grant = held.grant(now.mono_s + held.left_s(now, self._book.machine))
        self._link.send(Kind.GRANT, encode_grant(Granting(grant=grant, command_id=command_id, adopt=adopt), now.mono_s))

    async def meet(self, snapshot: Snapshot) -> None:
        """Bring book and field together: field's live state wins, and what it has lost is given to it again."""
        self._has_met = True
        now = self._journal.now()
        await self._expire(now)
        granted = {said["grant"]["outlet"]: said for said in snapshot.grants}
        revoked = {wish.order_id for wish in self._book.wishes.values() if isinstance(wish.wanted, Revocation)}
        for outlet, running in granted.items():
            if outlet in self._book.outlets and running["grant"]["order_id"] not in revoked:
                await self._learn(outlet, running, now)
        for held in tuple(self._book.held.values()):
            if held.outlet not in granted and held.order_id not in revoked:
                await self._give_again(held, now, knows=snapshot.had_memory)
        for wish in tuple(self._book.wishes.values()):
            grant = granted.get(getattr(wish.wanted, "target", ""), {"grant": {"version": 0}})["grant"]
            if not wish.starts or 0 < grant["version"] < self._version(wish):
                self.tell(wish, now)

    def _version(self, wish: Wish) -> int:
        held = next((held for held in self._book.held.values() if held.command_id == wish.id), None)
        return 0 if held is None else held.version

    async def _learn(self, outlet: str, running: Mapping[str, Any], now: Moment) -> None:
        """Take what field knows of a grant; one that edge has lost is taken from there."""
        grant = running["grant"]
        held = self._book.held.get(outlet)
        if held is None or held.order_id != grant["order_id"]:
            left_s = grant["until_s"] - now.mono_s
            held = Held(
                outlet=outlet,
                order_id=grant["order_id"],
                command_id="",
                until=Moment(ts_ms=now.ts_ms + round(1000 * left_s), clock=now.clock, mono_s=now.mono_s + left_s),
                machine=self._book.machine,
                started_s=running["started_s"],
                max_wh=grant["max_wh"],
                max_w=grant["max_w"],
                version=grant["version"],
                device_order_no=grant["device_order_no"],
            )
            changes = self._book.running(held)
            if not self._is_owned(held):
                await self._told(held, "found", changes)
        held.is_on = held.is_on or running["closed_s"] is not None
        held.wh, held.register_wh, held.read_s, held.doubt = running["wh"], running["register_wh"], None, None

    async def _give_again(self, held: Held, now: Moment, *, knows: bool) -> None:
        """Field does not hold this grant: it was never taken, or field has lost its memory.

        Only a start that field has certainly not carried out may switch on; anything else lets stay on what is on.
        """
        if self.owner is not None and self._is_owned(held) and not self.owner.wants(held):
            self._book.ended(held)
        elif held.left_s(now, self._book.machine) <= 0 or held.is_used_up:
            reason = "set-limit" if held.is_used_up else "max-time"
            await self._told(held, "ended", self._book.ended(held), reason=reason, wh=round(held.wh))
            off = Command(id=self._new_id(), kind=CommandKind.SAFETY_OFF, target=held.outlet, origin=Origin.ORDER)
            await self.submit(off)
        elif (wish := self._book.wishes.get(held.command_id)) is not None:
            self._give(held, wish.id, now, adopt=wish.adopts or not knows)
        else:
            adoption = f"adopt-{self._new_id()}"
            self._book.adoptions[adoption] = held.outlet
            rest = held.rest()
            self._book.running(rest)
            self._give(rest, adoption, now, adopt=True)

    # ------------------------------------------------------------------ time

    async def run(self) -> None:
        """Let time act: energy is counted, wishes expire, and what was used under grants that nobody owns is stored."""
        progress_s = self._journal.now().mono_s + PROGRESS_S
        while True:
            await asyncio.sleep(LOOK_S)
            now = self._journal.now()
            self._book.count_energy()
            with contextlib.suppress(GatewayError):  # a log that refuses is told elsewhere; the next look tries again
                if not self._link.is_ready:
                    await self._expire(now)
                elif now.mono_s >= progress_s:
                    progress_s = now.mono_s + PROGRESS_S
                    await self._progress(now)

    async def _expire(self, now: Moment) -> None:
        """Give up what nobody waits for any more; a start that nobody waits for is its order's to give up."""
        for wish in tuple(self._book.wishes.values()):
            left_s = wish.left_s(now, self._book.machine)
            if left_s is not None and left_s <= 0 and not wish.starts:
                changes = self._book.answered(wish.id, started=False)
                await self.record(Outcome(id=wish.id, state="refused", reason="expired"), changes)

    async def _progress(self, now: Moment) -> None:
        for held in tuple(self._book.held.values()):
            if held.is_on and not self._is_owned(held):
                seconds = round(now.mono_s - held.started_s)
                changes = self._book.running(held)
                await self._told(held, "progress", changes, wh=round(held.wh), s=seconds)

    def _is_owned(self, held: Held) -> bool:
        return self.owner is not None and self.owner.knows(held.order_id)

    async def _told(self, held: Held, stage: str, changes: Mapping[str, bytes | None], **more: object) -> None:
        body = {"order_id": held.order_id, "stage": stage, **more}
        await self._record(EventKind.ORDER, held.outlet, body, None, changes)

    async def _record(
        self,
        kind: EventKind,
        target: str,
        body: Mapping[str, object],
        outcome: Outcome | None,
        changes: Mapping[str, bytes | None],
        pressed: Mapping[str, object] | None = None,
    ) -> None:
        now = self._journal.now()
        entry = Entry(id=self._new_id(), kind=kind, target=target, at=now, body=body, outcome=outcome, state=changes)
        if pressed is None:
            return await self._journal.append(entry)
        who = Entry(id=self._new_id(), kind=EventKind.GATEWAY, target="*", at=now, body=pressed)
        return await self._journal.append_all([who, entry])


def said(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as its event carries it."""
    return {"id": outcome.id, "state": outcome.state, "reason": outcome.reason, "detail": outcome.detail}

"""The order desk: takes wishes, records them, hands them to field, and brings both sides together after any restart.

A start leaves only when its order is on the disk. What opens leaves first and is recorded after.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from gateway.edge.journal import Entry, Moment
from gateway.edge.order import Order
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
    from gateway.edge.times import FieldTime
    from gateway.wire.messages import Snapshot

LOOK_S = 1.0
PROGRESS_S = 60.0
"""How old what is stored of an order's energy may be; a power cut costs no more than that."""

WISHES_MOST = 512


class Desk:
    """One site's desk. `new_id` gives names that nothing else has."""

    def __init__(self, *, book: Book, journal: Journal, link: FieldLink, new_id: Callable[[], str]) -> None:
        self._book = book
        self._journal = journal
        self._link = link
        self._new_id = new_id
        self._starting = asyncio.Lock()
        self._time: FieldTime | None = None

    # ------------------------------------------------------------------ wishes from outside

    async def seen(self, command_id: str) -> Outcome | None:
        """Return what became of a command of this id; None where it is new."""
        return await self._journal.outcome_of(command_id)

    async def submit(self, command: Command) -> Outcome:
        """Take a command; its last outcome comes as an event. Raises `GatewayError` when it cannot be recorded."""
        if len(self._book.wishes) >= WISHES_MOST and command.kind not in OPENING:
            return Outcome(id=command.id, state="refused", reason="busy")
        if command.kind is CommandKind.START:
            async with self._starting:
                return await self._start(command)
        now = self._journal.now()
        if command.kind not in OPENING and not self._link.is_ready:
            return await self._refuse(command, "field-away", self._link.standing)
        wish = wish_of(command, now, self._book.machine)
        accepted = Outcome(id=command.id, state="accepted")
        changes = self._book.accept(wish)
        if command.kind in OPENING:
            self._tell(wish, now)
            await self._record(EventKind.OUTCOME, command.id, _said(accepted), accepted, changes)
        else:
            await self._accept(EventKind.OUTCOME, wish, command.id, _said(accepted), changes)
            self._tell(wish, now)
        return accepted

    async def _start(self, command: Command) -> Outcome:
        now = self._journal.now()
        order_id = str(command.args.get("order_id", ""))
        reason = self._against_starting(command, order_id, now)
        if reason == "already-running":
            done = Outcome(id=command.id, state="done", reason=reason)
            await self._record(EventKind.OUTCOME, command.id, _said(done), done, {})
            return done
        if reason:
            return await self._refuse(command, reason, self._link.standing if reason == "field-away" else "")
        order = self._order(command, order_id, now)
        wish = wish_of(command, now, self._book.machine)
        accepted = Outcome(id=command.id, state="accepted")
        changes = self._book.accept(wish, order)
        limits = {name: command.args.get(name, 0) for name in ("max_s", "max_wh", "max_w")}
        body = {"order_id": order_id, "stage": "accepted", "limits": limits}
        await self._accept(EventKind.ORDER, wish, command.target, body, changes)
        self._tell(wish, now)
        return accepted

    async def _accept(
        self, kind: EventKind, wish: Wish, target: str, body: Mapping[str, object], changes: Mapping[str, bytes | None]
    ) -> None:
        """Record a wish before it leaves; where the log refuses it, it was never made."""
        try:
            await self._record(kind, target, body, Outcome(id=wish.id, state="accepted"), changes)
        except BaseException:
            self._book.answered(wish.id, started=False)
            raise

    def _against_starting(self, command: Command, order_id: str, now: Moment) -> str:
        if command.target not in self._book.outlets:
            return "unknown-outlet"
        if command.expires_s is not None and command.expires_s <= now.mono_s:
            return "expired"
        running = self._book.orders.get(command.target)
        if running is not None:
            return "already-running" if running.order_id == order_id else "outlet-busy"
        return "" if self._link.is_ready else "field-away"

    def _order(self, command: Command, order_id: str, now: Moment) -> Order:
        limits = {name: int(str(command.args.get(name) or 0)) for name in ("max_s", "max_wh", "max_w")}
        until = Moment(ts_ms=now.ts_ms + 1000 * limits["max_s"], clock=now.clock, mono_s=now.mono_s + limits["max_s"])
        return Order(
            outlet=command.target,
            order_id=order_id,
            command_id=command.id,
            until=until,
            machine=self._book.machine,
            started_s=now.mono_s,
            max_wh=limits["max_wh"],
            max_w=limits["max_w"],
        )

    async def _refuse(self, command: Command, reason: str, detail: str = "") -> Outcome:
        outcome = Outcome(id=command.id, state="refused", reason=reason, detail=detail)
        await self._record(EventKind.OUTCOME, command.id, _said(outcome), outcome, {})
        return outcome

    # ------------------------------------------------------------------ to field

    def _tell(self, wish: Wish, now: Moment) -> None:
        """Hand a wish to field; where field is away it is told at the next meeting."""
        wanted = wish.wanted
        if isinstance(wanted, Revocation):
            self._link.send(Kind.REVOKE, encode(wanted))
        elif wanted.kind is not CommandKind.START:
            self._link.send(Kind.COMMAND, encode_command(wanted, wish.left_s(now, self._book.machine)))
        elif (order := self._book.orders.get(wanted.target)) is not None and order.command_id == wanted.id:
            self._give(order, wanted.id, now, adopt=False)

    def _give(self, order: Order, command_id: str, now: Moment, *, adopt: bool) -> None:
        if self._time is None:
            return
        now_s = self._time.field_s(now.mono_s)
        grant = order.grant(now_s + order.left_s(now, self._book.machine))
        self._link.send(Kind.GRANT, encode_grant(Granting(grant=grant, command_id=command_id, adopt=adopt), now_s))

    async def meet(self, snapshot: Snapshot, time: FieldTime) -> None:
        """Bring book and field together: field's live state wins, and what it has lost is given to it again."""
        self._time = time
        now = self._journal.now()
        await self._expire(now)
        granted = {said["grant"]["outlet"]: said for said in snapshot.grants}
        revoked = {w.wanted.order_id for w in self._book.wishes.values() if isinstance(w.wanted, Revocation)}
        for outlet, said in granted.items():
            if outlet in self._book.outlets and said["grant"]["order_id"] not in revoked:
                await self._learn(outlet, said, time, now)
        for order in tuple(self._book.orders.values()):
            if order.outlet not in granted:
                await self._give_again(order, now, knows=snapshot.had_memory)
        for wish in tuple(self._book.wishes.values()):
            if not wish.starts:
                self._tell(wish, now)

    async def _learn(self, outlet: str, said: Mapping[str, Any], time: FieldTime, now: Moment) -> None:
        """Take what field knows of a grant; an order that edge has lost is taken from there."""
        grant = said["grant"]
        order = self._book.orders.get(outlet)
        if order is None or order.order_id != grant["order_id"]:
            left_s = grant["until_s"] - time.field_s(now.mono_s)
            order = Order(
                outlet=outlet,
                order_id=grant["order_id"],
                command_id="",
                until=Moment(ts_ms=now.ts_ms + round(1000 * left_s), clock=now.clock, mono_s=now.mono_s + left_s),
                machine=self._book.machine,
                started_s=time.moment(said["started_s"]).mono_s,
                max_wh=grant["max_wh"],
                max_w=grant["max_w"],
                version=grant["version"],
            )
            body = {"order_id": order.order_id, "stage": "found"}
            await self._record(EventKind.ORDER, outlet, body, None, self._book.running(order))
        order.is_on = order.is_on or said["closed_s"] is not None
        order.wh, order.register_wh = said["wh"], said["register_wh"]

    async def _give_again(self, order: Order, now: Moment, *, knows: bool) -> None:
        """Field holds no grant for this order: it was never taken, or field has lost its memory.

        Only a start that field has certainly not carried out may switch on; anything else lets stay on what is on.
        """
        if order.left_s(now, self._book.machine) <= 0 or order.is_used_up:
            reason = "set-limit" if order.is_used_up else "max-time"
            body = {"order_id": order.order_id, "stage": "ended", "reason": reason, "wh": round(order.wh)}
            await self._record(EventKind.ORDER, order.outlet, body, None, self._book.ended(order))
            off = Command(id=self._new_id(), kind=CommandKind.SAFETY_OFF, target=order.outlet, origin=Origin.ORDER)
            await self.submit(off)
        elif order.command_id in self._book.wishes:
            self._give(order, order.command_id, now, adopt=not knows)
        else:
            adoption = f"adopt-{self._new_id()}"
            self._book.adoptions[adoption] = order.outlet
            self._give(order.rest(), adoption, now, adopt=True)

    # ------------------------------------------------------------------ time

    async def run(self) -> None:
        """Let time act: energy is counted, wishes expire, and what orders have used is stored."""
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
        """Give up what nobody waits for any more; a start that field may have taken is revoked."""
        for wish in tuple(self._book.wishes.values()):
            left_s = wish.left_s(now, self._book.machine)
            if left_s is None or left_s > 0:
                continue
            outcome = Outcome(id=wish.id, state="refused", reason="expired")
            order = next((o for o in self._book.orders.values() if o.command_id == wish.id), None)
            changes = self._book.answered(wish.id, started=False)
            if order is not None:
                gone = Revocation(id=self._new_id(), outlet=order.outlet, order_id=order.order_id)
                changes |= self._book.accept(Wish(wanted=gone, until=None, machine=self._book.machine))
            await self._record(EventKind.OUTCOME, wish.id, _said(outcome), outcome, changes)

    async def _progress(self, now: Moment) -> None:
        for order in tuple(self._book.orders.values()):
            if order.is_on:
                seconds = round(now.mono_s - order.started_s)
                body = {"order_id": order.order_id, "stage": "progress", "wh": round(order.wh), "s": seconds}
                await self._record(EventKind.ORDER, order.outlet, body, None, self._book.running(order))

    async def _record(
        self,
        kind: EventKind,
        target: str,
        body: Mapping[str, object],
        outcome: Outcome | None,
        changes: Mapping[str, bytes | None],
    ) -> None:
        await self._journal.append(
            Entry(
                id=self._new_id(),
                kind=kind,
                target=target,
                at=self._journal.now(),
                body=body,
                outcome=outcome,
                state=changes,
            )
        )


def _said(outcome: Outcome) -> dict[str, object]:
    return {"id": outcome.id, "state": outcome.state, "reason": outcome.reason, "detail": outcome.detail}

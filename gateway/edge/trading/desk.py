"""The trading desk: runs the orders of cabinets and bins beside the log.

Something happens -> the order's machine decides -> one transaction -> only then does an unlock leave, once: what was
decided before a death is never sent after it. What cannot be stored has not happened: it is taken again later.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.edge.charging.names import outcome_name
from gateway.edge.trading.asking import BEGINNING, asked, barred, happened
from gateway.edge.trading.books import at_prices, books_of
from gateway.edge.trading.identifying import identified, named
from gateway.edge.trading.owed import Owed, owed_of
from gateway.edge.trading.releasing import Releases
from gateway.edge.trading.saying import Denied, refused
from gateway.edge.trading.sensing import DoorLook, Looks
from gateway.edge.trading.trade import Trade, free_slot, trades_of
from gateway.edge.trading.turn import Turn
from gateway.edge.trading.watching import heat, take
from gateway.model.command import CommandKind, Outcome
from gateway.model.errors import GatewayError
from gateway.orders.purchase.order import Purchase

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from gateway.edge.book import Book
    from gateway.edge.card_book import CardBook
    from gateway.edge.charging.clock import BusinessClock
    from gateway.edge.journal import Entry, Journal, Moment
    from gateway.edge.link import FieldLink
    from gateway.edge.trading.sensing import Look
    from gateway.edge.trading.setup import TradingSetup
    from gateway.model.command import Command
    from gateway.model.scan import Scan

LOOK_S = 0.2
TICK_S = 1.0
PROGRESS_S = 20.0
"""How old the last stored word of an order may be while a lock of it may be open."""

BLIND_S = 10.0
"""Doors that nobody could look at for longer have not been watched."""

REFUSED_S = 1.0
KEPT = frozenset({CommandKind.DECLARE, CommandKind.SEEN})
"""What is said of an order and counts later: once the doors are shut."""

TRADING = frozenset({*BEGINNING, *KEPT, CommandKind.WITHDRAW, CommandKind.FINISH})
T = TypeVar("T")


class TradingDesk:
    """One site's desk. `new_id` gives names nothing else has; `clock` is shared with the charging desk."""

    def __init__(
        self,
        *,
        book: Book,
        journal: Journal,
        link: FieldLink,
        clock: BusinessClock,
        setup: TradingSetup,
        states: Mapping[str, bytes],
        new_id: Callable[[], str],
        cards: CardBook | None = None,
    ) -> None:
        self._book = book
        self._journal = journal
        self._link = link
        self._clock = clock
        self._setup = setup
        self._new_id = new_id
        self._cards = cards
        self._looks = Looks(setup)
        book.inputs = frozenset(setup.inputs)
        self._alone = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._releases = Releases(link)
        self._door_seen_s: dict[str, float] = {}
        now = journal.now()
        self._at_s = self._ticked_s = self._told_s = now.mono_s
        self.trades: dict[str, Trade] = trades_of(states)
        self.owed: dict[str, Owed] = owed_of(states)
        self.books = self._stored = books_of(states, setup, clock.now(now))
        self._is_resumed = not self.trades
        self._priced = setup.revision

    # ------------------------------------------------------------------ from the cloud

    async def submit(self, command: Command) -> Outcome:
        """Take a command about cabinets and bins. Raises `GatewayError` when it cannot be recorded."""
        if command.kind is CommandKind.SETTLED_ACK:
            return await self._whole(self._acknowledge(command))
        return await self._whole(self._begin(command) if command.kind in BEGINNING else self._tell(command))

    def knows(self, order_id: str) -> bool:
        """Return whether an order is one of cabinets and bins whose end nobody has acknowledged."""
        return order_id in self.trades or order_id in self.owed

    async def _begin(self, command: Command) -> Outcome:
        async with self._alone:
            command = named(command, self._new_id)
            outcome = await self._known(command, str(command.args["order_id"]))
            now = self._journal.now()
            turn = self._turn(now)
            if outcome is None:
                outcome = self._begun(command, turn, now)
            turn.answer(outcome)
            await self._commit(turn)
            return outcome

    def _begun(self, command: Command, turn: Turn, now: Moment) -> Outcome:
        known = identified(command, self._cards, self._setup, turn, self._clock.now(now))
        if isinstance(known, Denied):
            return refused(command, known.reason, known.detail)
        bar = barred(known, self._setup, turn, now)
        if bar is not None:
            return refused(command, bar.reason, bar.detail)
        if not self._link.is_ready:
            return refused(command, "field-away", self._link.standing)
        found = asked(known, self._setup, turn, self._clock.now(now))
        if isinstance(found, Denied):
            return refused(command, found.reason, found.detail)
        turn.begin(Trade(slot=free_slot(turn.open()), place=command.target, order=found.order), found.events)
        return Outcome(id=command.id, state="done", reason="begun", detail=found.order.order_id)

    async def _known(self, command: Command, order_id: str) -> Outcome | None:
        """Return what to answer where an order's id was used before."""
        trade = self.trades.get(order_id)
        if trade is not None:
            is_here = trade.place == command.target
            state, reason = ("done", "already-running") if is_here else ("refused", "order-elsewhere")
            return Outcome(id=command.id, state=state, reason=reason, detail=trade.place)
        before = await self._journal.outcome_of(outcome_name(order_id))
        return None if before is None else refused(command, f"already-{before.state}", before.detail)

    async def _tell(self, command: Command) -> Outcome:
        """Let an order under way know what somebody says of it."""
        async with self._alone:
            now = self._journal.now()
            turn, trade = self._turn(now), self.trades.get(str(command.args.get("order_id", "")))
            if trade is None or trade.place != command.target:
                outcome = refused(command, "not-running")
            elif isinstance(events := happened(command, trade), Denied):
                outcome = refused(command, events.reason, events.detail)
            else:
                means = [turn.step(trade.order_id, event, now) for event in events]
                is_kept = command.kind in KEPT or any(means)
                outcome = Outcome(id=command.id, state="done") if is_kept else refused(command, "too-late")
            turn.answer(outcome)
            await self._commit(turn)
            return outcome

    async def _acknowledge(self, command: Command) -> Outcome:
        """Tell the end of an order no more: the back end has it."""
        async with self._alone:
            turn, order_id = self._turn(self._journal.now()), str(command.args.get("order_id", ""))
            owed, outcome = self.owed.get(order_id), Outcome(id=command.id, state="done")
            if owed is None:
                outcome = refused(command, "not-settled" if order_id in self.trades else "unknown-order")
            elif owed.digest != command.args.get("digest"):
                outcome = refused(command, "digest-mismatch")
            else:
                turn.acknowledged(order_id)
            turn.answer(outcome)
            await self._commit(turn)
            return outcome

    def orders(self) -> dict[str, Trade]:
        """Return the orders that are not over, by each of their doors."""
        return {door: trade for trade in self.trades.values() for door in trade.doors}

    # ------------------------------------------------------------------ from field

    def scanned(self, scan: Scan) -> None:
        """Take a scan, dated on edge's clock."""
        self._looks.take(scan, self._book.places)

    def heard(self, entries: Iterable[Entry]) -> None:
        """Take events of field that are stored: the answers of locks are among them."""
        self._releases.heard(entries)

    # ------------------------------------------------------------------ time

    async def run(self) -> None:
        """Let time and readings act."""
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                try:
                    await self._look()
                except GatewayError:  # a log that refuses is told elsewhere: the same happens again later
                    await asyncio.sleep(REFUSED_S)
        finally:
            for task in tuple(self._under_way):
                task.cancel()

    async def _look(self) -> None:
        async with self._alone:
            now, fresh, answers = self._journal.now(), self._looks.fresh(), tuple(self._releases.answers)
            turn = self._turn(now)
            seen_s, unseen = dict(self._door_seen_s), self._releases.unseen()
            try:
                for order_id in unseen & self.trades.keys():
                    turn.step(order_id, self.trades[order_id].restarted(0), now, tells=True)
                for look in fresh:
                    self._take(look, turn, now)
                for order_id, answer in answers:
                    trade = self.trades.get(order_id)
                    if trade is not None and isinstance(trade.order, Purchase):
                        turn.step(order_id, answer, now)
                is_tick = now.mono_s - self._ticked_s >= TICK_S
                if is_tick:
                    self._tick(turn, now)
                await self._commit(turn)
            except BaseException:
                self._looks.give_back(fresh)
                self._door_seen_s = seen_s
                raise
            del self._releases.answers[: len(answers)]
            self._releases.forget(unseen)
            if is_tick:
                self._at_s = self._ticked_s = now.mono_s

    def _take(self, look: Look, turn: Turn, now: Moment) -> None:
        at = _moment(now, max(look.taken_s, self._at_s))
        if isinstance(look, DoorLook):
            before_s = self._door_seen_s.get(look.target, at.mono_s)
            self._door_seen_s[look.target] = at.mono_s
            trade = turn.at(self._setup.doors[look.target])
            if at.mono_s - before_s > BLIND_S and trade is not None and trade.may_open(look.target):
                away_ms = round(1000 * (at.mono_s - before_s))
                turn.step(trade.order_id, trade.restarted(away_ms), at, tells=True)
        take(look, turn, self._setup, self._clock.now(at), at)

    def _tick(self, turn: Turn, now: Moment) -> None:
        for cabinet in self._setup.cabinets:
            heat(turn, self._setup, cabinet, self._clock.now(now), now, None)
            unfit = self._setup.unfit.get(cabinet, "")
            turn.alarm(cabinet, "price-list-unfit", active=bool(unfit), at=now, detail=unfit)
        for trade in turn.open():
            turn.step(trade.order_id, trade.tick(), now)
        turn.tell_again()
        if now.mono_s - self._told_s >= PROGRESS_S:
            for trade in turn.open():
                if trade.is_released:
                    turn.tell_stage(trade, now)

    # ------------------------------------------------------------------ inside

    def _turn(self, now: Moment) -> Turn:
        """Return a turn; the first one tells the orders of an earlier process that nobody has watched them."""
        if self._priced != self._setup.revision:
            self.books, self._priced = at_prices(self.books, self._setup), self._setup.revision
        turn = Turn(self.trades, self.owed, self.books, self._setup, self._clock, now, self._new_id)
        if not self._is_resumed:
            for trade in tuple(self.trades.values()):
                turn.step(trade.order_id, trade.restarted(self._clock.away_ms), now, tells=True)
        return turn

    async def _commit(self, turn: Turn) -> None:
        """Store a turn if something happened in it; then it counts, and unlocks leave."""
        if turn.entries:
            *entries, last = turn.entries
            last = replace(last, state={**last.state, **turn.state(self._stored)})
            await self._journal.append_all([*entries, last])
            self._stored = turn.books
            self._told_s = turn.now.mono_s
        self._is_resumed = True
        self.books = turn.books
        for trade in turn.trades.values() if turn.entries else ():
            for door in self._book.outlets.keys() & set(trade.doors):
                self._book.changed(door)
        self.trades = {trade.order_id: trade for trade in turn.open()}
        self.owed = turn.owed
        self._releases.keep(self.trades)
        for release in turn.releases:
            self._releases.send(release)

    async def _whole(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something to its end, even if whoever asked goes away meanwhile."""
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)


def _moment(now: Moment, mono_s: float) -> Moment:
    """Return another moment of the monotonic clock, on both clocks."""
    return replace(now, ts_ms=now.ts_ms + round((mono_s - now.mono_s) * 1000), mono_s=mono_s)

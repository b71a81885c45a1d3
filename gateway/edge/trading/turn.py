"""One transaction in the making: orders stepped, books changed, what is to be stored of it and what leaves after it.

Changes nothing that it was given: what it makes counts once it is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.edge.carrier import said
from gateway.edge.charging.clock import STATE as CLOCK
from gateway.edge.charging.names import KNOWN_S, outcome_name, wish_name
from gateway.edge.journal import Entry
from gateway.edge.trading.ending import alarms_over, books_after
from gateway.edge.trading.owed import MOST, Owed, with_digest
from gateway.edge.trading.trade import free_slot
from gateway.model.command import Outcome
from gateway.model.event import EventKind
from gateway.orders.effect import CloseDoor, Lock, Look, Raise, Tell, Unlock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.edge.charging.clock import BusinessClock
    from gateway.edge.journal import Moment
    from gateway.edge.trading.books import Books
    from gateway.edge.trading.setup import TradingSetup
    from gateway.edge.trading.trade import Trade
    from gateway.orders.clock import Now
    from gateway.orders.effect import Effect, Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An unlock that leaves once, after the commit; `command_id` is the same whenever this intent is made again."""

    command_id: str
    order_id: str
    door: str


class Turn:
    """`trades`, `owed` and `books` are as they were stored last; `new_id` gives names that nothing else has."""

    def __init__(
        self,
        trades: Mapping[str, Trade],
        owed: Mapping[str, Owed],
        books: Books,
        setup: TradingSetup,
        clock: BusinessClock,
        now: Moment,
        new_id: Callable[[], str],
    ) -> None:
        self._before = trades
        self._owed_before = owed
        self._setup = setup
        self._clock = clock
        self._new_id = new_id
        self.now = now
        self.books = books
        self.trades: dict[str, Trade] = {}
        self._owed: dict[str, Owed | None] = {}
        self.entries: list[Entry] = []
        self.releases: list[Release] = []

    def open(self) -> list[Trade]:
        """Return the orders that are not over, as they are by now."""
        return [trade for trade in {**self._before, **self.trades}.values() if not trade.is_over]

    def at(self, place: str) -> Trade | None:
        """Return the order under way at a cabinet or a bin."""
        return next((trade for trade in self.open() if trade.place == place), None)

    # ------------------------------------------------------------------ what happens

    def begin(self, trade: Trade, events: Iterable[object]) -> None:
        """Take a new order and what happens to it at once."""
        self.trades[trade.order_id] = trade
        self._tell(trade, {"stage": "accepted"}, self.now, self._known(trade, "accepted", trade.place))
        for event in events:
            self.step(trade.order_id, event, self.now)

    def step(self, order_id: str, event: object, at: Moment, *, tells: bool = False) -> bool:
        """Let something happen to an order, if it is open; return whether it meant something there.

        `tells`: its stage is told whatever comes of it.
        """
        trade = self.trades.get(order_id) or self._before.get(order_id)
        if trade is None or trade.is_over:
            return False
        now = self._clock.now(at)
        step = trade.step(event, now)
        after = self.trades[order_id] = trade.stepped(step.order)
        for intent in step.intents:
            self.carry(intent.effect, after, at, intent)
        is_told = any(isinstance(i.effect, Tell) and i.effect.stage == after.order.stage for i in step.intents)
        if (tells or after.order.stage is not trade.order.stage) and not is_told:
            self.tell_stage(after, at)
        if after.is_over:
            self._close(after, now, at)
        return step.row is not None

    def tell_stage(self, trade: Trade, at: Moment, **more: object) -> None:
        """Store and tell where an order stands."""
        self._tell(trade, {"stage": trade.order.stage.value, "restarts": trade.order.restarts, **more}, at)

    def carry(self, effect: Effect, trade: Trade | None, at: Moment, intent: Intent | None = None) -> None:
        """Do what an effect wants; those of no order have neither a trade nor an intent.

        A lock without a hand of its own locks as its door closes, a motor door closes by itself, and what is looked at
        is read all the time: these three need nothing.
        """
        name = self._new_id() if intent is None else intent.id
        match effect:
            case Tell(stage=stage, body=body) if trade is not None:
                told = {"order_id": trade.order_id, "stage": stage, **body}
                self.entries.append(Entry(id=name, kind=EventKind.ORDER, target=trade.place, at=at, body=told))
            case Unlock(door=door, order_id=order_id):
                self.releases.append(Release(command_id=wish_name(name), order_id=order_id, door=door))
            case Raise(target=target, alarm=alarm, active=active, detail=detail):
                self.alarm(target, alarm, active=active, at=at, detail=detail)
            case Lock() | CloseDoor() | Look():
                pass
            case _:
                raise TypeError(f"no way to carry out {effect}")

    def alarm(self, target: str, alarm: str, *, active: bool, at: Moment, detail: str = "") -> None:
        """Tell an alarm when it comes and when it goes."""
        if ((target, alarm) in self.books.alarms) is active:
            return
        alarms = self.books.alarms | {(target, alarm)} if active else self.books.alarms - {(target, alarm)}
        self.books = replace(self.books, alarms=alarms)
        body = {"alarm": alarm, "active": active} | ({"detail": detail} if active else {})
        self.entries.append(Entry(id=self._new_id(), kind=EventKind.ALARM, target=target, at=at, body=body))

    def answer(self, outcome: Outcome) -> None:
        """Store what became of a command."""
        name = wish_name(f"{outcome.id} {outcome.state}")
        entry = Entry(
            id=name, kind=EventKind.OUTCOME, target=outcome.id, at=self.now, body=said(outcome), outcome=outcome
        )
        self.entries.append(entry)

    # ------------------------------------------------------------------ ends that are owed to the back end

    @property
    def owed(self) -> dict[str, Owed]:
        """Return the ends that nobody has acknowledged by now."""
        return {name: owed for name, owed in {**self._owed_before, **self._owed}.items() if owed is not None}

    def tell_again(self) -> None:
        """Tell the ends for which it is time, and give up the oldest where there are too many."""
        at_ms, owed = self._clock.now(self.now).at_ms, self.owed
        for each in owed.values():
            if each.is_due(at_ms):
                self._owed[each.order_id] = each.told_again(at_ms)
                self._tell_end(each)
        for each in sorted(owed.values(), key=lambda each: int(each.body["at_ms"]))[: max(0, len(owed) - MOST)]:
            body = {"what": "settlement-given-up", "order_id": each.order_id, "digest": each.digest}
            entry = Entry(id=self._new_id(), kind=EventKind.GATEWAY, target="*", at=self.now, body=body)
            self.entries.append(entry)
            self.acknowledged(each.order_id)

    def acknowledged(self, order_id: str) -> None:
        """Tell the end of an order no more."""
        self._owed[order_id] = None

    # ------------------------------------------------------------------ what is stored

    def state(self, before: Books) -> dict[str, bytes | None]:
        """Return what changes in the transaction, where the books before are stored."""
        orders = {trade.state: trade.to_bytes() for trade in {**self._before, **self.trades}.values()}
        ends = {each.state: each.to_bytes() for each in self._owed.values() if each is not None}
        paid = {self._owed_before[name].state: None for name, each in self._owed.items() if each is None}
        return {**orders, **ends, **paid, **self.books.changes(before), CLOCK: self._clock.to_bytes(self.now)}

    # ------------------------------------------------------------------ inside

    def _close(self, trade: Trade, now: Now, at: Moment) -> None:
        self._owe(trade, now)
        self.books = books_after(self.books, trade, self._setup, now)
        for target, alarm in alarms_over(self.books.alarms, trade, now):
            self.alarm(target, alarm, active=False, at=at)

    def _owe(self, trade: Trade, now: Now) -> None:
        """Keep the end of an order, which its last row has told, until somebody acknowledges it."""
        stage = trade.order.stage.value
        index = max(i for i, entry in enumerate(self.entries) if entry.body.get("stage") == stage)
        body = with_digest(self.entries[index].body)
        slot = free_slot([*self._owed_before.values(), *(owed for owed in self._owed.values() if owed is not None)])
        owed = Owed(slot=slot, order_id=trade.order_id, place=trade.place, body=body, told_ms=now.at_ms)
        self._owed[trade.order_id] = owed
        known = self._known(trade, stage, owed.digest)
        self.entries[index] = replace(self.entries[index], body=body, outcome=known, keep_s=KNOWN_S)

    def _tell_end(self, owed: Owed) -> None:
        entry = Entry(id=self._new_id(), kind=EventKind.ORDER, target=owed.place, at=self.now, body=owed.body)
        self.entries.append(entry)

    @staticmethod
    def _known(trade: Trade, state: str, detail: str) -> Outcome:
        """Return what is remembered of an order under its id, so that it never begins twice."""
        return Outcome(id=outcome_name(trade.order_id), state=state, reason=trade.order.why, detail=detail)

    def _tell(self, trade: Trade, body: Mapping[str, object], at: Moment, outcome: Outcome | None = None) -> None:
        self.entries.append(
            Entry(
                id=self._new_id(),
                kind=EventKind.ORDER,
                target=trade.place,
                at=at,
                body={"order_id": trade.order_id, **body},
                outcome=outcome,
                keep_s=KNOWN_S,
            )
        )

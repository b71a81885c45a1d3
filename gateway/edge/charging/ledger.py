"""The open charge orders, and the one way to change them: a turn that is stored whole before it counts."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.edge.charging.charge import Charge, charges_of
from gateway.edge.charging.clock import BusinessClock
from gateway.edge.charging.sight import sight_of
from gateway.edge.charging.turn import ORPHANS, Turn
from gateway.orders.orphan.orphan import from_json
from gateway.orders.orphan.table import ORPHAN

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping

    from gateway.edge.book import Book
    from gateway.edge.carrier import Carrier
    from gateway.edge.journal import Entry, Journal, Moment
    from gateway.orders.orphan.orphan import Orphan

T = TypeVar("T")


class Ledger:
    """One site's. Whoever makes a turn and commits it holds `alone` meanwhile."""

    def __init__(self, *, book: Book, journal: Journal, carrier: Carrier, states: Mapping[str, bytes]) -> None:
        self._book = book
        self._journal = journal
        self._carrier = carrier
        self.clock = BusinessClock(states, journal.now(), book.machine)
        self.sight = sight_of(states, self.clock.stored_ms)
        self.charges: dict[str, Charge] = charges_of(states)
        self.orphans: dict[str, Orphan] = dict(_orphans(states))
        self._began_ms = self.clock.now(journal.now()).at_ms
        self._left_ms: dict[str, int] = {}
        self.alone = asyncio.Lock()
        self._unsaved: set[str] = set()
        self._under_way: set[asyncio.Task[Any]] = set()
        self.outlets = self._watched()
        self._drop_strays()

    def knows(self, order_id: str) -> bool:
        """Return whether an order is a charge that is not settled."""
        charge = self.charges.get(order_id)
        return charge is not None and charge.order.receipt is None

    def free_since_ms(self, turn: Turn, outlet: str) -> int:
        """Return since when no order can have drawn anything at an outlet, as far as this edge knows."""
        settled = [
            charge.order.entered_ms
            for charge in turn.all().values()
            if charge.order.outlet == outlet and charge.order.receipt is not None
        ]
        return max(self._began_ms, self._left_ms.get(outlet, 0), *settled)

    def turn(self, now: Moment) -> Turn:
        """Return a new turn."""
        tell = lambda wish: self._carrier.tell(wish, now)  # noqa: E731 - at this moment
        return Turn(self.charges, self.orphans, self._book, self.clock, self.sight, now, tell)

    async def commit(self, turn: Turn) -> None:
        """Store a turn if it has to be; then it counts, and what closes leaves. `GatewayError`: nothing counts."""
        turn.to_store |= self._unsaved & self.charges.keys()
        if turn.entries:
            *entries, last = turn.entries
            try:
                await self._journal.append_all([*entries, _with_state(last, turn.state())])
            except BaseException:
                self._book.not_made(wish.id for wish, _ in turn.grants)
                raise
            self._unsaved.clear()
        else:
            self._unsaved |= turn.to_store
        self._take(turn)
        now = self._journal.now()
        for wish, held in turn.grants:
            self._book.accept(wish, held)
            self._carrier.tell(wish, now)

    async def whole(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something to its end, even if whoever asked goes away meanwhile."""
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    def end(self) -> None:
        """Do nothing more: this edge ends."""
        for task in tuple(self._under_way):
            task.cancel()

    def _take(self, turn: Turn) -> None:
        self.sight = turn.sight
        for order_id, charge in turn.charges.items():
            before = self.charges.get(order_id)
            self.charges[order_id] = charge
            if before is None or turn.entries:
                self._book.changed(charge.order.outlet)
        self.orphans |= turn.orphans
        for outlet in [outlet for outlet, orphan in turn.orphans.items() if orphan.stage in ORPHAN.finals]:
            del self.orphans[outlet]
        for order_id in turn.closed:
            closed = self.charges.pop(order_id).order
            self._left_ms[closed.outlet] = closed.entered_ms
        if turn.entries:
            self.outlets = self._watched()
        for wish_id in turn.given_up:
            self._book.answered(wish_id, started=False)

    def _watched(self) -> frozenset[str]:
        """Return the outlets whose readings somebody waits for; they change only with a record."""
        charging = {charge.order.outlet for charge in self.charges.values() if charge.order.receipt is None}
        return frozenset(charging | self.orphans.keys())

    def _drop_strays(self) -> None:
        """Give nothing again for which no order speaks: what a damaged log has lost must not switch on."""
        book = self._book
        for held in [held for held in book.held.values() if held.command_id and not self.knows(held.order_id)]:
            book.ended(held)
        for wish in [wish for wish in book.wishes.values() if wish.starts and not self.knows(wish.order_id)]:
            book.answered(wish.id, started=False)


def _orphans(states: Mapping[str, bytes]) -> Iterator[tuple[str, Orphan]]:
    """Yield the incidents among stored values, by outlet; what cannot be read is left out."""
    for name, value in states.items():
        if name.startswith(ORPHANS):
            with contextlib.suppress(ValueError):
                orphan = from_json(value)
                yield orphan.outlet, orphan


def _with_state(entry: Entry, state: Mapping[str, bytes | None]) -> Entry:
    return replace(entry, state={**entry.state, **state})

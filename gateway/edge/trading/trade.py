"""A purchase or a delivery as edge keeps it, and the places where the open ones are stored. Pure.

A place is used again when its order is over: the log keeps a row for every name that it was ever given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Protocol

from gateway.orders.deposit import event as deposits
from gateway.orders.deposit import order as deposit
from gateway.orders.deposit.table import DEPOSIT
from gateway.orders.deposit.take import FINALS as DEPOSIT_OVER
from gateway.orders.deposit.take import RELEASED as DEPOSIT_RELEASED
from gateway.orders.purchase import event as purchases
from gateway.orders.purchase import order as purchase
from gateway.orders.purchase.order import Purchase
from gateway.orders.purchase.table import PURCHASE
from gateway.orders.purchase.take import FINALS as PURCHASE_OVER
from gateway.orders.purchase.take import RELEASED as PURCHASE_RELEASED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.orders.clock import Now
    from gateway.orders.deposit.order import Deposit
    from gateway.orders.machine import Step

PREFIX = "trade/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """An open order at a cabinet or a bin (`place`)."""

    slot: int
    place: str
    order: Purchase | Deposit

    @property
    def order_id(self) -> str:
        return self.order.order_id

    @property
    def state(self) -> str:
        """The name under which it is stored."""
        return f"{PREFIX}{self.slot}"

    @property
    def is_over(self) -> bool:
        return self.order.stage in PURCHASE_OVER | DEPOSIT_OVER

    @property
    def is_released(self) -> bool:
        """Whether a lock of it may be open."""
        return self.order.stage in PURCHASE_RELEASED | DEPOSIT_RELEASED

    @property
    def doors(self) -> tuple[str, ...]:
        """The doors that it opens."""
        order = self.order
        return tuple(door.name for door in order.doors) if isinstance(order, Purchase) else (order.door,)

    def may_open(self, door: str) -> bool:
        """Return whether this door may be open because of this order."""
        return door in self.doors and self.is_released

    def step(self, event: object, now: Now) -> Step[Purchase] | Step[Deposit]:
        """Return what an event makes of its order. Raises `KeyError` for an event of the other kind of order."""
        if isinstance(self.order, Purchase):
            return PURCHASE.step(self.order, event, now)
        return DEPOSIT.step(self.order, event, now)

    def tick(self) -> object:
        """Return the passing of time as its machine knows it."""
        return purchases.Tick() if isinstance(self.order, Purchase) else deposits.Tick()

    def restarted(self, away_ms: int | None) -> object:
        """Return that nobody has watched for a while, as its machine knows it."""
        is_sale = isinstance(self.order, Purchase)
        return purchases.Restarted(away_ms=away_ms) if is_sale else deposits.Restarted(away_ms=away_ms)

    def withdrawn(self) -> object:
        """Return that it is called off, as its machine knows it."""
        return purchases.Withdrawn() if isinstance(self.order, Purchase) else deposits.Withdrawn()

    def stepped(self, order: Purchase | Deposit) -> Trade:
        return replace(self, order=order)

    def to_bytes(self) -> bytes | None:
        """Return what is stored; None for an order that is over."""
        if self.is_over:
            return None
        order = self.order
        is_sale = isinstance(order, Purchase)
        head = json.dumps({"kind": "purchase" if is_sale else "deposit", "place": self.place}).encode()
        return head + b"\n" + (purchase.to_json(order) if isinstance(order, Purchase) else deposit.to_json(order))


def trades_of(states: Mapping[str, bytes]) -> dict[str, Trade]:
    """Return the open orders among stored values, by their id; what cannot be read is left out."""
    trades = {}
    for name, value in states.items():
        if name.startswith(PREFIX):
            head, _, body = value.partition(b"\n")
            try:
                said = json.loads(head)
                read = purchase.from_json if said["kind"] == "purchase" else deposit.from_json
                trade = Trade(slot=int(name.removeprefix(PREFIX)), place=str(said["place"]), order=read(body))
            except (KeyError, TypeError, ValueError):
                continue
            trades[trade.order_id] = trade
    return trades


class Slotted(Protocol):
    """What is stored at a place of its own."""

    @property
    def slot(self) -> int: ...


def free_slot(stored: Iterable[Slotted]) -> int:
    """Return the first place that nothing is stored at."""
    taken = {each.slot for each in stored}
    return next(slot for slot in count() if slot not in taken)

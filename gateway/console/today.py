"""What a gateway's orders come to today, by the records that it tells of them. Pure; `zone` is the site's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gateway.orders.reconcile.day import RECORDED, SETTLED
from gateway.orders.reconcile.energy import Energy
from gateway.orders.reconcile.money import CHARGE, DEPOSIT, PURCHASE, Money

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo


MOST_ENDED = 10_000
"""Ends of orders that are known again when they are repeated; what is older says itself that it is of another day."""


class Today:
    """Counts the records of orders, each once and in order; a new day begins at the first record after midnight."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._day = ""
        self._energy = Energy()
        self._money = Money()
        self._ended: dict[str, None] = {}

    def take(self, ts_ms: int, target: str, body: Mapping[str, Any]) -> None:
        """Take the record of an order; what cannot be read counts nothing."""
        self._turn(self._day_of(ts_ms))
        try:
            self._take(target, body)
        except (AttributeError, KeyError, TypeError, ValueError):
            return

    def document(self, now_ms: int) -> dict[str, Any]:
        """Return the sums: energy of orders in Wh, money in 0.001 yuan, orders that have ended by their kind."""
        self._turn(self._day_of(now_ms))
        receipts = self._money.receipts
        return {
            "day": self._day,
            "wh": round(sum(self._energy.orders.values())),
            "amount_mil": sum(line.amount_mil for line in receipts.values()),
            "orders": sum(line.count for line in receipts.values()),
            "kinds": {kind: line.count for kind, line in sorted(receipts.items())},
        }

    def _take(self, target: str, body: Mapping[str, Any]) -> None:
        order_id, stage = body["order_id"], body["stage"]
        if order_id in self._ended:  # told again until somebody acknowledges it
            return
        if "outlet" in body:
            self._charge(order_id, stage, target, body)
        elif stage in {SETTLED, RECORDED} and self._is_first_end(order_id, body):
            self._money.settle(PURCHASE if "cabinet" in body else DEPOSIT, body)

    def _charge(self, order_id: str, stage: str, outlet: str, body: Mapping[str, Any]) -> None:
        if stage != SETTLED:
            self._energy.take(outlet, body)
            return
        if self._is_first_end(order_id, body):
            self._energy.settle(outlet, body)
            self._money.settle(CHARGE, body)

    def _is_first_end(self, order_id: str, body: Mapping[str, Any]) -> bool:
        """Return whether an order ended today; remember that it has been told."""
        self._ended[order_id] = None
        if len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        ended_ms = body.get("ended_ts_ms")
        return ended_ms is None or self._day_of(ended_ms) >= self._day

    def _turn(self, day: str) -> None:
        if day > self._day:  # a clock that is set back does not empty the day
            self._day = day
            self._energy.begin()
            self._money.begin()

    def _day_of(self, ts_ms: int) -> str:
        return datetime.fromtimestamp(ts_ms / 1000, UTC).astimezone(self._zone).date().isoformat()

"""What the records of an order say of its kind and its end; the same for what arrived and for what is logged. Pure."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Body = Mapping[str, Any]

SETTLED = frozenset({"settled", "recorded"})
OVER = SETTLED | {"review", "cancelled"}
LAST = 2
"""So many ends of a kind are shown."""


class OrderKind(StrEnum):
    """What residents order, and what staff does."""

    CHARGE = "charge"
    PURCHASE = "purchase"
    DEPOSIT = "deposit"
    RESTOCK = "restock"
    COLLECTION = "collection"


RESIDENTS = (OrderKind.CHARGE, OrderKind.PURCHASE, OrderKind.DEPOSIT)
_BY_PURPOSE = {
    "sale": OrderKind.PURCHASE,
    "restock": OrderKind.RESTOCK,
    "deposit": OrderKind.DEPOSIT,
    "collection": OrderKind.COLLECTION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How an order ended. `amount_mil`: what it costs, 0.001 yuan; `points`: what it credits."""

    kind: OrderKind
    stage: str
    amount_mil: int = 0
    points: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether it ended as it should, with nothing left to a person."""
        return self.stage in SETTLED


def kind_of(body: Body) -> OrderKind | None:
    """Return the kind of order that a record belongs to; None where this record does not say."""
    return OrderKind.CHARGE if "outlet" in body else _BY_PURPOSE.get(body.get("purpose", ""))


def end_of(body: Body) -> End | None:
    """Return the end that a record tells of; None where it is none."""
    kind = kind_of(body)
    if kind is None or body["stage"] not in OVER:
        return None
    amount_mil, points = body.get("amount_mil") or 0, body.get("points") or 0
    return End(kind=kind, stage=body["stage"], amount_mil=amount_mil, points=points)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the orders of one kind come to. `ended` counts those too that were left to a person or cancelled."""

    started: int = 0
    settled: int = 0
    ended: int = 0
    amount_mil: int = 0
    points: int = 0
    last: deque[tuple[End, Body]] = field(default_factory=lambda: deque(maxlen=LAST))

    @property
    def under_way(self) -> int:
        return self.started - self.ended

    def take(self, end: End, body: Body) -> None:
        """Count an order that has ended."""
        self.ended += 1
        self.settled += end.is_settled
        self.amount_mil += end.amount_mil
        self.points += end.points
        self.last.append((end, body))


def fingerprint(body: Body) -> str:
    """Return what two records have in common only if they say the same."""
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def finals_of(bodies: Iterable[Body]) -> dict[str, str]:
    """Return the fingerprint of the record with which each order ended, by its id; a repetition counts once."""
    finals: dict[str, str] = {}
    for body in bodies:
        if end_of(body) is not None:
            finals.setdefault(body["order_id"], fingerprint(body))
    return finals

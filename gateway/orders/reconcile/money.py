"""Receipts by kind of order, and what a person has to judge. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gateway.orders.reconcile.report import MoneyLine, Review

if TYPE_CHECKING:
    from collections.abc import Mapping

CHARGE, PURCHASE, DEPOSIT = "charge", "purchase", "deposit"
MOST_REVIEWS = 200
NONE = MoneyLine(kind="", count=0, amount_mil=0, prepaid_mil=0, refund_mil=0, due_mil=0, points=0)


@dataclass(slots=True, kw_only=True)
class Money:
    """The receipts of a day, by kind of order."""

    receipts: dict[str, MoneyLine] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)

    def begin(self) -> None:
        """Begin a new day."""
        self.receipts, self.reviews = {}, []

    def settle(self, kind: str, body: Mapping[str, Any]) -> None:
        """Take a receipt; the restock of a shelf and the collection of a bin are none."""
        if body.get("purpose") in {"restock", "collection"}:
            return
        receipt = body.get("receipt") or {}
        before = self.receipts.get(kind, replace(NONE, kind=kind))
        self.receipts[kind] = replace(
            before,
            count=before.count + 1,
            amount_mil=before.amount_mil + (body.get("amount_mil") or 0),
            prepaid_mil=before.prepaid_mil + receipt.get("prepaid_mil", 0),
            refund_mil=before.refund_mil + receipt.get("refund_mil", 0),
            due_mil=before.due_mil + receipt.get("due_mil", 0),
            points=before.points + body.get("points", 0),
        )

    @property
    def is_full(self) -> bool:
        """Whether there may be more to judge than is listed."""
        return len(self.reviews) >= MOST_REVIEWS

    def dispute(self, kind: str, place: str, body: Mapping[str, Any]) -> None:
        """Take a record that pile and gateway disagree; the order is charged as its receipt says all the same."""
        order_id, stage = body["order_id"], body["stage"]
        if not any(each.order_id == order_id and each.doubts == (stage,) for each in self.reviews):
            found = Review(order_id=order_id, kind=kind, place=place, doubts=(stage,), supposed_mil=0, net_g=0)
            self._keep(found)

    def review(self, kind: str, place: str, body: Mapping[str, Any]) -> None:
        """Take an order that a person has to judge."""
        supposed = body.get("supposed", ())
        found = Review(
            order_id=body["order_id"],
            kind=kind,
            place=place,
            doubts=tuple(body.get("doubts", ())),
            supposed_mil=sum(each["count"] * each["price_mil"] for each in supposed),
            net_g=body.get("net_g", 0),
        )
        self._keep(found)

    def _keep(self, review: Review) -> None:
        if not self.is_full:
            self.reviews.append(review)

"""Bins: weight that was credited, that waits for a review and that was taken away, beside the scale; points. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.orders.deposit.points_rule import points_of
from gateway.orders.reconcile.report import BinLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.orders.reconcile.mark import Container, Mark


@dataclass(slots=True, kw_only=True)
class Delivered:
    """What the records of a day say of one bin. `points_due` are the credited grams at the rate of their own record."""

    category: str = ""
    deliveries: int = 0
    credited_g: int = 0
    review_g: int = 0
    collected_g: int = 0
    points: int = 0
    points_due: int = 0


@dataclass(slots=True, kw_only=True)
class Waste:
    """One site's bins, by name."""

    bins: dict[str, Delivered] = field(default_factory=dict)

    def begin(self) -> None:
        """Begin a new day."""
        self.bins = {}

    def end(self, name: str, body: Mapping[str, Any]) -> None:
        """Take the last record of a delivery or a collection."""
        here = self.bins.setdefault(name, Delivered())
        here.category = body["category"]
        if body["stage"] == "review":
            here.review_g += body["net_g"]
        elif "collected_g" in body:
            here.collected_g += body["collected_g"]
        else:
            here.deliveries += 1
            here.credited_g += body["net_g"]
            here.points += body["points"]
            here.points_due += points_of(body["net_g"], body["rule"].get("points_per_kg_x1000") or 0)


def bin_lines(waste: Waste, start: Mark, end: Mark) -> Iterator[BinLine]:
    """Yield each bin."""
    before: dict[str, Container] = {each.name: each for each in start.containers}
    after: dict[str, Container] = {each.name: each for each in end.containers}
    for name in sorted({*after, *waste.bins}):
        here = waste.bins.get(name, Delivered())
        start_g = before[name].gross_g if name in before else None
        end_g = after[name].gross_g if name in after else None
        moved_g = here.credited_g + here.review_g - here.collected_g
        yield BinLine(
            name=name,
            category=after[name].category if name in after else here.category,
            deliveries=here.deliveries,
            credited_g=here.credited_g,
            review_g=here.review_g,
            collected_g=here.collected_g,
            start_g=start_g,
            end_g=end_g,
            difference_g=None if start_g is None or end_g is None else end_g - start_g - moved_g,
            points=here.points,
            points_due=here.points_due,
            points_difference=here.points - here.points_due,
        )

"""Goods by the books beside goods by sales, restocks and write-offs, and beside the scales of their shelves. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.orders.reconcile.report import ScaleLine, StockLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.orders.reconcile.mark import Mark


@dataclass(slots=True, kw_only=True)
class Moved:
    """Pieces of one article on one shelf that a day's records tell of."""

    added: int = 0
    sold: int = 0
    removed: int = 0


@dataclass(slots=True, kw_only=True)
class Goods:
    """What the records of a day say of goods, by shelf and then by article."""

    moved: dict[str, dict[str, Moved]] = field(default_factory=dict)

    def begin(self) -> None:
        """Begin a new day."""
        self.moved = {}

    def settle(self, body: Mapping[str, Any]) -> None:
        """Take a settled sale or restock."""
        for line in body.get("lines", ()):
            moved = self.moved.setdefault(line["shelf"], {}).setdefault(line["sku"], Moved())
            if body.get("purpose") == "restock":
                moved.added += line.get("added", 0)
                moved.removed += line.get("removed", 0)
            else:
                moved.sold += line["count"]


def stock_lines(goods: Goods, start: Mark, end: Mark) -> Iterator[StockLine]:
    """Yield each article on each shelf: what should be there, and what the books have after staff has counted."""
    before = {(article.shelf, article.sku): article.count for article in start.articles}
    for article in end.articles:
        moved = goods.moved.get(article.shelf, {}).get(article.sku, Moved())
        began = before.get((article.shelf, article.sku), 0)
        expected = began + moved.added - moved.sold - moved.removed
        difference = article.count - expected
        yield StockLine(
            shelf=article.shelf,
            sku=article.sku,
            start=began,
            added=moved.added,
            sold=moved.sold,
            removed=moved.removed,
            expected=expected,
            counted=article.count,
            difference=difference,
            amount_mil=difference * article.price_mil,
        )


def scale_lines(end: Mark) -> Iterator[ScaleLine]:
    """Yield each shelf whose scale can be compared with what the last order left on it."""
    for scale in end.scales:
        if scale.expected_g is None or scale.grams is None:
            continue
        difference_g = scale.grams - scale.expected_g
        units_g = {article.unit_g for article in end.articles if article.shelf == scale.shelf}
        unit_g = units_g.pop() if len(units_g) == 1 else 0
        yield ScaleLine(
            shelf=scale.shelf,
            difference_g=difference_g,
            pieces=round(difference_g / unit_g) if unit_g else None,
        )

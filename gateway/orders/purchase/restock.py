"""What a restock comes to: what staff found, against the books, and what the scales say of what was put in. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.orders.purchase.shelf import Batch, Shelf, Stock

if TYPE_CHECKING:
    from gateway.orders.purchase.event import Line
    from gateway.orders.purchase.shelf import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An article that staff found in another number than the books have: `found` less `booked` is loss or surplus."""

    shelf: str
    sku: str
    booked: int
    found: int


def differences(shelves: tuple[Shelf, ...], lines: tuple[Line, ...]) -> tuple[Difference, ...]:
    """Return every article that staff found in another number than the books have; one not named was as booked."""
    booked = {(shelf.name, stock.sku): stock.count for shelf in shelves for stock in shelf.stock}
    return tuple(
        Difference(shelf=line.shelf, sku=line.sku, booked=booked.get((line.shelf, line.sku), 0), found=line.found)
        for line in lines
        if booked.get((line.shelf, line.sku), 0) != line.found
    )


def weight_gap_g(shelf: Shelf, lines: tuple[Line, ...], before: Reading, after: Reading) -> int:
    """Return how many grams of the shelf's change are not declared; 0 within tolerance or without a scale."""
    if before.grams is None or after.grams is None:
        return 0
    moved = {line.sku: line for line in lines if line.shelf == shelf.name}
    pairs = [(stock, moved[stock.sku]) for stock in shelf.stock if stock.sku in moved]
    expected_g = sum((line.added - line.removed) * stock.unit_g for stock, line in pairs)
    slack_g = shelf.noise_g + sum((line.added + line.removed) * stock.tolerance_g for stock, line in pairs)
    gap_g = after.grams - before.grams - expected_g
    return 0 if abs(gap_g) <= slack_g else gap_g


def tag_gap(shelf: Shelf, lines: tuple[Line, ...], after: Reading) -> dict[str, list[str]]:
    """Return the declared tags that the reader has not found, and those that it found and nobody declared.

    Empty where all agree, or where there is no reader.
    """
    if after.tags is None:
        return {}
    moved = {line.sku: line.tags for line in lines if line.shelf == shelf.name and line.tags is not None}
    known = {tag for stock in shelf.stock for tag in moved.get(stock.sku, stock.tags)}
    gaps = {"missing": sorted(known - set(after.tags)), "unknown": sorted(set(after.tags) - known)}
    return {what: tags for what, tags in gaps.items() if tags}


def restocked(shelf: Shelf, lines: tuple[Line, ...], after: Reading) -> Shelf:
    """Return the shelf as the books have it from now on: counts and tags as declared, weight as read."""
    moved = {line.sku: line for line in lines if line.shelf == shelf.name}
    stock = tuple(_counted(stock, moved[stock.sku]) if stock.sku in moved else stock for stock in shelf.stock)
    return replace(shelf, stock=stock, expected_g=after.grams)


def _counted(stock: Stock, line: Line) -> Stock:
    """Return the stock as declared. What is missing or removed comes off the oldest batches: staff takes out those."""
    surplus = max(0, line.found - stock.count)
    gone = max(0, stock.count - line.found) + line.removed
    batches = []
    for batch in sorted(stock.batches, key=_oldest_first):
        taken = min(gone, batch.count)
        gone -= taken
        if batch.count > taken:
            batches.append(replace(batch, count=batch.count - taken))
    fresh = surplus + line.added - gone
    if fresh > 0:
        batches.append(Batch(count=fresh, expires_ts_ms=line.expires_ts_ms))
    return replace(stock, batches=tuple(batches), tags=stock.tags if line.tags is None else line.tags)


def _oldest_first(batch: Batch) -> tuple[bool, int]:
    return (batch.expires_ts_ms is None, batch.expires_ts_ms or 0)

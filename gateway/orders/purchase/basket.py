"""From grams to pieces: which numbers of which articles explain what a shelf has lost. Pure.

Two explanations are no explanation: what is not certain is never charged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.orders.purchase.shelf import Shelf

Counts = tuple[int, ...]
"""How many pieces of each article of a shelf, in the shelf's order."""

MOST_TRIED = 5_000
"""A shelf with so many combinations that this does not suffice counts as ambiguous."""


def fits(shelf: Shelf, counts: Counts, lost_g: int) -> bool:
    """Return whether taking `counts` explains a loss of `lost_g`, within the tolerance of articles and scale."""
    expected_g = sum(count * stock.unit_g for count, stock in zip(counts, shelf.stock, strict=True))
    slack_g = sum(count * stock.tolerance_g for count, stock in zip(counts, shelf.stock, strict=True))
    return abs(lost_g - expected_g) <= slack_g + shelf.noise_g


def explanations(shelf: Shelf, lost_g: int) -> tuple[Counts, ...]:
    """Return at most two ways to explain a loss: none (unknown), one (certain), or two (ambiguous)."""
    found: list[Counts] = []
    tried = 0
    open_ends: list[Counts] = [()]
    while open_ends:
        tried += 1
        if tried > MOST_TRIED:
            return _two_of(found, shelf)
        begun = open_ends.pop()
        if len(begun) == len(shelf.stock):
            if fits(shelf, begun, lost_g):
                found.append(begun)
                if len(found) > 1:
                    break
            continue
        stock = shelf.stock[len(begun)]
        left_g = lost_g + shelf.noise_g - _least_g(shelf, begun)
        most = min(stock.count, max(0, left_g) // (stock.unit_g - stock.tolerance_g))
        open_ends += [(*begun, count) for count in range(most + 1)]
    return tuple(found)


def _least_g(shelf: Shelf, begun: Counts) -> int:
    return sum(count * (stock.unit_g - stock.tolerance_g) for count, stock in zip(begun, shelf.stock, strict=False))


def _two_of(found: list[Counts], shelf: Shelf) -> tuple[Counts, ...]:
    nothing = (0,) * len(shelf.stock)
    return (*found, nothing, nothing)[:2]

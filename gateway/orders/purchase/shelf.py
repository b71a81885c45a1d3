"""What stands on a shelf, at what price, and which sensors can prove that something has gone. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Proof(StrEnum):
    """What proves that goods have left.

    `opening`: a slot door that was seen open (a slot without any sensor inside); `presence`: the slot's own sensor;
    `weight`: the shelf's scale; `rfid`: the list of tags. A shelf with several of them needs all to agree.
    """

    OPENING = "opening"
    PRESENCE = "presence"
    WEIGHT = "weight"
    RFID = "rfid"


SLOT = frozenset({Proof.OPENING, Proof.PRESENCE})
"""Proofs that can count to one only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Pieces that expire together: `expires_ts_ms` is wall time, None for goods that keep."""

    count: int
    expires_ts_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """One article on one shelf, with the price (0.001 yuan) that the order is made with."""

    sku: str
    price_mil: int
    unit_g: int = 0
    tolerance_g: int = 0
    batches: tuple[Batch, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Return how many pieces the books say are there."""
        return sum(batch.count for batch in self.batches)

    def without(self, count: int) -> Stock:
        """Return the stock after `count` pieces have gone.

        Nobody sees which batch a piece came from, so the ones that keep longest are taken to have gone: what is
        left in the books never looks fresher than what is left on the shelf.
        """
        left, kept = count, []
        for batch in sorted(self.batches, key=_freshest_first):
            gone = min(left, batch.count)
            left -= gone
            if batch.count > gone:
                kept.append(replace(batch, count=batch.count - gone))
        return replace(self, batches=tuple(reversed(kept)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One shelf or slot behind a door.

    `noise_g` is how far its scale may stray without anything taken. `expected_g` is what it weighed after the last
    order. Raises `ValueError` where its sensors cannot prove what stands on it.
    """

    name: str
    door: str
    proofs: tuple[Proof, ...]
    stock: tuple[Stock, ...]
    noise_g: int = 10
    expected_g: int | None = None

    def __post_init__(self) -> None:
        if not self.proofs:
            raise ValueError(f"shelf {self.name}: nothing can prove what is taken from it")
        if SLOT & set(self.proofs) and len(self.stock) != 1:
            raise ValueError(f"shelf {self.name}: a slot holds one article, not {len(self.stock)}")
        if Proof.WEIGHT in self.proofs:
            for stock in self.stock:
                if stock.unit_g - stock.tolerance_g <= 2 * self.noise_g:
                    raise ValueError(f"shelf {self.name}: {stock.sku} is too light for a scale of +-{self.noise_g} g")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the sensors of a shelf said; None where it has no such sensor or it said nothing."""

    grams: int | None = None
    tags: tuple[str, ...] | None = None
    present: bool | None = None


def _freshest_first(batch: Batch) -> tuple[bool, int]:
    return (batch.expires_ts_ms is not None, -(batch.expires_ts_ms or 0))

"""A cabinet as it really is: doors, pieces with their own weights and tags, sensors that stray but do not lie."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.orders.effect import Effect, Lock, Unlock
from gateway.orders.purchase.event import DoorSeen, ShelfRead
from gateway.orders.purchase.shelf import Batch, Proof, Shelf, Stock

if TYPE_CHECKING:
    import random

FOREIGN_G = 22_222
"""More than a shelf holds: whoever leaves this and takes something else cannot make the weights even."""

COLA = ("cola", 3_500, 340, 6)
MILK = ("milk", 5_200, 505, 8)
RICE = ("rice", 12_900, 3_900, 20)
"""Heavier than all that stands on the other shelves: on a wrong shelf no swap makes the weights even."""


def shelf(name: str, door: str, proofs: tuple[Proof, ...], articles: tuple[tuple[str, int, int, int], ...]) -> Shelf:
    count = 1 if {Proof.OPENING, Proof.PRESENCE} & set(proofs) else 4
    stock = tuple(
        Stock(
            sku=sku,
            price_mil=price_mil,
            unit_g=unit_g,
            tolerance_g=tolerance_g,
            batches=(Batch(count=count),),
            tags=tuple(f"{name}-{sku}-{number}" for number in range(count)) if Proof.RFID in proofs else (),
        )
        for sku, price_mil, unit_g, tolerance_g in articles
    )
    return Shelf(name=name, door=door, proofs=proofs, stock=stock)


ONE_SCALE = (shelf("s1", "d1", (Proof.WEIGHT,), (COLA, MILK)),)
TWO_SCALES = (*ONE_SCALE, shelf("s2", "d1", (Proof.WEIGHT,), (RICE,)))
TWO_DOORS = (*ONE_SCALE, shelf("s2", "d2", (Proof.WEIGHT, Proof.RFID), (MILK,)))
TAGS = (shelf("s1", "d1", (Proof.RFID,), (COLA, RICE)),)
SLOT = (shelf("s1", "d1", (Proof.PRESENCE, Proof.OPENING), (COLA,)),)
OPENED = (shelf("s1", "d1", (Proof.OPENING,), (COLA,)),)
SLOTS = (shelf("s1", "d1", (Proof.PRESENCE,), (COLA,)), shelf("s2", "d2", (Proof.PRESENCE, Proof.WEIGHT), (MILK,)))
LAYOUTS = (ONE_SCALE, TWO_SCALES, TWO_DOORS, TAGS, SLOT, OPENED, SLOTS)


@dataclass
class Content:
    """What is on one shelf. A piece is its tag and its weight; a tag stays unread for two rounds at most."""

    plan: Shelf
    pieces: list[tuple[str, str, int]]
    foreign_g: int = 0
    missed: Counter[str] = field(default_factory=Counter)


class Cabinet:
    def __init__(self, shelves: tuple[Shelf, ...], rng: random.Random) -> None:
        self.rng = rng
        self.open = {plan.door: False for plan in shelves}
        self.released = dict.fromkeys(self.open, False)
        self.shelves = {plan.name: Content(plan, self._filled(plan)) for plan in shelves}
        self.hand: list[tuple[str, str, int]] = []
        self.at_first = self.counts()

    def _filled(self, plan: Shelf) -> list[tuple[str, str, int]]:
        return [
            (f"{plan.name}-{stock.sku}-{number}", stock.sku, stock.unit_g + self._within(stock.tolerance_g))
            for stock in plan.stock
            for number in range(stock.count)
        ]

    def _within(self, most: int) -> int:
        return self.rng.randint(-most, most)

    def counts(self) -> Counter[tuple[str, str]]:
        return Counter((name, sku) for name, content in self.shelves.items() for _tag, sku, _g in content.pieces)

    def gone(self) -> Counter[tuple[str, str]]:
        """What is really missing: where, and which article."""
        return self.at_first - self.counts()

    # ------------------------------------------------------------------ what the gateway does and sees

    def carry_out(self, effect: Effect) -> None:
        match effect:
            case Unlock():
                self.released[effect.door] = True
            case Lock():
                self.released[effect.door] = False

    def door_seen(self, door: str) -> DoorSeen:
        return DoorSeen(door=door, is_open=self.open[door])

    def shelf_read(self, name: str) -> ShelfRead:
        content = self.shelves[name]
        proofs = content.plan.proofs
        grams = 5_000 + content.foreign_g + sum(g for _tag, _sku, g in content.pieces) + self._within(5)
        return ShelfRead(
            shelf=name,
            grams=grams if Proof.WEIGHT in proofs else None,
            moving=self.rng.random() < 0.03,
            tags=self._tags(content) if Proof.RFID in proofs else None,
            present=bool(content.pieces or content.foreign_g) if Proof.PRESENCE in proofs else None,
        )

    def _tags(self, content: Content) -> tuple[str, ...]:
        found = []
        for tag, _sku, _g in content.pieces:
            if content.missed[tag] < 2 and self.rng.random() < 0.2:
                content.missed[tag] += 1
            else:
                content.missed[tag] = 0
                found.append(tag)
        return tuple(found)

    def sees_what(self, name: str) -> bool:
        """A presence sensor cannot tell one thing from another: who swaps goods there is beyond all proof."""
        return not {Proof.PRESENCE, Proof.OPENING} & set(self.shelves[name].plan.proofs)

    # ------------------------------------------------------------------ what people do

    def open_door(self, door: str) -> bool:
        if self.released[door]:
            self.open[door] = True
        return self.open[door]

    def close_door(self, door: str) -> None:
        self.open[door] = False

    def take(self, name: str) -> None:
        content = self.shelves[name]
        if self.open[content.plan.door] and content.pieces:
            self.hand.append(content.pieces.pop(self.rng.randrange(len(content.pieces))))

    def put_back(self, name: str) -> None:
        """Put the last piece somewhere: where it came from, or on the wrong shelf."""
        content = self.shelves[name]
        if self.open[content.plan.door] and self.hand and (self.sees_what(name) or name in self.hand[-1][0]):
            content.pieces.append(self.hand.pop())

    def leave_something(self, name: str) -> None:
        content = self.shelves[name]
        if self.open[content.plan.door] and self.sees_what(name):
            content.foreign_g += FOREIGN_G

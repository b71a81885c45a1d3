"""A purchase told step by step: what happens, and what the machine made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.orders.clock import SYNCHRONISED, Now
from gateway.orders.effect import Effect, Lock, Look, Raise, Tell, Unlock
from gateway.orders.purchase.event import Authorised, DoorSeen, Restarted, ShelfRead, Tick
from gateway.orders.purchase.order import Purchase, Stage, from_json, open_purchase, to_json
from gateway.orders.purchase.prices import PriceRef
from gateway.orders.purchase.shelf import Batch, Proof, Shelf, Stock
from gateway.orders.purchase.table import PURCHASE

if TYPE_CHECKING:
    from collections.abc import Mapping

COLA = Stock(sku="cola", price_mil=3_500, unit_g=340, tolerance_g=6, batches=(Batch(count=4),))
MILK = Stock(sku="milk", price_mil=5_200, unit_g=505, tolerance_g=8, batches=(Batch(count=4),))
SCALE = Shelf(name="s1", door="d1", proofs=(Proof.WEIGHT,), stock=(COLA, MILK))
RICE = Shelf(name="s2", door="d1", proofs=(Proof.WEIGHT,), stock=(replace(MILK, sku="rice", unit_g=1_000),))
OTHER_DOOR = replace(RICE, door="d2")
TAGGED = replace(MILK, batches=(Batch(count=2),), tags=("a", "b"))
TAGS = Shelf(name="s1", door="d1", proofs=(Proof.RFID,), stock=(TAGGED,))
BOTH = replace(TAGS, proofs=(Proof.RFID, Proof.WEIGHT))
SLOT = Shelf(name="s1", door="d1", proofs=(Proof.OPENING,), stock=(replace(COLA, batches=(Batch(count=1),)),))
SEEN = replace(SLOT, proofs=(Proof.PRESENCE,))
PRICES = PriceRef(id="p", version=7, digest="d")


def now(at_ms: int, clock: int = SYNCHRONISED) -> Now:
    return Now(at_ms=at_ms, ts_ms=1_800_000_000_000 + at_ms, clock=clock)


class Shop:
    """One order at a cabinet; every effect since the last `effects()` is kept."""

    def __init__(self, *shelves: Shelf, **other: Any) -> None:
        self.at_ms = 0
        self.made: list[Effect] = []
        self.order: Purchase = open_purchase(
            order_id="o", cabinet="c", user_ref="u", shelves=shelves or (SCALE,), prices=PRICES, at_ms=0, **other
        )

    def __call__(self, *events: object, after_ms: int = 0) -> Stage:
        for event in events:
            self.at_ms += after_ms
            step = PURCHASE.step(self.order, event, now(self.at_ms))
            self.order = step.order
            self.made += [intent.effect for intent in step.intents]
        return self.order.stage

    def weigh(self, grams: int, shelf: str = "s1") -> Stage:
        """Let the scale be at rest."""
        return self(*[ShelfRead(shelf=shelf, grams=grams)] * 3, after_ms=700)

    def tag(self, *tags: str, shelf: str = "s1") -> Stage:
        return self(*[ShelfRead(shelf=shelf, tags=tags)] * 3, after_ms=100)

    def doors(self, *, is_open: bool, after_ms: int = 100) -> Stage:
        return self(*(DoorSeen(door=door.name, is_open=is_open) for door in self.order.doors), after_ms=after_ms)

    def pay(self, limit_mil: int = 50_000) -> Stage:
        """Be authorised, doors seen shut: only the shelves are missing."""
        self(Authorised(limit_mil=limit_mil))
        return self.doors(is_open=False)

    def unlocked(self, grams: int = 10_000) -> Shop:
        self.pay()
        assert self.weigh(grams) is Stage.UNLOCKING
        return self

    def opened(self, grams: int = 10_000) -> Shop:
        self.unlocked(grams)
        assert self.doors(is_open=True) is Stage.OPEN
        return self

    def shut(self) -> Stage:
        """Close the doors, and be seen to have done so."""
        self.doors(is_open=False)
        return self.doors(is_open=False)

    def restart(self, away_ms: int | None = 0) -> Stage:
        self.order = from_json(to_json(self.order))
        return self(Restarted(away_ms=away_ms))

    def tick(self, after_ms: int) -> Stage:
        return self(Tick(), after_ms=after_ms)

    # ------------------------------------------------------------------ what came of it

    def told(self, stage: str) -> Mapping[str, Any]:
        (tell,) = [effect for effect in self.made if isinstance(effect, Tell) and effect.stage == stage]
        return tell.body

    def charged(self) -> dict[str, int]:
        return {line["sku"]: line["count"] for line in self.told("settled")["lines"]}

    def doubts(self) -> list[str]:
        body = self.told("review")
        assert body["amount_mil"] == 0
        found: list[str] = body["doubts"]
        return found

    def alarms(self) -> list[tuple[str, str, bool]]:
        return [(made.target, made.alarm, made.active) for made in self.made if isinstance(made, Raise)]

    def unlocks(self) -> list[str]:
        return [made.door for made in self.made if isinstance(made, Unlock)]

    def locks(self) -> list[str]:
        return [made.door for made in self.made if isinstance(made, Lock)]

    def looks(self) -> list[str]:
        return [made.target for made in self.made if isinstance(made, Look)]

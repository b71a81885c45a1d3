"""Random lives of purchases in a cabinet with people and power cuts, with every promise checked after every step.

python -m tests.faults.purchase_steps --steps 1000000
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from typing import TYPE_CHECKING

from gateway.orders.purchase import event as happens
from gateway.orders.purchase.order import Purchase, Purpose, Stage, from_json, open_purchase, to_json
from gateway.orders.purchase.prices import PriceRef
from gateway.orders.purchase.shelf import Proof
from gateway.orders.purchase.table import PURCHASE
from tests.faults.cabinet import LAYOUTS, OPENED, Cabinet
from tests.faults.desk import Desk, Tally
from tests.faults.steps_command import command

if TYPE_CHECKING:
    from gateway.orders.purchase.shelf import Shelf

LIMIT_MIL = 40_000
DRAIN_MOST = 12_000
PRICES = PriceRef(id="p", version=1, digest="d")


class Life:
    """One order; `wild` is how often something happens that should not."""

    def __init__(self, rng: random.Random, tally: Tally) -> None:
        self.rng = rng
        self.shelves: tuple[Shelf, ...] = rng.choice(LAYOUTS)
        self.cabinet = Cabinet(self.shelves, rng)
        self.wild = rng.choice((0.0, 0.002, 0.02, 0.2))
        self.cut = rng.choice((0.0, 0.002, 0.02))
        self.is_restock = rng.random() < 0.15
        order = open_purchase(
            order_id=f"o-{tally.orders}",
            cabinet="c",
            user_ref="u",
            shelves=self.shelves,
            prices=PRICES,
            at_ms=0,
            purpose=Purpose.RESTOCK if self.is_restock else Purpose.SALE,
        )
        self.desk: Desk[Purchase] = Desk(
            machine=PURCHASE,
            order=order,
            to_json=to_json,
            from_json=from_json,
            carry_out=self.cabinet.carry_out,
            restarted=lambda away_ms: happens.Restarted(away_ms=away_ms),
            rng=rng,
            tally=tally,
            has_clock=rng.random() < 0.9,
        )
        tally.orders += 1

    def live(self) -> None:
        """Let people and sensors do what they like, then let them go, until the order has ended."""
        rng, desk = self.rng, self.desk
        for _ in range(rng.choice((5, 50, 200, 600))):
            if desk.is_over:
                break
            self.walk()
        for _ in range(DRAIN_MOST):
            if desk.is_over:
                break
            desk.at_ms += 400
            for door in self.cabinet.open:
                self.cabinet.close_door(door)
            self._happen(rng.choice((self._sensor, self._sensor, happens.Tick))())
        self._check()

    def walk(self) -> None:
        """Let one thing happen."""
        rng = self.rng
        self.desk.at_ms += rng.choice((100, 300, 500)) if rng.random() < 0.995 else rng.randrange(400_000)
        self._people()
        self._happen(self._anything())

    def _happen(self, event: object) -> None:
        cut = self.rng.choice(("before", "after", "done")) if self.rng.random() < self.cut else ""
        was = self.desk.order.stage
        self.desk.happen(event, cut=cut)
        if was not in PURCHASE.finals and self.desk.is_over:
            self.gone = self.cabinet.gone()
            self.are_shut = not any(self.cabinet.open.values())

    def _anything(self) -> object:
        rng = self.rng
        if self.desk.order.stage is Stage.ASKING and rng.random() < 0.3:
            return happens.Authorised(limit_mil=rng.choice((LIMIT_MIL, LIMIT_MIL, LIMIT_MIL, 4_000, 0)))
        if rng.random() > self.wild:
            return rng.choice((self._sensor, self._sensor, self._sensor, happens.Tick))()
        lines = (happens.Line(shelf="s1", sku=self.shelves[0].stock[0].sku, found=rng.randrange(5), added=2),)
        incidents: tuple[object, ...] = (
            happens.Authorised(limit_mil=LIMIT_MIL),
            happens.Refused(why="x"),
            happens.Withdrawn(),
            happens.SaleStopped(shelf=rng.choice(("s1", "s9")), why="too-warm"),
            happens.LockAnswered(door="d1", released=rng.random() < 0.5),
            happens.LockAnswered(door="d9", released=True),
            happens.DoorSeen(door="d9", is_open=True),
            happens.ShelfRead(shelf="s9", grams=1),
            happens.Declared(lines=lines),
            happens.PhotoTaken(ref="p"),
            happens.Tick(),
        )
        return rng.choice(incidents)

    def _sensor(self) -> object:
        if self.rng.random() < 0.4:
            return self.cabinet.door_seen(self.rng.choice(tuple(self.cabinet.open)))
        return self.cabinet.shelf_read(self.rng.choice(tuple(self.cabinet.shelves)))

    def _people(self) -> None:
        """A slot that only its door proves is emptied by whoever opens it: that is what it is sold by."""
        rng, cabinet, chance = self.rng, self.cabinet, self.rng.random()
        door, shelf = rng.choice(tuple(cabinet.open)), rng.choice(tuple(cabinet.shelves))
        if chance < 0.05 and cabinet.open_door(door) and Proof.OPENING in self.shelves[0].proofs:
            cabinet.take("s1")
        elif Proof.OPENING in self.shelves[0].proofs:
            if chance < 0.15:
                cabinet.close_door(door)
        elif chance < 0.08:
            cabinet.take(shelf)
        elif chance < 0.09:
            cabinet.put_back(shelf)
        elif chance < 0.09 + self.wild / 10:
            cabinet.leave_something(shelf)
        elif chance < 0.15:
            cabinet.close_door(door)

    # ------------------------------------------------------------------ what is promised

    def _check(self) -> None:
        desk, order = self.desk, self.desk.order
        assert desk.is_over, f"{order.order_id} is stuck in {order.stage}"
        ends = [tell for tell in desk.told if tell.stage in {"settled", "review", "cancelled"}]
        (end,) = ends
        assert end.stage == order.stage
        doubts = end.body.get("doubts", ())
        assert isinstance(doubts, list | tuple)
        desk.tally.ends.update([f"{order.stage} {word}" for word in doubts or (end.body.get("outcome", ""),)])
        assert all(count <= 1 + order.settings.retries for count in desk.unlocks.values())
        if desk.unlocks:
            assert self.is_restock or (order.limit_mil or 0) > 0, "nothing opens without authority"
        if end.stage != "settled" or self.is_restock:
            assert end.body["amount_mil"] == 0
            assert end.stage != "cancelled" or not self.gone, "what ends before the unlock loses nothing"
            return
        assert self.are_shut, "a sale settles behind shut doors"
        lines = end.body["lines"]
        assert isinstance(lines, list)
        charged = Counter({(line["shelf"], line["sku"]): line["count"] for line in lines})
        if self.shelves == OPENED and not order.was_open:
            self.gone = Counter()  # opened and shut between two looks at its only sensor: nothing proves it
        assert charged == self.gone, f"{charged} charged, {self.gone} gone"
        price = {(shelf.name, stock.sku): stock.price_mil for shelf in self.shelves for stock in shelf.stock}
        assert end.body["amount_mil"] == sum(price[key] * count for key, count in self.gone.items()) <= LIMIT_MIL


def run(steps: int, seed: int) -> Tally:
    """Live through so many steps. Raises `AssertionError` at the first broken promise."""
    tally = Tally()
    while tally.steps < steps:
        Life(random.Random(f"{seed}/{tally.orders}"), tally).live()  # noqa: S311 - a model, no secret
    return tally


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:], run, PURCHASE, __doc__ or ""))

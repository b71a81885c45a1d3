"""A power cut at any moment of a purchase: before the commit, after it, or when all is done and is done again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from gateway.orders.purchase.event import Authorised, Restarted, Tick
from gateway.orders.purchase.order import Purchase, Stage, from_json, open_purchase, to_json
from gateway.orders.purchase.table import PURCHASE
from tests.faults.cabinet import SLOT, TWO_SCALES, Cabinet
from tests.faults.desk import Desk, Tally
from tests.unit.orders.purchase.shop import PRICES

if TYPE_CHECKING:
    from gateway.orders.purchase.shelf import Shelf


@dataclass
class Course:
    """One customer who takes one piece from the first shelf; the power goes at step `cut_at`."""

    shelves: tuple[Shelf, ...]
    cut: str
    cut_at: int

    def run(self) -> None:
        rng = random.Random(7)  # noqa: S311 - a model, no secret
        self.cabinet = Cabinet(self.shelves, rng)
        order = open_purchase(order_id="o", cabinet="c", user_ref="u", shelves=self.shelves, prices=PRICES, at_ms=0)
        self.desk: Desk[Purchase] = Desk(
            machine=PURCHASE,
            order=order,
            to_json=to_json,
            from_json=from_json,
            carry_out=self.cabinet.carry_out,
            restarted=lambda away_ms: Restarted(away_ms=away_ms),
            rng=rng,
            tally=Tally(),
            aways=(20_000,),
        )
        self.unlocked_at = 0
        self.steps = 0
        self.step(Authorised(limit_mil=50_000))
        for turn in range(200):
            if self.desk.is_over:
                break
            self.customer(turn)
            for name in self.cabinet.shelves:
                self.step(self.cabinet.shelf_read(name))
            for door in self.cabinet.open:
                self.step(self.cabinet.door_seen(door))
            self.step(Tick())

    def step(self, event: object) -> None:
        self.desk.at_ms += 150
        self.steps += 1
        self.desk.happen(event, cut=self.cut if self.steps == self.cut_at else "")

    def customer(self, turn: int) -> None:
        """Opens at once what is unlocked, takes one piece, shuts the door four turns later."""
        if self.desk.order.stage is Stage.ASKING:
            self.step(Authorised(limit_mil=50_000))
        if not self.cabinet.hand and self.cabinet.open_door("d1"):
            self.cabinet.take("s1")
            self.unlocked_at = turn
        elif turn > self.unlocked_at + 4:
            self.cabinet.close_door("d1")

    @property
    def charged(self) -> object:
        (end,) = [tell for tell in self.desk.told if tell.stage in PURCHASE.finals]
        return (end.stage, end.body["amount_mil"], end.body.get("lines"))


@pytest.mark.parametrize("shelves", [TWO_SCALES, SLOT], ids=["scales", "slot"])
@pytest.mark.parametrize("cut", ["before", "after", "done"])
def test_a_power_cut_at_any_step_settles_the_same_and_unlocks_once(shelves: tuple[Shelf, ...], cut: str) -> None:
    whole = Course(shelves, "", 0)
    whole.run()
    assert isinstance(whole.charged, tuple)
    assert whole.charged[:1] == ("settled",)
    assert whole.charged[1] > 0
    ends = set()
    for cut_at in range(1, whole.steps + 1):
        course = Course(shelves, cut, cut_at)
        course.run()
        assert course.desk.is_over
        assert sum(course.desk.unlocks.values()) <= 1
        if course.cabinet.gone():
            assert course.charged == whole.charged
        else:
            assert isinstance(course.charged, tuple)
            assert course.charged[:2] in {("cancelled", 0), ("settled", 0)}
        ends.add(bool(course.cabinet.gone()))
    assert ends == {True, False}

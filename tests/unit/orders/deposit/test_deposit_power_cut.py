"""A power cut at any moment of a delivery: before the commit, after it, or when all is done and is done again."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from gateway.orders.deposit.event import Finished, Identified, Restarted, Tick
from gateway.orders.deposit.order import Deposit, Identity, from_json, open_deposit, to_json
from gateway.orders.deposit.points_rule import Category
from gateway.orders.deposit.table import DEPOSIT
from tests.faults.bin_station import Bin
from tests.faults.desk import Desk, Tally
from tests.unit.orders.deposit.bin_run import RULE


@dataclass
class Course:
    """One resident who throws in 2 kg; the power goes at step `cut_at`."""

    cut: str
    cut_at: int

    def run(self) -> None:
        rng = random.Random(7)  # noqa: S311 - a model, no secret
        self.bin = Bin(rng)
        order = open_deposit(
            order_id="o",
            station="s",
            door="d1",
            scale="w1",
            category=Category.RECYCLABLE,
            identity=Identity.FACE,
            rule=RULE,
            at_ms=0,
        )
        self.desk: Desk[Deposit] = Desk(
            machine=DEPOSIT,
            order=order,
            to_json=to_json,
            from_json=from_json,
            carry_out=self.bin.carry_out,
            restarted=lambda away_ms: Restarted(away_ms=away_ms),
            rng=rng,
            tally=Tally(),
            aways=(20_000,),
        )
        self.has_thrown = False
        self.steps = 0
        for turn in range(1, 400):
            if self.desk.is_over:
                break
            self.bin.pass_to(self.desk.at_ms)
            if self.bin.is_open and not self.has_thrown:
                self.bin.throw_in(2_050)
                self.has_thrown = True
            self.step(Identified(user_ref="u"))
            self.step(self.bin.weighed())
            self.step(self.bin.door_seen())
            self.step(Finished() if self.has_thrown and turn % 9 == 0 else Tick())

    def step(self, event: object) -> None:
        self.desk.at_ms += 120
        self.steps += 1
        self.desk.happen(event, cut=self.cut if self.steps == self.cut_at else "")

    @property
    def credited(self) -> tuple[object, object]:
        (end,) = [tell for tell in self.desk.told if tell.stage in DEPOSIT.finals]
        return end.stage, end.body["points"]


@pytest.mark.parametrize("cut", ["before", "after", "done"])
def test_a_power_cut_at_any_step_credits_the_same_and_opens_once(cut: str) -> None:
    whole = Course("", 0)
    whole.run()
    assert whole.credited == ("recorded", 20)
    ends = set()
    for cut_at in range(1, whole.steps + 1):
        course = Course(cut, cut_at)
        course.run()
        assert course.desk.is_over
        assert sum(course.desk.unlocks.values()) <= 1
        if course.has_thrown:
            assert course.credited == whole.credited
        else:
            assert course.credited in {("cancelled", 0), ("recorded", 0)}
        ends.add(course.has_thrown)
    assert ends == {True, False}

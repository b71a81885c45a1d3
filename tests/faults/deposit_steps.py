"""Random lives of deliveries and collections at a bin, with people and power cuts, every promise checked after every step.

python -m tests.faults.deposit_steps --steps 1000000
"""

from __future__ import annotations

import random
import sys
from fractions import Fraction
from math import floor

from gateway.orders.deposit import event as happens
from gateway.orders.deposit.order import (
    Deposit,
    Identity,
    Purpose,
    Settings,
    Stage,
    from_json,
    open_deposit,
    to_json,
)
from gateway.orders.deposit.points_rule import Category, PointsRule, Rate
from gateway.orders.deposit.table import DEPOSIT
from gateway.orders.effect import Effect, Unlock
from tests.faults.bin_station import Bin
from tests.faults.desk import TS_MS, Desk, Tally
from tests.faults.steps_command import command

RATE_X1000 = 833
RULE = PointsRule(
    id="r",
    version=3,
    community="c",
    rates=(
        Rate(category=Category.RECYCLABLE, points_per_kg_x1000=RATE_X1000),
        Rate(category=Category.KITCHEN, points_per_kg_x1000=RATE_X1000, from_ts_ms=TS_MS),
    ),
)
WITHIN_G = 20
DRAIN_MOST = 12_000
HARD = Settings(full_g=60_000)


class Life:
    """One order; `wild` is how often something happens that should not."""

    def __init__(self, rng: random.Random, tally: Tally) -> None:
        self.rng = rng
        self.bin = Bin(rng)
        self.was_g = self.bin.content_g
        self.wild = rng.choice((0.0, 0.002, 0.02, 0.2))
        self.cut = rng.choice((0.0, 0.002, 0.02))
        self.is_collection = rng.random() < 0.15
        order = open_deposit(
            order_id=f"d-{tally.orders}",
            station="s",
            door="d1",
            scale="w1",
            category=rng.choice((Category.RECYCLABLE, Category.KITCHEN, Category.OTHER)),
            identity=rng.choice(tuple(Identity)),
            rule=RULE,
            at_ms=0,
            purpose=Purpose.COLLECTION if self.is_collection else Purpose.DEPOSIT,
            settings=rng.choice((Settings(), Settings(), HARD)),
            recent_g=rng.choice(((), (2_000, 2_001, 1_999))),
        )
        self.desk: Desk[Deposit] = Desk(
            machine=DEPOSIT,
            order=order,
            to_json=to_json,
            from_json=from_json,
            carry_out=self._carry_out,
            restarted=lambda away_ms: happens.Restarted(away_ms=away_ms),
            rng=rng,
            tally=tally,
            has_clock=rng.random() < 0.9,
        )
        tally.orders += 1

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, Unlock):
            self.was_g = self.bin.content_g
        self.bin.carry_out(effect)

    def live(self) -> None:
        """Let people and sensors do what they like, then let them go, until the order has ended."""
        rng, desk = self.rng, self.desk
        for _ in range(rng.choice((20, 100, 300, 600))):
            if desk.is_over:
                break
            self.walk()
        self.bin.has_hand = self.bin.jams = False
        for number in range(DRAIN_MOST):
            if desk.is_over:
                break
            self._wait(300)
            self._happen(happens.Finished() if number % 50 == 0 else self._sensor())
        self._check()

    def walk(self) -> None:
        """Let one thing happen."""
        rng = self.rng
        self._wait(rng.choice((100, 200, 400)) if rng.random() < 0.997 else rng.randrange(200_000))
        self._people()
        self._happen(self._anything())

    def _wait(self, ms: int) -> None:
        self.desk.at_ms += ms
        said = self.bin.pass_to(self.desk.at_ms)
        if said is not None:
            self._happen(said)

    def _happen(self, event: object) -> None:
        cut = self.rng.choice(("before", "after", "done")) if self.rng.random() < self.cut else ""
        was_over = self.desk.is_over
        self.desk.happen(event, cut=cut)
        if self.desk.is_over and not was_over:
            self.put_in_g = self.bin.content_g - self.was_g
            self.has_lean = bool(self.bin.lean_g)

    def _anything(self) -> object:
        rng = self.rng
        if self.desk.order.stage is Stage.IDENTIFYING and rng.random() < 0.3:
            return happens.Identified(user_ref="u")
        if rng.random() > self.wild:
            return self._sensor() if rng.random() < 0.97 else happens.Finished()
        incidents: tuple[object, ...] = (
            happens.Identified(user_ref="v"),
            happens.Refused(),
            happens.Refused(why="x"),
            happens.StrangerIdentified(user_ref=rng.choice(("u", "v"))),
            happens.Withdrawn(),
            happens.BinStopped(why="full"),
            happens.CategorySensed(category=rng.choice((*Category, None))),
            happens.PhotoTaken(ref="p"),
            happens.Tick(),
        )
        return rng.choice(incidents)

    def _sensor(self) -> object:
        chance = self.rng.random()
        if chance < 0.6:
            return self.bin.weighed()
        if chance < 0.8:
            return self.bin.door_seen()
        return self.bin.hand_seen() if chance < 0.85 else happens.Tick()

    def _people(self) -> None:
        rng, chance, there = self.rng, self.rng.random(), self.bin
        if chance < 0.04:
            there.throw_in(rng.choice((10, 350, 2_000, 2_000, 30_000)))
        elif chance < 0.05 or (self.is_collection and chance < 0.2):
            there.take_out()
        elif chance < 0.05 + self.wild / 4:
            there.lean(self.desk.at_ms)
        elif chance < 0.12:
            there.has_hand = there.is_open and rng.random() < 0.3
        elif chance < 0.13:
            there.jams = rng.random() < self.wild
        elif chance < 0.14 and there.is_open:
            there.shut_by_hand(self.desk.at_ms)
        elif chance > 1 - self.wild / 20:
            there.is_open = True

    # ------------------------------------------------------------------ what is promised

    def _check(self) -> None:
        desk, order = self.desk, self.desk.order
        assert desk.is_over, f"{order.order_id} is stuck in {order.stage}"
        (end,) = [tell for tell in desk.told if tell.stage in {"recorded", "review", "cancelled"}]
        assert end.stage == order.stage
        words = end.body.get("doubts") or end.body.get("flags") or ("",)
        assert isinstance(words, list | tuple)
        desk.tally.ends.update([f"{order.stage} {word}" for word in words])
        assert desk.unlocks.total() <= 1, "a door is opened once"
        assert not desk.unlocks or order.user_ref, "nothing opens for nobody"
        assert len(order.curve.points) <= 64
        if end.stage != "recorded" or self.is_collection:
            assert end.body["points"] == 0
            if end.stage == "recorded":
                assert abs(int(str(end.body["collected_g"])) + min(0, self.put_in_g)) <= 2 * WITHIN_G
            return
        net_g = int(str(end.body["net_g"]))
        if not self.has_lean:
            assert abs(net_g - self.put_in_g) <= WITHIN_G + order.settings.least_g, "credited is what is in the bin"
        dated = order.category is Category.KITCHEN
        rate = 0 if order.category is Category.OTHER or (dated and not desk.has_clock) else RATE_X1000
        assert end.body["points"] == floor(Fraction(net_g, 1000) * Fraction(rate, 1000)) >= 0


def run(steps: int, seed: int) -> Tally:
    """Live through so many steps. Raises `AssertionError` at the first broken promise."""
    tally = Tally()
    while tally.steps < steps:
        Life(random.Random(f"{seed}/{tally.orders}"), tally).live()  # noqa: S311 - a model, no secret
    return tally


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:], run, DEPOSIT, __doc__ or ""))

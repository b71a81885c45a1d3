"""A delivery told step by step: what happens, and what the machine made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.orders.clock import SYNCHRONISED, UNSET, Now
from gateway.orders.deposit.event import DoorSeen, Finished, Identified, Restarted, Tick, Weighed
from gateway.orders.deposit.order import Deposit, Identity, Purpose, Stage, from_json, open_deposit, to_json
from gateway.orders.deposit.points_rule import Category, PointsRule, Rate
from gateway.orders.deposit.table import DEPOSIT
from gateway.orders.effect import CloseDoor, Effect, Lock, Look, Raise, Tell, Unlock

if TYPE_CHECKING:
    from collections.abc import Mapping

RULE = PointsRule(
    id="r", version=3, community="c", rates=(Rate(category=Category.RECYCLABLE, points_per_kg_x1000=10_000),)
)


class BinRun:
    """One order at a bin that weighs 5 kg; every effect is kept."""

    def __init__(self, *, has_clock: bool = True, **other: Any) -> None:
        self.at_ms = 0
        self.has_clock = has_clock
        self.made: list[Effect] = []
        values: dict[str, Any] = {"category": Category.RECYCLABLE, "identity": Identity.CARD, "rule": RULE} | other
        self.order: Deposit = open_deposit(order_id="o", station="st", door="d1", scale="w1", at_ms=0, **values)

    def __call__(self, *events: object, after_ms: int = 0) -> Stage:
        for event in events:
            self.at_ms += after_ms
            clock = SYNCHRONISED if self.has_clock else UNSET
            step = DEPOSIT.step(self.order, event, Now(at_ms=self.at_ms, ts_ms=self.at_ms, clock=clock))
            self.order = step.order
            self.made += [intent.effect for intent in step.intents]
        return self.order.stage

    def weigh(self, grams: int, times: int = 3) -> Stage:
        """Let the scale be at rest."""
        return self(*[Weighed(grams=grams)] * times, after_ms=700)

    def hold(self, grams: int) -> Stage:
        """Let the scale be at rest until the test is over."""
        return self.weigh(grams, times=11)

    def door(self, *, is_open: bool) -> Stage:
        return self(DoorSeen(is_open=is_open), after_ms=100)

    def opening(self, grams: int = 5_000) -> BinRun:
        self(Identified(user_ref="u"))
        self.door(is_open=False)
        assert self.weigh(grams) is Stage.OPENING
        return self

    def opened(self, grams: int = 5_000) -> BinRun:
        self.opening(grams)
        assert self.door(is_open=True) is Stage.OPEN
        return self

    def shut(self) -> BinRun:
        assert self(Finished()) is Stage.CLOSING
        assert self.door(is_open=False) is Stage.WEIGHING
        return self

    def restart(self, away_ms: int | None = 0) -> Stage:
        self.order = from_json(to_json(self.order))
        return self(Restarted(away_ms=away_ms))

    def tick(self, after_ms: int) -> Stage:
        return self(Tick(), after_ms=after_ms)

    # ------------------------------------------------------------------ what came of it

    def told(self, stage: str) -> Mapping[str, Any]:
        (tell,) = [effect for effect in self.made if isinstance(effect, Tell) and effect.stage == stage]
        return tell.body

    def doubts(self) -> list[str]:
        body = self.told("review")
        assert body["points"] == 0
        found: list[str] = body["doubts"]
        return found

    def alarms(self) -> list[str]:
        return [made.alarm for made in self.made if isinstance(made, Raise)]

    def unlocks(self) -> int:
        return sum(isinstance(made, Unlock) for made in self.made)

    def closes(self) -> int:
        return sum(isinstance(made, CloseDoor) for made in self.made)

    def locks(self) -> int:
        return sum(isinstance(made, Lock) for made in self.made)

    def looks(self) -> list[str]:
        return [made.target for made in self.made if isinstance(made, Look)]


def collection(tare_g: int = 900) -> BinRun:
    return BinRun(purpose=Purpose.COLLECTION, tare_g=tare_g)

"""A desk with a machine, a disk and a plug that somebody pulls: the part that purchases and deposits have in common."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from gateway.orders.clock import SYNCHRONISED, UNSET, Now
from gateway.orders.effect import AT_MOST_ONCE, Effect, Tell, Unlock
from gateway.orders.machine import Order

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from gateway.orders.machine import Machine, Step

O = TypeVar("O", bound=Order)  # noqa: E741 - the order
TS_MS = 1_800_000_000_000


@dataclass
class Tally:
    """What a run has seen."""

    steps: int = 0
    orders: int = 0
    cuts: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)


@dataclass
class Desk(Generic[O]):
    """Runs one order: step, commit, then carry out; a cut may fall between any two of them."""

    machine: Machine[O]
    order: O
    to_json: Callable[[O], bytes]
    from_json: Callable[[bytes], O]
    carry_out: Callable[[Effect], None]
    restarted: Callable[[int | None], object]
    rng: random.Random
    tally: Tally
    at_ms: int = 0
    has_clock: bool = True
    told: list[Tell] = field(default_factory=list)
    unlocks: Counter[str] = field(default_factory=Counter)
    has_restarted: bool = False
    aways: tuple[int | None, ...] = (0, 2_000, 30_000, 30_000, 600_000, None)

    @property
    def is_over(self) -> bool:
        return self.order.stage in self.machine.finals

    @property
    def now(self) -> Now:
        clock = SYNCHRONISED if self.has_clock else UNSET
        return Now(at_ms=self.at_ms, ts_ms=TS_MS + self.at_ms if self.has_clock else 0, clock=clock)

    def happen(self, event: object, *, cut: str = "") -> None:
        """Take an event. `cut` says when the power goes: `before` the commit, `after` it, or when all is `done`."""
        step = self._step(event)
        if cut == "before":
            self._power_cut(())
            return
        self.order = step.order
        effects = [intent.effect for intent in step.intents]
        self.told += [effect for effect in effects if isinstance(effect, Tell) and json.dumps(effect.body)]
        if cut != "after":
            self._carry(effects)
        if cut:
            self._power_cut([effect for effect in effects if not isinstance(effect, AT_MOST_ONCE)])

    def _step(self, event: object) -> Step[O]:
        before, self.tally.steps = self.order, self.tally.steps + 1
        step = self.machine.step(before, event, self.now)
        made = range(before.effects_made, step.order.effects_made)
        assert [intent.id for intent in step.intents] == [f"{before.order_id}:{number}" for number in made]
        if before.stage in self.machine.finals:
            assert step.order == before, "an end is an end"
            assert not step.intents
        if step.row is not None:
            self.tally.rows[f"{before.stage}/{type(event).__name__}/{step.row.says}"] += 1
        return step

    def _carry(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Unlock):
                assert not self.has_restarted, "after a restart nothing is unlocked"
                self.unlocks[effect.door] += 1
            self.carry_out(effect)

    def _power_cut(self, again: Any) -> None:
        """Come back with what was stored, repeat what may be repeated, and say for how long nobody watched."""
        self.tally.cuts += 1
        restored = self.from_json(self.to_json(self.order))
        assert restored == self.order
        self.order = restored
        self._carry(list(again))
        if self.is_over:
            return
        self.has_restarted = True
        self.at_ms += 100
        self.happen(self.restarted(self.rng.choice(self.aways)))

"""Random lives of charge orders in a site that misbehaves, with every promise checked after every step.

python -m tests.faults.order_steps --steps 1000000
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.orders.charge import event as happens
from gateway.orders.charge import settings as presets
from gateway.orders.charge.order import (
    Authority,
    ChargeOrder,
    DeviceTotal,
    Policy,
    from_json,
    to_json,
)
from gateway.orders.charge.record import settlement_digest
from gateway.orders.charge.settings import ChargeSettings, Resumes, Settler
from gateway.orders.charge.stage import LIVE, OVER, Stage
from gateway.orders.charge.table import CHARGE
from gateway.orders.clock import Now
from gateway.orders.effect import Open, Permit, Tell
from gateway.orders.reason import StopReason
from gateway.orders.tariff.bill import bill
from gateway.orders.tariff.quote import Limits
from gateway.orders.tariff.register import Meter
from tests.unit.orders.charging import BY_ENERGY, BY_TIER, FREE, OUTLET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.orders.machine import Step

MS_PER_H = 3_600_000
DRAIN_MOST = 3000
ELEMENTS = ("definite-time", "power-limit", "smoke", "leakage", "breaker-failure", "unheard-of")
GRANT_ENDS = ("max-time", "set-limit", "tripped", "not-started", "opened-by-device")
PILE_ENDS = tuple(reason for reason in StopReason if reason is not StopReason.START_REFUSED)
STOPS = (StopReason.USER, StopReason.CARD, StopReason.PLATFORM, StopReason.SAFETY_OFF)


@dataclass
class Outlet:
    """What is really there: a relay, a load, a register that may restart or be exchanged."""

    on: bool = False
    load_w: float = 0.0
    drawn_mwh: float = 0.0
    register_mwh: float = 0.0
    meter: int = 0

    def pass_ms(self, took_ms: int) -> None:
        if self.on:
            energy_mwh = self.load_w * took_ms / 3600
            self.drawn_mwh += energy_mwh
            self.register_mwh += energy_mwh


@dataclass
class Tally:
    """What a run has seen: steps, orders, rows of the table, ends."""

    steps: int = 0
    orders: int = 0
    settled: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


class Life:
    """One order from its acceptance to its close, `wild` with incidents and `moody` or `fading` in its load."""

    def __init__(self, rng: random.Random, tally: Tally) -> None:
        self.rng = rng
        self.tally = tally
        self.at_ms = rng.randrange(10**9)
        self.outlet = Outlet(register_mwh=rng.choice((0.0, 5e6, 9.99e8)))
        self.order = self._order(tally.orders)
        self.settlement = ""
        self.told: object = None
        self.tripped = False
        self.wild = rng.choice((0.001, 0.01, 0.2))
        self.moody = rng.choice((0.003, 0.02))
        self.fading = rng.random() < 0.5
        tally.orders += 1

    def _order(self, number: int) -> ChargeOrder:
        rng = self.rng
        base = rng.choice((ChargeSettings(), presets.AP3000, presets.X10P, presets.JUY))
        values = {name: getattr(base, name) for name in base.__dataclass_fields__}
        values |= {
            "resumes": rng.choice(tuple(Resumes)),
            "settler": rng.choice(tuple(Settler)),
            "replug_s": rng.choice((0, 60)),
            "confirmed_by_power": rng.random() < 0.7,
            "meter": Meter(most_w=2000, step_mwh=20_000, from_zero=rng.random() < 0.5),
        }
        tariff = rng.choice((BY_ENERGY, BY_TIER, FREE))
        money_mil = 0 if tariff is FREE else rng.choice((1, 50, 200, 1000, 5000))
        return ChargeOrder(
            order_id=f"o-{number}",
            outlet=OUTLET,
            user_ref="u",
            authority=rng.choice(tuple(Authority)),
            tariff=tariff,
            ceiling_mil=money_mil,
            prepaid_mil=money_mil,
            most=Limits(max_s=rng.choice((600, 36_000)), max_wh=rng.choice((50, 3000)), max_w=1000),
            device_order_no=f"n-{number}",
            settings=ChargeSettings(**values),
            accepted=self.now(),
            on_power_fail=rng.choice(tuple(Policy)),
            on_cloud_loss=rng.choice(tuple(Policy)),
        )

    def now(self) -> Now:
        return Now(at_ms=self.at_ms, ts_ms=1_800_000_000_000 + self.at_ms, clock=2 if self.at_ms % 7 else 0)

    # ------------------------------------------------------------------ what happens

    def live(self, steps: int) -> None:
        """Let anything happen, then only time and answers, until the order is closed."""
        self.step(happens.Begin())
        if self.rng.random() < 0.2:
            self._fill_up()
        for _ in range(steps):
            if self.order.receipt is not None and self.rng.random() < 0.05:
                break
            self.step(self._anything())
        for _ in range(DRAIN_MOST):
            if self.order.stage is Stage.CLOSED:
                break
            self._wait(self.rng.choice((1000, 60_000, 600_000)))
            self.step(self.rng.choice((happens.Tick(), happens.SwitchedOff(verified=True), self._sample())))
            self.step(happens.SettlementAcknowledged(digest=self.settlement))
        assert self.order.stage is Stage.CLOSED, f"{self.order.order_id} is stuck in {self.order.stage}"
        for _ in range(5):
            self.step(self._anything())

    def _fill_up(self) -> None:
        """Charge for half an hour up to a float or a long taper: chance alone seldom gets there."""
        self.step(happens.SwitchedOn())
        for load_w in (200.0, self.rng.choice((8.0, 35.0))):
            self.outlet.load_w = load_w
            for _ in range(90):
                self._wait(10_000)
                self.step(happens.Sample(power_w=load_w, register_wh=self.outlet.register_mwh / 1000))

    def _wait(self, ms: int) -> None:
        self.outlet.pass_ms(ms)
        self.at_ms += ms

    def _anything(self) -> object:
        rng = self.rng
        self._wait(rng.choice((0, 50, 1000, 1000, 5000, 5000, 20_000)) if rng.random() < 0.99 else rng.randrange(10**7))
        chance = rng.random()
        if chance < self.moody:
            self.outlet.load_w = rng.choice((0.0, 0.0, 0.2, 8.0, 40.0, 120.0, 200.0, 220.0, 600.0))
        elif self.fading and chance > 0.985:
            self.outlet.load_w *= 0.6
        elif chance < self.moody + 0.002:
            self.outlet.register_mwh = 0.0
        elif chance < self.moody + 0.004:
            self.outlet.register_mwh, self.outlet.meter = rng.random() * 1e8, self.outlet.meter + 1
        if rng.random() > self.wild:
            answer = happens.SwitchedOn() if self.outlet.on else happens.SwitchedOff(verified=True)
            return rng.choice((self._sample(), self._sample(), happens.Tick(), answer))
        return self._incident()

    def _sample(self) -> happens.Sample:
        rng, outlet = self.rng, self.outlet
        return happens.Sample(
            power_w=None if rng.random() < 0.05 else outlet.load_w * outlet.on * rng.uniform(0.98, 1.02),
            register_wh=None if rng.random() < 0.3 else outlet.register_mwh / 1000,
            meter=outlet.meter,
            plugged=rng.choice((None, outlet.load_w > 0)),
        )

    def _incident(self) -> object:
        rng = self.rng
        total = DeviceTotal(
            device="pile-01",
            number=rng.choice(self.order.device_nos),
            digest=rng.choice(("a", "a", "b")),
            wh=rng.choice((0.0, 20.0, self.outlet.drawn_mwh / 1000)),
            s=100,
            reason=rng.choice(PILE_ENDS),
        )
        incidents: tuple[object, ...] = (
            happens.Begin(),
            happens.Refused(word="x", was_sent=rng.random() < 0.5),
            happens.StopAsked(reason=rng.choice(STOPS)),
            happens.Tripped(element=rng.choice(ELEMENTS)),
            happens.GrantEnded(word=rng.choice(GRANT_ENDS)),
            happens.DeviceStopped(reason=StopReason.PILE_FAULT),
            happens.SwitchedOff(verified=rng.random() < 0.5),
            happens.CloudLost(),
            happens.OutletTaken(),
            happens.DeviceSettled(total=total),
            happens.SettlementAcknowledged(digest=rng.choice((self.settlement, "wrong"))),
        )
        sight: tuple[object, ...] = (
            happens.Lost(reason=rng.choice((StopReason.POWER_FAIL, StopReason.DEVICE_LOST))),
            happens.Back(is_on=self.outlet.on),
            happens.Back(is_on=rng.random() < 0.5),
        )
        return rng.choice(incidents if rng.random() < 0.6 else sight)

    # ------------------------------------------------------------------ what is promised

    def step(self, event: object) -> None:
        """Take one event, with a power cut before or after its commit now and then, and check every promise."""
        before = self.order
        step = CHARGE.step(before, event, self.now())
        if self.rng.random() < 0.01:
            restored = from_json(to_json(before))
            assert restored == before
            again = CHARGE.step(restored, event, self.now())
            assert (again.order, again.intents) == (step.order, step.intents)
        self.order = step.order
        self.tripped |= isinstance(event, happens.Tripped) and before.stage in LIVE
        self.tally.steps += 1
        if step.row is not None:
            self.tally.rows[f"{before.stage}/{type(event).__name__}/{step.row.says}"] += 1
        self._check(before, step)
        self._carry_out(step)

    def _check(self, before: ChargeOrder, step: Step[ChargeOrder]) -> None:
        order = step.order
        numbers = range(before.effects_made, order.effects_made)
        assert [intent.id for intent in step.intents] == [f"{order.order_id}:{number}" for number in numbers]
        for intent in step.intents:
            if isinstance(intent.effect, Permit):
                self._check_permit(before, order, intent.effect)
        if before.end is not None and order.stage is not before.stage:
            assert order.stage in OVER, "an end is an end"
        if before.receipt is None:
            assert order.wh >= before.wh or order.is_void or order.receipt is not None, "energy never falls"
            assert order.loss_wh >= before.loss_wh >= 0
            seen_mwh = order.usage.energy_mwh + order.usage.loss_mwh
            slack_mwh = 10 + 20_100 * order.usage.gaps
            assert order.receipt is not None or seen_mwh <= self.outlet.drawn_mwh + slack_mwh, "no energy is invented"
        else:
            assert order.receipt == before.receipt, "there is one receipt"
        if order.receipt is not None and before.receipt is None:
            self._check_settlement(order, step)
        told = [i.effect for i in step.intents if isinstance(i.effect, Tell) and i.effect.stage == "settled"]
        assert all(tell.body == self.told for tell in told), "told again, it is the same"

    def _check_permit(self, before: ChargeOrder, order: ChargeOrder, permit: Permit) -> None:
        assert before.stage in LIVE
        assert order.stage in LIVE
        assert before.end is None
        assert not self.tripped
        assert permit.version == before.permits + 1
        assert 0 < permit.max_wh <= order.most.max_wh
        assert 0 < permit.max_w <= order.most.max_w
        assert self.at_ms < permit.until_ms or order.usage.times.energised_ms >= 1000 * order.limits.max_s
        assert permit.until_ms <= order.accepted.at_ms + 1000 * order.settings.longest_s
        if not permit.adopt:
            assert before.permits == 0 or before.stage is Stage.INTERRUPTED

    def _check_settlement(self, order: ChargeOrder, step: Step[ChargeOrder]) -> None:
        told = [i.effect for i in step.intents if isinstance(i.effect, Tell) and i.effect.stage == "settled"]
        assert len(told) == 1
        assert self.settlement == ""
        assert order.receipt is not None
        assert order.end is not None
        assert order.receipt.total_mil <= order.ceiling_mil
        assert told[0].body["amount_mil"] == order.receipt.total_mil
        if order.end.reason is StopReason.START_REFUSED and order.permits <= 1:
            assert order.receipt.total_mil == 0, "a refused start costs nothing"
        again = bill(
            order.tariff,
            order.usage,
            ceiling_mil=order.ceiling_mil,
            prepaid_mil=order.prepaid_mil,
            waived=order.is_void,
        )
        assert again == order.receipt
        self.settlement, self.told = settlement_digest(order), told[0].body
        self.tally.settled += 1
        self.tally.reasons[order.end.reason] += 1

    def _carry_out(self, step: Step[ChargeOrder]) -> None:
        for intent in step.intents:
            if isinstance(intent.effect, Open):
                self.outlet.on = self.outlet.on and self.rng.random() < 0.05
            elif isinstance(intent.effect, Permit) and not intent.effect.adopt:
                self.outlet.on = self.rng.random() < 0.9
                self.outlet.load_w = self.outlet.load_w or self.rng.choice((0.0, 200.0, 300.0))


def run(steps: int, seed: int) -> Tally:
    """Live through so many steps. Raises `AssertionError` at the first broken promise."""
    tally = Tally()
    while tally.steps < steps:
        rng = random.Random(f"{seed}/{tally.orders}")  # noqa: S311 - a model, no secret
        Life(rng, tally).live(rng.choice((30, 100, 300, 1500)))
    assert tally.settled == tally.orders, "every order settles once"
    return tally


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    began_s = time.monotonic()
    tally = run(chosen.steps, chosen.seed)
    possible = {f"{stage}/{row.on.__name__}/{row.says}" for row in CHARGE.rows for stage in row.stages}
    print(f"{tally.steps} steps, {tally.orders} orders, {tally.settled} settled once, no promise broken")
    print(f"{len(tally.rows)} of {len(possible)} pairs of stage and row were taken; ends: {dict(tally.reasons)}")
    for missing in sorted(possible - set(tally.rows)):
        print(f"  not taken: {missing}")
    print(f"{time.monotonic() - began_s:.1f} s, seed {chosen.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Charges as the tests make them: one tariff, one order, and a site that answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.orders.charge.event import Begin, Lost, Sample, SwitchedOff, SwitchedOn, Tick
from gateway.orders.charge.order import Authority, ChargeOrder, DeviceTotal, Policy
from gateway.orders.charge.settings import ChargeSettings, Resumes
from gateway.orders.charge.stage import Stage
from gateway.orders.charge.table import CHARGE
from gateway.orders.clock import SYNCHRONISED, Now
from gateway.orders.effect import Open, Permit, Tell
from gateway.orders.reason import StopReason
from gateway.orders.tariff.form import read_tariff
from gateway.orders.tariff.quote import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.orders.effect import Intent

OUTLET = "pile-01/outlet-01"
BY_ENERGY = read_tariff(
    {
        "id": "by-energy",
        "version": 3,
        "electricity": [{"by": "energy", "price_mil_per_kwh": 600}],
        "service": [{"by": "energy", "price_mil_per_kwh": 400}],
    }
)
BY_TIER = read_tariff(
    {
        "id": "by-tier",
        "version": 1,
        "service": [{"by": "tier", "prices_mil_per_h": [200, 300, 600]}],
        "tiers": {"up_to_w": [150, 300, 1000], "raise_after_s": 10},
    }
)
FREE = read_tariff({"id": "free", "version": 1})
LONG_S = 600.0
"""From here on an outlet is sampled every 5 s, to keep the tests short."""


def moment(at_s: float) -> Now:
    return Now(at_ms=round(1000 * at_s), ts_ms=1_800_000_000_000 + round(1000 * at_s), clock=SYNCHRONISED)


def new_order(settings: ChargeSettings | None = None, **other: Any) -> ChargeOrder:
    values: dict[str, Any] = {
        "order_id": "o-1",
        "outlet": OUTLET,
        "user_ref": "u-1",
        "authority": Authority.PLATFORM,
        "tariff": BY_ENERGY,
        "ceiling_mil": 5000,
        "prepaid_mil": 5000,
        "most": Limits(max_s=36_000, max_wh=3000, max_w=1000),
        "device_order_no": "n-1",
        "settings": settings or ChargeSettings(),
        "accepted": moment(0),
    }
    return ChargeOrder(**(values | other))


def total(number: str = "n-1", digest: str = "d-1", wh: float = 100.0) -> DeviceTotal:
    return DeviceTotal(device="pile-01", number=number, digest=digest, wh=wh, s=3600, reason=StopReason.FULL)


@dataclass
class Run:
    """One order on one outlet. `register_wh` is the outlet's meter; what left is kept in `intents`."""

    order: ChargeOrder = field(default_factory=new_order)
    at_s: float = 0.0
    register_wh: float = 5000.0
    intents: list[Intent] = field(default_factory=list)

    def __call__(self, event: object, *, after_s: float = 0.0) -> Stage:
        self.at_s += after_s
        step = CHARGE.step(self.order, event, moment(self.at_s))
        self.order = step.order
        self.intents += step.intents
        return step.order.stage

    def draw(self, power_w: float, for_s: float, *, every_s: float = 0.0, plugged: bool | None = None) -> Stage:
        """Let a load draw, sampled and ticked, for as long as the order does not change its stage."""
        every_s = every_s or (1.0 if for_s < LONG_S else 5.0)
        stage, until_s = self.order.stage, self.at_s + for_s
        while self.at_s + every_s <= until_s and self.order.stage is stage:
            self.register_wh += power_w * every_s / 3600
            self(Sample(power_w=power_w, register_wh=self.register_wh, plugged=plugged), after_s=every_s)
            if self.order.stage is stage:
                self(Tick())
        return self.order.stage

    def off(self) -> Stage:
        """Let the outlet be off, seen and metered."""
        self(SwitchedOff(verified=True), after_s=0.5)
        return self(Sample(power_w=0.0, register_wh=self.register_wh), after_s=0.5)

    def charging(self, power_w: float = 200.0, for_s: float = 400.0) -> Run:
        """Bring the order to charging and let it charge for a while."""
        self(Begin())
        self(SwitchedOn(), after_s=1)
        self.draw(power_w, 1)
        assert self.draw(power_w, for_s) is Stage.CHARGING
        return self

    def told(self, stage: str) -> list[Mapping[str, object]]:
        effects = (intent.effect for intent in self.intents)
        return [effect.body for effect in effects if isinstance(effect, Tell) and effect.stage == stage]

    def permits(self) -> list[Permit]:
        return [intent.effect for intent in self.intents if isinstance(intent.effect, Permit)]

    def opens(self) -> int:
        return sum(isinstance(intent.effect, Open) for intent in self.intents)


def ended(run: Run) -> tuple[object, object]:
    (body,) = run.told("ended")
    return body["reason"], body["fault_side"]


def interrupted(
    reason: StopReason = StopReason.POWER_FAIL, resumes: Resumes = Resumes.NOBODY, on_power_fail: Policy = Policy.GO_ON
) -> Run:
    run = Run(new_order(ChargeSettings(resumes=resumes), on_power_fail=on_power_fail)).charging(for_s=1800)
    assert run(Lost(reason=reason)) is Stage.INTERRUPTED
    assert run(Lost(reason=reason)) is Stage.INTERRUPTED
    return run

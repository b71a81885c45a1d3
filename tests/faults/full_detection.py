"""Simulated charges through the whole order machine: when it says full, and whether it ever stops too early.

    python -m tests.faults.full_detection --charges 1000

The gateway's own rule is held to its figures; the firmware rules of the AP3000, X10P and JUY are shown beside it.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING

from gateway.orders.charge import full
from gateway.orders.charge.event import Begin, Sample, SwitchedOn, Tick
from gateway.orders.charge.load import LoadSettings
from gateway.orders.charge.settings import ChargeSettings
from gateway.orders.charge.stage import ON, Stage
from gateway.orders.charge.table import CHARGE
from gateway.orders.reason import StopReason
from tests.faults.charging_course import some_charge
from tests.unit.orders.charging import FREE, moment, new_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.orders.charge.full import Method
    from gateway.orders.charge.order import ChargeOrder
    from tests.faults.charging_course import Charge

NEAR_S = 600.0
ENOUGH = 0.99
EARLY = 0.90
EVERY_S = (5.0, 10.0, 20.0)
TICK_S = 60.0
PATIENCE_S = 4 * 3600.0


@dataclass
class Tally:
    """`late_s`: detected minus true end, one for each charge that was seen full; `early`: stopped below 90 %."""

    charges: int = 0
    late_s: list[float] = field(default_factory=list)
    early: int = 0
    early_float: int = 0

    @property
    def near(self) -> float:
        return sum(abs(late_s) <= NEAR_S for late_s in self.late_s) / max(1, self.charges)


def follow(charge: Charge, methods: tuple[Method, ...], chance: random.Random, tally: Tally) -> None:
    """Let one charge run until the machine has ended it or hours after its end; note when it last said full.

    A machine that takes full back (the charger had only paused) has not detected the end.
    """
    settings = ChargeSettings(load=replace(LoadSettings(), full=methods))
    order = new_order(settings, tariff=FREE, ceiling_mil=0)
    every_s, at_s, said_s = chance.choice(EVERY_S), 0.0, None
    for event in (Begin(), SwitchedOn()):
        order = CHARGE.step(order, event, moment(0)).order
    while order.stage in ON:
        at_s += every_s
        order = CHARGE.step(order, Sample(power_w=charge.power_w(at_s, chance)), moment(at_s)).order
        if at_s % TICK_S == 0:
            order = CHARGE.step(order, Tick(), moment(at_s)).order
        if order.stage is Stage.CHARGING:
            said_s = None
        elif said_s is None and _says_full(order):
            said_s = at_s
            tally.early_float += charge.charged(at_s) < EARLY
        if charge.from_s + at_s > charge.end_s + PATIENCE_S:
            break
    tally.charges += 1
    tally.early += order.stage is Stage.ENDING and charge.charged(at_s) < EARLY
    if said_s is not None:
        tally.late_s.append(charge.from_s + said_s - charge.end_s)


def _says_full(order: ChargeOrder) -> bool:
    return order.stage is Stage.FLOATING or (order.end is not None and order.end.reason is StopReason.FULL)


def run(charges: int, seed: int, name: str = "gateway") -> Tally:
    """Follow so many charges under one named rule."""
    tally = Tally()
    for number in range(charges):
        chance = random.Random(f"{seed}/{number}")  # noqa: S311 - a model, no secret
        follow(some_charge(chance), full.NAMED[name], chance, tally)
    return tally


def say(name: str, tally: Tally) -> str:
    late = sorted(tally.late_s)
    spread = f"median {median(late) / 60:+.1f} min, {late[0] / 60:+.1f}..{late[-1] / 60:+.1f}" if late else "none"
    return (
        f"{name:8} {tally.charges} charges: {100 * tally.near:.1f} % within 10 min of the true end ({spread}); "
        f"{tally.early} stopped and {tally.early_float} floated before 90 %"
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--charges", type=int, default=1000)
    parser.add_argument("--others", type=int, default=100, help="charges for each of the firmware rules")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    tally = run(chosen.charges, chosen.seed)
    print(say("gateway", tally))
    for name in ("ap3000", "x10p", "juy"):
        if chosen.others:
            print(say(name, run(chosen.others, chosen.seed, name)))
    return 0 if tally.near >= ENOUGH and not tally.early else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Worked charges for the documentation: a tariff, what was used, and the receipt that the code makes of it. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from gateway.orders.tariff.bill import bill
from gateway.orders.tariff.form import read_tariff, write_tariff
from gateway.orders.tariff.tariff import DAY_MS
from gateway.orders.tariff.usage import Phase, Sample, nothing_used, take

if TYPE_CHECKING:
    from gateway.orders.tariff.receipt import Receipt
    from gateway.orders.tariff.tariff import Tariff
    from gateway.orders.tariff.usage import Usage

MIDNIGHT_TS_MS = 20_779 * DAY_MS - 480 * 60_000
"""22 November 2026, 00:00 in China."""

MIN_MS = 60_000
MWH_PER_W_MIN = 50
"""One watt for one minute is 16.67 mWh; three of them are 50."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of a charge at one power."""

    minutes: int
    power_w: int
    phase: Phase = Phase.CHARGING


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One charge. `begins` is minutes after midnight; readings come once a minute. Money is 0.001 yuan."""

    title: str
    tariff: Tariff
    begins: int
    parts: tuple[Part, ...]
    prepaid_mil: int

    @property
    def usage(self) -> Usage:
        """Return what the charge has used."""
        usage = nothing_used(self.tariff)
        minutes = [part for part in self.parts for _ in range(part.minutes)]
        energies = accumulate((part.power_w for part in minutes), initial=0)
        for minute, (part, watt_minutes) in enumerate(zip([*minutes, minutes[-1]], energies, strict=True)):
            at_ms = minute * MIN_MS
            sample = Sample(
                at_ms=at_ms,
                phase=part.phase,
                register_mwh=watt_minutes * MWH_PER_W_MIN // 3,
                power_mw=part.power_w * 1000,
                ts_ms=MIDNIGHT_TS_MS + self.begins * MIN_MS + at_ms,
            )
            usage = take(usage, sample, self.tariff)
        return usage

    @property
    def receipt(self) -> Receipt:
        """Return its receipt."""
        return bill(self.tariff, self.usage, ceiling_mil=self.prepaid_mil, prepaid_mil=self.prepaid_mil)

    @property
    def course(self) -> str:
        """Return what happened, one stretch after the other."""
        ends = accumulate((part.minutes for part in self.parts), initial=self.begins)
        stretches = (
            f"{_clock(begin)} {part.phase.value} at {part.power_w} W"
            for begin, part in zip(ends, self.parts, strict=False)
        )
        end = self.begins + sum(part.minutes for part in self.parts)
        last = "plug out" if self.parts[-1].phase is Phase.OCCUPIED else "off"
        return ", ".join([*stretches, f"{_clock(end)} {last}"])


def tariff_text(tariff: Tariff) -> str:
    """Return a tariff as JSON without what is as it is anyway, the 48 half-hours on lines of their own."""
    usual = write_tariff(read_tariff({"id": tariff.id, "version": tariff.version}))
    said = write_tariff(tariff)
    kept = {name: value for name, value in said.items() if name in {"id", "version"} or value != usual[name]}
    lines = [f"  {json.dumps(name)}: {_value(value)}" for name, value in kept.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _value(value: object) -> str:
    value = _given(value)
    if not isinstance(value, list):
        return json.dumps(value)
    per_line = 8 if isinstance(value[0], str) else 1
    words = [json.dumps(each) for each in value]
    lines = [", ".join(words[at : at + per_line]) for at in range(0, len(words), per_line)]
    return "[" + ",\n    ".join(lines) + "]"


def _given(value: object) -> object:
    """Leave out what is not given."""
    if isinstance(value, list):
        return [_given(each) for each in value]
    if isinstance(value, dict):
        return {name: _given(each) for name, each in value.items() if each is not None}
    return value


def _clock(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours % 24:02}:{rest:02}"


_SLOTS = ["valley"] * 14 + ["flat"] * 6 + ["peak"] * 4 + ["flat"] * 10 + ["peak"] * 10 + ["flat"] * 2 + ["valley"] * 2

EXAMPLES: tuple[Example, ...] = (
    Example(
        title="By time of use, service fee by energy",
        tariff=read_tariff(
            {
                "id": "shed-tou",
                "version": 3,
                "electricity": [{"by": "band", "prices_mil_per_kwh": {"peak": 820, "flat": 550, "valley": 300}}],
                "service": [{"by": "energy", "price_mil_per_kwh": 400}],
                "slots": _SLOTS,
            }
        ),
        begins=21 * 60,
        parts=(
            Part(minutes=120, power_w=200),
            Part(minutes=60, power_w=80),
            Part(minutes=30, power_w=8, phase=Phase.FLOAT),
        ),
        prepaid_mil=5000,
    ),
    Example(
        title="By energy, with a minimum",
        tariff=read_tariff(
            {
                "id": "shed-energy",
                "version": 1,
                "electricity": [{"by": "energy", "price_mil_per_kwh": 550}],
                "service": [{"by": "energy", "price_mil_per_kwh": 450}],
                "min_mil": 500,
            }
        ),
        begins=9 * 60,
        parts=(Part(minutes=90, power_w=150),),
        prepaid_mil=3000,
    ),
    Example(
        title="By power tier and time",
        tariff=read_tariff(
            {
                "id": "shed-tiers",
                "version": 2,
                "electricity": [{"by": "tier", "prices_mil_per_h": [120, 180, 300]}],
                "service": [{"by": "tier", "prices_mil_per_h": [80, 120, 200]}],
                "tiers": {"up_to_w": [150, 250, 500], "raise_after_s": 300},
            }
        ),
        begins=18 * 60,
        parts=(Part(minutes=60, power_w=140), Part(minutes=120, power_w=230), Part(minutes=60, power_w=60)),
        prepaid_mil=2000,
    ),
    Example(
        title="By time, with a fee for a plug that stays in",
        tariff=read_tariff(
            {
                "id": "shed-time",
                "version": 1,
                "service": [
                    {"by": "time", "price_mil_per_h": 250, "step_s": 1800},
                    {"by": "time", "price_mil_per_h": 500, "counts": "occupied", "free_s": 900},
                ],
            }
        ),
        begins=12 * 60,
        parts=(Part(minutes=100, power_w=180), Part(minutes=30, power_w=0, phase=Phase.OCCUPIED)),
        prepaid_mil=2000,
    ),
    Example(
        title="By count, with a cap",
        tariff=read_tariff(
            {
                "id": "shed-count",
                "version": 1,
                "electricity": [{"by": "energy", "price_mil_per_kwh": 600}],
                "service": [{"by": "count", "price_mil": 500}],
                "cap_mil": 1500,
                "refund": "none",
            }
        ),
        begins=20 * 60,
        parts=(Part(minutes=480, power_w=400),),
        prepaid_mil=2000,
    ),
)

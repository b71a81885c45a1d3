"""The bill once more, from the raw samples: slow, tick by tick, and written without a look at how the product does it.

Definitions, not increments: lists of ticks, sums over them, calendar arithmetic of the standard library.
"""

import itertools
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from gateway.orders.tariff.tariff import Band, ByBand, ByCount, ByEnergy, ByTier, ByTime, Rate, Tariff, Tiers
from gateway.orders.tariff.usage import Sample
from tests.property.orders.tariff.making import TICK_S

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COUNTED = {
    "charging": ("charging",),
    "energised": ("charging", "float"),
    "connected": ("charging", "float", "paused", "occupied"),
    "occupied": ("occupied",),
}


@dataclass(frozen=True)
class Expected:
    electricity_mil: int
    service_mil: int
    total_mil: int


def expected(tariff: Tariff, samples: list[Sample], ceiling_mil: int | None = None) -> Expected:
    timeline = walk(samples)
    energy = energies(tariff, samples)
    started = sum(energy.values()) > 0 or any(phase in COUNTED["energised"] for phase, _ in timeline)
    sums = [
        sum((worth(rate, tariff, timeline, energy) for rate in side), Fraction(0)) if started else Fraction(0)
        for side in (tariff.electricity, tariff.service)
    ]
    wanted = max(sum(sums, Fraction(0)), Fraction(tariff.min_mil)) if started else Fraction(0)
    wanted = wanted if tariff.cap_mil is None else min(wanted, Fraction(tariff.cap_mil))
    wanted = wanted if ceiling_mil is None else min(wanted, Fraction(ceiling_mil - ceiling_mil % 10))
    total, electricity = half_up(wanted), half_up(min(sums[0], wanted))
    return Expected(electricity_mil=electricity, service_mil=total - electricity, total_mil=total)


def half_up(mil: Fraction) -> int:
    fen, rest = divmod(mil, 10)
    return (int(fen) + (2 * rest >= 10)) * 10


def walk(samples: list[Sample]) -> list[tuple[str, int]]:
    """Return (phase, milliwatts) of every tick from the first sample to the last."""
    timeline: list[tuple[str, int]] = []
    power = 0
    for sample, following in itertools.pairwise(samples):
        power = power if sample.power_mw is None else sample.power_mw
        timeline += [(sample.phase.value, power)] * ((following.at_ms - sample.at_ms) // (TICK_S * 1000))
    return timeline


def energies(tariff: Tariff, samples: list[Sample]) -> dict[Band | None, int]:
    """Return the mWh of each band; None stands for a flat tariff and for times that nobody knows."""
    found: dict[Band | None, int] = defaultdict(int)
    for first, second in itertools.pairwise(believed(samples)):
        old, new = samples[first], samples[second]
        assert old.register_mwh is not None
        assert new.register_mwh is not None
        on = any(sample.phase in COUNTED["energised"] for sample in samples[first:second])
        if not on or old.meter != new.meter or new.register_mwh < old.register_mwh:
            continue
        delta = new.register_mwh - old.register_mwh
        if not tariff.slots or old.ts_ms is None or new.ts_ms is None or new.ts_ms - old.ts_ms > 86_400_000:
            found[None] += delta
        elif new.ts_ms == old.ts_ms:
            found[band(tariff, old.ts_ms)] += delta
        else:
            spread(found, tariff, (old.ts_ms, old.register_mwh), (new.ts_ms, new.register_mwh))
    return found


def believed(samples: list[Sample]) -> list[int]:
    """Return the places of the readings that count: one that breaks off counts where the next one goes on from it."""

    def breaks_off(old: int, new: int) -> bool:
        mwh = [samples[index].register_mwh or 0 for index in (old, new)]
        return samples[old].meter != samples[new].meter or mwh[1] < mwh[0]

    counted: list[int] = []
    doubted: int | None = None
    for new in (index for index, sample in enumerate(samples) if sample.register_mwh is not None):
        if not counted or not breaks_off(counted[-1], new):
            counted, doubted = [*counted, new], None
        elif doubted is None or breaks_off(doubted, new):
            doubted = new
        else:
            counted, doubted = [*counted, doubted, new], None
    return counted


def spread(found: dict[Band | None, int], tariff: Tariff, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Read the register, put on a straight line, minute by minute; whole minutes are all that an edge can lie on."""
    (start_ms, first), (end_ms, last) = start, end

    def shown(at_ms: int) -> int:
        return first + (last - first) * (at_ms - start_ms) // (end_ms - start_ms)

    minutes = list(range(start_ms - start_ms % 60_000 + 60_000, end_ms, 60_000))
    points = [start_ms, *minutes, end_ms]
    for left, right in itertools.pairwise(points):
        found[band(tariff, left)] += shown(right) - shown(left)


def band(tariff: Tariff, ts_ms: int) -> Band:
    local = EPOCH + timedelta(milliseconds=ts_ms, minutes=tariff.utc_offset_min)
    return tariff.slots[local.hour * 2 + (local.minute >= 30)]


def worth(rate: Rate, tariff: Tariff, timeline: list[tuple[str, int]], energy: dict[Band | None, int]) -> Fraction:
    match rate:
        case ByCount():
            return Fraction(rate.price_mil)
        case ByEnergy():
            return Fraction(sum(energy.values()), 10**6) * rate.price_mil_per_kwh
        case ByBand():
            return banded(rate, tariff, energy)
        case ByTime():
            s = sum(phase in COUNTED[rate.counts] for phase, _ in timeline) * TICK_S - rate.free_s
            s = max(0, s)
            if rate.step_s and s % rate.step_s:
                s += rate.step_s - s % rate.step_s
            return Fraction(s, 3600) * rate.price_mil_per_h
        case ByTier():
            assert tariff.tiers is not None
            reached = tiers_of(tariff.tiers, timeline)
            return sum((Fraction(TICK_S, 3600) * rate.prices_mil_per_h[tier] for tier in reached), Fraction(0))


def banded(rate: ByBand, tariff: Tariff, energy: dict[Band | None, int]) -> Fraction:
    every = [other for other in tariff.electricity + tariff.service if isinstance(other, ByBand)]

    def price(of: Band, by: ByBand) -> int:
        found = getattr(by.prices_mil_per_kwh, of)
        assert isinstance(found, int)
        return found

    cheapest = min((sum(price(of, other) for other in every), tuple(Band).index(of), of) for of in set(tariff.slots))[2]
    return sum((Fraction(mwh, 10**6) * price(of or cheapest, rate) for of, mwh in energy.items()), Fraction(0))


def tiers_of(tiers: Tiers, timeline: list[tuple[str, int]]) -> list[int]:
    """Return the tier that each counted tick is billed at."""
    levels = [
        next((tier for tier, up_to_w in enumerate(tiers.up_to_w) if power <= up_to_w * 1000), len(tiers.up_to_w) - 1)
        if phase in COUNTED[tiers.counts]
        else None
        for phase, power in timeline
    ]
    confirmed: list[int] = []  # of each counted tick: the highest tier held since more than `raise_after_s`
    for end, level in enumerate(levels):
        if level is None:
            continue
        window = (
            levels[end - tiers.raise_after_s // TICK_S : end + 1] if end * TICK_S >= tiers.raise_after_s else [None]
        )
        confirmed.append(0 if None in window else min(tier for tier in window if tier is not None))
    if tiers.rule == "settled":
        return [max(confirmed[: tiers.settle_s // TICK_S], default=0)] * len(confirmed)
    return [max(confirmed[: index + 1]) for index in range(len(confirmed))]

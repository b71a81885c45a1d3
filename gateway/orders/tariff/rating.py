"""Usage times rates: the exact worth of each line, before any rounding. Pure.

Every amount is a fraction of 0.001 yuan, so that the order of adding cannot matter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from gateway.orders.tariff.receipt import Side, What
from gateway.orders.tariff.tariff import (
    BANDS,
    ByBand,
    ByCount,
    ByEnergy,
    ByTier,
    ByTime,
    Rate,
    Tariff,
)
from gateway.orders.tariff.usage import Times, Usage

MWH_PER_KWH = 1_000_000
MS_PER_H = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line with its exact worth, 0.001 yuan."""

    side: Side
    what: What
    of: str = ""
    quantity: int = 0
    unit: Literal["mwh", "ms", "charge", ""] = ""
    price_mil: int = 0
    worth_mil: Fraction


def items(tariff: Tariff, usage: Usage) -> tuple[Item, ...]:
    """Return what each rate asks for, electricity first. A charge that has not begun has no items."""
    if not began(usage):
        return ()
    sides = ((Side.ELECTRICITY, tariff.electricity), (Side.SERVICE, tariff.service))
    return tuple(item for side, rates in sides for rate in rates for item in _rated(side, rate, tariff, usage))


def began(usage: Usage) -> bool:
    """Return whether anything was delivered: a start that never came about costs nothing, not even the minimum."""
    return usage.energy_mwh > 0 or usage.times.energised_ms > 0


def _rated(side: Side, rate: Rate, tariff: Tariff, usage: Usage) -> Iterator[Item]:
    match rate:
        case ByEnergy(price_mil_per_kwh=price_mil):
            yield _energy(side, What.ENERGY, "", usage.energy_mwh, price_mil)
        case ByBand():
            yield from _banded(side, rate, tariff, usage)
        case ByTier():
            yield from _tiered(side, rate, tariff, usage)
        case ByTime():
            if billed_ms := _billed_ms(rate, usage.times):
                yield _time(side, What.TIME, rate.counts.value, billed_ms, rate.price_mil_per_h)
        case by_count:
            yield _count(side, by_count)


def _banded(side: Side, rate: ByBand, tariff: Tariff, usage: Usage) -> Iterator[Item]:
    prices = rate.prices_mil_per_kwh
    for band, energy_mwh in zip(BANDS, usage.band_mwh, strict=True):
        if energy_mwh:
            yield _energy(side, What.BAND, band.value, energy_mwh, prices.of(band))
    if usage.unknown_mwh:
        band = tariff.cheapest
        yield _energy(side, What.BAND_UNKNOWN, band.value, usage.unknown_mwh, prices.of(band))


def _count(side: Side, rate: ByCount) -> Item:
    price_mil = rate.price_mil
    return Item(
        side=side, what=What.COUNT, quantity=1, unit="charge", price_mil=price_mil, worth_mil=Fraction(price_mil)
    )


def _energy(side: Side, what: What, of: str, energy_mwh: int, price_mil: int) -> Item:
    worth_mil = Fraction(energy_mwh * price_mil, MWH_PER_KWH)
    return Item(side=side, what=what, of=of, quantity=energy_mwh, unit="mwh", price_mil=price_mil, worth_mil=worth_mil)


def _tiered(side: Side, rate: ByTier, tariff: Tariff, usage: Usage) -> Iterator[Item]:
    in_ms = usage.tiers.in_ms
    if tariff.settles:
        in_ms = tuple(sum(in_ms) * (tier == usage.tiers.top) for tier in range(len(in_ms)))
    edges_w = () if tariff.tiers is None else tariff.tiers.up_to_w
    for up_to_w, took_ms, price_mil in zip(edges_w, in_ms, rate.prices_mil_per_h, strict=True):
        if took_ms:
            yield _time(side, What.TIER, str(up_to_w), took_ms, price_mil)


def _billed_ms(rate: ByTime, times: Times) -> int:
    billed_ms = max(0, times.counted_ms(rate.counts) - rate.free_s * 1000)
    if not rate.step_s:
        return billed_ms
    step_ms = rate.step_s * 1000
    return -(-billed_ms // step_ms) * step_ms


def _time(side: Side, what: What, of: str, took_ms: int, price_mil: int) -> Item:
    worth_mil = Fraction(took_ms * price_mil, MS_PER_H)
    return Item(side=side, what=what, of=of, quantity=took_ms, unit="ms", price_mil=price_mil, worth_mil=worth_mil)

"""Before a start and while it runs: what a charge will cost, and how far a ceiling in money reaches. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.orders.tariff.bill import amount_mil
from gateway.orders.tariff.rating import MS_PER_H
from gateway.orders.tariff.register import MWH_MS_PER_W
from gateway.orders.tariff.tariff import BANDS, DAY_MS, Tariff
from gateway.orders.tariff.tiering import TierTimes
from gateway.orders.tariff.usage import Phase, Sample, Usage, nothing_used, take

MWH_PER_WH = 1000
MOST_S = DAY_MS // 1000
MOST_WH = 100_000
MOST_W = 100_000
TYPICAL_W = 250
"""What an e-bike charger draws, where nobody knows better: for this load a ceiling in money is shared out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a charge at a constant power takes and costs: seconds, Wh (rounded down), 0.001 yuan."""

    s: int
    wh: int
    amount_mil: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a whole order may go: seconds with the outlet on, Wh, and W at any time. 0 s and 0 Wh: not at all."""

    max_s: int = MOST_S
    max_wh: int = MOST_WH
    max_w: int = MOST_W


def quote_time(tariff: Tariff, *, s: int, power_w: int, ts_ms: int | None = None) -> Quote:
    """Return what `s` seconds (a day at most) at `power_w` cost, begun at wall time `ts_ms`.

    Where the time is unknown (None) it is billed as the cheapest band, as the bill will.
    """
    s = max(0, min(s, MOST_S))
    energy_mwh = power_w * s * 1000 // MWH_MS_PER_W
    begin = Sample(at_ms=0, phase=Phase.CHARGING, register_mwh=0, power_mw=power_w * 1000, ts_ms=ts_ms)
    end_ts_ms = None if ts_ms is None else ts_ms + s * 1000
    end = replace(begin, at_ms=s * 1000, register_mwh=energy_mwh, ts_ms=end_ts_ms)
    used = take(take(nothing_used(tariff), begin, tariff), end, tariff)
    return Quote(s=s, wh=energy_mwh // MWH_PER_WH, amount_mil=amount_mil(tariff, used))


def quote_energy(tariff: Tariff, *, wh: int, power_w: int, ts_ms: int | None = None) -> Quote:
    """Return what a full charge of `wh` at `power_w` (more than 0) takes and costs; a day at most."""
    return quote_time(tariff, s=-(-wh * MS_PER_H // (power_w * 1000)), power_w=power_w, ts_ms=ts_ms)


def quote_money(tariff: Tariff, *, money_mil: int, power_w: int, ts_ms: int | None = None) -> Quote:
    """Return the longest charge at `power_w`, a day at most, that costs no more than `money_mil`."""

    def fits(s: int) -> bool:
        return quote_time(tariff, s=s, power_w=power_w, ts_ms=ts_ms).amount_mil <= money_mil

    return quote_time(tariff, s=_most(0, MOST_S, fits), power_w=power_w, ts_ms=ts_ms)


def limits(tariff: Tariff, ceiling_mil: int, *, power_w: int, most: Limits, usage: Usage | None = None) -> Limits:
    """Return limits within `most` that the money allows: no charge inside them is billed above `ceiling_mil`.

    They hold for the worst that may come: what is still to be used falls into the dearest band and the tier of
    `most.max_w`. Where both energy and time cost money, they are shared out for a load of `power_w`. Asked again with
    the usage so far, they widen as the worst does not happen. They are totals of the order and bound what is used
    while the outlet is on; a fee for occupying the place afterwards is bounded by the bill's own ceiling.
    """
    so_far = nothing_used(tariff) if usage is None else usage
    power_w = max(1, min(power_w, most.max_w))

    def fits(s: int, wh: int) -> bool:
        return amount_mil(tariff, at_worst(tariff, so_far, s, wh, most.max_w)) <= ceiling_mil

    def load_wh(s: int) -> int:
        ahead_ms = max(0, s * 1000 - so_far.times.energised_ms)
        return min(most.max_wh, (so_far.energy_mwh + power_w * ahead_ms // MWH_MS_PER_W) // MWH_PER_WH)

    if not fits(0, 0):
        return Limits(max_s=0, max_wh=0, max_w=most.max_w)
    max_s = _most(0, most.max_s, lambda s: fits(s, load_wh(s)))
    max_wh = _most(load_wh(max_s), most.max_wh, lambda wh: fits(max_s, wh))
    max_s = _most(max_s, most.max_s, lambda s: fits(s, max_wh))
    if max_s == 0 or max_wh == 0:
        return Limits(max_s=0, max_wh=0, max_w=most.max_w)
    return Limits(max_s=max_s, max_wh=max_wh, max_w=most.max_w)


def _most(low: int, high: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number from `low` to `high` that fits, where `low` does and what fits goes on downwards."""
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def at_worst(tariff: Tariff, usage: Usage, s: int, wh: int, max_w: int) -> Usage:
    """Return the dearest usage that ends with `s` seconds on and `wh`, begun as `usage`."""
    more_ms = max(0, s * 1000 - usage.times.energised_ms)
    more_mwh = max(0, wh * MWH_PER_WH - usage.energy_mwh)
    band_mwh = usage.band_mwh
    if tariff.slots:
        dearest = tariff.dearest
        band_mwh = tuple(had + more_mwh * (band is dearest) for band, had in zip(BANDS, band_mwh, strict=True))
    return replace(
        usage,
        energy_mwh=usage.energy_mwh + more_mwh,
        band_mwh=band_mwh,
        times=usage.times.plus(Phase.CHARGING, more_ms),
        tiers=_tiers_at_worst(tariff, usage, more_ms, max_w),
    )


def _tiers_at_worst(tariff: Tariff, usage: Usage, more_ms: int, max_w: int) -> TierTimes:
    tiers, times = tariff.tiers, usage.tiers
    if tiers is None:
        return times
    settled = tariff.settles and sum(times.in_ms) >= tiers.settle_s * 1000
    top = times.top if settled or more_ms == 0 else max(times.top, tiers.of(max_w * 1000))
    in_ms = tuple(had + more_ms * (tier == top) for tier, had in enumerate(times.in_ms))
    return replace(times, top=top, in_ms=in_ms)

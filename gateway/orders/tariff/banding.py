"""The energy between two readings, shared out over the time-of-use bands. Pure.

The register at an edge is put on the straight line between the readings on both sides of it and rounded down to the
milliwatt-hour. Where these two are close together, that is the reading at the edge; where they are not, the shares are
an estimate. They always add up to the whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.orders.tariff.register import Reading
from gateway.orders.tariff.tariff import BANDS, DAY_MS, SLOT_MS, Tariff

NOTHING = (0,) * len(BANDS)

AT_EDGE_MS = 15_000
"""Two readings as close as this around an edge are the reading at it: with 2 kW no more than 8 Wh can be on its wrong
side, half a fen at a difference of 0.6 yuan/kWh, and a bill is rounded by as much."""

STEPPED_MS = 2_000
"""Wall and business clock may differ by this much over one interval before the wall clock counts as set anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Energy of one interval by band, in the order of `BANDS`, and what fell into a time that nobody knows."""

    by_band_mwh: tuple[int, ...]
    unknown_mwh: int = 0
    estimated: bool = False


def share(tariff: Tariff, before: Reading, now: Reading, energy_mwh: int) -> Shares:
    """Return which band the energy of an interval belongs to.

    The wall time must be known at both ends, pass as fast as the business clock, and cover no more than a day.
    """
    if not tariff.slots:
        return Shares(by_band_mwh=NOTHING)
    start_ms, end_ms = before.ts_ms, now.ts_ms
    if start_ms is None or end_ms is None or not _steady(end_ms - start_ms, now.at_ms - before.at_ms):
        return Shares(by_band_mwh=NOTHING, unknown_mwh=energy_mwh)
    if end_ms <= start_ms:
        return Shares(by_band_mwh=tuple(energy_mwh * (band is tariff.band_at(start_ms)) for band in BANDS))
    return _split(tariff, start_ms, end_ms, energy_mwh)


def _steady(wall_ms: int, business_ms: int) -> bool:
    return abs(wall_ms - business_ms) <= STEPPED_MS and wall_ms <= DAY_MS


def _split(tariff: Tariff, start_ms: int, end_ms: int, energy_mwh: int) -> Shares:
    by_band = dict.fromkeys(BANDS, 0)
    given_mwh, from_ms = 0, start_ms
    turned = False
    for edge_ms in (*_edges(start_ms, end_ms), end_ms):
        reached_mwh = energy_mwh * (edge_ms - start_ms) // (end_ms - start_ms)
        by_band[tariff.band_at(from_ms)] += reached_mwh - given_mwh
        given_mwh, from_ms = reached_mwh, edge_ms
        turned = turned or (edge_ms < end_ms and _turns(tariff, edge_ms))
    is_wide = end_ms - start_ms > AT_EDGE_MS
    return Shares(by_band_mwh=tuple(by_band.values()), estimated=turned and is_wide and energy_mwh > 0)


def _edges(start_ms: int, end_ms: int) -> Iterator[int]:
    """Yield the half-hours strictly between two wall times; every offset is a whole number of them."""
    yield from range((start_ms // SLOT_MS + 1) * SLOT_MS, end_ms, SLOT_MS)


def _turns(tariff: Tariff, edge_ms: int) -> bool:
    return tariff.band_at(edge_ms - 1) is not tariff.band_at(edge_ms)

"""A shed's tariff with everything in it, and charges to bill by it."""

from collections.abc import Sequence

from gateway.orders.tariff.form import read_tariff
from gateway.orders.tariff.register import Meter
from gateway.orders.tariff.tariff import Band, BandPrices, ByBand, ByEnergy, Tariff
from gateway.orders.tariff.usage import Phase, Sample, Usage, nothing_used, take

NINE_PM_MS = 1_763_816_400_000
"""2025-11-22 21:00 in UTC+8: valley begins an hour later."""

H_MS = 3_600_000
SLOTS = (
    *(Band.VALLEY,) * 14,  # 00:00
    *(Band.FLAT,) * 6,  # 07:00
    *(Band.PEAK,) * 8,  # 10:00
    *(Band.FLAT,) * 8,  # 14:00
    *(Band.SHARP,) * 4,  # 18:00
    *(Band.PEAK,) * 4,  # 20:00
    *(Band.VALLEY,) * 4,  # 22:00
)
BY_BAND = ByBand(prices_mil_per_kwh=BandPrices(sharp=1100, peak=900, flat=620, valley=305))
TIME_OF_USE = Tariff(id="tou", version=1, electricity=(BY_BAND,), slots=SLOTS)
PLAIN = Tariff(
    id="plain",
    version=2,
    electricity=(ByEnergy(price_mil_per_kwh=600),),
    service=(ByEnergy(price_mil_per_kwh=400),),
)


def juy_tiers() -> dict[str, object]:
    """The example of JUY's parameter table: eight tiers, fen an hour."""
    return {
        "id": "juy",
        "version": 1,
        "service": [{"by": "tier", "prices_mil_per_h": [200, 250, 300, 600, 900, 1000, 1550, 2550]}],
        "tiers": {"up_to_w": [200, 300, 500, 800, 1000, 1500, 2000, 2500]},
    }


def tiered(**tiers: object) -> Tariff:
    return read_tariff(juy_tiers() | {"tiers": {"up_to_w": [200, 300, 500, 800, 1000, 1500, 2000, 2500], **tiers}})


def reading(at_ms: int, register_mwh: int | None, ts_ms: int | None = None, **others: int) -> Sample:
    return Sample(at_ms=at_ms, phase=Phase.CHARGING, register_mwh=register_mwh, ts_ms=ts_ms, **others)


def powers(*steps: tuple[int, int], phase: Phase = Phase.CHARGING) -> list[Sample]:
    """Make samples of (seconds, W): each power holds for its seconds."""
    made, at_ms = [], 0
    for took_s, power_w in steps:
        made.append(Sample(at_ms=at_ms, phase=phase, power_mw=power_w * 1000))
        at_ms += took_s * 1000
    return [*made, Sample(at_ms=at_ms, phase=phase)]


def used(tariff: Tariff, samples: Sequence[Sample], meter: Meter | None = None) -> Usage:
    usage = nothing_used(tariff)
    for sample in samples:
        usage = take(usage, sample, tariff, meter or Meter())
    return usage


def energy(tariff: Tariff, mwh: int) -> Usage:
    return used(tariff, [reading(0, 0), reading(H_MS, mwh)])

"""What a charge has used so far, from samples, as its tariff needs it: energy, time, power. Pure.

Between two samples the phase and the power of the earlier one hold. Energy is the difference between two readings of
the register, whatever other samples came between them. A reading that does not follow from the one before is doubted:
it counts only if the next one follows from it; if that follows from the one before the doubt, nothing has happened.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from gateway.orders.tariff.banding import NOTHING, share
from gateway.orders.tariff.register import Count, Meter, Opening, Reading, Segment, follows, lengthen, step
from gateway.orders.tariff.tariff import BANDS, Counts, Tariff
from gateway.orders.tariff.tiering import TierTimes, break_off, no_times, pass_time

UNKNOWN_METER = Meter()


class Phase(StrEnum):
    """What an outlet does for its order."""

    CHARGING = "charging"
    FLOAT = "float"  # full, still on
    OCCUPIED = "occupied"  # off for good, the plug still in
    PAUSED = "paused"  # off for now, the plug in: a power failure, a wait
    APART = "apart"  # no plug


ON = frozenset({Phase.CHARGING, Phase.FLOAT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was seen at one moment.

    `at_ms` is the site's business clock, `ts_ms` wall time since 1970 (UTC; None while nobody knows it). A register
    (milliwatt-hours, of meter number `meter`) or a power (milliwatts) that was not read is None.
    """

    at_ms: int
    phase: Phase
    register_mwh: Count | None = None
    power_mw: Count | None = None
    ts_ms: int | None = None
    meter: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long a charge was in each phase, ms."""

    charging_ms: Count = 0
    float_ms: Count = 0
    occupied_ms: Count = 0
    paused_ms: Count = 0

    def counted_ms(self, counts: Counts) -> int:
        """Return the time that a rate counts."""
        match counts:
            case Counts.CHARGING:
                return self.charging_ms
            case Counts.ENERGISED:
                return self.energised_ms
            case Counts.CONNECTED:
                return self.energised_ms + self.paused_ms + self.occupied_ms
            case _:
                return self.occupied_ms

    @property
    def energised_ms(self) -> int:
        return self.charging_ms + self.float_ms

    def plus(self, phase: Phase, took_ms: int) -> "Times":
        """Return the times after `took_ms` more in `phase`."""
        match phase:
            case Phase.CHARGING:
                return replace(self, charging_ms=self.charging_ms + took_ms)
            case Phase.FLOAT:
                return replace(self, float_ms=self.float_ms + took_ms)
            case Phase.OCCUPIED:
                return replace(self, occupied_ms=self.occupied_ms + took_ms)
            case Phase.PAUSED:
                return replace(self, paused_ms=self.paused_ms + took_ms)
            case _:
                return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A reading that waits for the next one to confirm it; whether the outlet was on before it, and since."""

    reading: Reading
    on_before: bool
    on_since: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a charge has used. `energy_mwh` is the user's; with time of use it is `band_mwh` and `unknown_mwh` together.

    `loss_mwh` was measured while the outlet was off for the whole of an interval: it is nobody's, and never billed.
    `estimated_edges` counts intervals with energy that crossed a change of band without a reading there. `last` and
    `reading` are where the next sample is counted from; `on_since_reading` says that the outlet was on in between.
    `doubt` is a newer reading that has yet to be confirmed.
    """

    energy_mwh: Count = 0
    loss_mwh: Count = 0
    band_mwh: Annotated[tuple[Count, ...], Field(min_length=len(BANDS), max_length=len(BANDS))] = NOTHING
    unknown_mwh: Count = 0
    estimated_edges: Count = 0
    segments: Annotated[tuple[Segment, ...], Field(max_length=16)] = ()
    gaps: Count = 0
    times: Times = Times()
    tiers: TierTimes = field(default_factory=TierTimes)
    peak_mw: Count = 0
    last: Sample | None = None
    reading: Reading | None = None
    on_since_reading: bool = False
    doubt: Doubt | None = None


def nothing_used(tariff: Tariff) -> Usage:
    """Return the usage of a charge under `tariff` before its first sample."""
    return Usage(tiers=no_times(tariff.tiers))


def take(usage: Usage, sample: Sample, tariff: Tariff, meter: Meter = UNKNOWN_METER) -> Usage:
    """Return the usage with one more sample. The first one only sets the start.

    A business clock that went backwards counts as stood still. `tariff` must be the one that the usage began with.
    """
    if usage.last is not None:
        sample = _continued(usage.last, sample)
        usage = _pass_time(usage, usage.last, sample, tariff)
    usage = replace(usage, last=sample, peak_mw=max(usage.peak_mw, _power(sample) if sample.phase in ON else 0))
    if sample.register_mwh is None:
        return usage
    now = Reading(at_ms=sample.at_ms, mwh=sample.register_mwh, meter=sample.meter, ts_ms=sample.ts_ms)
    return _believe(usage, now, tariff, meter, is_on=sample.phase in ON)


def drop_doubt(usage: Usage) -> Usage:
    """Return the usage as it is billed: what nothing has confirmed by then does not count, and is a gap."""
    return usage if usage.doubt is None else replace(usage, doubt=None, gaps=usage.gaps + 1)


def _power(sample: Sample) -> int:
    return sample.power_mw or 0


def _continued(last: Sample, sample: Sample) -> Sample:
    power_mw = last.power_mw if sample.power_mw is None else sample.power_mw
    return replace(sample, at_ms=max(last.at_ms, sample.at_ms), power_mw=power_mw)


def _believe(usage: Usage, now: Reading, tariff: Tariff, meter: Meter, *, is_on: bool) -> Usage:
    """Count a reading that follows from the one before, or from the doubted one, which then is confirmed by it."""
    doubt = usage.doubt
    if usage.reading is not None and not follows(usage.reading, now, meter):
        if doubt is None or not follows(doubt.reading, now, meter):
            was_on = usage.on_since_reading
            return replace(usage, doubt=Doubt(reading=now, on_before=was_on, on_since=is_on))
        usage = replace(usage, on_since_reading=doubt.on_before)
        usage = replace(
            _read(usage, doubt.reading, tariff, meter), reading=doubt.reading, on_since_reading=doubt.on_since
        )
    return replace(_read(usage, now, tariff, meter), reading=now, on_since_reading=is_on, doubt=None)


def _pass_time(usage: Usage, last: Sample, now: Sample, tariff: Tariff) -> Usage:
    took_ms = now.at_ms - last.at_ms
    tiers = usage.tiers
    if tariff.tiers is not None and took_ms > 0:
        counted = Times().plus(last.phase, took_ms).counted_ms(tariff.tiers.counts)
        tiers = pass_time(tiers, tariff.tiers, _power(last), took_ms) if counted else break_off(tiers)
    doubt = usage.doubt
    return replace(
        usage,
        times=usage.times.plus(last.phase, took_ms),
        tiers=tiers,
        on_since_reading=usage.on_since_reading or last.phase in ON,
        doubt=None if doubt is None else replace(doubt, on_since=doubt.on_since or last.phase in ON),
    )


def _read(usage: Usage, now: Reading, tariff: Tariff, meter: Meter) -> Usage:
    before = usage.reading
    if before is None:
        return replace(
            usage,
            segments=(Segment(opening=Opening.START, at_ms=now.at_ms, first_mwh=now.mwh, last_mwh=now.mwh),),
        )
    made = step(before, now, meter)
    usage = replace(
        usage,
        segments=lengthen(usage.segments, now, made),
        gaps=usage.gaps + (made.opening is not None),
    )
    if not usage.on_since_reading:
        return replace(usage, loss_mwh=usage.loss_mwh + made.energy_mwh)
    shares = share(tariff, before, now, made.energy_mwh)
    return replace(
        usage,
        energy_mwh=usage.energy_mwh + made.energy_mwh,
        band_mwh=tuple(had + more for had, more in zip(usage.band_mwh, shares.by_band_mwh, strict=True)),
        unknown_mwh=usage.unknown_mwh + shares.unknown_mwh,
        estimated_edges=usage.estimated_edges + shares.estimated,
    )

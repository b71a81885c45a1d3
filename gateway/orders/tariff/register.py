"""Energy from the readings of a meter's register: in segments, never negative, nothing invented. Pure.

Energy is a whole number of milliwatt-hours (`_mwh`) everywhere in tariffs: finer than any register that we read, and
sums of it are exact.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

MOST_SEGMENTS = 16
"""More than these are added up in one: a register that flaps must not fill the memory."""

MWH_MS_PER_W = 3600
"""1 W for 3,600 ms is 1 mWh."""

Count = Annotated[int, Field(ge=0)]


class Opening(StrEnum):
    """Why a segment begins."""

    START = "start"
    SWAP = "swap"  # another meter, by its number
    RESET = "reset"  # the register fell
    JUMP = "jump"  # the register rose by more than the outlet can have delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What is known of the register that measures an outlet.

    `most_w` bounds what the outlet can deliver (0: unknown), with `step_mwh` for the coarseness of the register.
    `span_mwh` is where it rolls over to 0 (0: it never does); a roll-over is believed only where `most_w` is known.
    `from_zero`: after a reset it counts from 0, so that what it shows then is energy of this charge.
    """

    span_mwh: int = 0
    from_zero: bool = False
    most_w: int = 0
    step_mwh: int = 0

    def plausible(self, energy_mwh: int, took_ms: int) -> bool:
        """Return whether the outlet can have delivered `energy_mwh` in `took_ms`."""
        return self.most_w == 0 or (energy_mwh - self.step_mwh) * MWH_MS_PER_W <= self.most_w * took_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of readings of one register without a break. Every opening but the start marks a gap before it.

    `energy_mwh` is what the register counted in it; more than last - first where it rolled over or began at 0.
    """

    opening: Opening
    at_ms: int
    first_mwh: int
    last_mwh: int
    energy_mwh: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A register's value, of which meter, when by the site's business clock and by the wall (None: unknown)."""

    at_ms: int
    mwh: int
    meter: int
    ts_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happened from one reading to the next: energy, and the reason for a new segment if there is one."""

    energy_mwh: int
    opening: Opening | None = None


def follows(before: Reading, now: Reading, meter: Meter) -> bool:
    """Return whether a reading can simply come after another: the same meter, no fall, no more than can have flowed."""
    risen_mwh = now.mwh - before.mwh
    return now.meter == before.meter and risen_mwh >= 0 and meter.plausible(risen_mwh, now.at_ms - before.at_ms)


def step(before: Reading, now: Reading, meter: Meter) -> Step:
    """Return the energy between two readings. What cannot be known is 0 and marked, to the user's favour."""
    if now.meter != before.meter:
        return Step(energy_mwh=0, opening=Opening.SWAP)
    took_ms = now.at_ms - before.at_ms
    risen_mwh = now.mwh - before.mwh
    if risen_mwh >= 0:
        if meter.plausible(risen_mwh, took_ms):
            return Step(energy_mwh=risen_mwh)
        return Step(energy_mwh=0, opening=Opening.JUMP)
    around_mwh = risen_mwh + meter.span_mwh
    if around_mwh >= 0 and meter.most_w > 0 and meter.plausible(around_mwh, took_ms):
        return Step(energy_mwh=around_mwh)
    if meter.from_zero and meter.plausible(now.mwh, took_ms):
        return Step(energy_mwh=now.mwh, opening=Opening.RESET)
    return Step(energy_mwh=0, opening=Opening.RESET)


def lengthen(segments: tuple[Segment, ...], now: Reading, made: Step) -> tuple[Segment, ...]:
    """Return the segments with one more reading; the two oldest become one where there would be too many."""
    last = segments[-1]
    if made.opening is None:
        return (*segments[:-1], _grown(last, now.mwh, made.energy_mwh))
    first_mwh = now.mwh - made.energy_mwh
    opened = Segment(
        opening=made.opening, at_ms=now.at_ms, first_mwh=first_mwh, last_mwh=now.mwh, energy_mwh=made.energy_mwh
    )
    if len(segments) < MOST_SEGMENTS:
        return (*segments, opened)
    oldest, next_oldest, *others = segments
    return (_grown(oldest, next_oldest.last_mwh, next_oldest.energy_mwh), *others, opened)


def _grown(segment: Segment, last_mwh: int, more_mwh: int) -> Segment:
    return Segment(
        opening=segment.opening,
        at_ms=segment.at_ms,
        first_mwh=segment.first_mwh,
        last_mwh=last_mwh,
        energy_mwh=segment.energy_mwh + more_mwh,
    )

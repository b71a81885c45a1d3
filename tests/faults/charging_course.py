"""A whole charge as a socket sees it, with its true end: what full detection is measured against.

Wall power, power factor and the shape come from the simulators' physics. The end is the charger's own: a lead-acid charger
leaves constant voltage for float at about a sixth of its charging current (0.3 A of 1.8 A for 36 V 12 Ah), a lithium
charger cuts off at a twentieth to a tenth.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from simulators.physics.charger import WALL_POWER_W, Chemistry
from simulators.physics.course import Course, Piece

if TYPE_CHECKING:
    from random import Random

H = 3600.0
LITHIUM_SHARE = 0.3
FLOAT_W = {Chemistry.LEAD: (5.0, 14.0), Chemistry.LITHIUM: (0.5, 1.8)}
RISE_H = {Chemistry.LEAD: (4.0, 6.0), Chemistry.LITHIUM: (2.5, 4.5)}
TAU_H = {Chemistry.LEAD: (0.5, 0.9), Chemistry.LITHIUM: (0.15, 0.3)}
END_SHARE = {Chemistry.LEAD: (0.15, 0.18), Chemistry.LITHIUM: (0.05, 0.10)}
RISE_FROM = {Chemistry.LEAD: 0.86, Chemistry.LITHIUM: 0.83}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dip:
    """For a while the charger draws only a share of its power: derating, a pause, a loose contact."""

    at_s: float
    for_s: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One charge that begins `from_s` into its course; `end_s` is when the charger itself is done."""

    chemistry: Chemistry
    volts: int
    course: Course
    from_s: float
    end_s: float
    dips: tuple[Dip, ...]
    noise_share: float
    noise_w: float

    def power_w(self, at_s: float, chance: Random) -> float:
        """Return what the meter shows at a time from the start, in tenths of a watt as most piles have it."""
        into_s = self.from_s + at_s
        power_w = self.course.power_w(into_s)
        if into_s < self.end_s:
            for dip in self.dips:
                if dip.at_s <= at_s < dip.at_s + dip.for_s:
                    power_w *= dip.share
        if power_w > 1.0:
            power_w += chance.gauss(0.0, self.noise_share * power_w + self.noise_w)
        return max(0.0, round(power_w, 1))

    def charged(self, at_s: float) -> float:
        """Return the share of the whole charge that the battery has at a time from the start."""
        return self.course.energy_wh(min(self.end_s, self.from_s + at_s)) / self.course.energy_wh(self.end_s)


def some_charge(chance: Random) -> Charge:
    """Return a charge as a resident may bring it: any battery of the three voltages, from empty to four fifths full."""
    chemistry = Chemistry.LITHIUM if chance.random() < LITHIUM_SHARE else Chemistry.LEAD
    volts = chance.choice(tuple(WALL_POWER_W))
    peak_w = chance.uniform(*WALL_POWER_W[volts])
    rest_w = chance.uniform(*FLOAT_W[chemistry])
    rise_s = chance.uniform(*RISE_H[chemistry]) * H
    tau_s = chance.uniform(*TAU_H[chemistry]) * H
    end_w = chance.uniform(*END_SHARE[chemistry]) * peak_w
    taper_s = tau_s * log(peak_w / end_w)
    pieces = (
        Piece(rise_s, RISE_FROM[chemistry] * peak_w, peak_w),
        Piece(taper_s, peak_w, 0.0, tau_s),
    )
    course = Course(pieces, rest_w)
    return Charge(
        chemistry=chemistry,
        volts=volts,
        course=course,
        from_s=_start(course, rise_s + taper_s, chance.uniform(0.0, 0.8)),
        end_s=rise_s + taper_s,
        dips=_dips(rise_s, chance),
        noise_share=chance.uniform(0.0, 0.03),
        noise_w=chance.uniform(0.0, 0.5),
    )


def _start(course: Course, end_s: float, share: float) -> float:
    """Return when a share of the whole energy is in the battery."""
    wanted_wh, low_s, high_s = share * course.energy_wh(end_s), 0.0, end_s
    while high_s - low_s > 1.0:
        middle_s = (low_s + high_s) / 2
        low_s, high_s = (middle_s, high_s) if course.energy_wh(middle_s) < wanted_wh else (low_s, middle_s)
    return low_s


def _dips(rise_s: float, chance: Random) -> tuple[Dip, ...]:
    """Up to two disturbances: derating for minutes, a pause of the charger, a contact that lets go for seconds."""
    kinds = ((1800.0, 0.4, 0.7), (300.0, 0.04, 0.1), (50.0, 0.0, 0.0))
    dips = []
    for _ in range(chance.choice((0, 0, 1, 2))):
        longest_s, low, high = chance.choice(kinds)
        at_s = chance.uniform(600.0, rise_s)
        dips.append(Dip(at_s=at_s, for_s=chance.uniform(3.0, longest_s), share=chance.uniform(low, high)))
    return tuple(dips)

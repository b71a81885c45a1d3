"""E-bike chargers as the socket sees them.

Wall power rises slowly in constant current because the pack's voltage does, tapers at constant voltage, and ends in a
float. Figures: wall power of 48/60/72 V packs and power factor without correction as bike sheds see them; inrush of
20..60 A for less than 5 ms is some amperes over a mains cycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from simulators.physics.course import Course, Piece
from simulators.physics.mains import NOMINAL_V

if TYPE_CHECKING:
    from random import Random

INRUSH_S = 0.02
SOFT_START_S = 2.0
SOFT_START_SHARE = 0.1
H = 3600.0
TAPERS = 5.0
"""After so many time constants a taper has reached its float."""


class Chemistry(StrEnum):
    LEAD = "lead-acid"
    LITHIUM = "lithium"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charger:
    """One charger with its pack. `course` is the charge of an empty pack, by time of charging."""

    volts: int
    chemistry: Chemistry
    peak_w: float
    power_factor: float
    inrush_a: float
    course: Course

    def course_from(self, charged_s: float, *, inrush: bool = True) -> Course:
        """Return what it draws from now on, when it has been charging for `charged_s` before."""
        left = self.course.after(charged_s)
        if not inrush:
            return Course(left, self.course.rest_w)
        full_w = self.course.power_w(charged_s)
        inrush_w = self.inrush_a * NOMINAL_V * self.power_factor
        start = (Piece(INRUSH_S, inrush_w, inrush_w), Piece(SOFT_START_S, SOFT_START_SHARE * full_w, full_w))
        return Course(start + left, self.course.rest_w)


WALL_POWER_W = {48: (120.0, 220.0), 60: (180.0, 350.0), 72: (250.0, 450.0)}
LITHIUM_SHARE = 0.3


def some_charger(chance: Random) -> Charger:
    """Return a charger as a resident may bring one."""
    volts = chance.choice(tuple(WALL_POWER_W))
    peak_w = chance.uniform(*WALL_POWER_W[volts])
    lithium = chance.random() < LITHIUM_SHARE
    return Charger(
        volts=volts,
        chemistry=Chemistry.LITHIUM if lithium else Chemistry.LEAD,
        peak_w=peak_w,
        power_factor=chance.uniform(0.55, 0.65),
        inrush_a=chance.uniform(5.0, 8.5),
        course=_lithium(peak_w, chance) if lithium else _lead(peak_w, chance),
    )


KNOWN_TAU_S = 40.0
KNOWN_FACTOR = 0.6
WAITING_W = 0.4


def known_charger(watts: float, left_s: float, *, float_w: float, waits_s: float = 0.0) -> Charger:
    """Return a charger of which everything is known: it waits, charges at one power, tapers in minutes, floats.

    While it waits, charger and battery recognise each other (GB 43854), and it draws next to nothing.
    """
    waits = (Piece(waits_s, WAITING_W, WAITING_W),) if waits_s > 0 else ()
    charges = Piece(left_s, watts, watts)
    tapers = Piece(TAPERS * KNOWN_TAU_S, watts, float_w, KNOWN_TAU_S)
    return Charger(
        volts=60,
        chemistry=Chemistry.LITHIUM,
        peak_w=watts,
        power_factor=KNOWN_FACTOR,
        inrush_a=2.0 * watts / (NOMINAL_V * KNOWN_FACTOR),
        course=Course((*waits, charges, tapers), float_w),
    )


def _lead(peak_w: float, chance: Random) -> Course:
    float_w = chance.uniform(5.0, 14.0)
    rise = Piece(chance.uniform(4.0, 6.0) * H, 0.86 * peak_w, peak_w)
    tau_s = chance.uniform(0.5, 0.9) * H
    return Course((rise, Piece(TAPERS * tau_s, peak_w, float_w, tau_s)), float_w)


def _lithium(peak_w: float, chance: Random) -> Course:
    rest_w = chance.uniform(0.5, 1.8)
    rise = Piece(chance.uniform(2.5, 4.5) * H, 0.83 * peak_w, peak_w)
    tau_s = chance.uniform(0.15, 0.3) * H
    return Course((rise, Piece(TAPERS * tau_s, peak_w, rest_w, tau_s)), rest_w)

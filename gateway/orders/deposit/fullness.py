"""How full a bin is, by an ultrasonic sensor that looks down into it. A pure watch; it starts nothing.

One look says nothing: a bag that hangs from the door is as near as a full bin. Only looks with the door shut count, and
only as many in a row as `looks`. Cities ask for an alarm above 60 % and a collection within 40 min of full.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class FullnessRules:
    """`empty_mm` and `full_mm` are the distances to the floor and to the goods of a full bin; shares in percent.

    A bin that is full accepts again `back_pct` below, so that it does not flutter. Raises `ValueError` where the
    distances make no sense.
    """

    empty_mm: int
    full_mm: int
    alarm_pct: int = 60
    stop_pct: int = 95
    back_pct: int = 5
    looks: int = 3

    def __post_init__(self) -> None:
        if not 0 <= self.full_mm < self.empty_mm:
            raise ValueError("full_mm: must be less than empty_mm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fullness:
    """What has been seen. `silent` counts the looks in a row that gave no distance."""

    pct: int | None = None
    above_alarm: int = 0
    above_stop: int = 0
    silent: int = 0
    is_alarmed: bool = False
    is_full: bool = False


def watch(seen: Fullness, rules: FullnessRules, *, distance_mm: int | None, is_open: bool) -> Fullness:
    """Return the watch with one more look; None is a sensor that answers with an error or not at all."""
    if is_open:
        return seen
    if distance_mm is None:
        return replace(seen, silent=seen.silent + 1)
    pct = percent(distance_mm, rules)
    above_alarm = seen.above_alarm + 1 if pct > rules.alarm_pct else 0
    above_stop = seen.above_stop + 1 if pct >= rules.stop_pct else 0
    return Fullness(
        pct=pct,
        above_alarm=min(above_alarm, rules.looks),
        above_stop=min(above_stop, rules.looks),
        is_alarmed=above_alarm >= rules.looks or (seen.is_alarmed and pct > rules.alarm_pct - rules.back_pct),
        is_full=above_stop >= rules.looks or (seen.is_full and pct >= rules.stop_pct - rules.back_pct),
    )


def percent(distance_mm: int, rules: FullnessRules) -> int:
    """Return how full the bin is, 0 to 100, rounded down."""
    filled_mm = min(max(rules.empty_mm - distance_mm, 0), rules.empty_mm - rules.full_mm)
    return 100 * filled_mm // (rules.empty_mm - rules.full_mm)


def is_blind(seen: Fullness, rules: FullnessRules) -> bool:
    """Return whether the sensor has been silent for so long that nobody knows how full the bin is."""
    return seen.silent >= rules.looks

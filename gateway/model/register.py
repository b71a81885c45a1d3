"""Counting what an outlet's energy register rises by, for those who hold a limit and no bill. Pure.

A reading that does not follow from the one before is doubted: it counts only from the next one on, if that follows from
it; one wild value neither uses up a limit nor gives any of it back.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_W = 25_000.0
"""100 A at 250 V: no outlet that this gateway switches delivers more."""

STEP_WH = 20.0
"""What a coarse register may jump by at once: two steps of the coarsest that a pile of ours has."""

S_PER_H = 3600.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a register showed, and when that was read; monotonic."""

    wh: float
    taken_s: float


@dataclass(frozen=True, slots=True)
class Counted:
    """How much more was used, the reading to count on from, and a newer one that waits to be confirmed."""

    more_wh: float
    reading: Reading
    doubt: Reading | None = None


def count(before: Reading | None, doubt: Reading | None, now: Reading) -> Counted:
    """Return what one more reading says; one that is not newer than the last says nothing."""
    if before is None:
        return Counted(0.0, now)
    newest_s = before.taken_s if doubt is None else doubt.taken_s
    if now.taken_s <= newest_s:
        return Counted(0.0, before, doubt)
    if _follows(before, now):
        return Counted(now.wh - before.wh, now)
    if doubt is not None and _follows(doubt, now):
        return Counted(now.wh - doubt.wh, now)
    return Counted(0.0, before, now)


def _follows(before: Reading, now: Reading) -> bool:
    possible_wh = MOST_W * (now.taken_s - before.taken_s) / S_PER_H + STEP_WH
    return 0.0 <= now.wh - before.wh <= possible_wh

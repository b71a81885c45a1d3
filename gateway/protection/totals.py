"""Whole-pile and whole-bus totals: definite time on a sum, and which outlet has to go.

What cannot be seen counts with its last value, or with its rating before it was ever seen, never with 0. The rule of
shedding: the outlet that was started last goes first (its user has lost least, and it is what made the total pass),
between outlets started together the one that draws more; as many as bring the total to `START_SHARE` of the pick-up.
That is also where starts are refused: a 12-socket pile in the field (X10P) cuts at 8,700 W and refuses at 7,800 W.
A shed outlet is not latched: it did nothing wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.protection.definite_time import DefiniteTime

if TYPE_CHECKING:
    from collections.abc import Iterable

START_SHARE = 0.9


class Candidate(NamedTuple):
    """An outlet that can be shed. `started_s` is minus infinity for one that was found ON."""

    started_s: float
    current_a: float
    pile: int
    outlet: int


def total(pickup_a: float, samples: int, refresh_s: float) -> DefiniteTime:
    """Build the 50 of a total; it drops off where starts are allowed again."""
    return DefiniteTime(pickup=pickup_a, drop_off=START_SHARE * pickup_a, samples=samples, refresh_s=refresh_s)


def to_shed(candidates: Iterable[Candidate], total_a: float, pickup_a: float) -> list[Candidate]:
    """Choose by the rule above; everything where even that is not enough."""
    chosen: list[Candidate] = []
    for candidate in sorted(candidates, reverse=True):
        if total_a <= START_SHARE * pickup_a:
            break
        chosen.append(candidate)
        total_a -= candidate.current_a
    return chosen

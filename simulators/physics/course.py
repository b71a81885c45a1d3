"""Power over time in pieces with an exact integral: an energy costs the same to know after a second or a day."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from math import exp
from typing import NamedTuple

S_PER_H = 3600.0


class Piece(NamedTuple):
    """Power during `duration_s`: a straight line from `from_w` to `to_w`, or with `tau_s` a decay towards `to_w`."""

    duration_s: float
    from_w: float
    to_w: float
    tau_s: float = 0.0

    def power_w(self, into_s: float) -> float:
        if self.tau_s:
            return self.to_w + (self.from_w - self.to_w) * exp(-into_s / self.tau_s)
        return self.from_w + (self.to_w - self.from_w) * into_s / self.duration_s

    def energy_ws(self, into_s: float) -> float:
        if self.tau_s:
            return self.to_w * into_s + (self.from_w - self.to_w) * self.tau_s * (1.0 - exp(-into_s / self.tau_s))
        return (self.from_w + self.power_w(into_s)) / 2.0 * into_s


class Course:
    """Pieces one after the other from 0 s on; afterwards `rest_w` for ever."""

    __slots__ = ("_ends_s", "_energies_ws", "_starts_s", "pieces", "rest_w")

    def __init__(self, pieces: tuple[Piece, ...], rest_w: float) -> None:
        self.pieces = pieces
        self.rest_w = rest_w
        self._ends_s = list(accumulate(piece.duration_s for piece in pieces))
        self._starts_s = [0.0, *self._ends_s]
        self._energies_ws = [0.0, *accumulate(piece.energy_ws(piece.duration_s) for piece in pieces)]

    def power_w(self, at_s: float) -> float:
        """Return the power at a time from the start."""
        place = bisect_right(self._ends_s, at_s)
        if place == len(self.pieces):
            return self.rest_w
        return self.pieces[place].power_w(at_s - self._starts_s[place])

    def energy_wh(self, at_s: float) -> float:
        """Return the energy from the start until a time: the integral of `power_w`."""
        place = bisect_right(self._ends_s, at_s)
        into_s = at_s - self._starts_s[place]
        more_ws = self.rest_w * into_s if place == len(self.pieces) else self.pieces[place].energy_ws(into_s)
        return (self._energies_ws[place] + more_ws) / S_PER_H

    def after(self, at_s: float) -> tuple[Piece, ...]:
        """Return the pieces that are left from a time on."""
        place = bisect_right(self._ends_s, at_s)
        if place == len(self.pieces):
            return ()
        piece, into_s = self.pieces[place], at_s - self._starts_s[place]
        first = piece._replace(duration_s=piece.duration_s - into_s, from_w=piece.power_w(into_s))
        return (first, *self.pieces[place + 1 :])


NOTHING = Course((), 0.0)

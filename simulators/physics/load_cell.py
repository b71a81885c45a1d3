"""A load cell: what lies on it, how it swings until it is at rest, how it creeps and drifts, what shakes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, exp, sin, tau
from typing import TYPE_CHECKING, NamedTuple

from simulators.physics.chance import noise

if TYPE_CHECKING:
    from collections.abc import Callable

SETTLE_S = 0.22
SWING_HZ = 3.0
CREEP_SHARE = 0.0002
CREEP_S = 600.0
DRIFT_SHARE = 1e-5
DRIFT_S = 5400.0
NOISE_SHARE = 5e-6
MOTION_S = 0.25
"""How far an indicator looks back to tell whether the weight moves."""

FOREVER_S = -1e9


class Lying(NamedTuple):
    """What lies on a cell: `to_g` since `since_s`, `from_g` shown at that moment, `shake_g` of shaking until then."""

    from_g: float = 0.0
    to_g: float = 0.0
    since_s: float = FOREVER_S
    shake_g: float = 0.0
    shake_until_s: float = FOREVER_S

    def shown_g(self, at_s: float) -> float:
        """Return what the cell makes of it without creep, drift and shaking: a swing that dies away."""
        into_s = at_s - self.since_s
        if into_s <= 0:
            return self.from_g
        step_g = self.from_g - self.to_g
        if not step_g or into_s > 40 * SETTLE_S:
            return self.to_g
        return self.to_g + step_g * exp(-into_s / SETTLE_S) * cos(tau * SWING_HZ * into_s)

    def changed(self, to_g: float, at_s: float, *, shake_g: float = 0.0, shake_s: float = 0.0) -> Lying:
        """Return what lies there from now on."""
        return Lying(self.shown_g(at_s), to_g, at_s, shake_g, at_s + shake_s)


NOTHING = Lying()


@dataclass(slots=True, kw_only=True)
class Scale:
    """A cell with its electronics. Pure; moments are given.

    `lies` returns what lies on it. Creep, drift and noise grow with `capacity_g`, as those of real cells do.
    `own` is what somebody has put there besides; `held` stands for a display that no longer moves.
    """

    seed: int
    capacity_g: float
    lies: Callable[[], Lying] = lambda: NOTHING
    own: Lying = NOTHING
    zero_g: float = 0.0
    tare_g: float = 0.0
    held: tuple[float, bool] | None = None
    strayed: Lying = NOTHING
    _ramp_s: float = field(default=0.0, init=False)

    def gross_g(self, at_s: float) -> float:
        """Return what it shows without tare."""
        return (self._raw_g(at_s) if self.held is None else self.held[0]) - self.zero_g

    def net_g(self, at_s: float) -> float:
        return self.gross_g(at_s) - self.tare_g

    def is_moving(self, at_s: float) -> bool:
        """Tell whether the weight has moved by more than a hundred times the noise just now."""
        if self.held is not None:
            return self.held[1]
        return abs(self._raw_g(at_s) - self._raw_g(at_s - MOTION_S)) > 100 * NOISE_SHARE * self.capacity_g

    def is_over(self, at_s: float) -> bool:
        return abs(self.gross_g(at_s)) > self.capacity_g

    def tare(self, at_s: float) -> None:
        self.tare_g = self.gross_g(at_s)

    def clear_tare(self) -> None:
        self.tare_g = 0.0

    def set_zero(self, at_s: float) -> None:
        self.zero_g, self.tare_g = self.zero_g + self.gross_g(at_s), 0.0

    def hold(self, at_s: float, *, on: bool) -> None:
        """Let the display stand still, or live again."""
        self.held = None
        if on:
            self.held = (self._raw_g(at_s), self.is_moving(at_s))

    def stray(self, at_s: float, by_g: float, over_s: float) -> None:
        """Let the zero wander off by so much, within `over_s`."""
        self.strayed = Lying(self._strayed_g(at_s), by_g, at_s)
        self._ramp_s = over_s

    def _strayed_g(self, at_s: float) -> float:
        into_s = at_s - self.strayed.since_s
        share = min(1.0, max(0.0, into_s / self._ramp_s)) if self._ramp_s > 0 else 1.0
        return self.strayed.from_g + (self.strayed.to_g - self.strayed.from_g) * share

    def _raw_g(self, at_s: float) -> float:
        raw_g = self._strayed_g(at_s) + DRIFT_SHARE * self.capacity_g * sin(tau * at_s / DRIFT_S + self.seed % 7)
        raw_g += NOISE_SHARE * self.capacity_g * noise(self.seed, at_s)
        for lying in (self.lies(), self.own):
            raw_g += lying.shown_g(at_s)
            raw_g += lying.to_g * CREEP_SHARE * (1.0 - exp(-max(0.0, at_s - lying.since_s) / CREEP_S))
            if lying.since_s <= at_s < lying.shake_until_s:
                raw_g += lying.shake_g * noise(self.seed ^ 0x9D, at_s)
        return raw_g

"""The air under the roof of a shed."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sin, tau
from typing import TYPE_CHECKING

from simulators.physics.chance import noise
from simulators.physics.mains import ambient_c

if TYPE_CHECKING:
    from collections.abc import Callable

HUMIDITY_SWING_S = 5400.0


@dataclass(slots=True, kw_only=True)
class Climate:
    """`strange` overrides a quantity (`temperature_c`, `humidity_percent`). Pure; moments are given.

    `inside` returns how warm it is where the sensor is, None under the open roof.
    """

    seed: int
    inside: Callable[[float], float | None] = lambda _at_s: None
    strange: dict[str, float] = field(default_factory=dict)

    def temperature_c(self, at_s: float) -> float:
        own_c = self.strange.get("temperature_c")
        if own_c is not None:
            return own_c
        inside_c = self.inside(at_s)
        return (ambient_c(at_s) if inside_c is None else inside_c) + 0.1 * noise(self.seed, at_s)

    def humidity_percent(self, at_s: float) -> float:
        drift = 6.0 * sin(tau * at_s / HUMIDITY_SWING_S + self.seed % 5)
        return 62.0 + drift + 0.2 * noise(self.seed ^ 0x77, at_s)

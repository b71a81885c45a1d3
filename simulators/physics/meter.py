"""A three-phase or single-phase meter over loads that somebody else knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from simulators.physics.chance import noise
from simulators.physics.mains import NOMINAL_V, frequency_hz, voltage_v

if TYPE_CHECKING:
    from collections.abc import Callable

PHASES = 3


class Load(NamedTuple):
    """What flows through a meter, or through one phase of it; `wh` only ever grows."""

    amps: float
    watts: float
    wh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """`loads` returns those that hang on the meter at a moment; the n-th is on phase n modulo 3. Pure but for it."""

    seed: int
    loads: Callable[[float], list[Load]]

    def current_a(self, at_s: float, phase: int | None = None) -> float:
        return self._measured(sum(load.amps for load in self._on(at_s, phase)), at_s)

    def power_w(self, at_s: float, phase: int | None = None) -> float:
        return self._measured(sum(load.watts for load in self._on(at_s, phase)), at_s)

    def energy_wh(self, at_s: float) -> float:
        return sum(load.wh for load in self.loads(at_s))

    def neutral_a(self, at_s: float) -> float:
        """Return what does not cancel out between the phases, harmonics left aside."""
        a, b, c = (self.current_a(at_s, phase) for phase in range(PHASES))
        return float(max(0.0, a * a + b * b + c * c - a * b - b * c - c * a) ** 0.5)

    def voltage_v(self, at_s: float, phase: int | None = None) -> float:
        return voltage_v(self.seed + (phase or 0), at_s)

    def apparent_va(self, at_s: float) -> float:
        return self.current_a(at_s) * NOMINAL_V

    def reactive_var(self, at_s: float) -> float:
        return float(max(0.0, self.apparent_va(at_s) ** 2 - self.power_w(at_s) ** 2) ** 0.5)

    def power_factor(self, at_s: float) -> float:
        apparent_va = self.apparent_va(at_s)
        return min(1.0, self.power_w(at_s) / apparent_va) if apparent_va else 1.0

    def frequency_hz(self, at_s: float) -> float:
        return frequency_hz(self.seed, at_s)

    def _on(self, at_s: float, phase: int | None) -> list[Load]:
        loads = self.loads(at_s)
        return loads if phase is None else loads[phase::PHASES]

    def _measured(self, value: float, at_s: float) -> float:
        return value * (1.0 + 0.001 * noise(self.seed, at_s))

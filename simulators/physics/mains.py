"""The supply: a voltage that drifts and flickers a little, a frequency, and the air of the shed."""

from __future__ import annotations

from math import sin, tau

from simulators.physics.chance import noise

NOMINAL_V = 220.0
DRIFT_V = 3.0
DRIFT_S = 340.0
FLICKER_V = 0.4
NOMINAL_HZ = 50.0
AMBIENT_C = 24.0
AMBIENT_SWING_C = 2.0
AMBIENT_SWING_S = 7200.0


def voltage_v(seed: int, at_s: float) -> float:
    return NOMINAL_V + DRIFT_V * sin(tau * at_s / DRIFT_S + seed % 7) + FLICKER_V * noise(seed, at_s)


def frequency_hz(seed: int, at_s: float) -> float:
    return NOMINAL_HZ + 0.02 * sin(tau * at_s / 47.0) + 0.005 * noise(seed ^ 0x55AA, at_s)


def ambient_c(at_s: float) -> float:
    return AMBIENT_C + AMBIENT_SWING_C * sin(tau * at_s / AMBIENT_SWING_S)

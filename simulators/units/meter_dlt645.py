"""A DL/T 645 meter of a site: what flows through it, as the digits on its face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.errors import SimulatorError
from simulators.physics.chance import seed_of
from simulators.physics.meter import Meter
from simulators.units.unit import Happening, What
from simulators.vendor import meter_dlt645

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.model.site import Device
    from simulators.physics.meter import Load
    from simulators.vendor.said import Said

COMBINED_ENERGY, IMPORT_ENERGY, VOLTAGE, CURRENT, POWER = "00000000", "00010000", "02010100", "02020100", "02030000"
NUMBER_DIGITS = 12
MOST_SIGNED = 799_999
"""The highest bit of the first digit is the direction."""


class MeterUnit:
    """One meter. Its energies start at 0; it can freeze."""

    def __init__(self, device: Device, *, seed: int, loads: Callable[[float], list[Load]]) -> None:
        self._device = device
        self._meter = Meter(seed=seed_of(seed, device.name), loads=loads)
        number = f"{device.unit:0{NUMBER_DIGITS}d}"
        self._slave = meter_dlt645.Meter(number, {}, turnaround_s=0.0)
        self._held: Mapping[str, str] | None = None

    def settle(self, _at_s: float) -> None:
        return None

    def state(self, at_s: float) -> list[dict[str, Any]]:
        return [{"amps": self._meter.current_a(at_s), "wh": self._meter.energy_wh(at_s)}]

    def prepare(self, happening: Happening) -> Callable[[float], None]:
        if happening.what not in (What.FROZEN, What.CLEAR) or happening.outlet is not None:
            raise SimulatorError(f"{happening.what} does not happen to {self._device.name}")
        on = happening.what is What.FROZEN and happening.value is not None

        def act(at_s: float) -> None:
            self._held = self._digits(at_s) if on else None

        return act

    def answer(self, frame: bytes, at_s: float) -> Sequence[Said]:
        self._slave.digits = dict(self._held or self._digits(at_s))
        self._slave.asked.clear()
        return self._slave.hear(frame)

    def speak(self, _at_s: float) -> bytes:
        return b""

    def _digits(self, at_s: float) -> Mapping[str, str]:
        meter = self._meter
        energy = _shown(meter.energy_wh(at_s) / 10, 8)
        return {
            COMBINED_ENERGY: energy,
            IMPORT_ENERGY: energy,
            VOLTAGE: _shown(10 * meter.voltage_v(at_s), 4),
            CURRENT: _shown(1000 * meter.current_a(at_s), 6, most=MOST_SIGNED),
            POWER: _shown(10 * meter.power_w(at_s), 6, most=MOST_SIGNED),
        }


def _shown(value: float, digits: int, most: int | None = None) -> str:
    """Return a number as a display of so many digits shows it; it goes no further than it can."""
    return f"{min(int(value), 10**digits - 1 if most is None else most):0{digits}d}"

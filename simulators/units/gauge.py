"""Meters and sensors behind the registers of their profile: points find their quantity by name, else by role."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.model.device import Kind, Role
from simulators.errors import SimulatorError
from simulators.physics.chance import seed_of
from simulators.physics.climate import Climate
from simulators.physics.meter import Meter
from simulators.units.registers import Cell, Registers
from simulators.units.unit import FIRMWARE, FIRMWARE_POINT, Happening, What, constant, in_unit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.model.site import Device
    from simulators.physics.meter import Load

PHASES = {"l1": 0, "l2": 1, "l3": 2}


class Gauge:
    """One meter or sensor of a site. It can freeze, and be told what it feels. `contacts` end at its inputs."""

    def __init__(
        self,
        device: Device,
        *,
        seed: int,
        loads: Callable[[float], list[Load]],
        inside: Callable[[float], float | None] = lambda _at_s: None,
        contacts: Mapping[str, Callable[[float], float]] | None = None,
    ) -> None:
        self._device = device
        self._climate = Climate(seed=seed_of(seed, device.name), inside=inside)
        self._meter = Meter(seed=seed_of(seed, device.name), loads=loads)
        self.registers = Registers(device.model.limits, [b for group in device.model.groups for b in group.blocks])
        self._cells: list[Cell] = []
        sources = dict(self._metered() if device.model.kind is Kind.METER else self._felt()) | dict(contacts or {})
        roles = {point.name: role.value for role, point in device.model.roles.items()}
        for point in device.model.points:
            source = sources.get(point.name) or sources.get(roles.get(point.name, "")) or constant(0.0)
            self._cells.append(self.registers.place(point, in_unit_of(point, source)))

    def settle(self, _at_s: float) -> None:
        return None

    def hear(self, _at_s: float) -> None:
        return None

    def state(self, _at_s: float) -> list[dict[str, Any]]:
        return []

    def prepare(self, happening: Happening) -> Callable[[float], None]:
        what, value = happening.what, happening.value
        if happening.outlet is not None:
            raise SimulatorError(f"{self._device.name} has no outlets")
        if what is What.FROZEN:
            return lambda at_s: self.registers.freeze(self._cells, None if value is None else at_s)
        if what is What.TEMPERATURE and self._device.model.kind is Kind.SENSOR:
            return lambda _at_s: self._feel(value)
        if what is What.CLEAR:
            return self._clear
        raise SimulatorError(f"{what} does not happen to {self._device.name}")

    def _feel(self, temperature_c: float | None) -> None:
        self._climate.strange.clear()
        if temperature_c is not None:
            self._climate.strange["temperature_c"] = temperature_c

    def _clear(self, _at_s: float) -> None:
        self._climate.strange.clear()
        self.registers.freeze(self._cells, None)

    def _felt(self) -> Mapping[str, Callable[[float], float]]:
        return {
            Role.TEMPERATURE.value: self._climate.temperature_c,
            "humidity": self._climate.humidity_percent,
            FIRMWARE_POINT: constant(FIRMWARE),
        }

    def _metered(self) -> Mapping[str, Callable[[float], float]]:
        meter = self._meter
        sources: dict[str, Callable[[float], float]] = {
            Role.VOLTAGE.value: meter.voltage_v,
            Role.CURRENT.value: meter.current_a,
            Role.TOTAL_CURRENT.value: meter.current_a,
            Role.POWER.value: meter.power_w,
            Role.ENERGY.value: meter.energy_wh,
            "apparent-power": meter.apparent_va,
            "reactive-power": meter.reactive_var,
            "power-factor": meter.power_factor,
            "frequency": meter.frequency_hz,
            "import-energy": meter.energy_wh,
            "neutral-current": meter.neutral_a,
            FIRMWARE_POINT: constant(FIRMWARE),
        }
        for name, phase in PHASES.items():
            sources[f"voltage-{name}"] = partial(meter.voltage_v, phase=phase)
            sources[f"current-{name}"] = partial(meter.current_a, phase=phase)
            sources[f"power-{name}"] = partial(meter.power_w, phase=phase)
        return sources

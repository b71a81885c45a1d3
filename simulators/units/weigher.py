"""A Modbus weight transmitter behind the registers of its profile: points find their quantity by role, else by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.model.device import Action, Role
from simulators.units import weighing
from simulators.units.registers import Registers, Sink
from simulators.units.unit import constant, in_unit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.model.site import Device
    from simulators.physics.load_cell import Scale
    from simulators.units.unit import Happening

DECIMALS, KILOGRAMS, SLOWEST_RATE = 2.0, 2.0, 7.0
"""What such a transmitter must be set to for its profile to be right."""

NEGATIVE, MOVING, OVERFLOW, AT_ZERO, OVERLOAD = 3, 5, 6, 7, 9
"""Bits of a status word (aje/scale-docs); the lowest three are the decimals."""

NEAR_ZERO_G = 5.0


class WeigherUnit:
    """One transmitter of a site."""

    def __init__(self, device: Device, scale: Scale) -> None:
        self._device, self._scale = device, scale
        self.registers = Registers(device.model.limits, [b for group in device.model.groups for b in group.blocks])
        sources = self._sources()
        roles = {point.name: role.value for role, point in device.model.roles.items()}
        for point in device.model.points:
            source = sources.get(point.name) or sources.get(roles.get(point.name, "")) or constant(0.0)
            self.registers.place(point, in_unit_of(point, source))
        self._place_actions()

    def settle(self, _at_s: float) -> None:
        return None

    def hear(self, _at_s: float) -> None:
        return None

    def state(self, at_s: float) -> list[dict[str, Any]]:
        return weighing.state(self._scale, at_s)

    def prepare(self, happening: Happening) -> Callable[[float], None]:
        return weighing.prepare(self._scale, happening, self._device.name)

    def _sources(self) -> Mapping[str, Callable[[float], float]]:
        scale = self._scale
        return {
            Role.WEIGHT.value: scale.net_g,
            Role.TARE.value: lambda _at_s: scale.tare_g,
            Role.STABLE.value: lambda at_s: float(not scale.is_moving(at_s)),
            "net-weight": scale.net_g,
            "moving": lambda at_s: float(scale.is_moving(at_s)),
            "overload": lambda at_s: float(scale.is_over(at_s)),
            "status": self._status,
            "decimals": constant(DECIMALS),
            "unit": constant(KILOGRAMS),
            "sample-rate": constant(SLOWEST_RATE),
        }

    def _status(self, at_s: float) -> float:
        scale = self._scale
        gross_g = scale.gross_g(at_s)
        bits = {
            NEGATIVE: gross_g < -NEAR_ZERO_G,
            MOVING: scale.is_moving(at_s),
            OVERFLOW: scale.is_over(at_s),
            AT_ZERO: abs(gross_g) <= NEAR_ZERO_G,
            OVERLOAD: scale.is_over(at_s),
        }
        return float(int(DECIMALS) + sum(1 << bit for bit, is_set in bits.items() if is_set))

    def _place_actions(self) -> None:
        """Let tare, zero and their like be written; two of them may share a register."""
        scale = self._scale
        does: Mapping[Action, Callable[[float], None]] = {
            Action.TARE: scale.tare,
            Action.ZERO: scale.set_zero,
            Action.CLEAR_TARE: lambda _at_s: scale.clear_tare(),
        }
        writes = {action: write for action, write in self._device.model.actions.items() if action in does}
        for place in {(write.table, write.address) for write in writes.values()}:
            acts = {w.values[0]: does[a] for a, w in writes.items() if (w.table, w.address) == place}
            self.registers.on_write(*place, _sink(acts))


def _sink(acts: Mapping[int, Callable[[float], None]]) -> Sink:
    return Sink(acts.__contains__, lambda value, at_s: acts[value](at_s))

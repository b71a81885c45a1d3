"""A pile behind the registers of its profile, whichever that is: points find their quantity by role, else by name."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from gateway.model.device import Role
from simulators.errors import SimulatorError
from simulators.physics.chance import seed_of
from simulators.physics.charger import some_charger
from simulators.physics.contact import Contact
from simulators.physics.outlet import Outlet
from simulators.physics.pile import Pile, always_supplied
from simulators.physics.resident import Resident
from simulators.units.outlet_state import PLUG_WORDS, outlet_states
from simulators.units.registers import Cell, Registers, Sink
from simulators.units.switching import is_output, output_source, place_all_off, place_switch
from simulators.units.unit import FIRMWARE, FIRMWARE_POINT, PER_BASE, Happening, What, constant, in_unit_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.model import device as model
    from gateway.model.site import Device
    from simulators.physics.resident import Habits

COUNTERS = frozenset({Role.ENERGY, Role.HEARTBEAT})
UPTIME = "uptime"
MOST_WH = 400_000
"""What an outlet may have counted before the simulation begins."""


class PileUnit:
    """One pile of a site."""

    def __init__(
        self,
        device: Device,
        *,
        seed: int,
        born_s: float,
        habits: Habits | None = None,
        supply: Callable[[], tuple[bool, float]] = always_supplied,
    ) -> None:
        self._device = device
        outlets = {outlet.number: _outlet(device, outlet, seed) for outlet in device.model.outlets}
        residents = {} if habits is None else {n: Resident.of(habits, seed, device.name, n) for n in outlets}
        self.pile = Pile(
            seed=seed_of(seed, device.name), outlets=outlets, born_s=born_s, residents=residents, supply=supply
        )
        self.registers = Registers(device.model.limits, [b for group in device.model.groups for b in group.blocks])
        self._chance = Random(seed_of(seed, device.name, "plugged by hand"))  # noqa: S311 - repeatable, not secret
        self._lease_value = 0.0
        self._metering: list[Cell] = []
        self._metering_of: dict[int, list[Cell]] = {number: [] for number in outlets}
        self._energy_of: dict[int, Cell] = {}
        self._place_own()
        for outlet in device.model.outlets:
            self._place_outlet(outlet)
        place_all_off(self.registers, device.model.all_off, self.pile.open_all)

    def settle(self, at_s: float) -> None:
        self.pile.settle(at_s)

    def hear(self, at_s: float) -> None:
        self.pile.hear(at_s)

    def state(self, at_s: float) -> list[dict[str, Any]]:
        return outlet_states(self.pile, at_s)

    def prepare(self, happening: Happening) -> Callable[[float], None]:
        number = happening.outlet
        if number is not None and number not in self.pile.outlets:
            raise SimulatorError(f"{self._device.name} has no outlet {number}")
        acts = self._to_pile(happening) if number is None else self._to_outlet(happening, number)
        act = acts.get(happening.what)
        if act is None:
            wanted = "one outlet, not to all" if number is None else "the whole, not to one outlet"
            raise SimulatorError(f"{happening.what} happens to {wanted} of {self._device.name}")
        return act

    def _to_pile(self, happening: Happening) -> Mapping[What, Callable[[float], None]]:
        pile, value = self.pile, happening.value
        return {
            What.SMOKE: lambda _at_s: setattr(pile, "smoke", value is not None),
            What.DOOR: lambda _at_s: setattr(pile, "door", value is not None),
            What.VOLTAGE: lambda _at_s: _override(pile.strange, "voltage_v", value),
            What.RESIDUAL: lambda _at_s: _override(pile.strange, "residual_a", value),
            What.TEMPERATURE: lambda _at_s: _override(pile.strange, "temperature_c", value),
            What.FROZEN: lambda at_s: self.registers.freeze(self._metering, None if value is None else at_s),
            What.REBOOT: partial(self._reboot, down_s=happening.seconds),
            What.CLEAR: self._clear_all,
        }

    def _to_outlet(self, happening: Happening, number: int) -> Mapping[What, Callable[[float], None]]:
        pile, value = self.pile, happening.value
        return {
            What.OVERLOAD: lambda at_s: pile.disturb(number).overload(at_s, value, happening.seconds),
            What.WELDED: lambda at_s: pile.disturb(number).weld(at_s, on=value is not None),
            What.FROZEN: lambda at_s: self.registers.freeze(self._metering_of[number], None if value is None else at_s),
            What.LOCAL_START: lambda at_s: pile.command(number, at_s, on=True),
            What.LOCAL_STOP: lambda at_s: pile.command(number, at_s, on=False),
            What.PLUG_IN: lambda at_s: pile.disturb(number).plug_in(at_s, some_charger(self._chance)),
            What.PLUG_OUT: lambda at_s: pile.disturb(number).plug_out(at_s),
            What.TEMPERATURE: lambda _at_s: setattr(pile.outlets[number], "heated_to_c", value),
            What.REGISTER: lambda at_s: pile.disturb(number).count_from(at_s, value or 0.0),
            What.WILD: lambda _at_s: self.registers.pretend(self._energy_of[number], value),
            What.CLEAR: partial(self._clear, number),
        }

    def _reboot(self, at_s: float, down_s: float) -> None:
        self._lease_value = 0.0
        self.pile.reboot(at_s, down_s)

    def _clear(self, number: int, at_s: float) -> None:
        outlet = self.pile.disturb(number)
        outlet.overload(at_s, None)
        outlet.weld(at_s, on=False)
        outlet.heated_to_c = None
        self.registers.freeze(self._metering_of[number], None)
        if number in self.pile.residents:
            self.pile.residents[number].resume(outlet, at_s)

    def _clear_all(self, at_s: float) -> None:
        for number in self.pile.outlets:
            self._clear(number, at_s)
        self.pile.smoke = self.pile.door = False
        self.pile.strange.clear()
        self.registers.freeze(self._metering, None)

    def _place_own(self) -> None:
        pile, profile = self.pile, self._device.model
        by_role: Mapping[Role, Callable[[float], float]] = {
            Role.VOLTAGE: pile.voltage_v,
            Role.CURRENT: pile.total_current_a,
            Role.TOTAL_CURRENT: pile.total_current_a,
            Role.POWER: pile.total_power_w,
            Role.ENERGY: pile.total_energy_wh,
            Role.RESIDUAL_CURRENT: pile.residual_a,
            Role.TEMPERATURE: pile.temperature_c,
            Role.SMOKE: lambda _at_s: float(pile.smoke),
            Role.DOOR: lambda _at_s: float(pile.door),
            Role.HEARTBEAT: pile.heartbeat,
        }
        by_name: Mapping[str, Callable[[float], float]] = {
            "frequency": pile.frequency_hz,
            UPTIME: pile.uptime_s,
            FIRMWARE_POINT: constant(FIRMWARE),
        }
        roles = {point.name: role for role, point in profile.roles.items()}
        armed = None if profile.lease is None else (profile.lease.armed.table, profile.lease.armed.address)
        for point in profile.points:
            if point.outlet is not None:
                continue
            role = roles.get(point.name)
            if (point.table, point.address) == armed:
                self._place_lease(point)
                continue
            source = by_role.get(role) if role else by_name.get(point.name)
            cell = self.registers.place(
                point, in_unit_of(point, source or constant(0.0)), wraps=role in COUNTERS or point.name == UPTIME
            )
            self._metering.append(cell)

    def _place_lease(self, point: model.Point) -> None:
        """Serve the watchdog's register: what is written there is its time-out."""
        lease = self._device.model.lease
        assert lease is not None  # noqa: S101 - the point is this lease's own
        per_raw = point.scale / PER_BASE.get(point.unit, 1.0)

        def arm(value: int, _at_s: float) -> None:
            same = (lease.arm.table, lease.arm.address) == (point.table, point.address)
            seconds = value * per_raw if same else lease.timeout_s
            self._lease_value = seconds
            self.pile.arm(seconds)

        self.registers.place(point, in_unit_of(point, lambda _at_s: self._lease_value))
        self.registers.on_write(lease.arm.table, lease.arm.address, Sink(lambda _value: True, arm))

    def _place_outlet(self, profile: model.Outlet) -> None:
        outlet, pile = self.pile.outlets[profile.number], self.pile
        roles = {point.name: role for role, point in profile.roles.items()}
        by_role: Mapping[Role, Callable[[float], float]] = {
            Role.CURRENT: outlet.metered_current_a,
            Role.POWER: outlet.metered_power_w,
            Role.ENERGY: outlet.register_wh,
            Role.VOLTAGE: lambda at_s: (
                pile.voltage_v(at_s) if "voltage_v" in pile.strange else outlet.metered_voltage_v(at_s)
            ),
            Role.TEMPERATURE: outlet.temperature_c,
        }
        for point in self._device.model.points:
            if point.outlet != profile.number:
                continue
            role = roles.get(point.name)
            if profile.switch is not None and is_output(point, profile.switch):
                self.registers.place(point, output_source(outlet.contact, profile.switch))
            elif role is Role.RELAY or point == (profile.switch and profile.switch.feedback):
                self.registers.place(point, lambda _at_s: float(outlet.contact.closed))
            elif role is Role.PLUG:
                self.registers.place(point, _plug_source(outlet, point))
            else:
                source = (by_role.get(role) if role else None) or constant(0.0)
                cell = self.registers.place(point, in_unit_of(point, source), wraps=role in COUNTERS)
                self._metering.append(cell)
                self._metering_of[profile.number].append(cell)
                if role is Role.ENERGY:
                    self._energy_of[profile.number] = cell
        if profile.switch is not None:
            place_switch(self.registers, profile.switch, lambda on, at_s: pile.command(profile.number, at_s, on=on))


def _outlet(device: Device, outlet: model.Outlet, seed: int) -> Outlet:
    return Outlet(
        seed=seed_of(seed, device.name, outlet.number),
        contact=Contact(relay_s=device.timing.relay_ms / 1000.0),
        refresh_s=device.timing.refresh_ms / 1000.0,
        counted_wh=float(seed_of(seed, device.name, outlet.number, "energy") % MOST_WH),
    )


def _plug_source(outlet: Outlet, point: model.Point) -> Callable[[float], float]:
    """Return the plug's state by the words of the profile, or as 0, 1, 2 (a bit: 0, 1) where it has none."""
    raws = {word: raw for raw, word in point.labels.items()}
    codes = [raws.get(word, index) * point.scale + point.offset for index, word in enumerate(PLUG_WORDS)]
    return lambda _at_s: codes[outlet.plug]


def _override(strange: dict[str, float], name: str, value: float | None) -> None:
    if value is None:
        strange.pop(name, None)
    else:
        strange[name] = value

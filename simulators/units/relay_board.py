"""A board of relays, here those that drive the contactors upstream of piles. It holds its state on silence."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from gateway.model.device import Role
from simulators.errors import SimulatorError
from simulators.physics.contact import Contact
from simulators.units.registers import Registers
from simulators.units.switching import is_output, output_source, place_all_off, place_switch
from simulators.units.unit import Happening, What, constant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gateway.model.site import Device


class RelayBoard:
    """One board of a site. `tell(channel, closed, since_s)` hears of each contact, before it moves."""

    def __init__(self, device: Device, *, closed: Collection[int], tell: Callable[[int, bool, float], None]) -> None:
        self._device, self._tell = device, tell
        self.registers = Registers(device.model.limits, [b for group in device.model.groups for b in group.blocks])
        relay_s = device.timing.relay_ms / 1000.0
        self.contacts = {outlet.number: Contact(relay_s=relay_s) for outlet in device.model.outlets}
        for number, contact in self.contacts.items():
            contact.commanded = contact.closed = number in closed
            tell(number, contact.closed, 0.0)
        for outlet in device.model.outlets:
            self._place(outlet.number)
        place_all_off(self.registers, device.model.all_off, self._open_all)

    def settle(self, at_s: float) -> None:
        for contact in self.contacts.values():
            if contact.due_s <= at_s:
                contact.move()

    def hear(self, _at_s: float) -> None:
        return None

    def state(self, at_s: float) -> list[dict[str, Any]]:
        self.settle(at_s)
        return [
            {"outlet": number, "commanded": contact.commanded, "closed": contact.closed, "welded": contact.welded}
            for number, contact in self.contacts.items()
        ]

    def prepare(self, happening: Happening) -> Callable[[float], None]:
        numbers = list(self.contacts) if happening.outlet is None else [happening.outlet]
        if not all(number in self.contacts for number in numbers):
            raise SimulatorError(f"{self._device.name} has no outlet {happening.outlet}")
        if happening.what not in (What.WELDED, What.CLEAR):
            raise SimulatorError(f"{happening.what} does not happen to {self._device.name}: it only switches")
        welded = happening.what is What.WELDED and happening.value is not None

        def act(at_s: float) -> None:
            for number in numbers:
                self.contacts[number].weld(at_s, on=welded)
                self._announce(number, at_s)

        return act

    def _place(self, number: int) -> None:
        outlet, contact = self._device.model.outlet(number), self.contacts[number]
        for point in self._device.model.points:
            if point.outlet != number:
                continue
            if outlet.switch is not None and is_output(point, outlet.switch):
                self.registers.place(point, output_source(contact, outlet.switch))
            elif point == outlet.roles.get(Role.RELAY):
                self.registers.place(point, lambda _at_s: float(contact.closed))
            else:
                self.registers.place(point, constant(0.0))
        if outlet.switch is not None:
            place_switch(self.registers, outlet.switch, lambda on, at_s: self._command(number, at_s, on=on))

    def _command(self, number: int, at_s: float, *, on: bool) -> None:
        self.contacts[number].command(at_s, on=on)
        self._announce(number, at_s)

    def _open_all(self, at_s: float) -> None:
        for number in self.contacts:
            self._command(number, at_s, on=False)

    def _announce(self, number: int, at_s: float) -> None:
        """Say what the contact will be, and from when on, so that nobody has to look at it at that very moment."""
        contact = self.contacts[number]
        moves = contact.due_s < inf
        self._tell(number, contact.commanded if moves else contact.closed, contact.due_s if moves else at_s)

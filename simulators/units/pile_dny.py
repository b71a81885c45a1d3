"""A DNY (AP3000) pile of a site: its frames and firmware in front, outlets with their chargers behind.

Its firmware looks at the outlets once a second. A power failure takes its clock and what it was about to say; orders
and settlements stand in its EEPROM, and it goes on with the orders when the power is back.
"""

from __future__ import annotations

from math import inf
from random import Random
from typing import TYPE_CHECKING, Any

from simulators.errors import SimulatorError
from simulators.physics.chance import seed_of
from simulators.physics.charger import some_charger
from simulators.physics.contact import Contact
from simulators.physics.outlet import Outlet
from simulators.physics.pile import Pile, always_supplied
from simulators.physics.resident import Resident
from simulators.units.outlet_state import outlet_states
from simulators.units.unit import What
from simulators.vendor.dny_port import DnyPort
from simulators.vendor.pile_dny import DnyPile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.site import Device
    from simulators.physics.resident import Habits
    from simulators.units.unit import Happening
    from simulators.vendor.said import Said

LOOKS_EVERY_S = 1.0
THINKS_S = 0.1
"""How long the pile takes to obey a command; assumed."""

SMOKE = 4
CARD_BYTES = 4
ICCID = b"89860400000000000000"
"""What a modem says first on a connection: the number of its card."""

EARLIER_ORDER = b"before"


class DnyUnit:
    """One pile. `virtual` is its id for polls; its physical id is the device's unit."""

    def __init__(
        self,
        device: Device,
        *,
        virtual: int,
        seed: int,
        born_s: float,
        habits: Habits | None = None,
        supply: Callable[[], tuple[bool, float]] = always_supplied,
    ) -> None:
        self._device = device
        relay_s = device.timing.relay_ms / 1000.0
        outlets = {
            outlet.number: Outlet(seed=seed_of(seed, device.name, outlet.number), contact=Contact(relay_s=relay_s))
            for outlet in device.model.outlets
        }
        residents = {} if habits is None else {n: Resident.of(habits, seed, device.name, n) for n in outlets}
        self.pile = Pile(
            seed=seed_of(seed, device.name), outlets=outlets, born_s=born_s, residents=residents, supply=supply
        )
        self.firmware = DnyPile(
            physical=device.unit,
            virtual=virtual,
            ports=[DnyPort(needs_charger=True) for _ in outlets],
            turnaround_s=0.0,
            thinks_s=THINKS_S,
        )
        self._ports = dict(zip(outlets, self.firmware.ports, strict=True))
        self._chance = Random(seed_of(seed, device.name, "plugged by hand"))  # noqa: S311 - repeatable, not secret
        self._frozen: set[int] = set()
        self._looked_s = born_s
        self._back_s = inf
        self._begin(born_s)

    def settle(self, at_s: float) -> None:
        while self._looked_s + LOOKS_EVERY_S <= at_s:
            self._looked_s += LOOKS_EVERY_S
            self._pass_second(self._looked_s)
        self.pile.settle(at_s)

    def state(self, at_s: float) -> list[dict[str, Any]]:
        return outlet_states(self.pile, at_s)

    def prepare(self, happening: Happening) -> Callable[[float], None]:
        number, pile = happening.outlet, self.pile
        if number is None:
            acts = self._to_pile(happening)
        elif number in pile.outlets:
            acts = self._to_outlet(happening, number)
        else:
            raise SimulatorError(f"{self._device.name} has no outlet {number}")
        if happening.what not in acts:
            raise SimulatorError(f"{happening.what} does not happen to {self._device.name}")
        return acts[happening.what]

    def answer(self, frame: bytes, at_s: float) -> Sequence[Said]:
        self.pile.hear(at_s)
        self._look(at_s)
        before = [port.order for port in self._ports.values()]
        said = self.firmware.hear(frame)
        self._switch_after(before, at_s)
        return said

    def speak(self, _at_s: float) -> bytes:
        """Return what it says without being polled, where it has dialled in."""
        waiting = self.firmware.waiting
        return waiting.pop(0)[1] if waiting and not self.firmware.silent else b""

    def greet(self, _at_s: float) -> bytes:
        """Begin on a connection that has just been made; return what its modem says first."""
        self.firmware.dialled()
        return ICCID

    # ------------------------------------------------------------------ what happens

    def _to_pile(self, happening: Happening) -> dict[What, Callable[[float], None]]:
        value, everything = happening.value, tuple(self._ports)
        return {
            What.SMOKE: lambda _at_s: None if value is None else self.firmware.alarm(SMOKE),
            What.FROZEN: lambda _at_s: self._freeze(everything, on=value is not None),
            What.REBOOT: lambda at_s: self._lose_power(at_s, happening.seconds),
            What.CLEAR: lambda at_s: self._clear(everything, at_s),
        }

    def _to_outlet(self, happening: Happening, number: int) -> dict[What, Callable[[float], None]]:
        pile, value, place = self.pile, happening.value, list(self._ports).index(number)
        return {
            What.OVERLOAD: lambda at_s: pile.disturb(number).overload(at_s, value, happening.seconds),
            What.WELDED: lambda at_s: pile.disturb(number).weld(at_s, on=value is not None),
            What.FROZEN: lambda _at_s: self._freeze((number,), on=value is not None),
            What.PLUG_IN: lambda at_s: pile.disturb(number).plug_in(at_s, some_charger(self._chance)),
            What.PLUG_OUT: lambda at_s: pile.disturb(number).plug_out(at_s),
            What.CARD: lambda _at_s: self.firmware.show_card(round(value or 0).to_bytes(CARD_BYTES, "big"), place),
            What.GIVES_UP: lambda at_s: self._give_up(number, at_s),
            What.SETTLED_AGAIN: lambda _at_s: self.firmware.settle_again(place, value or 0.0),
            What.CLEAR: lambda at_s: self._clear((number,), at_s),
        }

    def _give_up(self, number: int, at_s: float) -> None:
        """Let the firmware end an order for want of power instead of going on with it afterwards."""
        self.firmware.give_up(list(self._ports).index(number))
        self.pile.command(number, at_s, on=False)

    def _freeze(self, numbers: Sequence[int], *, on: bool) -> None:
        """Let the metering chip show what it has shown, or see again."""
        (self._frozen.update if on else self._frozen.difference_update)(numbers)

    def _clear(self, numbers: Sequence[int], at_s: float) -> None:
        self._freeze(numbers, on=False)
        for number in numbers:
            outlet = self.pile.disturb(number)
            outlet.overload(at_s, None)
            outlet.weld(at_s, on=False)
            if number in self.pile.residents:
                self.pile.residents[number].resume(outlet, at_s)

    # ------------------------------------------------------------------ firmware and outlets

    def _begin(self, at_s: float) -> None:
        """Let what was on already when the simulation began run under an order of before."""
        self._look(at_s)
        for number, port in self._ports.items():
            if self.pile.outlets[number].contact.closed:
                order = EARLIER_ORDER + f"-{number:02d}".encode()
                port.begin(order.ljust(16, b"\x00"), self.firmware.limits[0], self.firmware.limits[1] / 10)
        self.firmware.power_up()

    def _pass_second(self, at_s: float) -> None:
        self.pile.settle(at_s)
        if at_s >= self._back_s:
            self._back_s = inf
            self.firmware.silent = False
            self.firmware.power_up()
            self._switch_after([b""] * len(self._ports), at_s)
        self._look(at_s)
        if not self.firmware.silent:
            before = [port.order for port in self._ports.values()]
            self.firmware.pass_seconds(1)
            self._switch_after(before, at_s)

    def _look(self, at_s: float) -> None:
        """Show the firmware what its sensors see."""
        self.firmware.volts = self.pile.voltage_v(at_s)
        for number, port in self._ports.items():
            outlet = self.pile.outlets[number]
            port.is_plugged = outlet.charger is not None
            port.was_full &= port.is_plugged
            port.welded = outlet.contact.welded and outlet.contact.closed
            if number not in self._frozen:
                port.plugged_w = max(0.0, outlet.metered_power_w(at_s))

    def _switch_after(self, before: Sequence[bytes], at_s: float) -> None:
        """Move the relays of the ports whose order has begun or ended."""
        for (number, port), was in zip(self._ports.items(), before, strict=True):
            if bool(port.order) != bool(was):
                self.pile.command(number, at_s, on=bool(port.order))

    def _lose_power(self, at_s: float, down_s: float) -> None:
        self.firmware.silent = True
        self._back_s = at_s + down_s
        self.pile.reboot(at_s, down_s)

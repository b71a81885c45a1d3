"""A DianChuan board of a site: its frames in front, the outlets of a pile with their chargers behind."""

from __future__ import annotations

from collections import deque
from math import ceil
from random import Random
from typing import TYPE_CHECKING, Any

from simulators.errors import SimulatorError
from simulators.physics.chance import seed_of
from simulators.physics.charger import some_charger
from simulators.physics.contact import Contact
from simulators.physics.outlet import Outlet, Plug
from simulators.physics.pile import Pile, always_supplied
from simulators.physics.resident import Resident
from simulators.units.outlet_state import outlet_states
from simulators.units.unit import What
from simulators.vendor.pile_dianchuan import FULL, NO_CHARGER, OVER_POWER, USED_UP, Board

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.site import Device
    from simulators.physics.resident import Habits
    from simulators.units.unit import Happening
    from simulators.vendor.said import Said

MINUTE_S = 60.0
OVERLOAD_FOR_S = 3.0
"""How long the board lets an outlet have too much power before it stops it; assumed."""

FLOAT_W, FLOAT_FOR_S = 10.0, 120.0
"""Below this for so long a charge is full. Command 28 sets both, the time from 120 s on; the power is assumed."""

EMPTY_FOR_S = 180.0
"""How long an outlet may be on with nothing in it; assumed."""

OWN_REASONS = {OVER_POWER: OVERLOAD_FOR_S, FULL: FLOAT_FOR_S, NO_CHARGER: EMPTY_FOR_S}
"""For which a board ends a charge before its time is over, and for how long each must hold."""

MOST_REPORTS = 32


class DianChuanUnit:
    """One board. It ends charges by itself (time over, too much power, full, empty) when it is looked at."""

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
        relay_s = device.timing.relay_ms / 1000.0
        outlets = {
            outlet.number: Outlet(
                seed=seed_of(seed, device.name, outlet.number),
                contact=Contact(relay_s=relay_s),
                refresh_s=device.timing.refresh_ms / 1000.0,
            )
            for outlet in device.model.outlets
        }
        residents = {} if habits is None else {n: Resident.of(habits, seed, device.name, n) for n in outlets}
        self.pile = Pile(
            seed=seed_of(seed, device.name), outlets=outlets, born_s=born_s, residents=residents, supply=supply
        )
        self._board = Board(turnaround_s=0.0)
        self._ends_s: dict[int, float] = {}
        self._holds_since_s: dict[tuple[int, int], float] = {}
        self._reports: deque[bytes] = deque(maxlen=MOST_REPORTS)
        self._chance = Random(seed_of(seed, device.name, "plugged by hand"))  # noqa: S311 - repeatable, not secret
        self._begin(born_s)

    def settle(self, at_s: float) -> None:
        self.pile.settle(at_s)
        for number, ends_s in list(self._ends_s.items()):
            reasons = [reason for reason in OWN_REASONS if self._has_held(number, reason, at_s)]
            if ends_s <= at_s:
                self._stop(number, ends_s, USED_UP)
            elif reasons:
                self._stop(number, at_s, reasons[0])

    def state(self, at_s: float) -> list[dict[str, Any]]:
        return outlet_states(self.pile, at_s)

    def prepare(self, happening: Happening) -> Callable[[float], None]:
        number, value, pile = happening.outlet, happening.value, self.pile
        if happening.what is What.CLEAR:
            return lambda at_s: self._clear(list(pile.outlets) if number is None else [number], at_s)
        if happening.what is What.REBOOT and number is None:
            return lambda at_s: self._reboot(at_s, happening.seconds)
        if number not in pile.outlets:
            raise SimulatorError(f"{happening.what} happens to an outlet of {self._device.name} that there is")
        acts: dict[What, Callable[[float], None]] = {
            What.OVERLOAD: lambda at_s: pile.disturb(number).overload(at_s, value, happening.seconds),
            What.WELDED: lambda at_s: pile.disturb(number).weld(at_s, on=value is not None),
            What.PLUG_IN: lambda at_s: pile.disturb(number).plug_in(at_s, some_charger(self._chance)),
            What.PLUG_OUT: lambda at_s: pile.disturb(number).plug_out(at_s),
        }
        if happening.what not in acts:
            raise SimulatorError(f"{happening.what} does not happen to {self._device.name}")
        return acts[happening.what]

    def answer(self, frame: bytes, at_s: float) -> Sequence[Said]:
        self.pile.hear(at_s)
        self._look(at_s)
        before = [port.left_min for port in self._board.ports]
        said = self._board.hear(frame)
        for number, (was_min, port) in enumerate(zip(before, self._board.ports, strict=True), 1):
            if port.left_min != was_min:
                self._obey(number, port.left_min, at_s)
        return said

    def speak(self, _at_s: float) -> bytes:
        return self._reports.popleft() if self._reports else b""

    def _look(self, at_s: float) -> None:
        """Bring the board's figures up to the moment."""
        for number, port in enumerate(self._board.ports, 1):
            ends_s = self._ends_s.get(number)
            port.left_min = 0 if ends_s is None else max(1, ceil((ends_s - at_s) / MINUTE_S))
            port.welded = self.pile.outlets[number].contact.welded
            port.plugged_w = max(0.0, self.pile.outlets[number].metered_power_w(at_s))

    def _obey(self, number: int, minutes: int, at_s: float) -> None:
        if minutes:
            self._ends_s[number] = at_s + MINUTE_S * minutes
        else:
            self._ends_s.pop(number, None)
        self.pile.command(number, at_s, on=bool(minutes))

    def _stop(self, number: int, at_s: float, reason: int) -> None:
        left_min = max(0, ceil((self._ends_s.pop(number) - at_s) / MINUTE_S))
        for own in OWN_REASONS:
            self._holds_since_s.pop((number, own), None)
        self.pile.command(number, at_s, on=False)
        self._reports.append(self._board.complete(number, left_min, reason))

    def _has_held(self, number: int, reason: int, at_s: float) -> bool:
        """Return whether a reason to end a charge has held for its time."""
        outlet = self.pile.outlets[number]
        watts, is_empty = outlet.power_w(at_s), outlet.plug is Plug.EMPTY
        holds = {
            OVER_POWER: watts > self._board.max_power_w,
            FULL: watts < FLOAT_W and not is_empty,
            NO_CHARGER: is_empty,
        }
        if not holds[reason]:
            self._holds_since_s.pop((number, reason), None)
            return False
        return at_s - self._holds_since_s.setdefault((number, reason), at_s) >= OWN_REASONS[reason]

    def _begin(self, at_s: float) -> None:
        """Give what was on already when the simulation began the longest time that a profile starts it for."""
        for outlet in self._device.model.outlets:
            if self.pile.outlets[outlet.number].contact.closed and outlet.switch is not None:
                self._ends_s[outlet.number] = at_s + MINUTE_S * outlet.switch.on.values[0]

    def _reboot(self, at_s: float, down_s: float) -> None:
        self._ends_s.clear()
        self._holds_since_s.clear()
        self._reports.clear()
        self.pile.reboot(at_s, down_s)

    def _clear(self, numbers: list[int], at_s: float) -> None:
        for number in numbers:
            outlet = self.pile.disturb(number)
            outlet.overload(at_s, None)
            outlet.weld(at_s, on=False)
            if number in self.pile.residents:
                self.pile.residents[number].resume(outlet, at_s)

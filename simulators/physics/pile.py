"""A charging pile: its outlets, what it says of itself, its watchdog, its supply, its reboot. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from simulators.physics.chance import noise
from simulators.physics.mains import ambient_c, frequency_hz, voltage_v

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.physics.outlet import Outlet
    from simulators.physics.resident import Resident

LOOP_S = 0.1
"""The controller counts its heartbeat once in each of its loops."""

LEAK_A = 0.002
LEAK_A_PER_A = 0.00015
BOX_K_PER_A = 0.35


def always_supplied() -> tuple[bool, float]:
    return True, 0.0


@dataclass(slots=True, kw_only=True)
class Pile:
    """Everything happens in the order of its moment, however seldom somebody looks: `settle` first, then ask.

    The contactor upstream cuts the outlets, not the controller, which has its own supply. `supply` says whether it is
    closed and since when. `strange` overrides what the pile says of a quantity (`residual_a`, `voltage_v`,
    `temperature_c`).
    """

    seed: int
    outlets: dict[int, Outlet]
    born_s: float
    residents: dict[int, Resident] = field(default_factory=dict)
    supply: Callable[[], tuple[bool, float]] = always_supplied
    smoke: bool = False
    door: bool = False
    strange: dict[str, float] = field(default_factory=dict)
    lease_s: float = 0.0
    supplied: bool = field(default=True, init=False)
    _heard_s: float = field(init=False)
    _quiet_until_s: float = field(default=-inf, init=False)

    def __post_init__(self) -> None:
        self._heard_s = self.born_s
        for number, resident in self.residents.items():
            resident.begin(self.outlets[number], self.born_s)

    def settle(self, at_s: float) -> None:
        """Let happen everything that was due until `at_s`, in order."""
        closed, since_s = self.supply()
        if at_s < self._quiet_until_s and closed == self.supplied:
            return
        while True:
            supply_s = since_s if closed != self.supplied else inf
            lease_s = self._lease_ends_s()
            own_s, number, by_resident = self._next_of_outlets()
            due_s = min(supply_s, lease_s, own_s)
            if due_s > at_s:
                self._quiet_until_s = min(lease_s, own_s)
                return
            if due_s == supply_s:
                self._supply(due_s, on=closed)
            elif due_s == lease_s:
                self.open_all(due_s)
                self._heard_s = inf
            elif by_resident:
                self.residents[number].act(self.outlets[number])
            else:
                self.outlets[number].settle(due_s)

    def hear(self, at_s: float) -> None:
        """Take notice of a valid request: it renews the lease."""
        if self._heard_s == inf:
            self._touched()
        self._heard_s = at_s

    def arm(self, seconds: float) -> None:
        """Open every relay after so long without a valid request; 0 disarms."""
        self.lease_s = seconds
        self._touched()

    def command(self, number: int, at_s: float, *, on: bool) -> None:
        """Take an order for one relay."""
        self.outlets[number].command(at_s, on=on)
        self._touched()

    def open_all(self, at_s: float) -> None:
        for outlet in self.outlets.values():
            outlet.command(at_s, on=False)
        self._touched()

    def reboot(self, at_s: float, down_s: float) -> None:
        """Start anew after `down_s`: relays open at once, nothing remembered but the energies."""
        for outlet in self.outlets.values():
            outlet.command(at_s, on=False)
        self.born_s = at_s + down_s
        self.lease_s = 0.0
        self._touched()

    def disturb(self, number: int) -> Outlet:
        """Return an outlet that somebody is about to change; its resident leaves it alone from now on."""
        if number in self.residents:
            self.residents[number].stay()
        self._touched()
        return self.outlets[number]

    def total_current_a(self, at_s: float) -> float:
        return sum(outlet.metered_current_a(at_s) for outlet in self.outlets.values())

    def total_power_w(self, at_s: float) -> float:
        return sum(outlet.power_w(at_s) for outlet in self.outlets.values())

    def total_energy_wh(self, at_s: float) -> float:
        return sum(outlet.energy_wh(at_s) for outlet in self.outlets.values())

    def voltage_v(self, at_s: float) -> float:
        if not self.supplied:
            return 0.0
        own_v = self.strange.get("voltage_v")
        return voltage_v(self.seed, at_s) if own_v is None else own_v

    def residual_a(self, at_s: float) -> float:
        leak_a = LEAK_A + LEAK_A_PER_A * self.total_current_a(at_s)
        own_a = self.strange.get("residual_a", leak_a if self.supplied else 0.0)
        return max(0.0, own_a * (1.0 + 0.05 * noise(self.seed ^ 0x1234, at_s)))

    def temperature_c(self, at_s: float) -> float:
        own_c = self.strange.get("temperature_c")
        return ambient_c(at_s) + BOX_K_PER_A * self.total_current_a(at_s) if own_c is None else own_c

    def frequency_hz(self, at_s: float) -> float:
        return frequency_hz(self.seed, at_s)

    def uptime_s(self, at_s: float) -> float:
        return max(0.0, at_s - self.born_s)

    def heartbeat(self, at_s: float) -> float:
        return float(int(self.uptime_s(at_s) / LOOP_S))

    def _supply(self, at_s: float, *, on: bool) -> None:
        self.supplied = on
        for outlet in self.outlets.values():
            outlet.supply(at_s, on=on)

    def _lease_ends_s(self) -> float:
        return self._heard_s + self.lease_s if self.lease_s > 0 else inf

    def _next_of_outlets(self) -> tuple[float, int, bool]:
        found = (inf, 0, False)
        for number, outlet in self.outlets.items():
            if outlet.next_s < found[0]:
                found = (outlet.next_s, number, False)
            resident = self.residents.get(number)
            if resident is not None and resident.next_s < found[0]:
                found = (resident.next_s, number, True)
        return found

    def _touched(self) -> None:
        self._quiet_until_s = -inf

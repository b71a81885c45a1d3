"""One charging socket: what is plugged in, what it draws, what the metering chip says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from math import exp, inf
from typing import TYPE_CHECKING

from simulators.physics.chance import noise
from simulators.physics.course import NOTHING, Course, Piece
from simulators.physics.mains import NOMINAL_V, ambient_c, voltage_v

if TYPE_CHECKING:
    from simulators.physics.charger import Charger
    from simulators.physics.contact import Contact

FAULT_POWER_FACTOR = 0.95
SOCKET_K_PER_A2 = 0.22
SOCKET_TAU_S = 240.0
NOISE_SHARE = 0.004
NOISE_A = 0.006


class Plug(IntEnum):
    EMPTY = 0
    PLUGGED = 1
    CHARGING = 2


@dataclass(slots=True, kw_only=True)
class Outlet:
    """Pure; moments are given and never go back. Before a moment is asked for, `settle` must have passed it.

    Currents are those at nominal voltage: a drift of one per cent is not followed. `refresh_s` is how often the
    metering chip renews current and power; between, they stand still.
    """

    seed: int
    contact: Contact
    refresh_s: float = 0.0
    supplied: bool = True
    charger: Charger | None = None
    charged_s: float = 0.0
    heated_to_c: float | None = None
    counted_wh: float = 0.0
    shifted_wh: float = 0.0
    _strange: Course | None = field(default=None, init=False)
    _strange_from_s: float = field(default=0.0, init=False)
    _course: Course = field(default=NOTHING, init=False)
    _from_s: float = field(default=0.0, init=False)
    _counted_s: float = field(default=0.0, init=False)
    _charging_from_s: float = field(default=-1.0, init=False)
    _held_s: float = field(default=-inf, init=False)
    _held_w: float = field(default=0.0, init=False)
    _held_factor: float = field(default=1.0, init=False)
    _warm_c: float = field(default=0.0, init=False)
    _warm_s: float = field(default=-1.0, init=False)

    @property
    def next_s(self) -> float:
        """When something happens by itself."""
        return self.contact.due_s

    def settle(self, at_s: float) -> None:
        """Let happen what was due until `at_s`."""
        if self.contact.due_s <= at_s:
            moved_s = self.contact.due_s
            self._before(moved_s)
            self.contact.move()
            self._after(moved_s)

    def command(self, at_s: float, *, on: bool) -> None:
        """Take an order to the relay."""
        self.contact.command(at_s, on=on)

    def close_now(self, at_s: float) -> None:
        """Have the contact closed already, long enough to be past any inrush."""
        self._before(at_s)
        self.contact.commanded = self.contact.closed = True
        self._after(at_s, inrush=False)

    def supply(self, at_s: float, *, on: bool) -> None:
        """Let the pile's supply come or go."""
        self._before(at_s)
        self.supplied = on
        self._after(at_s)

    def plug_in(self, at_s: float, charger: Charger, charged_s: float = 0.0) -> None:
        """Plug a charger in whose pack has been charged for `charged_s` elsewhere."""
        self._before(at_s)
        self.charger, self.charged_s = charger, charged_s
        self._after(at_s)

    def plug_out(self, at_s: float) -> None:
        """Pull out whatever is plugged in, an overload too."""
        self._before(at_s)
        self.charger, self.charged_s, self._strange = None, 0.0, None
        self._after(at_s)

    def overload(self, at_s: float, amps: float | None, over_s: float = 0.0) -> None:
        """Let this current flow whenever the circuit is closed, reached after `over_s`; None ends it."""
        self._before(at_s)
        before_w = self._course.power_w(at_s - self._from_s)
        self._strange, self._strange_from_s = None, at_s
        if amps is not None:
            watts = amps * NOMINAL_V * FAULT_POWER_FACTOR
            ramp = (Piece(over_s, before_w, watts),) if over_s > 0 else ()
            self._strange = Course(ramp, watts)
        self._after(at_s, inrush=False)

    def count_from(self, at_s: float, register_wh: float) -> None:
        """Have the energy register show this now, and count on from there: a reset, or another meter."""
        self.shifted_wh = register_wh - self.energy_wh(at_s)

    def weld(self, at_s: float, *, on: bool) -> None:
        self.contact.weld(at_s, on=on)

    @property
    def plug(self) -> Plug:
        if self.charger is None and self._strange is None:
            return Plug.EMPTY
        return Plug.PLUGGED if self._course is NOTHING else Plug.CHARGING

    def power_w(self, at_s: float) -> float:
        """Return the true power."""
        return self._course.power_w(at_s - self._from_s)

    def energy_wh(self, at_s: float) -> float:
        """Return the energy counted so far: the integral of the true power."""
        return self.counted_wh + self._course.energy_wh(at_s - self._from_s) - self._course.energy_wh(self._counted_s)

    def register_wh(self, at_s: float) -> float:
        """Return what the energy register shows."""
        return self.energy_wh(at_s) + self.shifted_wh

    def metered_current_a(self, at_s: float) -> float:
        """Return what the metering chip says; exactly 0 without a load."""
        seen_s = self._see(at_s)
        if not self._held_w:
            return 0.0
        amps = self._held_w / (NOMINAL_V * self._held_factor)
        return max(0.0, amps + (NOISE_SHARE * amps + NOISE_A) * noise(self.seed, seen_s))

    def metered_power_w(self, at_s: float) -> float:
        seen_s = self._see(at_s)
        return self._held_w * (1.0 + NOISE_SHARE * noise(self.seed ^ 0xA5A5, seen_s))

    def metered_voltage_v(self, at_s: float) -> float:
        return voltage_v(self.seed, self._seen_s(at_s)) if self.supplied else 0.0

    def temperature_c(self, at_s: float) -> float:
        """Return the socket's temperature, which follows the load within minutes."""
        self._warm(at_s)
        own_c = self._warm_c if self.heated_to_c is None else self.heated_to_c
        return own_c + 0.05 * noise(self.seed ^ 0x3C3C, at_s)

    @property
    def _factor(self) -> float:
        if self._strange is not None or self.charger is None:
            return FAULT_POWER_FACTOR
        return self.charger.power_factor

    def _seen_s(self, at_s: float) -> float:
        return at_s - at_s % self.refresh_s if self.refresh_s > 0 else at_s

    def _see(self, at_s: float) -> float:
        """Look through the metering chip: at now, or at its last renewal, which nothing has changed since."""
        seen_s = self._seen_s(at_s)
        if seen_s > self._held_s:
            self._held_s = seen_s
            self._held_w = self._course.power_w(max(0.0, seen_s - self._from_s))
            self._held_factor = self._factor
        return self._held_s

    def _warm(self, at_s: float) -> None:
        amps = self._course.power_w(at_s - self._from_s) / (NOMINAL_V * self._factor)
        goal_c = ambient_c(at_s) + SOCKET_K_PER_A2 * amps * amps
        if self._warm_s < 0:
            self._warm_c = ambient_c(at_s)
        else:
            self._warm_c = goal_c + (self._warm_c - goal_c) * exp((self._warm_s - at_s) / SOCKET_TAU_S)
        self._warm_s = at_s

    def _before(self, at_s: float) -> None:
        """Bring every account up to a moment in which the circuit changes."""
        self._see(at_s)
        self._warm(at_s)
        into_s = at_s - self._from_s
        self.counted_wh += self._course.energy_wh(into_s) - self._course.energy_wh(self._counted_s)
        self._counted_s = into_s
        if self._charging_from_s >= 0:
            self.charged_s += at_s - self._charging_from_s
            self._charging_from_s = at_s

    def _after(self, at_s: float, *, inrush: bool = True) -> None:
        """Draw what the circuit, as it is now, lets through."""
        live = self.contact.closed and self.supplied
        self._charging_from_s = -1.0
        if live and self._strange is not None:
            self._course, self._from_s = self._strange, self._strange_from_s
        elif live and self.charger is not None:
            self._course, self._from_s = self.charger.course_from(self.charged_s, inrush=inrush), at_s
            self._charging_from_s = at_s
        else:
            self._course, self._from_s = NOTHING, at_s
        self._counted_s = at_s - self._from_s
        if self.refresh_s <= 0:
            self._held_s = -inf

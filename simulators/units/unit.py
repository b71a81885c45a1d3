"""What every simulated device offers to its line, and what can be done to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.device import Point
    from simulators.units.registers import Registers

FIRMWARE = 1.07
FIRMWARE_POINT = "firmware"

PER_BASE = {"mA": 1000.0, "kA": 0.001, "mV": 1000.0, "kV": 0.001, "kW": 0.001, "kVA": 0.001, "kvar": 0.001}
PER_BASE |= {"kg": 0.001, "kWh": 0.001, "ms": 1000.0, "min": 1 / 60.0, "h": 1 / 3600.0}
"""How many of a unit make one of its base unit (A, V, W, VA, var, Wh, s, g)."""


class What(StrEnum):
    """Things that happen to a device or to one of its outlets."""

    OVERLOAD = "overload"
    WELDED = "welded"
    FROZEN = "frozen"
    LOCAL_START = "local-start"
    LOCAL_STOP = "local-stop"
    PLUG_IN = "plug-in"
    PLUG_OUT = "plug-out"
    SMOKE = "smoke"
    DOOR = "door"
    RESIDUAL = "residual"
    VOLTAGE = "voltage"
    TEMPERATURE = "temperature"
    REGISTER = "register"
    WILD = "wild"
    CARD = "card"
    SETTLED_AGAIN = "settled-again"
    GIVES_UP = "gives-up"
    REBOOT = "reboot"
    FORCED = "forced"
    SHUT = "shut"
    JAMMED = "jammed"
    HAND = "hand"
    LEANING = "leaning"
    LEVEL = "level"
    COMPRESSOR = "compressor"
    DEFROST = "defrost"
    LOAD = "load"
    DRIFT = "drift"
    VIBRATION = "vibration"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One of these things. `value` is in A, V, °C, Wh, g, a share or a number; None ends it.

    `seconds`: how long it takes.
    """

    what: What
    outlet: int | None = None
    value: float | None = None
    seconds: float = 0.0


class Thing(Protocol):
    """One device of a site. Moments never go back."""

    def settle(self, at_s: float, /) -> None:
        """Let happen what was due until `at_s`."""

    def prepare(self, happening: Happening) -> Callable[[float], None]:
        """Return what makes it happen. Raises `SimulatorError` for what this device cannot do."""

    def state(self, at_s: float, /) -> list[dict[str, Any]]:
        """Return each outlet's true state as JSON values."""


class Unit(Thing, Protocol):
    """One device on a Modbus line."""

    @property
    def registers(self) -> Registers: ...

    def hear(self, at_s: float, /) -> None:
        """Take notice of a valid request."""


def in_unit_of(point: Point, source: Callable[[float], float]) -> Callable[[float], float]:
    """Return a source of base units in the unit of a point."""
    factor = PER_BASE.get(point.unit)
    return source if factor is None else lambda at_s: source(at_s) * factor


def constant(value: float) -> Callable[[float], float]:
    return lambda _at_s: value

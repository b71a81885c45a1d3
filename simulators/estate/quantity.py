"""Numbers with units as people write them: 12A, 200ms, 45mA. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.errors import SimulatorError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER = re.compile(r"^([+-]?[0-9]+(?:\.[0-9]+)?)\s*(.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What a value must be. `units` are those that may be written, each as so many of the base unit."""

    what: str
    units: Mapping[str, float]
    limits: tuple[float, float]
    example: str
    whole: bool = False

    def read(self, name: str, text: str) -> float:
        """Return a written value in base units. Raises `SimulatorError` that shows how it is written."""
        found = _NUMBER.match(text.strip())
        if found is None or found[2] not in self.units or (self.whole and "." in found[1]):
            raise SimulatorError(f"{name} needs {self.what} such as {self.example}, not {text!r}")
        value = float(found[1]) * self.units[found[2]]
        if not self.limits[0] <= value <= self.limits[1]:
            low, high = self.limits
            most = f"{high:g} {self.base}".rstrip()
            raise SimulatorError(f"{name}={text}: {self.what} from {low:g} to {most} is possible")
        return value

    @property
    def base(self) -> str:
        """The unit that counts as one."""
        return next(unit for unit, factor in self.units.items() if factor == 1)


CURRENT = Quantity(what="a current", units={"A": 1, "mA": 0.001}, limits=(0, 600), example="12A")
LEAKAGE = Quantity(what="a current", units={"A": 1, "mA": 0.001}, limits=(0, 1), example="45mA")
VOLTAGE = Quantity(what="a voltage", units={"V": 1}, limits=(0, 600), example="280V")
POWER = Quantity(what="a power", units={"W": 1, "kW": 1000}, limits=(0, 6000), example="180W")
ENERGY = Quantity(what="an energy", units={"Wh": 1, "kWh": 1000}, limits=(0, 5e9), example="500kWh")
TEMPERATURE = Quantity(what="a temperature", units={"C": 1, "°C": 1}, limits=(-40, 150), example="95C")
TIME = Quantity(what="a time", units={"s": 1, "ms": 0.001, "min": 60}, limits=(0, 86_400), example="3s")
REPLY_TIME = Quantity(what="a time", units={"s": 1, "ms": 0.001}, limits=(0, 60), example="40ms")
COUNT = Quantity(what="a whole number", units={"": 1}, limits=(1, 256), example="3", whole=True)
CODE = Quantity(what="an exception code", units={"": 1}, limits=(1, 255), example="4", whole=True)
WEIGHT = Quantity(what="a weight", units={"g": 1, "kg": 1000}, limits=(-150_000, 150_000), example="2.5kg")
SHARE = Quantity(what="a share", units={"%": 0.01, "": 1}, limits=(0, 1), example="85%")
PIECES = Quantity(what="a number of pieces", units={"": 1}, limits=(0, 20), example="2", whole=True)
PEOPLE = Quantity(what="a number of people", units={"": 1}, limits=(1, 5), example="2", whole=True)
CARD = Quantity(what="a card's number", units={"": 1}, limits=(1, 2**32 - 1), example="2056062429", whole=True)
TIMES = Quantity(what="a whole number", units={"": 1}, limits=(1, 1_000_000), example="5", whole=True)

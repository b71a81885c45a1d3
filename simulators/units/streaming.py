"""Devices of a site that talk by themselves: weighing terminals and level sensors, with their physics behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.errors import SimulatorError
from simulators.physics.chance import noise, seed_of
from simulators.units import weighing
from simulators.units.unit import Happening, What
from simulators.vendor.streams import TextTerminal, ToledoIndicator, Ultrasonic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.site import Device
    from simulators.physics.load_cell import Scale
    from simulators.vendor.said import Said

NOISE_MM = 2.0
NEAREST_MM, FARTHEST_MM = 30, 4500
STANDS_MM = 900.0
"""What a level sensor sees that hangs in no bin."""


class TerminalUnit:
    """A terminal with a scale: Toledo continuous output, or lines of text."""

    def __init__(self, device: Device, scale: Scale) -> None:
        self._device, self._scale = device, scale
        capacity_g = int(scale.capacity_g)
        self._terminal: ToledoIndicator | TextTerminal = (
            ToledoIndicator(capacity_g=capacity_g)
            if device.model.driver == "toledo"
            else TextTerminal(capacity_g=capacity_g)
        )

    def settle(self, _at_s: float) -> None:
        return None

    def state(self, at_s: float) -> list[dict[str, Any]]:
        return weighing.state(self._scale, at_s)

    def prepare(self, happening: Happening) -> Callable[[float], None]:
        return weighing.prepare(self._scale, happening, self._device.name)

    def answer(self, frame: bytes, at_s: float) -> Sequence[Said]:
        self._look(at_s)
        return self._terminal.hear(frame) if isinstance(self._terminal, ToledoIndicator) else ()

    def speak(self, at_s: float) -> bytes:
        self._look(at_s)
        return self._terminal.frame()

    def _look(self, at_s: float) -> None:
        self._terminal.load_g = round(self._scale.gross_g(at_s))
        self._terminal.moving = self._scale.is_moving(at_s)


class LevelUnit:
    """An ultrasonic sensor; `sees` returns the distance to the surface, None where nobody knows it."""

    def __init__(self, device: Device, *, seed: int, sees: Callable[[], float | None]) -> None:
        self._device, self._sees = device, sees
        self._seed = seed_of(seed, device.name)
        self._sensor = Ultrasonic()
        self._held_mm: int | None = None

    def settle(self, _at_s: float) -> None:
        return None

    def state(self, at_s: float) -> list[dict[str, Any]]:
        return [{"distance_mm": self._distance_mm(at_s)}]

    def prepare(self, happening: Happening) -> Callable[[float], None]:
        if happening.what not in (What.FROZEN, What.CLEAR):
            raise SimulatorError(f"{happening.what} does not happen to {self._device.name}")
        on = happening.what is What.FROZEN and happening.value is not None

        def act(at_s: float) -> None:
            self._held_mm = None
            self._held_mm = self._distance_mm(at_s) if on else None

        return act

    def answer(self, _frame: bytes, _at_s: float) -> Sequence[Said]:
        return ()

    def speak(self, at_s: float) -> bytes:
        self._sensor.distance_mm = self._distance_mm(at_s)
        return self._sensor.frame()

    def _distance_mm(self, at_s: float) -> int:
        if self._held_mm is not None:
            return self._held_mm
        seen_mm = self._sees()
        strayed_mm = (STANDS_MM if seen_mm is None else seen_mm) + NOISE_MM * noise(self._seed, at_s)
        return min(max(round(strayed_mm), NEAREST_MM), FARTHEST_MM)

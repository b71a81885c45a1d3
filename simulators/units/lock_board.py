"""A lock board of a site: its frames in front, a cabinet or a station of bins behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.model.device import Role
from simulators.vendor.lock_boards import Board8A, BoardWkly

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.site import Device
    from simulators.arguments import Arguments
    from simulators.units.room import Room
    from simulators.units.unit import Happening
    from simulators.vendor.said import Said

TURNED = 0x100
"""From this address on a profile reads its doors the other way round (the drivers' register maps)."""


class LockUnit:
    """One board. `tell(name, numbers)` hears of what its room's sensors see, whenever that has changed."""

    def __init__(
        self,
        device: Device,
        room: Room,
        *,
        supply: Callable[[], tuple[bool, float]],
        tell: Callable[[str, tuple[float, ...]], None],
    ) -> None:
        self._device, self.room = device, room
        self._supply, self._tell = supply, tell
        self._told: dict[str, tuple[float, ...]] = {}
        self._numbers = {outlet.number for outlet in device.model.outlets}
        turned = device.model.outlets[0].roles[Role.DOOR].address >= TURNED
        self._board: Board8A | BoardWkly
        if device.model.driver == "wkly":
            self._board = BoardWkly(device.unit, channels=len(self._numbers), turnaround_s=0.0)
            self._swapped = turned
        else:
            self._board = Board8A(device.unit, open_is_11=not turned, turnaround_s=0.0)
            self._swapped = False
        self._say()

    def settle(self, at_s: float) -> None:
        on, since_s = self._supply()
        self.room.doors.settle(at_s)
        self.room.supply(max(since_s, at_s) if on else at_s, on=on)
        self._say()

    def state(self, _at_s: float) -> list[dict[str, Any]]:
        return self.room.state()

    def prepare(self, happening: Happening) -> Callable[[float], None]:
        return self._telling(self.room.prepare(happening, self._device.name))

    def visit(self, arguments: Arguments) -> Callable[[float], None]:
        """Return what lets somebody come."""
        return self._telling(self.room.visit(arguments))

    def answer(self, frame: bytes, at_s: float) -> Sequence[Said]:
        doors = self.room.doors
        standing_open = doors.open_doors
        self._board.open_doors = self._numbers - standing_open if self._swapped else set(standing_open)
        self._board.jammed = set(doors.jammed)
        said = self._board.hear(frame)
        for number in self._board.told:
            if number in self._numbers:
                doors.unlock(number, at_s)
        self._board.told.clear()
        return said

    def speak(self, _at_s: float) -> bytes:
        """Tell of a door that has moved, where the board does such a thing."""
        moved = self.room.doors.moved
        if not moved or not isinstance(self._board, BoardWkly):
            moved.clear()
            return b""
        number = moved.popleft()
        standing_open = self.room.doors.open_doors
        self._board.open_doors = self._numbers - standing_open if self._swapped else set(standing_open)
        return self._board.push(number)

    def _telling(self, act: Callable[[float], None]) -> Callable[[float], None]:
        def acts(at_s: float) -> None:
            act(at_s)
            self._say()

        return acts

    def _say(self) -> None:
        for name, numbers in self.room.shown():
            if self._told.get(name) != numbers:
                self._told[name] = tuple(numbers)
                self._tell(name, tuple(numbers))

"""What stands behind a lock board: the contract between its unit and a cabinet or a station of bins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Iterator

    from simulators.arguments import Arguments
    from simulators.units.unit import Happening


class Doors(Protocol):
    """The doors of a cabinet or a station. `moved`: those that moved since somebody looked, oldest first."""

    moved: deque[int]

    @property
    def open_doors(self) -> set[int]: ...

    @property
    def jammed(self) -> set[int]: ...

    def settle(self, at_s: float, /) -> None: ...

    def unlock(self, number: int, at_s: float, /) -> None: ...


class Room(Protocol):
    """A cabinet or a station with everything that belongs to it."""

    @property
    def doors(self) -> Doors: ...

    def supply(self, at_s: float, /, *, on: bool) -> None:
        """Let its supply come or go."""

    def shown(self) -> Iterator[tuple[str, tuple[float, ...]]]:
        """Return what its scales, level sensors and thermometers see, by their names."""

    def visit(self, arguments: Arguments, /) -> Callable[[float], None]:
        """Return what lets somebody come. Raises `SimulatorError`."""

    def prepare(self, happening: Happening, name: str, /) -> Callable[[float], None]:
        """Return what makes it happen. Raises `SimulatorError` for what cannot."""

    def state(self) -> list[dict[str, Any]]:
        """Return the true state of each door as JSON values."""

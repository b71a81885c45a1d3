"""What slaves are made of: the contract between a line and the values behind it.

A line asks a `World` for registers at a moment, or hands it the frames of another protocol; it knows nothing of piles.
`simulators.bank` is the plain one.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.wiring import Table
    from simulators.arguments import Arguments
    from simulators.vendor.said import Said


class ExceptionCode(IntEnum):
    """A slave's "no" (Modbus Application Protocol V1.1b3, 7)."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_ADDRESS = 2
    ILLEGAL_VALUE = 3
    DEVICE_FAILURE = 4
    ACKNOWLEDGE = 5
    DEVICE_BUSY = 6


Action = Callable[[float], object]
"""What a checked command does at its moment (seconds of CLOCK_MONOTONIC); returns what is sent back as JSON."""


class World(Protocol):
    """The values of all slaves of a line. Times are seconds of CLOCK_MONOTONIC and never go back for one unit."""

    def read(self, unit: int, table: Table, address: int, count: int, at_s: float) -> list[int] | ExceptionCode:
        """Return the registers (0..65535) or bits (0, 1) as they are at `at_s`."""

    def write(self, unit: int, table: Table, address: int, values: Sequence[int], at_s: float) -> ExceptionCode | None:
        """Take values from the master at `at_s`; None means done."""

    def hear(self, unit: int, frame: bytes, at_s: float, /) -> Sequence[Said]:
        """Return what a unit of another protocol than Modbus says to a frame that is for it, and how much later."""

    def speak(self, unit: int, at_s: float, /) -> bytes:
        """Return the frame that a unit sends by itself, empty when it has nothing to say."""

    def greet(self, unit: int, at_s: float, /) -> bytes:
        """Return what a unit says first on a connection that it has just made to its host."""

    def idle(self, at_s: float, /) -> None:
        """Take notice that time has passed without a request: called about once a second then."""

    def prepare(self, command: str, arguments: Arguments) -> Action | None:
        """Check a control command and return what it does; None when the command is not this world's.

        Raises `SimulatorError` for arguments that make no sense, before anything has changed.
        """

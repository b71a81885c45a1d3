"""Numbers that the lines of an estate share: which contactor is closed, and what flows through each pile.

Lines are processes. One writes a number, others read it, each number in one aligned piece of eight bytes, so none is
ever seen half written. Numbers that belong together have a count before them, odd while they are being written.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import TYPE_CHECKING

from simulators.errors import SimulatorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.physics.meter import Load

SIZE = 8
MOST_LOOKS = 20
ALWAYS_S = 1e-6
"""Stands for "since ever": 0 has no sign."""


class Board:
    """A row of numbers, in a file that processes share or (without a path) for one alone."""

    def __init__(self, count: int, path: str = "") -> None:
        self._memory = _shared(Path(path), count * SIZE) if path else bytearray(max(count, 1) * SIZE)
        self._numbers = memoryview(self._memory).cast("d")

    def switch(self, slot: int, *, closed: bool, since_s: float) -> None:
        """Say that a contactor is, or will be, closed or open from a moment on."""
        since_s = max(since_s, ALWAYS_S)
        self._numbers[slot] = since_s if closed else -since_s

    def switched(self, slot: int) -> tuple[bool, float]:
        """Return whether a contactor is closed, and since when; closed where nobody has said anything."""
        signed_s = self._numbers[slot]
        return signed_s >= 0, abs(signed_s)

    def publish(self, slot: int, load: Load) -> None:
        """Say what flows through a pile, in three numbers from `slot` on."""
        for offset, number in enumerate(load):
            self._numbers[slot + offset] = number

    def keep(self, slot: int, numbers: Sequence[float]) -> None:
        """Write numbers that belong together, into `slot` and those behind it."""
        count = self._numbers[slot]
        self._numbers[slot] = count + 1
        for offset, number in enumerate(numbers, 1):
            self._numbers[slot + offset] = number
        self._numbers[slot] = count + 2

    def kept(self, slot: int, size: int) -> tuple[float, ...] | None:
        """Return numbers that belong together; None where nobody has written them, or somebody is at it."""
        for _ in range(MOST_LOOKS):
            count = self._numbers[slot]
            numbers = tuple(self._numbers[slot + 1 : slot + 1 + size])
            if count and count % 2 == 0 and self._numbers[slot] == count:
                return numbers
        return None

    def published(self, slot: int) -> tuple[float, float, float]:
        return self._numbers[slot], self._numbers[slot + 1], self._numbers[slot + 2]


def _shared(path: Path, size: int) -> mmap.mmap:
    try:
        with path.open("a+b") as file:
            file.truncate(max(size, SIZE))
            return mmap.mmap(file.fileno(), max(size, SIZE))
    except OSError as error:
        raise SimulatorError(f"cannot share {path}: {error}") from error

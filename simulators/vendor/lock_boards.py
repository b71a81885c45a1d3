"""Lock boards of two families with doors that spring open: strangers to the drivers' codecs."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulators.vendor.said import Said

LOCKS_8A = 24
OPENING_TELLS_AFTER_S = 1.0
SHORTEST_WKLY = 8


@dataclass(slots=True)
class Board8A:
    """A board of the 0x8A family. `open_doors` are those that stand open, by number; a jammed lock stays shut.

    `open_is_11`: what its wiring makes of an open door. `told` are the locks that were told to open, oldest first.
    """

    address: int
    open_is_11: bool = True
    open_doors: set[int] = field(default_factory=set)
    jammed: set[int] = field(default_factory=set)
    turnaround_s: float = 0.02
    opening_tells_after_s: float = OPENING_TELLS_AFTER_S
    told: list[int] = field(default_factory=list)

    def hear(self, data: bytes) -> list[Said]:
        """Answer a command of five bytes for this board."""
        if len(data) != 5 or _all_xored(data) or data[1] != self.address:  # noqa: PLR2004 - every command has five
            return []
        match data[0], data[2], data[3]:
            case 0x8A, lock, 0x11 if 1 <= lock <= LOCKS_8A:
                self.told.append(lock)
                if lock not in self.jammed:
                    self.open_doors.add(lock)
                return [Said(self._closed_with(data[:3] + self._state(lock)), self.opening_tells_after_s)]
            case 0x80, 0, 0x33:
                marks = "".join("1" if self._state(lock) == b"\x11" else "0" for lock in range(LOCKS_8A, 0, -1))
                states = int(marks, 2).to_bytes(4, "big")
                return [Said(self._closed_with(data[:2] + states + b"\x33"), self.turnaround_s)]
            case 0x80, lock, 0x33 if 1 <= lock <= LOCKS_8A:
                return [Said(self._closed_with(data[:3] + self._state(lock)), self.turnaround_s)]
        return []

    def _state(self, lock: int) -> bytes:
        return b"\x11" if (lock in self.open_doors) is self.open_is_11 else b"\x00"

    @staticmethod
    def _closed_with(body: bytes) -> bytes:
        return body + bytes([_all_xored(body)])


@dataclass(slots=True)
class BoardWkly:
    """A board of the WKLY family with `channels` doors; `blind` doors have no contact that works.

    `told` are the locks that were told to open, oldest first.
    """

    number: int
    channels: int = 12
    open_doors: set[int] = field(default_factory=set)
    jammed: set[int] = field(default_factory=set)
    blind: set[int] = field(default_factory=set)
    turnaround_s: float = 0.03
    told: list[int] = field(default_factory=list)

    def hear(self, data: bytes) -> list[Said]:
        """Answer a command for this board."""
        if (
            data[:4] != b"WKLY"
            or len(data) < SHORTEST_WKLY
            or len(data) != data[4]
            or _all_xored(data)
            or data[5] != self.number
        ):
            return []
        command, rest = data[6], list(data[7:-1])
        if command == 0x82 and rest:  # noqa: PLR2004 - open one
            channel = rest[0]
            if not 1 <= channel <= self.channels or channel in self.jammed:
                return self._say(command, [0xFF])
            self.told.append(channel)
            self.open_doors.add(channel)
            return self._say(command, [0, channel, self._state(channel)])
        if command == 0x84:  # noqa: PLR2004 - state of all
            return self._say(command, [0, self.channels, *(self._state(n + 1) for n in range(self.channels))])
        return []

    def push(self, channel: int) -> bytes:
        """Make what the board sends by itself when a door has moved."""
        return self._say(0x85, [channel, self._state(channel)])[0].data

    def _state(self, channel: int) -> int:
        if channel in self.blind:
            return 0xFF
        return 0 if channel in self.open_doors else 1

    def _say(self, command: int, data: list[int]) -> list[Said]:
        body = b"WKLY" + bytes([8 + len(data), self.number, command, *data])
        return [Said(body + bytes([_all_xored(body)]), self.turnaround_s)]


def _all_xored(data: bytes) -> int:
    total = 0
    for byte in data:
        total ^= byte
    return total

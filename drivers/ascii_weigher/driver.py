"""Weighing terminals that send lines of text by themselves, as `ST,GS,+  1.250kg`.

Register map; a read listens for the next line, nothing is sent for it:

    table  address  meaning
    input  0        weight, s32, whole grams (kg, g, t and lb are converted)
    input  2        bit 0: stable; bit 1: the weight is net

An overload, or a line without a number in a known unit, counts as refused, with the codes below. Counts and tare lines
are passed over. These lines have no checksum: a damaged digit can look like another digit, so nothing may be decided
by one line alone. Nothing can be written. A line has one terminal, and its unit is 1.

Source: the A&D form as ten published programs read it; there is no standard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.ascii_weigher import frames
from gateway.sdk import Block, DriverError, FrameWindow, Noise, Refusal, Reply, Request, Table, Write

if TYPE_CHECKING:
    from gateway.sdk import Received, Report, Skipped

UNIT = 1
OVERLOAD, NO_WEIGHT = 1, 2

_WORDS = 3
_LARGEST_G = 2**31 - 1
_FIRST_LETTERS = (b"S", b"U", b"O")


class AsciiWeigher:
    """A line with one terminal. Implements `gateway.sdk.Driver`."""

    cuts_blocks = False

    def __init__(self) -> None:
        self._window = FrameWindow(_Framing())

    def read(self, unit: int, block: Block) -> Request:
        if unit != UNIT:
            raise DriverError(f"unit {unit}: a terminal has no address, its unit is {UNIT}")
        if block.table is not Table.INPUT or not 0 <= block.address < block.end <= _WORDS:
            raise DriverError(f"a terminal has the input registers 0..{_WORDS - 1}, not {block}")
        return Request(
            unit=unit,
            frame=b"",
            reply_bytes=frames.LONGEST_BYTES,
            is_write=False,
            payload_bytes=block.payload_bytes,
            asks=block,
        )

    def write(self, unit: int, write: Write) -> Request:
        raise DriverError(f"a terminal that sends lines takes no writes ({write.table} {write.address}, unit {unit})")

    def open(self, request: Request) -> None:
        self._window.open(request)

    def receive(self, data: bytes) -> tuple[Received, ...]:
        return self._window.receive(data)

    def close(self) -> tuple[Skipped | Report, ...]:
        return self._window.close()


class _Framing:
    """Implements `gateway.sdk.Framing`."""

    def heads(self, request: Request) -> tuple[bytes, ...]:
        del request
        return _FIRST_LETTERS

    def measure(self, kept: bytearray, at: int) -> int:
        return frames.measure(kept, at)

    def is_intact(self, frame: bytes) -> bool:
        """There is nothing to check it by beyond its form."""
        del frame
        return True

    def answer(self, frame: bytes, request: Request) -> Reply | Refusal | None:
        line, block = frames.line(frame), request.asks
        if line is None or not isinstance(block, Block):
            return None
        if line.is_overload:
            return Refusal(OVERLOAD, frame)
        if line.grams is None or abs(line.grams) > _LARGEST_G:
            return Refusal(NO_WEIGHT, frame)
        words = line.grams.to_bytes(4, "big", signed=True) + bytes((0, line.is_stable | line.is_net << 1))
        return Reply(words[2 * block.address : 2 * block.end], frame)

    def judge(self, frame: bytes, request: Request) -> Noise:
        """FOREIGN for lines about something else; a weight that nobody listened for is late: the next one will do."""
        del request
        return Noise.FOREIGN if frames.line(frame) is None else Noise.LATE

"""A02YYUW ultrasonic distance sensor, which sends what it measures by itself.

Register map; a read listens for the next frame, nothing is sent for it:

    table  address  meaning
    input  0        distance to the surface, u16, mm (30..4500)

The error codes FFFE and FFFD of newer models count as refused with 0xFE and 0xFD. A sum of 8 bits over two bytes is a
weak check: nothing may be decided by one frame alone. Nothing can be written. A line has one sensor, its unit is 1.

Source: wiki.dfrobot.com, SEN0311 and SEN0754.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.a02yyuw import frames
from gateway.sdk import Block, DriverError, FrameWindow, Noise, Refusal, Reply, Request, Table, Write

if TYPE_CHECKING:
    from gateway.sdk import Received, Report, Skipped

UNIT = 1
DISTANCE = Block(Table.INPUT, 0, 1)


class A02yyuw:
    """A line with one sensor. Implements `gateway.sdk.Driver`."""

    cuts_blocks = False

    def __init__(self) -> None:
        self._window = FrameWindow(_Framing())

    def read(self, unit: int, block: Block) -> Request:
        if unit != UNIT:
            raise DriverError(f"unit {unit}: a sensor has no address, its unit is {UNIT}")
        if block != DISTANCE:
            raise DriverError(f"a sensor has the input register 0, not {block}")
        return Request(
            unit=unit,
            frame=b"",
            reply_bytes=frames.FRAME_BYTES,
            is_write=False,
            payload_bytes=block.payload_bytes,
            asks=block,
        )

    def write(self, unit: int, write: Write) -> Request:
        raise DriverError(f"a distance sensor takes no writes ({write.table} {write.address}, unit {unit})")

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
        return (bytes((frames.START,)),)

    def measure(self, kept: bytearray, at: int) -> int:
        return frames.measure(kept, at)

    def is_intact(self, frame: bytes) -> bool:
        return frames.is_intact(frame)

    def answer(self, frame: bytes, request: Request) -> Reply | Refusal | None:
        del request
        if frames.distance_mm(frame) in frames.ERRORS:
            return Refusal(frame[2], frame)
        return Reply(frame[1:3], frame)

    def judge(self, frame: bytes, request: Request) -> Noise:
        """Judge a good frame that nobody listened for: the next one will do."""
        del frame, request
        return Noise.LATE

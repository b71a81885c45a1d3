"""DianChuan charging board with 10 outlets on a local UART. It has no address: its unit is 1, a line has one board.

Register map (an address is the board's command, shifted by 8 bits, and a place in its data):

    table    address           meaning
    input    0x2400            total current, 0.1 A
    input    0x2401            temperature in the box, degrees C; 255 without a sensor
    input    0x2402            relays, bit 0 is port 1: 1 is charging
    input    0x2403 + port-1   power, 0.1 W
    input    0x240D + port-1   time left, minutes
    input    0x2500            version of the board's program
    input    0x0C00            largest power of one outlet before the board itself cuts it off, W
    input    0x0C01            price of a card's swipe, 0.1 yuan
    input    0x0C02 .. 0x0C04  time or energy for the first, second, third coin (minutes or 0.01 kWh)
    input    0x0C05            refunds to cards; 1: on
    input    0x0C06            stop when full; 1: on
    holding  0x0200 + port-1   write minutes (or 0.01 kWh) above 0: start the port for so long
    holding  0x0B00 + port-1   write 0: stop the port
    holding  0x0800, 5 words   write at once what 0x0C00 to 0x0C04 read
    holding  0x2800, 2 words   write float power (0.1 W, up to 999) and float time (s, 120 to 999)

    holding  0x0500, 0x0D00   the answer to the board's report of that command, under the report's session (`data`)

A start that fails and limits that are not taken count as refused, with the board's own code. What the board tells by
itself is in `reports`. Each request has its own session number, so a late reply is known as late: build one for each
time it is sent.

Source: the published gateway firmware for this board (dianchuan.h, dianchuan.c). A start carries two bytes between port
and amount that this firmware always sends as 0.
"""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING

from drivers.dianchuan import frames
from drivers.dianchuan.reports import report_of
from gateway.sdk import Block, DriverError, FrameWindow, Noise, Refusal, Reply, Request, Table, Write

if TYPE_CHECKING:
    from gateway.sdk import Received, Report, Skipped

UNIT = 1

LAYOUTS = {
    frames.EVERYTHING: (2, 1, 2) + (2,) * (2 * frames.PORTS),
    frames.VERSION: (2,),
    frames.LIMITS: (2, 1, 2, 2, 2, 1, 1),
}
"""What each command for reading brings: the bytes of each of its numbers, which become words."""

STARTED, DONE = 0x01, 0x01
_STARTED_BYTES, _STOPPED_BYTES, _DONE_BYTES = 2, 3, 1
_WORD = 0xFFFF
_LIMIT_WORDS, _FLOAT_WORDS = 5, 2
_REMEMBERED = 1024


class DianChuan:
    """A line with one board. Implements `gateway.sdk.Driver`."""

    cuts_blocks = False

    def __init__(self) -> None:
        self._framing = _Framing()
        self._window = FrameWindow(self._framing, report_of)

    def read(self, unit: int, block: Block) -> Request:
        layout = LAYOUTS.get(block.address >> 8, ())
        if block.table is not Table.INPUT or not 0 < block.count <= len(layout) - (block.address & 0xFF):
            raise DriverError(f"no command of the board brings {block}")
        return self._request(unit, block, block.address >> 8, b"", sum(layout))

    def write(self, unit: int, write: Write) -> Request:
        command = write.address >> 8
        if command in frames.ANSWERED:
            return _answer(unit, write, command)
        return self._request(unit, write, command, _data_of(write), _REPLY_BYTES[command])

    def open(self, request: Request) -> None:
        self._window.open(request)

    def receive(self, data: bytes) -> tuple[Received, ...]:
        return self._window.receive(data)

    def close(self) -> tuple[Skipped | Report, ...]:
        return self._window.close()

    def _request(self, unit: int, asks: Block | Write, command: int, data: bytes, reply_data_bytes: int) -> Request:
        if unit != UNIT:
            raise DriverError(f"unit {unit}: a board has no address, its unit is {UNIT}")
        return Request(
            unit=unit,
            frame=frames.frame(frames.FROM_GATEWAY, command, self._framing.next_session(), data),
            reply_bytes=frames.AROUND_DATA_BYTES + reply_data_bytes,
            is_write=isinstance(asks, Write),
            payload_bytes=asks.payload_bytes if isinstance(asks, Block) else 0,
            asks=asks,
        )


class _Framing:
    """Implements `gateway.sdk.Framing`."""

    def __init__(self) -> None:
        self._issued = 0

    def next_session(self) -> bytes:
        session = self._issued.to_bytes(frames.SESSION_BYTES, "big")
        self._issued += 1
        return session

    def heads(self, request: Request) -> tuple[bytes, ...]:
        asked = request.frame
        data_bytes = request.reply_bytes - frames.AROUND_DATA_BYTES
        return (frames.head(frames.FROM_BOARD, asked[frames.COMMAND_AT], asked[frames.SESSION], data_bytes),)

    def measure(self, kept: bytearray, at: int) -> int:
        return frames.measure(kept, at)

    def is_intact(self, frame: bytes) -> bool:
        return frames.is_intact(frame)

    def answer(self, frame: bytes, request: Request) -> Reply | Refusal | None:
        data, asks = frame[frames.DATA_AT : -1], request.asks
        if isinstance(asks, Block):
            first = asks.address & 0xFF
            return Reply(_words(data, frame[frames.COMMAND_AT])[2 * first : 2 * (first + asks.count)], frame)
        command = frame[frames.COMMAND_AT]
        if command in (frames.START, frames.STOP) and data[0] != request.frame[frames.DATA_AT]:
            return None
        if command == frames.START and data[1] != STARTED:
            return Refusal(data[1], frame)
        if command in (frames.SET_LIMITS, frames.SET_FLOAT) and data[0] != DONE:
            return Refusal(data[0], frame)
        return Reply(b"", frame)

    def judge(self, frame: bytes, request: Request) -> Noise:
        """LATE if its session was issued not long before this one."""
        asked, heard = (int.from_bytes(one[frames.SESSION], "big") for one in (request.frame, frame))
        if asked == heard:
            is_asked = frame[frames.COMMAND_AT : frames.COMMAND_AT + 1] == request.frame[frames.COMMAND_AT :][:1]
            return Noise.LATE if is_asked else Noise.FOREIGN
        return Noise.LATE if 0 < self._issued - heard <= _REMEMBERED else Noise.FOREIGN


_REPLY_BYTES = {
    frames.START: _STARTED_BYTES,
    frames.STOP: _STOPPED_BYTES,
    frames.SET_LIMITS: _DONE_BYTES,
    frames.SET_FLOAT: _DONE_BYTES,
}


def _answer(unit: int, write: Write, command: int) -> Request:
    """Tell the board that its report has arrived; it says nothing to that."""
    if unit != UNIT or write != frames.answer_to(command, write.data) or len(write.data) != frames.SESSION_BYTES:
        raise DriverError(f"no report of the board is answered by {write}")
    frame = frames.frame(frames.FROM_GATEWAY, command, write.data, bytes((frames.RECEIVED,)))
    return Request(unit=unit, frame=frame, reply_bytes=0, is_write=True, asks=write)


def _data_of(write: Write) -> bytes:
    """Return the data of the command for a write. Raises `DriverError` where there is none."""
    command, place, values = write.address >> 8, write.address & 0xFF, write.values
    is_word = write.table is Table.HOLDING and all(0 <= value <= _WORD for value in values)
    is_port = is_word and place < frames.PORTS and len(values) == 1
    if command == frames.START and is_port and values[0] > 0:
        return pack(">BHH", place + 1, 0, values[0])
    if command == frames.STOP and is_port and values[0] == 0:
        return bytes((place + 1,))
    if command == frames.SET_LIMITS and is_word and place == 0 and len(values) == _LIMIT_WORDS and values[1] <= 0xFF:  # noqa: PLR2004 - one byte
        return pack(">HBHHH", *values)
    if command == frames.SET_FLOAT and is_word and place == 0 and len(values) == _FLOAT_WORDS:
        return pack(">HH", *values)
    raise DriverError(f"no command of the board does {write}")


def _words(data: bytes, command: int) -> bytes:
    words, at = b"", 0
    for size in LAYOUTS[command]:
        words += data[at : at + size].rjust(2, b"\x00")
        at += size
    return words

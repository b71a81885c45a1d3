"""Lock boards of the "0x8A" family: up to 24 locks, several boards on one line. The unit is the board, 1..200.

Register map:

    table     address          meaning
    discrete  0x0000 + lock-1  1 where the board says 0x11 for this lock (in its block of states: a set bit)
    discrete  0x0100 + lock-1  the same, turned round: 1 where it says 0x00
    coil      0x0000 + lock-1  write 1: open this lock once

Whether 0x11 is an open or a closed door differs by board and wiring: a profile takes its points from the one range or
from the other. A lock is never closed by command. Any run of locks is read with one question for the whole board.

The board answers an opening after about a second with the state that the door has then; the next reading tells it too,
so the answer counts only as "the board has heard it". Its frame can equal our own: the bus tells them apart by time.

Source: github qiwenming/QwmLockDemo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.lockboard_8a import frames
from gateway.sdk import Block, DriverError, FrameWindow, Noise, Refusal, Reply, Request, Table, Write

if TYPE_CHECKING:
    from gateway.sdk import Received, Report, Skipped

TURNED = 0x0100
"""Where the range of turned bits begins."""


class LockBoard8A:
    """A line of lock boards. Implements `gateway.sdk.Driver`."""

    cuts_blocks = False

    def __init__(self) -> None:
        self._window = FrameWindow(_Framing())

    def read(self, unit: int, block: Block) -> Request:
        _check_board(unit)
        first = block.address % TURNED
        if block.table is not Table.DISCRETE or block.address >= 2 * TURNED or first + block.count > frames.LOCKS:
            raise DriverError(f"no locks belong to {block}")
        return Request(
            unit=unit,
            frame=frames.sealed(bytes((frames.STATE, unit, frames.EVERY_LOCK, frames.ASK_STATE))),
            reply_bytes=frames.STATES_BYTES,
            is_write=False,
            payload_bytes=block.payload_bytes,
            asks=block,
        )

    def write(self, unit: int, write: Write) -> Request:
        _check_board(unit)
        if write.table is not Table.COIL or not 0 <= write.address < frames.LOCKS or write.values != (1,):
            raise DriverError(f"a lock is opened by writing 1 to its coil 0..{frames.LOCKS - 1}, not by {write}")
        return Request(
            unit=unit,
            frame=frames.sealed(bytes((frames.OPEN, unit, write.address + 1, frames.DO_OPEN))),
            reply_bytes=frames.OPENED_BYTES,
            is_write=True,
            asks=write,
        )

    def open(self, request: Request) -> None:
        self._window.open(request)

    def receive(self, data: bytes) -> tuple[Received, ...]:
        return self._window.receive(data)

    def close(self) -> tuple[Skipped | Report, ...]:
        return self._window.close()


class _Framing:
    """Implements `gateway.sdk.Framing`."""

    def heads(self, request: Request) -> tuple[bytes, ...]:
        return (request.frame[: 3 if request.is_write else 2],)

    def measure(self, kept: bytearray, at: int) -> int:
        return frames.measure(kept, at)

    def is_intact(self, frame: bytes) -> bool:
        return frames.is_intact(frame)

    def answer(self, frame: bytes, request: Request) -> Reply | Refusal | None:
        block = request.asks
        if not isinstance(block, Block):
            return Reply(b"", frame)
        says_11 = int.from_bytes(frame[2:6], "big")
        bits = ~says_11 if block.address >= TURNED else says_11
        asked = bits >> block.address % TURNED & (1 << block.count) - 1
        return Reply(asked.to_bytes(block.payload_bytes, "little"), frame)

    def judge(self, frame: bytes, request: Request) -> Noise:
        """LATE if the asked board says it; an opening's answer heard after its window too."""
        return Noise.LATE if frame[1] == request.unit else Noise.FOREIGN


def _check_board(unit: int) -> None:
    if unit not in frames.BOARDS:
        raise DriverError(f"board {unit} is outside {frames.BOARDS[0]}..{frames.BOARDS[-1]}")

"""Lock boards of the "WKLY" family: up to 32 doors, several boards on one line. The unit is the board, 0..255.

Register map:

    table     address             meaning
    discrete  0x0000 + channel-1  0 where the board says that this door is closed; 1 where it is open, or not known
    discrete  0x0100 + channel-1  the same, turned round: 1 where the board says closed
    coil      0x0000 + channel-1  write 1: open this lock once

Which of the two ranges is the door's, a profile says: a contact can be wired the other way round. A lock is never
closed by command. Any run of channels is read with one question for the whole board. What a board pushes when a door
moves (command 0x85: channel and state) is the report `door-moved`; nothing says that it wants an answer.

Source: the demo program xyz.junerver.android.lockdemo (LockCtlBoardUtil, LockCtlBoardResponseModels).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.wkly import frames
from gateway.sdk import Block, DriverError, FrameWindow, Noise, Refusal, Reply, Report, Request, Table, Write

if TYPE_CHECKING:
    from gateway.sdk import Received, Skipped

TURNED = 0x0100
"""Where the range of turned bits begins."""

_HIGHEST_BOARD = 255
_OPENED_DATA_BYTES = 3
_MOVED_DATA_BYTES = 2
_STATES = {0x00: "open", frames.DOOR_CLOSED: "closed", 0xFF: "unknown"}
_BOARD_AT, _COMMAND_AT, _DATA_AT = 5, 6, 7


class Wkly:
    """A line of lock boards. Implements `gateway.sdk.Driver`."""

    cuts_blocks = False

    def __init__(self) -> None:
        self._window = FrameWindow(_Framing(), _report_of)

    def read(self, unit: int, block: Block) -> Request:
        _check_board(unit)
        first = block.address % TURNED
        if block.table is not Table.DISCRETE or block.address >= 2 * TURNED or first + block.count > frames.CHANNELS:
            raise DriverError(f"no doors belong to {block}")
        return Request(
            unit=unit,
            frame=frames.frame(unit, frames.STATE_OF_ALL, b""),
            reply_bytes=frames.AROUND_DATA_BYTES + 2 + frames.CHANNELS,
            is_write=False,
            payload_bytes=block.payload_bytes,
            asks=block,
        )

    def write(self, unit: int, write: Write) -> Request:
        _check_board(unit)
        if write.table is not Table.COIL or not 0 <= write.address < frames.CHANNELS or write.values != (1,):
            raise DriverError(f"a lock is opened by writing 1 to its coil 0..{frames.CHANNELS - 1}, not by {write}")
        return Request(
            unit=unit,
            frame=frames.frame(unit, frames.OPEN_ONE, bytes((write.address + 1,))),
            reply_bytes=frames.AROUND_DATA_BYTES + _OPENED_DATA_BYTES,
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
        return (frames.LETTERS,) if request.frame else ()

    def measure(self, kept: bytearray, at: int) -> int:
        return frames.measure(kept, at)

    def is_intact(self, frame: bytes) -> bool:
        return frames.is_intact(frame)

    def answer(self, frame: bytes, request: Request) -> Reply | Refusal | None:
        asked, data = request.frame, frame[_DATA_AT:-1]
        if frame[_BOARD_AT : _COMMAND_AT + 1] != asked[_BOARD_AT : _COMMAND_AT + 1] or not data:
            return None
        if data[0] == frames.FAILED:
            return Refusal(frames.FAILED, frame)
        if data[0] != frames.GOOD:
            return None
        if isinstance(request.asks, Block):
            return _states(frame, request.asks)
        is_opened = len(data) == _OPENED_DATA_BYTES and data[1] == asked[_DATA_AT]
        return Reply(b"", frame) if is_opened else None

    def judge(self, frame: bytes, request: Request) -> Noise:
        """Our own request heard back is no frame of a board's."""
        if frame == request.frame:
            return Noise.GARBAGE
        return Noise.LATE if frame[_BOARD_AT] == request.unit else Noise.FOREIGN


def _states(frame: bytes, block: Block) -> Reply | Refusal | None:
    """Return the asked doors; a board with fewer than that refuses.

    Two pieces of frames can have the right exclusive or together: what is no state of a door gives that away.
    """
    first, told = block.address % TURNED, frame[frames.STATES_AT : -1]
    states = told[first : first + block.count]
    if len(frame) <= frames.STATES_AT or not frames.DOOR_STATES.issuperset(told):
        return None
    if len(states) < block.count:
        return Refusal(frames.FAILED, frame)
    is_turned = block.address >= TURNED
    bits = sum(((state == frames.DOOR_CLOSED) is is_turned) << place for place, state in enumerate(states))
    return Reply(bits.to_bytes(block.payload_bytes, "little"), frame)


def _report_of(frame: bytes) -> Report | None:
    """Return what a board pushes when a door has moved; None if an intact frame is something else."""
    data = frame[_DATA_AT:-1]
    is_moved = frame[_COMMAND_AT] == frames.STATE_CHANGED and len(data) == _MOVED_DATA_BYTES
    if not is_moved or not 0 < data[0] <= frames.CHANNELS or data[1] not in frames.DOOR_STATES:
        return None
    values = {"state": _STATES[data[1]]}
    return Report(unit=frame[_BOARD_AT], name="door-moved", frame=frame, payload=data, values=values, outlet=data[0])


def _check_board(unit: int) -> None:
    if not 0 <= unit <= _HIGHEST_BOARD:
        raise DriverError(f"board {unit} is outside 0..{_HIGHEST_BOARD}")

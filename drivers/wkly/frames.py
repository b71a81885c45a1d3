"""Frames of the "WKLY" lock boards: four letters, total length, board, command, data, exclusive or of all before.

Source: the demo program xyz.junerver.android.lockdemo (LockCtlBoardUtil); 9600 8N1.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

LETTERS = b"WKLY"
OPEN_ONE, STATE_OF_ALL, STATE_CHANGED = 0x82, 0x84, 0x85
COMMANDS = range(0x80, 0x8A)
GOOD, FAILED = 0x00, 0xFF
DOOR_CLOSED = 0x01
DOOR_STATES = frozenset((0x00, DOOR_CLOSED, 0xFF))
"""Open, closed, not known."""

CHANNELS = 32
AROUND_DATA_BYTES = 8
STATES_AT = 9
"""Where the states begin in the answer about all doors: behind the status and their number."""
_LENGTH_AT, _COMMAND_AT, _COUNT_AT = 4, 6, 8


def frame(board: int, command: int, data: bytes) -> bytes:
    body = LETTERS + bytes((AROUND_DATA_BYTES + len(data), board, command)) + data
    return body + bytes((reduce(xor, body),))


def is_intact(frame: bytes) -> bool:
    return reduce(xor, frame) == 0


def measure(kept: bytearray, at: int) -> int:
    """Length of the frame that begins at `at`, 0 if none can; see `gateway.sdk.Framing`."""
    seen = bytes(kept[at : at + STATES_AT])
    if not LETTERS.startswith(seen[: len(LETTERS)]):
        return 0
    if len(seen) <= _LENGTH_AT:
        return AROUND_DATA_BYTES
    size = seen[_LENGTH_AT]
    if not AROUND_DATA_BYTES <= size <= AROUND_DATA_BYTES + 2 + CHANNELS:
        return 0
    if len(seen) <= _COMMAND_AT:
        return size
    command, count = seen[_COMMAND_AT], seen[_COUNT_AT:]
    is_miscounted = (
        command == STATE_OF_ALL
        and len(count) == 1
        and size > AROUND_DATA_BYTES + 1
        and size != AROUND_DATA_BYTES + 2 + count[0]
    )
    return 0 if command not in COMMANDS or is_miscounted else size

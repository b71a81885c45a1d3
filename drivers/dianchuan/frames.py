"""Frames of the DianChuan charging board: start byte, length, command, 6 bytes of session, data, exclusive or.

The length counts everything behind itself; the exclusive or of everything from the length on is 0. Numbers are
big-endian, ports count from 1. The board copies the session of a request into its reply.

Source: the published gateway firmware for this board (dianchuan.h, dianchuan.c: DianChuan_RxCmd_*); 9600 8N1.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

from gateway.sdk import Table, Write

FROM_GATEWAY, FROM_BOARD = 0xEE, 0x66
START, STOP, SET_LIMITS, LIMITS, EVERYTHING, VERSION, SET_FLOAT = 0x02, 0x0B, 0x08, 0x0C, 0x24, 0x25, 0x28
COIN, COMPLETE, FAULT = 0x03, 0x05, 0x0D
"""What the board sends by itself."""

ANSWERED = frozenset((COMPLETE, FAULT))
"""Which of it wants an answer."""

RECEIVED = 0x01

PORTS = 10
SESSION_BYTES = 6
AROUND_DATA_BYTES = 10
DATA_AT = 9
COMMAND_AT = 2
SESSION = slice(3, DATA_AT)
_LONGEST_BYTES = 66
_SHORTEST_LENGTH = 8


def head(start: int, command: int, session: bytes, data_bytes: int) -> bytes:
    """Return what stands before the data."""
    return bytes((start, _SHORTEST_LENGTH + data_bytes, command)) + session


def frame(start: int, command: int, session: bytes, data: bytes) -> bytes:
    body = head(start, command, session, len(data)) + data
    return body + bytes((reduce(xor, body[1:]),))


def answer_to(command: int, session: bytes) -> Write:
    """Return the write that answers a report of the board."""
    return Write(Table.HOLDING, command << 8, (RECEIVED,), data=session)


def is_intact(frame: bytes) -> bool:
    return reduce(xor, frame[1:]) == 0


def measure(kept: bytearray, at: int) -> int:
    """Length of the board's frame that begins at `at`, 0 if none can; see `gateway.sdk.Framing`."""
    if kept[at] != FROM_BOARD:
        return 0
    if len(kept) - at == 1:
        return AROUND_DATA_BYTES
    length = kept[at + 1]
    return length + 2 if _SHORTEST_LENGTH <= length <= _LONGEST_BYTES - 2 else 0

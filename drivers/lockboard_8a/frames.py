"""Frames of the "0x8A" lock boards: a command, a board, data, and the exclusive or of all bytes before.

Source: github qiwenming/QwmLockDemo, "QWM lock board protocol"; 9600 8N1.
"""

from __future__ import annotations

from functools import reduce
from operator import xor

OPEN, STATE = 0x8A, 0x80
DO_OPEN, ASK_STATE = 0x11, 0x33
EVERY_LOCK = 0x00
SAYS_11, SAYS_00 = 0x11, 0x00

LOCKS = 24
BOARDS = range(1, 0xC8 + 1)
OPENED_BYTES = 5
STATES_BYTES = 8
_ASK_AT = 6


def sealed(body: bytes) -> bytes:
    return body + bytes((reduce(xor, body),))


def is_intact(frame: bytes) -> bool:
    return reduce(xor, frame) == 0


def measure(kept: bytearray, at: int) -> int:
    """Length of the reply that begins at `at`, 0 if none can; see `gateway.sdk.Framing`."""
    seen = bytes(kept[at : at + STATES_BYTES])
    if len(seen) > 1 and seen[1] not in BOARDS:
        return 0
    if seen[0] == OPEN:
        is_lock = len(seen) < 3 or 1 <= seen[2] <= LOCKS  # noqa: PLR2004 - command, board, lock
        return OPENED_BYTES if is_lock and seen[3:4] in (b"", b"\x11", b"\x00") else 0
    if seen[0] == STATE:
        return STATES_BYTES if seen[_ASK_AT : _ASK_AT + 1] in (b"", bytes((ASK_STATE,))) else 0
    return 0

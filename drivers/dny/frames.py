"""DNY frames: three letters, length, physical id, message id, command, data, sum. Little-endian; on RS-485 as on TCP.

The length counts everything behind itself, the sum (16 bits) adds every byte before it. A frame has at most 256 bytes.
The physical id is the number under the device's QR code with its kind in the top byte. A reply copies the message id of
what it answers, and a repetition that of its first sending.

Source: AP3000 device-to-server protocol V8.6 and host-to-server protocol V2.9, clauses 1 and 4.0 (poll); 9600 8N1.
"""

from __future__ import annotations

from typing import NamedTuple

LETTERS = b"DNY"
AROUND_DATA_BYTES = 14
"""Everything but the data."""

LONGEST_BYTES = 256
POLL = 0x00
VIRTUAL_IDS = 50
LARGEST_ID = 0xFFFF_FFFF
MESSAGE_BYTES = 2

LONGEST_DATA = {
    0x01: 98,
    0x02: 40,
    0x03: 45,
    0x04: 32,
    0x05: 15,
    0x06: 55,
    0x20: 16,
    0x21: 29,
    0x22: 4,
    0x41: 17,
    0x42: 8,
    0x43: 45,
    0x44: 26,
    0x81: 4,
    0x82: 48,
    0x84: 34,
    0x85: 16,
    0x8A: 8,
    0x91: 34,
    0x92: 16,
}
"""The most data bytes of what a pile says, and some that firmware may yet add: a damaged length is not waited for."""

_LENGTH = slice(3, 5)
_BEFORE_LENGTH_BYTES = 5
_BEFORE_DATA_BYTES = 12
_SHORTEST_LENGTH = 9
_SUM_BYTES = 2


class Frame(NamedTuple):
    """What a frame says."""

    physical: int
    message: int
    command: int
    data: bytes


def frame(physical: int, message: int, command: int, data: bytes) -> bytes:
    length = _SHORTEST_LENGTH + len(data)
    body = LETTERS + length.to_bytes(2, "little") + physical.to_bytes(4, "little")
    body += message.to_bytes(MESSAGE_BYTES, "little") + bytes((command,)) + data
    return body + _sum(body)


def split(frame: bytes) -> Frame:
    """Return what an intact frame says."""
    return Frame(
        physical=int.from_bytes(frame[5:9], "little"),
        message=int.from_bytes(frame[9:11], "little"),
        command=frame[11],
        data=frame[12:-_SUM_BYTES],
    )


def measure(kept: bytearray, at: int) -> int:
    """Length of the frame that begins at `at`, 0 if none can; see `gateway.sdk.Framing`."""
    seen = bytes(kept[at : at + _BEFORE_DATA_BYTES])
    if not LETTERS.startswith(seen[: len(LETTERS)]):
        return 0
    if len(seen) < _BEFORE_LENGTH_BYTES:
        return AROUND_DATA_BYTES
    size = _BEFORE_LENGTH_BYTES + int.from_bytes(seen[_LENGTH], "little")
    longest = LONGEST_BYTES
    if len(seen) == _BEFORE_DATA_BYTES:
        longest = AROUND_DATA_BYTES + LONGEST_DATA.get(seen[-1], LONGEST_BYTES - AROUND_DATA_BYTES)
    return size if AROUND_DATA_BYTES <= size <= longest else 0


def is_intact(frame: bytes) -> bool:
    return _sum(frame[:-_SUM_BYTES]) == frame[-_SUM_BYTES:]


def _sum(body: bytes) -> bytes:
    return (sum(body) & 0xFFFF).to_bytes(_SUM_BYTES, "little")

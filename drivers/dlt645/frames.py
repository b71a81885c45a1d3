"""DL/T 645-2007 frames: `FE`.. `68` address `68` control length data `CS` `16`. The data travels with 33 hex added.

Source: DL/T 645-2007, clause 5 (frame, addresses low byte first in BCD) and clause 7 (read, error reply).
"""

from __future__ import annotations

from gateway.sdk import DriverError

START, END, WAKE = 0x68, 0x16, 0xFE
READ, ANSWERED, REFUSED = 0x11, 0x91, 0xD1
READ_ADDRESS = 0x13
BIAS = 0x33

WAKE_BYTES = 4
"""Leading `FE` bytes: as many as we send, and at most as many as a meter puts before its reply."""

AROUND_DATA_BYTES = 12
"""Two starts, six address bytes, control, length, checksum, end."""

LARGEST_ADDRESS = 999_999_999_999
_HEAD_BYTES = 10
_MOST_DATA_BYTES = 200


def address_bytes(unit: int) -> bytes:
    """Return a meter's number as its six address bytes. Raises `DriverError` for one that has more than 12 digits."""
    if not 0 < unit <= LARGEST_ADDRESS:
        raise DriverError(f"meter {unit} is outside 1..{LARGEST_ADDRESS}")
    return bytes.fromhex(f"{unit:012d}")[::-1]


def biased(data: bytes) -> bytes:
    return bytes((byte + BIAS) & 0xFF for byte in data)


def plain(data: bytes) -> bytes:
    return bytes((byte - BIAS) & 0xFF for byte in data)


def head(address: bytes, control: int, data_bytes: int) -> bytes:
    """Return what stands before the data."""
    return bytes((START, *address, START, control, data_bytes))


def frame(address: bytes, control: int, data: bytes) -> bytes:
    """Make a frame without its wake-up bytes."""
    body = head(address, control, len(data)) + biased(data)
    return body + bytes((sum(body) & 0xFF, END))


def wake_bytes(frame: bytes) -> int:
    """Return how many wake-up bytes stand before a frame."""
    return len(frame) - len(frame.lstrip(bytes((WAKE,))))


def measure(kept: bytearray, at: int) -> int:
    """Length of the frame that begins at `at`, wake-up bytes included, 0 if none can; see `gateway.sdk.Framing`."""
    wakes = 0
    while wakes < WAKE_BYTES and kept[at + wakes : at + wakes + 1] == b"\xfe":
        wakes += 1
    seen = bytes(kept[at + wakes : at + wakes + _HEAD_BYTES])
    if seen[:1] not in (b"", b"\x68") or seen[7:8] not in (b"", b"\x68"):
        return 0
    if len(seen) < _HEAD_BYTES:
        return wakes + AROUND_DATA_BYTES
    size = seen[9]
    return wakes + AROUND_DATA_BYTES + size if size <= _MOST_DATA_BYTES else 0


def is_intact(frame: bytes) -> bool:
    """Tell whether checksum and end are right."""
    body = frame[wake_bytes(frame) :]
    return body[-1] == END and sum(body[:-2]) & 0xFF == body[-2]

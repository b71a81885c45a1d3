"""How the requests of each protocol are cut out of what a host sends, written anew and never taken from a driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.vendor.pile_dny import is_whole

if TYPE_CHECKING:
    from collections.abc import Callable

CHECK = 1
"""Bytes of the check that ends a frame of most protocols."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """One protocol's requests and replies.

    `head`: the first bytes that a request can have. `size`: how long the request is that begins here, 0 while too
    little is there to tell. `unit`, `function`: whom it is for and what it asks. `resealed`: a reply as another unit
    would give it (or, without addresses, as one to another request). `refused`: an answer that says no, with its code;
    None where the protocol has none.
    """

    head: tuple[bytes, ...]
    size: Callable[[bytes], int]
    is_good: Callable[[bytes], bool]
    unit: Callable[[bytes], int]
    function: Callable[[bytes], int]
    resealed: Callable[[bytes], bytes]
    refused: Callable[[bytes, int], bytes] | None = None

    def skip(self, data: bytes) -> int:
        """Return how many bytes of rubbish stand before anything that could be a request."""
        for at in range(len(data)):
            if any(data[at : at + len(head)] == head[: len(data) - at] for head in self.head):
                return at
        return len(data)


def _xor(data: bytes) -> int:
    total = 0
    for byte in data:
        total ^= byte
    return total


def _with_xor(body: bytes) -> bytes:
    return body + bytes([_xor(body)])


def _alone(_frame: bytes) -> int:
    return 1


# ---------------------------------------------------------------------------- lock boards

LOCK_8A = Framing(
    head=(b"\x8a", b"\x80"),
    size=lambda data: 5 if len(data) >= 5 else 0,  # noqa: PLR2004 - every command has five bytes
    is_good=lambda frame: not _xor(frame),
    unit=lambda frame: frame[1],
    function=lambda frame: frame[0],
    resealed=lambda reply: _with_xor(bytes([reply[0], reply[1] % 200 + 1]) + reply[2:-CHECK]),
)

_WKLY_LENGTH, _WKLY_SHORTEST = 4, 8

WKLY = Framing(
    head=(b"WKLY",),
    size=lambda data: max(data[_WKLY_LENGTH], _WKLY_SHORTEST) if len(data) > _WKLY_LENGTH else 0,
    is_good=lambda frame: not _xor(frame),
    unit=lambda frame: frame[5],
    function=lambda frame: frame[6],
    resealed=lambda reply: _with_xor(reply[:5] + bytes([(reply[5] + 1) % 256]) + reply[6:-CHECK]),
    refused=lambda frame, code: _with_xor(b"WKLY\x09" + frame[5:7] + bytes([code])),
)

# ---------------------------------------------------------------------------- DL/T 645-2007

_WAKE, _START, _END = 0xFE, 0x68, 0x16
_METER_FIXED = 12
_REFUSED, _SHIFT = 0xC0, 0x33


def _start_of_meter_frame(data: bytes) -> int:
    return len(data) - len(data.lstrip(bytes([_WAKE])))


def _meter_size(data: bytes) -> int:
    start = _start_of_meter_frame(data)
    if start < len(data) and data[start] != _START:
        return start + 1
    return start + _METER_FIXED + data[start + 9] if len(data) > start + 9 else 0


def _meter_sealed(body: bytes) -> bytes:
    return body + bytes([sum(body) % 256, _END])


def _meter_is_good(frame: bytes) -> bool:
    body = frame.lstrip(bytes([_WAKE]))
    if len(body) < _METER_FIXED or body[7] != _START:
        return False
    return body == _meter_sealed(body[:-2])


def _meter_unit(frame: bytes) -> int:
    """Read the number; a wildcard is everybody's, and so no number at all."""
    digits = frame.lstrip(bytes([_WAKE]))[1:7][::-1].hex()
    return int(digits) if digits.isdecimal() else 0


def _meter_resealed(reply: bytes) -> bytes:
    start = _start_of_meter_frame(reply)
    body = bytearray(reply[start:-2])
    body[1] = (body[1] & 0xF0) | ((body[1] & 0x0F) + 1) % 10
    return reply[:start] + _meter_sealed(bytes(body))


def _meter_refused(frame: bytes, code: int) -> bytes:
    body = frame.lstrip(bytes([_WAKE]))
    return _meter_sealed(body[:8] + bytes([body[8] | _REFUSED, 1, (code + _SHIFT) % 256]))


DLT645 = Framing(
    head=(b"\xfe", b"\x68"),
    size=_meter_size,
    is_good=_meter_is_good,
    unit=_meter_unit,
    function=lambda frame: frame.lstrip(bytes([_WAKE]))[8],
    resealed=_meter_resealed,
    refused=_meter_refused,
)

# ---------------------------------------------------------------------------- DianChuan

_SESSION = 8
_DIANCHUAN_SHORTEST = 10


def _dianchuan_resealed(reply: bytes) -> bytes:
    body = bytearray(reply[1:-CHECK])
    body[_SESSION - 1] = (body[_SESSION - 1] + 1) % 256
    return reply[:1] + _with_xor(bytes(body))


DIANCHUAN = Framing(
    head=(b"\xee",),
    size=lambda data: max(data[1] + 2, _DIANCHUAN_SHORTEST) if len(data) > 1 else 0,
    is_good=lambda frame: frame[1] == len(frame) - 2 and not _xor(frame[1:]),
    unit=_alone,
    function=lambda frame: frame[2],
    resealed=_dianchuan_resealed,
)

# ---------------------------------------------------------------------------- DNY

_DNY_LETTERS, _DNY_BEFORE, _DNY_SUM = b"DNY", 5, 2
_DNY_SIZES = range(14, 257)
_DNY_ID, _DNY_COMMAND, _DNY_POLL = slice(5, 9), 11, 0


def _dny_size(data: bytes) -> int:
    if len(data) < _DNY_BEFORE:
        return 0
    size = _DNY_BEFORE + int.from_bytes(data[3:_DNY_BEFORE], "little")
    return size if size in _DNY_SIZES else len(_DNY_LETTERS)


def _dny_sealed(body: bytes) -> bytes:
    return body + (sum(body) % 65536).to_bytes(_DNY_SUM, "little")


def _dny_unit(frame: bytes) -> int:
    """Return the physical id; of a poll the virtual one, which no physical id is: those have their kind in front."""
    return frame[12] if frame[_DNY_COMMAND] == _DNY_POLL else int.from_bytes(frame[_DNY_ID], "little")


def _dny_resealed(reply: bytes) -> bytes:
    other = (int.from_bytes(reply[_DNY_ID], "little") + 1) % 2**32
    return _dny_sealed(reply[: _DNY_ID.start] + other.to_bytes(4, "little") + reply[_DNY_ID.stop : -_DNY_SUM])


DNY = Framing(
    head=(_DNY_LETTERS,),
    size=_dny_size,
    is_good=is_whole,
    unit=_dny_unit,
    function=lambda frame: frame[_DNY_COMMAND],
    resealed=_dny_resealed,
)

# ---------------------------------------------------------------------------- what talks by itself

_LINE_END = b"\n"

TOLEDO = Framing(
    head=(b"T", b"Z", b"C", b"P"),
    size=lambda data: data.find(_LINE_END) + 1,
    is_good=lambda frame: frame[1:] == b"\r\n",
    unit=_alone,
    function=lambda frame: frame[0],
    resealed=lambda reply: reply,
)

DEAF = Framing(
    head=(),
    size=len,
    is_good=lambda _frame: False,
    unit=_alone,
    function=_alone,
    resealed=lambda reply: reply,
)
"""A device that only talks: whatever comes is rubbish to it."""

FRAMINGS = {
    "lockboard_8a": LOCK_8A,
    "wkly": WKLY,
    "dlt645": DLT645,
    "dianchuan": DIANCHUAN,
    "dny": DNY,
    "toledo": TOLEDO,
    "ascii_weigher": DEAF,
    "a02yyuw": DEAF,
}
"""By the word that profiles use for the protocol."""

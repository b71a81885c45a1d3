"""Frames on the unix socket between field and edge: length, kind, payload. Pure.

`u32 length | u8 kind | payload`, little-endian; the length counts kind and payload. Scans travel as they were read;
everything else is JSON, because it is rare and people debug it.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from math import isfinite
from typing import TYPE_CHECKING

from gateway.model.scan import Quality, Scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PROTOCOL = 2
"""Both sides refuse another number: field and edge are installed together."""

LONGEST_FRAME = 4 * 1024 * 1024
"""A snapshot of a large site is some 100 kB; anything near this is not from our peer."""

_HEAD = struct.Struct("<IB")
_SEQ = struct.Struct("<Q")
_SCAN = struct.Struct("<IBdH")


EVENTS, READINGS = b"e", b"r"
"""What an ACK names after its number: the stream of which everything up to it is on edge's disk."""


class Kind(IntEnum):
    """What a frame carries."""

    HELLO = 1
    SNAPSHOT = 2
    EVENT = 3
    READINGS = 4
    DROPPED = 5
    ACK = 6
    GRANT = 7
    COMMAND = 8
    REVOKE = 9
    MEMORY = 10
    WATCH = 11
    FRAMES = 12


class WireError(ValueError):
    """The peer speaks something else; the connection must be closed and begun again."""


class MessageError(WireError):
    """One message is not what its kind must be; the frames around it are in order. `id`: of its wish, if readable."""

    def __init__(self, why: str, message_id: str = "") -> None:
        super().__init__(why)
        self.id = message_id


def pack(kind: Kind, payload: bytes) -> bytes:
    """Return one frame."""
    return _HEAD.pack(1 + len(payload), kind) + payload


def pack_numbered(kind: Kind, seq: int, payload: bytes) -> bytes:
    """Return one frame of a stream: its sequence number comes before the payload."""
    return pack(kind, _SEQ.pack(seq) + payload)


def split_number(payload: bytes) -> tuple[int, bytes]:
    """Return sequence number and rest of a numbered payload. Raises `WireError`."""
    if len(payload) < _SEQ.size:
        raise WireError("a numbered frame is too short")
    return _SEQ.unpack_from(payload)[0], payload[_SEQ.size :]


def pack_scans(scans: Iterable[Scan]) -> bytes:
    """Return scans as they travel: layout, quality, time and raw bytes each. The layout tells the device."""
    return b"".join(_SCAN.pack(s.layout, s.quality, s.taken_s, len(s.raw)) + s.raw for s in scans)


def unpack_scans(data: bytes, devices: Mapping[int, str]) -> list[Scan]:
    """Return the scans of a payload; `devices` names the device of each layout. Raises `WireError`."""
    scans, at = [], 0
    try:
        while at < len(data):
            layout, quality, taken_s, length = _SCAN.unpack_from(data, at)
            at += _SCAN.size
            raw = data[at : at + length]
            if len(raw) != length:
                raise WireError("a scan is cut short")
            if not isfinite(taken_s):
                raise WireError("a scan without a time")
            scans.append(Scan(devices[layout], layout, taken_s, raw, Quality(quality)))
            at += length
    except (struct.error, KeyError, ValueError) as error:
        raise WireError(f"no scan at byte {at}: {error}") from error
    return scans


class Splitter:
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Kind, bytes]]:
        """Yield the frames that are complete. Raises `WireError` for bytes that no peer of ours sends."""
        self._kept += data
        while len(self._kept) >= _HEAD.size:
            length, kind = _HEAD.unpack_from(self._kept)
            if not 1 <= length <= LONGEST_FRAME:
                raise WireError(f"a frame of {length} bytes")
            if kind not in _KINDS:
                raise WireError(f"a frame of kind {kind}")
            end = _HEAD.size - 1 + length
            if len(self._kept) < end:
                return
            payload = bytes(self._kept[_HEAD.size : end])
            del self._kept[:end]
            yield Kind(kind), payload


_KINDS = frozenset(Kind)

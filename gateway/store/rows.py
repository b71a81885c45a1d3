"""Checksums of rows: every row of every table proves itself, so that salvage needs no index, header or neighbour."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence

Value: TypeAlias = int | float | str | bytes | None

GENESIS = bytes(32)


def row_bytes(table: str, values: Sequence[Value]) -> bytes:
    """Return the values of a row as one byte string; lengths are written, so no two rows share one."""
    parts = [table.encode(), b":"]
    for value in values:
        if isinstance(value, bytes):
            parts += (b"b%d:" % len(value), value)
        elif isinstance(value, str):
            text = value.encode("utf-8", "surrogateescape")
            parts += (b"t%d:" % len(text), text)
        elif isinstance(value, int):
            parts.append(b"i%d;" % value)
        else:
            parts.append(f"{value!r};".encode())
    return b"".join(parts)


def checksum(table: str, values: Sequence[Value]) -> int:
    """CRC-32 of a row: finds accidental damage; it is no seal against a hand."""
    return crc32(row_bytes(table, values))


def chained(previous: bytes, stored: bytes) -> bytes:
    """Return the digest of an event: sha256 over the previous event's digest and this event's stored bytes."""
    return hashlib.sha256(previous + stored).digest()


def sealed(table: str, row: Sequence[Value]) -> bool:
    """Tell whether the last column is the checksum of the columns before it."""
    return row[-1] == checksum(table, row[:-1])


def event_sealed(row: Sequence[Value]) -> bool:
    """Tell whether the last column of an event row is its digest, over the previous digest and the rest."""
    *stored, previous, digest = row
    return isinstance(previous, bytes) and digest == chained(previous, row_bytes("event", stored))

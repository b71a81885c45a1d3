"""Many scans as one compressed blob: columns first, so that like bytes lie together, then the raw words."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gateway.model.scan import Quality, Scan

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = struct.Struct("<BI")
_VERSION = 1
_QUALITIES = tuple(Quality)


class LoggedScan(NamedTuple):
    """A scan as it comes back, its time kept to the microsecond; `layout_id` is the log's own number of a layout."""

    layout_id: int
    taken_s: float
    raw: bytes
    quality: Quality


@dataclass(slots=True)
class Packed:
    """A batch ready to be stored; `lost_before` numbers are skipped in front of it for scans that could not be kept."""

    count: int
    body: bytes
    lost_before: int = 0


def pack(layout_ids: Sequence[int], scans: Sequence[Scan]) -> bytes:
    """Pack scans whose layouts have these ids."""
    count = len(scans)
    raws = [scan.raw for scan in scans]
    plain = b"".join(
        (
            _HEAD.pack(_VERSION, count),
            struct.pack(f"<{count}I", *layout_ids),
            struct.pack(f"<{count}q", *[round(scan.taken_s * 1_000_000) for scan in scans]),
            bytes([scan.quality for scan in scans]),
            struct.pack(f"<{count}I", *map(len, raws)),
            *raws,
        ),
    )
    return zlib.compress(plain, 1)


def unpack(packed: bytes) -> list[LoggedScan]:
    """Reverse of pack; `packed` has already passed its row's checksum."""
    plain = zlib.decompress(packed)
    _version, count = _HEAD.unpack_from(plain)
    at = _HEAD.size
    layout_ids = struct.unpack_from(f"<{count}I", plain, at)
    at += 4 * count
    taken_us = struct.unpack_from(f"<{count}q", plain, at)
    at += 8 * count
    qualities = plain[at : at + count]
    at += count
    lengths = struct.unpack_from(f"<{count}I", plain, at)
    at += 4 * count
    scans = []
    for layout_id, us, quality, length in zip(layout_ids, taken_us, qualities, lengths, strict=True):
        scans.append(LoggedScan(layout_id, us / 1_000_000, plain[at : at + length], _QUALITIES[quality]))
        at += length
    return scans

"""A scan: the result of one poll of a block, with its time and quality.

It travels unchanged from the bus through socket and log to the uplinks; nothing is allocated for each point.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Quality(IntEnum):
    """How far a scan can be trusted; a scan that is not GOOD carries no data."""

    GOOD = 0
    SILENT = 1
    BAD_FRAME = 2
    REFUSED = 3
    LINK_DOWN = 4


@dataclass(slots=True)
class Scan:
    """`taken_s` is monotonic: the end of the request that asked for it, the latest moment the values can date from.

    `layout` names the block within the device's layouts; `raw` is the payload as it was on the wire.
    """

    device: str
    layout: int
    taken_s: float
    raw: bytes
    quality: Quality = Quality.GOOD

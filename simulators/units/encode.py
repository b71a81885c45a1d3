"""Values to registers, written anew from what the profile format says, and never taken from the gateway's own codec."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.model.device import Order, PointType

if TYPE_CHECKING:
    from gateway.model.device import Point

WORD = 2
LIMITS = {
    PointType.U16: (0, 2**16 - 1),
    PointType.BITS: (0, 2**16 - 1),
    PointType.ENUM: (0, 2**16 - 1),
    PointType.S16: (-(2**15), 2**15 - 1),
    PointType.U32: (0, 2**32 - 1),
    PointType.S32: (-(2**31), 2**31 - 1),
}

Encode = Callable[[float], tuple[int, ...]]
"""Turns a value in the point's unit into its words, first address first, or into its one bit."""


def encoder(point: Point, *, wraps: bool = False) -> Encode:
    """Return how a point's values become registers.

    A number that does not fit is cut off at the end of its type, or starts again at 0 where a counter `wraps`.
    """
    if point.table.is_bits:
        return lambda value: (1 if value else 0,)
    if point.type is PointType.BIT:
        mask = 1 << (point.bit or 0)
        return lambda value: (mask if value else 0,)
    if point.type is PointType.F32:
        return lambda value: _in_order(point, struct.pack(">f", (value - point.offset) / point.scale))
    low, high = LIMITS[point.type]
    scale, offset = point.scale, point.offset
    if low == 0 and high == LIMITS[PointType.U16][1] and not wraps and point.byte_order is Order.HIGH_FIRST:
        return lambda value: (min(max(round((value - offset) / scale), 0), high),)

    def encode(value: float) -> tuple[int, ...]:
        number = round((value - offset) / scale)
        number = number % (high + 1) if wraps else min(max(number, low), high)
        return _in_order(point, number.to_bytes(WORD * point.type.words, "big", signed=number < 0))

    return encode


def _in_order(point: Point, big_endian: bytes) -> tuple[int, ...]:
    words = [big_endian[at : at + WORD] for at in range(0, len(big_endian), WORD)]
    if point.word_order is Order.LOW_FIRST:
        words.reverse()
    if point.byte_order is Order.LOW_FIRST:
        words = [word[::-1] for word in words]
    return tuple(int.from_bytes(word, "big") for word in words)

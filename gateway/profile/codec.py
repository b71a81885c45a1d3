"""Words to values and back, for every type and both orders. Pure; used on the control loop.

A payload is what a read brought: registers high byte first as on the wire, or bits packed from the lowest. NaN and
infinity come back as None: an error is never a number. Values outside a point's range (`point.low`, `point.high`) are
returned as they are, so that a caller can tell implausible from missing; `plausible` makes both None.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import inf, isfinite
from operator import add, itemgetter, le, mul
from typing import TYPE_CHECKING

from gateway.model.device import Order, PointType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.device import Point
    from gateway.model.wiring import Block

Values = tuple[float | None, ...]
"""One value for each point, None where there is none."""

_FORMATS = {PointType.S16: "h", PointType.U32: "I", PointType.S32: "i", PointType.F32: "f"}
_UNSIGNED = {1: "H", 2: "I"}
_PER_WORD = 2


@dataclass(frozen=True, slots=True)
class Unpacker:
    """Compiled once, called for every scan. A payload of the wrong size has no values: all None, no raws.

    `values(raw)` gives the value of each of `points`; `raws(raw)` their raw words as whole numbers, to see whether a
    raw value changed between two readings.
    """

    points: tuple[Point, ...]
    values: Callable[[bytes], Values]
    raws: Callable[[bytes], tuple[int, ...]]


def unpacker(block: Block, points: Sequence[Point]) -> Unpacker:
    """Compile the way from a block's payload to the values of `points`, which lie in it, in any order.

    Raises `ValueError` when one of them does not lie in it.
    """
    points = tuple(points)
    for point in points:
        inside = block.address <= point.address and point.address + point.span <= block.end
        if point.table is not block.table or not inside:
            raise ValueError(f"{point.name} does not lie in {block}")
    if not points:
        return Unpacker((), lambda _: (), lambda _: ())
    raws = _bits(block, points) if block.table.is_bits else _registers(block, points, unsigned=True)
    if block.table.is_bits:
        return Unpacker(points, _from_bits(raws, len(points)), raws)
    return Unpacker(points, _values(block, points), raws)


def plausible(unpacking: Unpacker) -> Callable[[bytes], Values]:
    """Return its `values` with None for what lies outside its point's range; quick where nothing does."""
    values, points = unpacking.values, unpacking.points
    lows = tuple(-inf if point.low is None else point.low for point in points)
    highs = tuple(inf if point.high is None else point.high for point in points)
    if set(lows) <= {-inf} and set(highs) <= {inf}:
        return values

    def checked(raw: bytes) -> Values:
        read = values(raw)
        if None not in read and all(map(le, lows, read)) and all(map(le, read, highs)):  # type: ignore[arg-type]  # no None in it
            return read
        limits = zip(read, lows, highs, strict=True)
        return tuple(value if value is not None and low <= value <= high else None for value, low, high in limits)

    return checked


def decode(point: Point, words: Sequence[int]) -> float | None:
    """Return the value of one point from its own words (or its own bit); None for NaN and infinity."""
    if point.table.is_bits:
        return float(words[0] & 1)
    raw = struct.pack(f">{len(words)}H", *words)
    unpack = struct.Struct(">" + _format(point, unsigned=False)).unpack
    return _scaled(point, unpack(bytes(raw[i] for i in _bytes_of(point, 0)))[0])


def encode(point: Point, value: float) -> tuple[int, ...]:
    """Return the words (or bit) that say `value`, rounded to the nearest that the point can hold.

    Raises `ValueError` for a value that does not fit its type, and for a bit inside a register, which has no word.
    """
    if point.table.is_bits:
        if value not in (0, 1):
            raise ValueError(f"{point.name}: {value} is no bit")
        return (int(value),)
    if point.type is PointType.BIT:
        raise ValueError(f"{point.name}: one bit of a register cannot be written alone")
    if not isfinite(value):
        raise ValueError(f"{point.name}: {value} cannot be sent")
    scaled = (value - point.offset) / point.scale
    number = scaled if point.type is PointType.F32 else round(scaled)
    try:
        wire = struct.pack(">" + _format(point, unsigned=False), number)
    except (struct.error, OverflowError):
        raise ValueError(f"{point.name}: {value} does not fit {point.type}") from None
    raw = bytes(wire[i] for i in _bytes_of(point, 0))
    return struct.unpack(f">{point.type.words}H", raw)


def _scaled(point: Point, number: float) -> float | None:
    if point.type is PointType.BIT and point.bit is not None:
        return float(int(number) >> point.bit & 1)
    value = number * point.scale + point.offset
    return value if isfinite(value) else None


def _format(point: Point, *, unsigned: bool) -> str:
    if unsigned:
        return _UNSIGNED[point.type.words]
    return _FORMATS.get(point.type, "H")


def _bytes_of(point: Point, start: int) -> list[int]:
    """Return where the bytes of a point stand in a payload, highest first; `start` is its first byte there.

    Reversing words and bytes within words undoes itself, so the same order serves both directions.
    """
    words = [[start + 2 * n, start + 2 * n + 1] for n in range(point.type.words)]
    if point.word_order is Order.LOW_FIRST:
        words.reverse()
    if point.byte_order is Order.LOW_FIRST:
        words = [word[::-1] for word in words]
    return [byte for word in words for byte in word]


def _registers(block: Block, points: tuple[Point, ...], *, unsigned: bool) -> Callable[[bytes], tuple[int, ...]]:
    """Return one `struct` call that takes the number of each point, after putting bytes in order where it must."""
    size = block.payload_bytes
    starts = [_PER_WORD * (point.address - block.address) for point in points]
    places = [byte for point, start in zip(points, starts, strict=True) for byte in _bytes_of(point, start)]
    if places == sorted(set(places)):
        unpack = struct.Struct(_padded(points, starts, size, unsigned=unsigned)).unpack
        return lambda raw: unpack(raw) if len(raw) == size else ()
    ordered = struct.Struct(">" + "".join(_format(point, unsigned=unsigned) for point in points)).unpack
    pick = itemgetter(*places)
    return lambda raw: ordered(bytes(pick(raw))) if len(raw) == size else ()


def _padded(points: tuple[Point, ...], starts: list[int], size: int, *, unsigned: bool) -> str:
    layout, end = ">", 0
    for point, start in zip(points, starts, strict=True):
        layout += f"{start - end}x" + _format(point, unsigned=unsigned)
        end = start + _PER_WORD * point.type.words
    return f"{layout}{size - end}x"


def _values(block: Block, points: tuple[Point, ...]) -> Callable[[bytes], Values]:
    """Return the shortest way to the values that these points allow."""
    numbers = _registers(block, points, unsigned=False)
    nothing = (None,) * len(points)
    if any(point.type in (PointType.F32, PointType.BIT) for point in points):
        return _checked(numbers, points, nothing)
    scales = tuple(point.scale for point in points)
    offsets = tuple(point.offset for point in points)
    if any(offsets):
        return lambda raw: tuple(map(add, map(mul, scales, numbers(raw)), offsets)) or nothing
    return lambda raw: tuple(map(mul, scales, numbers(raw))) or nothing


def _checked(
    numbers: Callable[[bytes], tuple[float, ...]], points: tuple[Point, ...], nothing: Values
) -> Callable[[bytes], Values]:
    return lambda raw: tuple(map(_scaled, points, numbers(raw))) or nothing


def _bits(block: Block, points: tuple[Point, ...]) -> Callable[[bytes], tuple[int, ...]]:
    size = block.payload_bytes
    shifts = tuple(point.address - block.address for point in points)

    def bits(raw: bytes) -> tuple[int, ...]:
        if len(raw) != size:
            return ()
        number = int.from_bytes(raw, "little")
        return tuple([number >> shift & 1 for shift in shifts])

    return bits


def _from_bits(bits: Callable[[bytes], tuple[int, ...]], count: int) -> Callable[[bytes], Values]:
    nothing = (None,) * count
    return lambda raw: tuple(map(float, bits(raw))) or nothing

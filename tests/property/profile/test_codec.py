"""The compiled unpacker agrees with the slow way, for any points in any order; encoding turns back."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from gateway.model.device import Order, Point, PointType
from gateway.model.wiring import Block, Table
from gateway.profile.codec import decode, encode, unpacker

REGISTERS = 12
ORDERS = st.sampled_from(Order)
LIMITS = {
    PointType.U16: (0, 65535),
    PointType.ENUM: (0, 65535),
    PointType.BITS: (0, 65535),
    PointType.S16: (-32768, 32767),
    PointType.U32: (0, 2**32 - 1),
    PointType.S32: (-(2**31), 2**31 - 1),
}


@st.composite
def points(draw: st.DrawFn) -> Point:
    type_ = draw(st.sampled_from(PointType))
    return Point(
        name="x",
        table=Table.HOLDING,
        address=draw(st.integers(0, REGISTERS - type_.words)),
        type=type_,
        word_order=draw(ORDERS),
        byte_order=draw(ORDERS),
        scale=draw(st.sampled_from([1.0, 0.1, 0.01, -2.0])),
        offset=draw(st.sampled_from([0.0, 40.0])),
        bit=draw(st.integers(0, 15)) if type_ is PointType.BIT else None,
    )


@given(st.lists(points(), min_size=1, max_size=8), st.binary(min_size=2 * REGISTERS, max_size=2 * REGISTERS))
def test_compiled_and_plain_decoding_agree(found: list[Point], raw: bytes) -> None:
    words = struct.unpack(f">{REGISTERS}H", raw)
    plain = tuple(decode(point, words[point.address : point.address + point.type.words]) for point in found)
    assert unpacker(Block(Table.HOLDING, 0, REGISTERS), found).values(raw) == plain


@given(st.lists(points(), min_size=1, max_size=8), st.binary(min_size=2 * REGISTERS, max_size=2 * REGISTERS))
def test_raws_are_those_of_the_point_alone(found: list[Point], raw: bytes) -> None:
    together = unpacker(Block(Table.HOLDING, 0, REGISTERS), found).raws(raw)
    alone = [unpacker(Block(Table.HOLDING, 0, REGISTERS), (point,)).raws(raw)[0] for point in found]
    assert list(together) == alone


@given(st.sampled_from(sorted(LIMITS)), ORDERS, ORDERS, st.data())
def test_a_whole_number_survives_encoding_and_decoding(
    type_: PointType, word_order: Order, byte_order: Order, data: st.DataObject
) -> None:
    point = Point(name="x", table=Table.HOLDING, address=0, type=type_, word_order=word_order, byte_order=byte_order)
    value = data.draw(st.integers(*LIMITS[type_]))
    assert decode(point, encode(point, value)) == value


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), ORDERS, ORDERS)
def test_a_float_survives_encoding_and_decoding(value: float, word_order: Order, byte_order: Order) -> None:
    point = Point(
        name="x", table=Table.INPUT, address=0, type=PointType.F32, word_order=word_order, byte_order=byte_order
    )
    assert decode(point, encode(point, value)) == value

"""Words become the values that the manuals print, and an error never becomes a number."""

from __future__ import annotations

import pytest

from gateway.model.device import Order, Point, PointType
from gateway.model.wiring import Block, Table
from gateway.profile.codec import decode, encode, unpacker
from gateway.profile.load import Library


def point(type_: PointType, address: int = 0, **more: object) -> Point:
    given: dict[str, object] = {"word_order": Order.HIGH_FIRST, "byte_order": Order.HIGH_FIRST, "table": Table.HOLDING}
    return Point(name="x", address=address, type=type_, **{**given, **more})  # type: ignore[arg-type] # a test table


@pytest.mark.parametrize(
    ("word_order", "byte_order", "words"),
    [
        (Order.HIGH_FIRST, Order.HIGH_FIRST, (0x1234, 0x5678)),
        (Order.LOW_FIRST, Order.HIGH_FIRST, (0x5678, 0x1234)),
        (Order.HIGH_FIRST, Order.LOW_FIRST, (0x3412, 0x7856)),
        (Order.LOW_FIRST, Order.LOW_FIRST, (0x7856, 0x3412)),
    ],
)
def test_both_orders_of_words_and_bytes_mean_the_same_number(
    word_order: Order, byte_order: Order, words: tuple[int, int]
) -> None:
    u32 = point(PointType.U32, word_order=word_order, byte_order=byte_order)
    assert decode(u32, words) == 0x12345678
    assert encode(u32, 0x12345678) == words


def test_the_reply_of_an_xy_md02_in_its_manual_is_24_6_degrees_and_51_3_percent() -> None:
    model = Library().load("sensor/generic_xy_md02")
    group = model.groups[0]
    assert group.blocks == (Block(Table.INPUT, 1, 2),)
    assert unpacker(group.blocks[0], group.points).values(bytes.fromhex("00F60201")) == pytest.approx((24.6, 51.3))


def test_the_float_of_an_sdm_meter_is_volts() -> None:
    model = Library().load("meter/eastron_sdm120")
    voltage = next(found for found in model.points if found.name == "voltage")
    assert decode(voltage, (0x4366, 0x3334)) == pytest.approx(230.2, abs=0.001)


@pytest.mark.parametrize("words", [(0x7FC0, 0), (0x7F80, 0), (0xFF80, 0), (0xFFFF, 0xFFFF)])
def test_nan_and_infinity_are_missing(words: tuple[int, int]) -> None:
    floats = (point(PointType.F32), point(PointType.U16, 2))
    raw = b"".join(word.to_bytes(2, "big") for word in (*words, 7))
    assert decode(floats[0], words) is None
    assert unpacker(Block(Table.HOLDING, 0, 3), floats).values(raw) == (None, 7.0)


def test_an_implausible_value_is_returned_and_not_called_missing() -> None:
    celsius = point(PointType.S16, scale=0.1, low=-40.0, high=150.0)
    values = unpacker(Block(Table.HOLDING, 0, 1), (celsius,)).values(bytes.fromhex("8000"))
    assert values == pytest.approx((-3276.8,))


def test_bits_of_a_register_and_of_a_table_are_counted_from_the_lowest() -> None:
    register = tuple(point(PointType.BIT, bit=bit) for bit in (0, 9, 15))
    assert unpacker(Block(Table.HOLDING, 0, 1), register).values(bytes.fromhex("0201")) == (1.0, 1.0, 0.0)
    coils = tuple(point(PointType.BIT, address, table=Table.COIL) for address in (19, 20, 28))
    assert unpacker(Block(Table.COIL, 19, 10), coils).values(bytes.fromhex("0202")) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\x00\x00\x00"])
@pytest.mark.parametrize("table", [Table.HOLDING, Table.COIL])
def test_a_payload_of_the_wrong_size_has_no_values(table: Table, raw: bytes) -> None:
    points = (point(PointType.U16),) if table is Table.HOLDING else (point(PointType.BIT, table=table),)
    compiled = unpacker(Block(table, 0, 1 if table is Table.HOLDING else 9), points)
    assert compiled.values(raw) == (None,)
    assert compiled.raws(raw) == ()


def test_raw_words_tell_a_change_that_the_scaled_value_hides() -> None:
    compiled = unpacker(Block(Table.HOLDING, 0, 2), (point(PointType.F32),))
    assert compiled.raws(bytes.fromhex("7FC00000")) != compiled.raws(bytes.fromhex("7FC00001"))


def test_a_point_outside_the_block_is_refused_when_the_unpacker_is_made() -> None:
    with pytest.raises(ValueError, match="does not lie in"):
        unpacker(Block(Table.HOLDING, 0, 2), (point(PointType.U32, 1),))


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (PointType.U16, -1),
        (PointType.U16, 65536),
        (PointType.S16, 32768),
        (PointType.U32, 2**32),
        (PointType.F32, 1e39),
        (PointType.U16, float("nan")),
        (PointType.F32, float("inf")),
    ],
)
def test_a_value_that_does_not_fit_is_refused(type_: PointType, value: float) -> None:
    with pytest.raises(ValueError, match="x:"):
        encode(point(type_), value)

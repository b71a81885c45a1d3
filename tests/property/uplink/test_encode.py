"""What a receiver reads is what the registers said, worked out here without the project's codec."""

from __future__ import annotations

import json
import math
import struct
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.model.device import Order, Point, PointType
from gateway.model.layout import Layout
from gateway.model.wiring import Block, Table
from gateway.uplink.encode import Dated, Template
from gateway.uplink.message import Telemetry

WORDS = 12
NUMBERS = (PointType.U16, PointType.S16, PointType.U32, PointType.S32, PointType.F32)
CODES = {PointType.U16: ">H", PointType.S16: ">h", PointType.U32: ">I", PointType.S32: ">i", PointType.F32: ">f"}


@st.composite
def points(draw: st.DrawFn) -> tuple[Point, ...]:
    kinds = draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=6))
    made, address = [], 0
    for number, kind in enumerate(kinds):
        if address + kind.words > WORDS:
            break
        made.append(
            Point(
                name=f"p{number}",
                table=Table.INPUT,
                address=address,
                type=kind,
                word_order=draw(st.sampled_from(Order)),
                byte_order=draw(st.sampled_from(Order)),
                scale=draw(st.sampled_from((1.0, 0.1, 0.01, 0.001, 10.0, -1.0, 0.125))),
                offset=draw(st.sampled_from((0.0, -40.0, 0.5))),
            )
        )
        address += kind.words + draw(st.integers(0, 1))
    return tuple(made)


def read_by_hand(point: Point, raw: bytes) -> float:
    words = [raw[2 * n : 2 * n + 2] for n in range(point.address, point.address + point.type.words)]
    if point.byte_order is Order.LOW_FIRST:
        words = [bytes(reversed(word)) for word in words]
    if point.word_order is Order.LOW_FIRST:
        words.reverse()
    (number,) = struct.unpack(CODES[point.type], b"".join(words))
    return float(number)


@given(points(), st.lists(st.binary(min_size=2 * WORDS, max_size=2 * WORDS), min_size=1, max_size=16))
def test_a_receiver_reads_what_the_registers_said(made: tuple[Point, ...], raws: list[bytes]) -> None:
    layout = Layout(device="d", kind="meter", block=Block(Table.INPUT, 0, WORDS), points=made)
    scans = [Dated(10 + n, 1000 + n, raw) for n, raw in enumerate(raws)]
    message = Telemetry.model_validate_json(Template(layout).telemetry("3-x", 2, scans))
    assert (message.seq, message.ts) == ([scan.seq for scan in scans], [scan.ts_ms for scan in scans])
    assert message.values is not None
    for point in made:
        for raw, shown in zip(raws, message.values[point.name], strict=True):
            number = read_by_hand(point, raw)
            if not math.isfinite(number):
                assert shown is None
                assert message.quality == "partial"
            elif point.type is PointType.F32:
                assert isinstance(shown, float | int)
                assert math.isclose(shown, number * point.scale + point.offset, rel_tol=1e-6, abs_tol=1e-30)
            else:
                exact = Decimal(int(number)) * Decimal(repr(point.scale)) + Decimal(repr(point.offset))
                assert isinstance(shown, float | int)
                assert shown == float(exact)


@given(st.text(min_size=1, max_size=30))
def test_no_name_of_a_point_breaks_the_message(name: str) -> None:
    named = Point(
        name=name,
        table=Table.INPUT,
        address=0,
        type=PointType.U16,
        word_order=Order.HIGH_FIRST,
        byte_order=Order.HIGH_FIRST,
    )
    layout = Layout(device="d", kind="meter", block=Block(Table.INPUT, 0, 1), points=(named,))
    assert json.loads(Template(layout).telemetry("3-x", 2, [Dated(1, 1, b"\x00\x07")]))["values"] == {name: [7]}

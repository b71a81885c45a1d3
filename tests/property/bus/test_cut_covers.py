"""Whatever the map: pieces cover all of it, have shapes of their own, keep the limits, and cut no value in two."""

from __future__ import annotations

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from gateway.bus.cut import Shape, Uncuttable, cut
from gateway.model.wiring import Block, ReadLimits, Table
from tests.depth import examples

TABLES = st.sampled_from([Table.HOLDING, Table.INPUT, Table.COIL])


@st.composite
def maps(draw: st.DrawFn) -> tuple[list[Block], list[Block]]:
    """Return blocks and the points that lie in them without a gap, of one, two or four addresses."""
    blocks, points, address = [], [], 0
    for _ in range(draw(st.integers(1, 3))):
        table = draw(TABLES)
        widths = draw(st.lists(st.sampled_from([1, 1, 2, 4] if not table.is_bits else [1]), min_size=1, max_size=30))
        address += draw(st.integers(0, 5))
        begin = address
        for width in widths:
            points.append(Block(table, address, width))
            address += width
        blocks.append(Block(table, begin, address - begin))
    return blocks, points


@settings(max_examples=examples(60), deadline=None)
@given(maps(), st.integers(1, 30), st.sampled_from([1, 2]), st.sets(st.tuples(TABLES, st.integers(1, 20)), max_size=3))
def test_every_point_is_whole_in_a_piece_of_a_shape_of_its_own(
    a_map: tuple[list[Block], list[Block]], largest: int, step: int, ring: set[Shape]
) -> None:
    blocks, points = a_map
    limits = ReadLimits(registers=40, bits=48, even_counts=step == 2)
    inside = [(point.table, point.address + offset) for point in points for offset in range(1, point.count)]
    taken = set(ring)
    try:
        pieces = cut(blocks, inside, limits, largest, taken)
    except Uncuttable:
        reject()
    shapes = [(piece.table, piece.count) for piece in pieces]
    assert len(set(shapes)) == len(shapes)
    assert taken == ring | set(shapes)
    assert not set(shapes) & ring
    for point in points:
        assert any(piece.contains(point) for piece in pieces)
    for piece in pieces:
        assert any(block.contains(piece) for block in blocks)
        assert piece.count <= (limits.bits if piece.table.is_bits else limits.registers)
        assert piece.table.is_bits or piece.count % step == 0


@settings(max_examples=examples(20), deadline=None)
@given(st.integers(3, 120), st.integers(1, 30))
def test_three_registers_or_more_in_a_row_can_always_be_cut(count: int, ring: int) -> None:
    block = Block(Table.HOLDING, 0, count)
    pieces = cut([block], [], ReadLimits(), 12, {(Table.HOLDING, ring)})
    assert {address for piece in pieces for address in range(piece.address, piece.end)} == set(range(count))

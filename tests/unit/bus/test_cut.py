from __future__ import annotations

import pytest

from drivers.modbus.driver import ModbusRtu
from gateway.bus.cut import Shape, Uncuttable, cut
from gateway.bus.pieces import plan_devices
from gateway.bus.timing import LineTiming
from gateway.model.device import GroupClass
from gateway.model.wiring import Block, ReadLimits, Table, Timing
from tests.scenario.shed import CURRENTS, TELEMETRY, group, pile

H = Table.HOLDING


def test_sixty_registers_beside_a_ring_of_twelve_are_read_in_pieces_of_at_most_eleven() -> None:
    pieces = cut([Block(H, 0, 60)], [], ReadLimits(), 12, {(H, 12)})
    assert [piece.count for piece in pieces] == [11, 10, 9, 8, 7, 6, 5, 4]
    assert [piece.address for piece in pieces] == [0, 11, 21, 30, 38, 45, 51, 56]


def test_what_can_be_read_in_one_piece_is() -> None:
    assert cut([Block(H, 5, 40)], [], ReadLimits(), 125, set()) == (Block(H, 5, 40),)


def test_a_second_block_of_the_same_count_gets_another_shape() -> None:
    pieces = cut([Block(H, 0, 4), Block(H, 20, 4)], [], ReadLimits(), 125, set())
    assert len({piece.count for piece in pieces}) == len(pieces) == 3


def test_tables_do_not_compete_for_counts() -> None:
    blocks = [Block(H, 0, 4), Block(Table.INPUT, 0, 4), Block(Table.COIL, 0, 4)]
    assert set(cut(blocks, [], ReadLimits(), 125, set())) == set(blocks)


def test_two_single_registers_cannot_be_told_apart() -> None:
    with pytest.raises(Uncuttable, match=r"holding 9\.\.9"):
        cut([Block(H, 7, 1), Block(H, 9, 1)], [], ReadLimits(), 125, set())


def test_a_value_of_two_registers_stays_in_one_piece() -> None:
    inside = [(H, address) for address in range(1, 12, 2)]
    for piece in cut([Block(H, 0, 12)], inside, ReadLimits(), 5, set()):
        assert piece.address % 2 == 0 or piece.address + 1 < 12
    owned = cut([Block(H, 0, 12)], inside, ReadLimits(), 5, set())
    for address in range(0, 12, 2):
        assert any(piece.address <= address and address + 2 <= piece.end for piece in owned)


def test_taken_shapes_are_added_to() -> None:
    taken: set[Shape] = {(H, 12)}
    cut([Block(H, 0, 23)], [], ReadLimits(), 12, taken)
    assert taken == {(H, 12), (H, 11), (H, 10), (H, 2)}


def test_the_last_piece_reaches_back_only_where_its_count_is_taken() -> None:
    assert cut([Block(H, 0, 5)], [], ReadLimits(), 3, {(H, 2)}) == (Block(H, 0, 4), Block(H, 4, 1))
    assert cut([Block(H, 0, 4)], [], ReadLimits(), 3, {(H, 4), (H, 1)}) == (Block(H, 0, 3), Block(H, 2, 2))


def pieces_of(*blocks: tuple[GroupClass, Block]) -> list[tuple[Table, int]]:
    groups = [group(f"group-{number}", kind, 0, block) for number, (kind, block) in enumerate(blocks)]
    model = pile(Timing(), *groups)
    (planned,) = plan_devices([(1, model)], ModbusRtu(), LineTiming.serial(9600))
    return [(piece.block.table, piece.block.count) for piece in planned.pieces]


def test_two_protection_blocks_of_the_same_count_get_shapes_of_their_own() -> None:
    shapes = pieces_of((GroupClass.PROTECTION, Block(H, 100, 6)), (GroupClass.PROTECTION, Block(H, 200, 6)))
    assert len(set(shapes)) == len(shapes)


def test_no_slow_piece_is_larger_than_the_ring_read() -> None:
    shapes = pieces_of((GroupClass.PROTECTION, CURRENTS), (GroupClass.TELEMETRY, TELEMETRY))
    assert shapes[0] == (H, 12)
    assert max(count for _, count in shapes[1:]) == 11


def test_a_bus_without_protection_reads_in_the_largest_pieces_that_fit() -> None:
    assert pieces_of((GroupClass.TELEMETRY, Block(H, 0, 200))) == [(H, 125), (H, 75)]

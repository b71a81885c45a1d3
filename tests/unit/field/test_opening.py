from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.field.opening import merge_offs
from gateway.model.wiring import Table, Write


def coils(*outlets: int) -> dict[int, Write]:
    return {outlet: Write(Table.COIL, outlet, (0,)) for outlet in outlets}


def test_one_outlet_is_opened_by_its_own_write() -> None:
    assert merge_offs(coils(4)) == [(Write(Table.COIL, 4, (0,)), (4,))]


def test_neighbours_go_out_as_one_frame() -> None:
    assert merge_offs(coils(4, 5, 6)) == [(Write(Table.COIL, 4, (0, 0, 0), multiple=True), (4, 5, 6))]


def test_other_tables_and_values_are_kept_apart_and_kept() -> None:
    offs = {0: Write(Table.HOLDING, 7, (0x5AA5,)), 1: Write(Table.COIL, 8, (0,)), 2: Write(Table.HOLDING, 8, (3,))}
    assert merge_offs(offs) == [
        (Write(Table.COIL, 8, (0,)), (1,)),
        (Write(Table.HOLDING, 7, (0x5AA5, 3), multiple=True), (0, 2)),
    ]


@given(st.sets(st.integers(0, 40)))
def test_exactly_the_wanted_outlets_are_touched(outlets: set[int]) -> None:
    frames = merge_offs(coils(*outlets))
    touched = [write.address + n for write, _ in frames for n in range(len(write.values))]
    assert sorted(touched) == sorted(outlets)
    assert sorted(outlet for _, opened in frames for outlet in opened) == sorted(outlets)
    assert all(value == 0 for write, _ in frames for value in write.values)

from __future__ import annotations

import pytest

from gateway.model.wiring import Table
from simulators.arguments import Arguments
from simulators.bank import MOST_STEPS, RegisterBank, bank_of
from simulators.errors import SimulatorError
from simulators.spec import Cells, Couple, LineSpec, SlaveSpec
from simulators.world import ExceptionCode


def bank(refresh_ms: float = 0.0) -> RegisterBank:
    return bank_of(
        LineSpec(
            name="test",
            slaves=(
                SlaveSpec(
                    unit=3,
                    cells=(
                        Cells(table=Table.HOLDING, address=100, values=(1, 2, 3), refresh_ms=refresh_ms),
                        Cells(table=Table.COIL, address=0, values=(1, 0)),
                    ),
                    couples=(Couple(coil=0, table=Table.HOLDING, address=101),),
                ),
            ),
        )
    )


def test_a_step_counts_from_its_moment_on() -> None:
    cells = bank()
    cells.set(3, Table.HOLDING, 100, [2500], 50.0)
    assert cells.read(3, Table.HOLDING, 100, 1, 49.999) == [1]
    assert cells.read(3, Table.HOLDING, 100, 1, 50.0) == [2500]


def test_a_current_is_zero_while_its_coil_is_off_and_returns_with_it() -> None:
    cells = bank()
    assert cells.write(3, Table.COIL, 0, [0], 10.0) is None
    assert cells.read(3, Table.HOLDING, 100, 3, 9.0) == [1, 2, 3]
    assert cells.read(3, Table.HOLDING, 100, 3, 10.0) == [1, 0, 3]
    cells.write(3, Table.COIL, 0, [1], 11.0)
    assert cells.read(3, Table.HOLDING, 100, 3, 11.0) == [1, 2, 3]


def test_a_meter_shows_values_and_opened_currents_only_when_it_has_looked_again() -> None:
    cells = bank(refresh_ms=400.0)
    cells.set(3, Table.HOLDING, 100, [9], 10.1)
    cells.write(3, Table.COIL, 0, [0], 10.1)
    assert cells.read(3, Table.HOLDING, 100, 2, 10.3) == [1, 2]
    assert cells.read(3, Table.HOLDING, 100, 2, 10.401) == [9, 0]


@pytest.mark.parametrize(
    ("unit", "table", "address"), [(3, Table.HOLDING, 99), (3, Table.HOLDING, 103), (4, Table.COIL, 0)]
)
def test_cells_that_are_not_there_cannot_be_read_or_written(unit: int, table: Table, address: int) -> None:
    assert bank().read(unit, table, address, 1, 1.0) is ExceptionCode.ILLEGAL_ADDRESS
    assert bank().write(unit, table, address, [1], 1.0) is ExceptionCode.ILLEGAL_ADDRESS


def test_a_write_that_does_not_fit_changes_nothing() -> None:
    cells = bank()
    assert cells.write(3, Table.HOLDING, 102, [7, 7], 1.0) is ExceptionCode.ILLEGAL_ADDRESS
    assert cells.read(3, Table.HOLDING, 102, 1, 2.0) == [3]


def test_the_history_of_a_cell_is_bounded_and_the_newest_value_stands() -> None:
    cells = bank()
    for step in range(5 * MOST_STEPS):
        cells.set(3, Table.HOLDING, 100, [step % 100], 100.0 + step * 0.001)
    assert len(cells._cells[3, Table.HOLDING][100].steps) <= MOST_STEPS
    assert cells.read(3, Table.HOLDING, 100, 1, 200.0) == [99]


@pytest.mark.parametrize(
    ("command", "given_arguments", "problem"),
    [
        ("set", {"unit": 3, "table": "holding", "address": 100}, "set: values is missing"),
        (
            "set",
            {"unit": 3, "table": "holding", "address": 100, "values": [70000]},
            "set: values must hold whole numbers from 0 to 65535",
        ),
        (
            "set",
            {"unit": 3, "table": "coil", "address": 0, "values": [2]},
            "set: values must hold whole numbers from 0 to 1",
        ),
        ("set", {"unit": 3, "table": "holding", "address": 102, "values": [1, 2]}, "unit 3 has no holding 103"),
        (
            "set",
            {"unit": 3, "table": "register", "address": 1, "values": [1]},
            "set: table must be one of coil, discrete",
        ),
        ("get", {"unit": 9, "table": "holding", "address": 1}, "unit 9 has no holding 1"),
        ("couple", {"unit": 3, "coil": 7, "table": "holding", "address": 100}, "unit 3 has no coil 7"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_before_anything_changes(
    command: str, given_arguments: dict[str, object], problem: str
) -> None:
    with pytest.raises(SimulatorError) as error:
        bank().prepare(command, Arguments(command, given_arguments))
    assert str(error.value).startswith(problem)


def test_a_command_of_another_world_is_not_the_banks() -> None:
    assert bank().prepare("plug-in", Arguments("plug-in", {})) is None

"""A world of plain registers: values that stand still until a step, a write or a coil changes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from gateway.model.wiring import Table
from simulators.arguments import ADDRESSES, MODBUS_UNITS, MOST_VALUES
from simulators.errors import SimulatorError
from simulators.world import ExceptionCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulators.arguments import Arguments
    from simulators.spec import Couple, LineSpec
    from simulators.vendor.said import Said
    from simulators.world import Action

KEPT_S = 10.0
"""History older than this and than the slowest refresh is dropped at the next change."""

MOST_STEPS = 1000
"""Values that one cell remembers at most, past and future."""


@dataclass(slots=True)
class _Cell:
    """The values of one register over time, as `(from_s, value)` in the order of time."""

    steps: list[tuple[float, int]]
    refresh_s: float = 0.0
    coil: _Cell | None = None

    def at(self, at_s: float) -> int:
        seen_s = at_s - at_s % self.refresh_s if self.refresh_s > 0 else at_s
        if self.coil is not None and self.coil.at(seen_s) == 0:
            return 0
        steps = self.steps
        for from_s, value in reversed(steps):
            if from_s <= seen_s:
                return value
        return steps[0][1]

    def change(self, value: int, from_s: float, now_s: float) -> None:
        self.steps = [step for step in self.steps if step[0] < from_s]
        oldest_s = now_s - KEPT_S - self.refresh_s
        self.steps = [step for step, later in pairwise(self.steps) if later[0] > oldest_s] + self.steps[-1:]
        self.steps.append((from_s, value))
        del self.steps[:-MOST_STEPS]


@dataclass(slots=True)
class RegisterBank:
    """Registers and coils of several units, with timed steps and coils that open currents.

    Control commands: `set` {unit, table, address, values}, `get` {unit, table, address, count},
    `couple` {unit, coil, table, address, count}.
    """

    _cells: dict[tuple[int, Table], dict[int, _Cell]] = field(default_factory=dict)

    def define(self, unit: int, table: Table, address: int, values: Iterable[int], refresh_ms: float = 0.0) -> None:
        """Give a unit cells with first values."""
        cells = self._cells.setdefault((unit, table), {})
        for offset, value in enumerate(values):
            cells[address + offset] = _Cell([(float("-inf"), value)], refresh_ms / 1000.0)

    def couple(self, unit: int, couple: Couple) -> None:
        """Make registers read 0 while a coil is OFF. Raises `SimulatorError` for cells that are not there."""
        coil = self._run(unit, Table.COIL, couple.coil, 1)[0]
        for cell in self._run(unit, couple.table, couple.address, couple.count):
            cell.coil = coil

    def set(self, unit: int, table: Table, address: int, values: Sequence[int], from_s: float) -> None:
        """Let cells have these values from `from_s` on, and forget later steps of them."""
        for cell, value in zip(self._run(unit, table, address, len(values)), values, strict=True):
            cell.change(value, from_s, from_s)

    def read(self, unit: int, table: Table, address: int, count: int, at_s: float) -> list[int] | ExceptionCode:
        cells = self._cells.get((unit, table), {})
        try:
            return [cells[at].at(at_s) for at in range(address, address + count)]
        except KeyError:
            return ExceptionCode.ILLEGAL_ADDRESS

    def write(self, unit: int, table: Table, address: int, values: Sequence[int], at_s: float) -> ExceptionCode | None:
        try:
            self.set(unit, table, address, values, at_s)
        except SimulatorError:
            return ExceptionCode.ILLEGAL_ADDRESS
        return None

    def hear(self, _unit: int, _frame: bytes, _at_s: float) -> tuple[Said, ...]:
        return ()

    def greet(self, _unit: int, _at_s: float) -> bytes:
        return b""

    def speak(self, _unit: int, _at_s: float) -> bytes:
        return b""

    def idle(self, _at_s: float) -> None:
        return None

    def prepare(self, command: str, arguments: Arguments) -> Action | None:
        if command == "set":
            return self._prepare_set(arguments)
        if command == "get":
            return self._prepare_get(arguments)
        if command == "couple":
            return self._prepare_couple(arguments)
        return None

    def _prepare_set(self, arguments: Arguments) -> Action:
        unit, table, address = _place(arguments)
        values = arguments.values("values", 1 if table.is_bits else ADDRESSES[1])
        arguments.done()
        self._run(unit, table, address, len(values))
        return lambda at_s: self.set(unit, table, address, values, at_s)

    def _prepare_get(self, arguments: Arguments) -> Action:
        unit, table, address = _place(arguments)
        count = arguments.integer("count", (1, MOST_VALUES), 1)
        arguments.done()
        cells = self._run(unit, table, address, count)
        return lambda at_s: [cell.at(at_s) for cell in cells]

    def _prepare_couple(self, arguments: Arguments) -> Action:
        coil_address = arguments.integer("coil", ADDRESSES)
        unit, table, address = _place(arguments)
        count = arguments.integer("count", (1, MOST_VALUES), 1)
        arguments.done()
        coil = self._run(unit, Table.COIL, coil_address, 1)[0]
        cells = self._run(unit, table, address, count)

        def act(_at_s: float) -> None:
            for cell in cells:
                cell.coil = coil

        return act

    def _run(self, unit: int, table: Table, address: int, count: int) -> list[_Cell]:
        cells = self._cells.get((unit, table), {})
        missing = [at for at in range(address, address + count) if at not in cells]
        if missing:
            raise SimulatorError(f"unit {unit} has no {table} {missing[0]}")
        return [cells[at] for at in range(address, address + count)]


def bank_of(spec: LineSpec) -> RegisterBank:
    """Make the bank that a line's spec describes. Raises `SimulatorError` for a couple without its cells."""
    bank = RegisterBank()
    for slave in spec.slaves:
        for cells in slave.cells:
            bank.define(slave.unit, cells.table, cells.address, cells.values, cells.refresh_ms)
        for couple in slave.couples:
            bank.couple(slave.unit, couple)
    return bank


def _place(arguments: Arguments) -> tuple[int, Table, int]:
    return (
        arguments.integer("unit", MODBUS_UNITS),
        arguments.choice("table", Table),
        arguments.integer("address", ADDRESSES),
    )

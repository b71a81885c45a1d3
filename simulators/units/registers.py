"""The registers and bits of one unit: points at their addresses, filled in only when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.units.encode import encoder
from simulators.world import ExceptionCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gateway.model.device import Point
    from gateway.model.wiring import Block, ReadLimits, Table
    from simulators.units.encode import Encode

MOST_SHAPES = 256


@dataclass(slots=True)
class Cell:
    """One point and where its value comes from. `frozen` words are given instead, whatever happens behind them."""

    point: Point
    source: Callable[[float], float]
    encode: Encode
    frozen: tuple[int, ...] | None = None

    def words(self, at_s: float) -> tuple[int, ...]:
        return self.frozen or self.encode(self.source(at_s))


@dataclass(frozen=True, slots=True)
class Sink:
    """What takes a written value: whether it can be, and what it does."""

    accepts: Callable[[int], bool]
    take: Callable[[int, float], None]


class Registers:
    """What a master can read and write of one unit, within the limits of its profile."""

    def __init__(self, limits: ReadLimits, ground: Iterable[Block]) -> None:
        self._limits = limits
        self._known: set[tuple[Table, int]] = {
            (block.table, address) for block in ground for address in range(block.address, block.end)
        }
        self._cells: list[Cell] = []
        self._sinks: dict[tuple[Table, int], Sink] = {}
        self._shapes: dict[tuple[Table, int, int], list[tuple[int, Cell]] | ExceptionCode] = {}

    def place(self, point: Point, source: Callable[[float], float], *, wraps: bool = False) -> Cell:
        """Give a point its source, a value in the point's own unit at a moment."""
        cell = Cell(point, source, encoder(point, wraps=wraps))
        self._cells.append(cell)
        self._known.update((point.table, address) for address in range(point.address, point.address + point.span))
        return cell

    def on_write(self, table: Table, address: int, sink: Sink) -> None:
        """Let a register or coil be written."""
        self._sinks[table, address] = sink

    def is_writable(self, table: Table, address: int) -> bool:
        return (table, address) in self._sinks

    def freeze(self, cells: Iterable[Cell], at_s: float | None) -> None:
        """Let points stand still at what they are, or (None) live again."""
        for cell in cells:
            cell.frozen = None
            cell.frozen = None if at_s is None else cell.words(at_s)

    @staticmethod
    def pretend(cell: Cell, value: float | None) -> None:
        """Let a point show a value of its own unit, whatever is behind it, or (None) the truth again."""
        cell.frozen = None if value is None else cell.encode(value)

    def read(self, table: Table, address: int, count: int, at_s: float) -> list[int] | ExceptionCode:
        shape = self._shapes.get((table, address, count))
        if shape is None:
            shape = self._shape(table, address, count)
        if isinstance(shape, ExceptionCode):
            return shape
        values = [0] * count
        for offset, cell in shape:
            for place, word in enumerate(cell.words(at_s), offset):
                if 0 <= place < count:
                    values[place] |= word
        return values

    def write(self, table: Table, address: int, values: Sequence[int], at_s: float) -> ExceptionCode | None:
        """Take all values or none."""
        sinks = [self._sinks.get((table, address + offset)) for offset in range(len(values))]
        for sink, value in zip(sinks, values, strict=True):
            if sink is None:
                return ExceptionCode.ILLEGAL_ADDRESS
            if not sink.accepts(value):
                return ExceptionCode.ILLEGAL_VALUE
        for sink, value in zip(sinks, values, strict=True):
            if sink is not None:
                sink.take(value, at_s)
        return None

    def _shape(self, table: Table, address: int, count: int) -> list[tuple[int, Cell]] | ExceptionCode:
        """Find once which points lie in a block; the answer serves all later reads of it."""
        if len(self._shapes) >= MOST_SHAPES:
            self._shapes.clear()
        shape = self._refusal(table, address, count) or [
            (cell.point.address - address, cell)
            for cell in self._cells
            if cell.point.table is table
            and cell.point.address < address + count
            and address < cell.point.address + cell.point.span
        ]
        self._shapes[table, address, count] = shape
        return shape

    def _refusal(self, table: Table, address: int, count: int) -> ExceptionCode | None:
        most = self._limits.bits if table.is_bits else self._limits.registers
        if not 1 <= count <= most or (self._limits.even_counts and not table.is_bits and count % 2):
            return ExceptionCode.ILLEGAL_VALUE
        if any((table, at) not in self._known for at in range(address, address + count)):
            return ExceptionCode.ILLEGAL_ADDRESS
        return None

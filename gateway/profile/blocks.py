"""Turn the points of a poll group into the runs of addresses that must be read. Pure.

A gap between two points is read across only where the whole gap is known to be readable (the profile says so, or
other points lie there) and is short: a request of its own costs 8 + 5 bytes and two silences of 3.5 characters, which
is what 10 registers cost, and with the device's turnaround about 16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Access
from gateway.model.wiring import Block, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.model.device import Point
    from gateway.model.wiring import ReadLimits
    from gateway.profile.schema import ReadableSpec

MERGE_GAP_REGISTERS = 16
MERGE_GAP_BITS = 256

Runs = tuple[tuple[int, int], ...]
"""Half-open [start, end) runs of addresses, sorted, apart from one another."""


def readable_ground(readable: ReadableSpec, points: Iterable[Point]) -> dict[Table, Runs]:
    """Return what may be read in each table: what the profile declares and what points cover."""
    spans: dict[Table, list[tuple[int, int]]] = {
        Table.COIL: [(first, last + 1) for first, last in readable.coil],
        Table.DISCRETE: [(first, last + 1) for first, last in readable.discrete],
        Table.INPUT: [(first, last + 1) for first, last in readable.input],
        Table.HOLDING: [(first, last + 1) for first, last in readable.holding],
    }
    for point in points:
        if point.access is not Access.WRITE:
            spans[point.table].append((point.address, point.address + point.span))
    return {table: _join(found) for table, found in spans.items()}


def blocks_for(points: Sequence[Point], ground: Mapping[Table, Runs], limits: ReadLimits) -> tuple[Block, ...]:
    """Return the blocks that hold all `points`. With `even_counts` a block takes a readable neighbour to be even.

    A block stays odd where there is no such neighbour: `gateway.profile.lint` refuses that profile.
    """
    found: list[Block] = []
    for table in Table:
        spans = [(point.address, point.address + point.span) for point in points if point.table is table]
        for start, end in _merge(_join(spans), table, ground[table]):
            widened = _evened(start, end, ground[table]) if limits.even_counts and not table.is_bits else (start, end)
            found.append(Block(table, widened[0], widened[1] - widened[0]))
    return tuple(found)


def _join(spans: Iterable[tuple[int, int]]) -> Runs:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def _merge(runs: Runs, table: Table, ground: Runs) -> Runs:
    limit = MERGE_GAP_BITS if table.is_bits else MERGE_GAP_REGISTERS
    merged: list[tuple[int, int]] = []
    for start, end in runs:
        if merged and start - merged[-1][1] <= limit and _is_covered(merged[-1][1], start, ground):
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)


def _evened(start: int, end: int, ground: Runs) -> tuple[int, int]:
    if (end - start) % 2 == 0:
        return start, end
    if _is_covered(end, end + 1, ground):
        return start, end + 1
    if start and _is_covered(start - 1, start, ground):
        return start - 1, end
    return start, end


def _is_covered(start: int, end: int, ground: Runs) -> bool:
    return any(low <= start and end <= high for low, high in ground)

"""The piles of a storm: two generic ones on one simulated line, and what their slaves are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.wiring import Table
from simulators.spec import Cells, Couple, LineSpec, SlaveSpec

if TYPE_CHECKING:
    from simulators.journal import Entry

PILES, OUTLETS = 2, 12
CURRENT, NORMAL, OVERLOAD = 100, 300, 1600
"""Register of the first current, and 3 A and 16 A in counts of 0.01 A; the pick-up is 10 A."""

POWER, ENERGY, PLUG = 0, 12, 36
POWER_COUNTS = 6600
"""660 W in counts of 0.1 W: what a closed outlet draws all the time."""


def line_spec() -> LineSpec:
    """Return two generic piles in which an open relay carries no current and a closed one 3 A."""
    holding = [0] * 301
    holding[48], holding[51], holding[55], holding[300] = 2200, 250, 5000, 30
    holding[CURRENT : CURRENT + OUTLETS] = [NORMAL] * OUTLETS
    holding[POWER : POWER + OUTLETS] = [POWER_COUNTS] * OUTLETS
    holding[PLUG : PLUG + OUTLETS] = [1] * OUTLETS
    cells = (
        Cells(table=Table.HOLDING, address=0, values=tuple(holding)),
        Cells(table=Table.INPUT, address=0, values=(2200,) * 12 + (250,) * 52),
        Cells(table=Table.DISCRETE, address=0, values=(0,) * 64),
        Cells(table=Table.COIL, address=0, values=(0,) * OUTLETS),
    )
    couples = tuple(
        Couple(coil=n, table=Table.HOLDING, address=first + n) for first in (CURRENT, POWER) for n in range(OUTLETS)
    )
    slaves = tuple(SlaveSpec(unit=unit, turnaround_ms=2, cells=cells, couples=couples) for unit in range(1, PILES + 1))
    return LineSpec(name="kill", baud=115200, slaves=slaves)


@dataclass(frozen=True, slots=True)
class Switched:
    """One frame that switched an outlet, by the slave's clock (monotonic)."""

    at_s: float
    unit: int
    outlet: int
    on: bool


@dataclass(frozen=True, slots=True)
class Used:
    """1 Wh that has flowed through an outlet."""

    at_s: float
    unit: int
    outlet: int


def switched_by(entry: Entry) -> list[Switched]:
    """Return what a request switches."""
    request = entry.request
    first = int.from_bytes(request[2:4], "big")
    if entry.function == 5:
        return [Switched(entry.end_s, entry.unit, first, request[4] == 0xFF)]
    count, bits = request[5], int.from_bytes(request[7:-2], "little")
    return [Switched(entry.end_s, entry.unit, first + n, bool(bits >> n & 1)) for n in range(count)]

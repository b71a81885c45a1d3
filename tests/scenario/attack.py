"""What the attacks on a shed share: piles that refuse, ignore or lie, and how an attack is told and timed."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.modbus.frames import crc16
from gateway.testing.line import Answer
from tests.scenario.house import TURNAROUND_S, PileBank, Running
from tests.scenario.test_house import SETTLED_S, UNIT, charge

if TYPE_CHECKING:
    from collections.abc import Callable

COIL_WRITES = frozenset({5, 15})
BUSY, ILLEGAL_FUNCTION = 6, 1
OVERLOAD_A = 16.0


@dataclass(slots=True)
class Stubborn(PileBank):
    """Piles that refuse some writes with an exception, leave some unanswered, or say of a relay what is not true."""

    refuses: Callable[[bytes], int] = lambda _: 0
    ignores: Callable[[bytes], bool] = lambda _: False
    claims: dict[int, int] = field(default_factory=dict)

    def __call__(self, frame: bytes, end_s: float) -> list[Answer]:
        code = self.refuses(frame)
        if code:
            return [sealed(bytes((frame[0], frame[1] | 0x80, code)))]
        if self.ignores(frame):
            return []
        if frame[1] == 1 and frame[0] in self.claims:
            return [sealed(bytes((frame[0], 1, 2)) + self.claims[frame[0]].to_bytes(2, "little"))]
        return PileBank.__call__(self, frame, end_s)


def sealed(body: bytes) -> Answer:
    return Answer(body + crc16(body).to_bytes(2, "little"), TURNAROUND_S)


def name(unit: int, position: int) -> str:
    return f"pile-{unit:02d}/outlet-{position + 1:02d}"


async def all_on(shed: Running, places: list[tuple[int, int]], amps: float = 2.0) -> None:
    await asyncio.sleep(SETTLED_S)
    for unit, position in places:
        shed.bank.amps[unit, position] = amps
        charge(shed, name(unit, position))
    await asyncio.sleep(1.0 + 0.5 * len(places))
    assert all(shed.bank.coils[place] for place in places)


def cut_after_ms(shed: Running, place: tuple[int, int], since_s: float) -> float:
    """Return how long after a moment the first OFF of an outlet was on the line to its last byte."""
    offs = [end_s for end_s, is_on in shed.bank.switched(*place) if not is_on and end_s > since_s]
    return (offs[0] - since_s) * 1000 if offs else math.inf


def each_trip_ms(shed: Running) -> float:
    """Return what each further trip of the same moment may add to the bound."""
    bound = shed.house.plans[0].bound(UNIT - 1)
    assert bound is not None
    return bound.each_trip_ms


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(120.0):
        while not holds():  # noqa: ASYNC110 - virtual time: the step is the resolution of the story
            await asyncio.sleep(0.001)


def waiting(shed: Running) -> int:
    """Return how many writes are under way or wait."""
    return len(shed.house.field.arbiter._writes._pending)

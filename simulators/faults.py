"""Faults of a line and its slaves: what happens to the next matching reply. Pure; chance comes from a seeded source."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from simulators.arguments import UNITS
from simulators.errors import SimulatorError

if TYPE_CHECKING:
    from random import Random

    from simulators.arguments import Arguments

MOST_FAULTS = 1000
MOST_TIMES = 1_000_000
MOST_MS = 60_000
MOST_BYTES = 256
USUAL_LATE_MS = 100.0
DEVICE_FAILURE = 4
WRITES = frozenset({5, 6, 15, 16})


class FaultKind(StrEnum):
    """What goes wrong; the names are those of the control endpoint."""

    LATE = "late"
    LOSE = "lose"
    MUTE = "mute"
    FOREIGN = "foreign"
    DUPLICATE = "duplicate"
    FLIP = "flip"
    TRUNCATE = "truncate"
    GARBAGE = "garbage"
    EXCEPTION = "exception"
    REFUSE = "refuse"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault, for the next `times` requests to `unit` with `function` (None: any).

    `late`: the reply starts `ms` later. `lose`: the slave never hears the request. `mute`: it acts, but does not
    reply. `foreign`: a well-formed reply of another unit comes first. `duplicate`: the reply comes twice. `flip`:
    `count` different bits are wrong. `truncate`: the last `count` bytes are missing. `garbage`: `count` random bytes
    stand directly before. `exception`: the slave does nothing and answers with `code`. `refuse`:
    the same, of writes alone. `deny`: it carries a write out, and answers with `code` all the same.
    """

    kind: FaultKind
    unit: int | None = None
    function: int | None = None
    times: int = 1
    ms: float = USUAL_LATE_MS
    count: int = 1
    code: int = DEVICE_FAILURE

    def matches(self, unit: int, function: int) -> bool:
        fits = self.kind not in (FaultKind.REFUSE, FaultKind.DENY) or function in WRITES
        return fits and self.unit in (None, unit) and self.function in (None, function)


def read_fault(arguments: Arguments) -> Fault:
    """Return the fault that a control command describes. Raises `SimulatorError`."""
    fault = Fault(
        kind=arguments.choice("kind", FaultKind),
        unit=arguments.optional_integer("unit", UNITS),
        function=arguments.optional_integer("function", (1, 127)),
        times=arguments.integer("times", (1, MOST_TIMES), 1),
        ms=arguments.number("ms", (0, MOST_MS), USUAL_LATE_MS),
        count=arguments.integer("count", (1, MOST_BYTES), 1),
        code=arguments.integer("code", (1, 255), DEVICE_FAILURE),
    )
    arguments.done()
    return fault


@dataclass(slots=True)
class FaultQueue:
    """Faults that wait for their reply, oldest first; a request takes one at most."""

    _waiting: deque[Fault] = field(default_factory=deque)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, fault: Fault) -> None:
        """Queue a fault. Raises `SimulatorError` when too many wait."""
        if len(self._waiting) >= MOST_FAULTS:
            raise SimulatorError(f"fault: {MOST_FAULTS} faults are waiting already")
        self._waiting.append(fault)

    def take(self, unit: int, function: int) -> Fault | None:
        """Take the oldest fault that matches this request."""
        for place, fault in enumerate(self._waiting):
            if fault.matches(unit, function):
                if fault.times > 1:
                    self._waiting[place] = replace(fault, times=fault.times - 1)
                else:
                    del self._waiting[place]
                return fault
        return None

    def clear(self) -> None:
        self._waiting.clear()


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes that go out together, `delay_s` after the turnaround or after the segment before."""

    delay_s: float
    data: bytes


def spoil(fault: Fault | None, reply: bytes, foreign: bytes, gap_s: float, chance: Random) -> tuple[Segment, ...]:
    """Return what goes on the wire in place of `reply`. `gap_s` parts two frames."""
    if fault is None:
        return (Segment(0.0, reply),)
    match fault.kind:
        case FaultKind.LOSE | FaultKind.MUTE:
            segments: tuple[Segment, ...] = ()
        case FaultKind.LATE:
            segments = (Segment(fault.ms / 1000.0, reply),)
        case FaultKind.FOREIGN:
            segments = (Segment(0.0, foreign), Segment(gap_s, reply))
        case FaultKind.DUPLICATE:
            segments = (Segment(0.0, reply), Segment(gap_s, reply))
        case FaultKind.FLIP:
            segments = (Segment(0.0, flip_bits(reply, fault.count, chance)),)
        case FaultKind.TRUNCATE:
            segments = (Segment(0.0, reply[: -fault.count]),)
        case FaultKind.GARBAGE:
            segments = (Segment(0.0, chance.randbytes(fault.count) + reply),)
        case FaultKind.EXCEPTION | FaultKind.REFUSE | FaultKind.DENY:
            segments = (Segment(0.0, reply),)
    return segments


def flip_bits(data: bytes, count: int, chance: Random) -> bytes:
    """Return `data` with `count` different bits (all, if there are fewer) the wrong way round."""
    spoilt = bytearray(data)
    for bit in chance.sample(range(8 * len(data)), min(count, 8 * len(data))):
        spoilt[bit // 8] ^= 1 << bit % 8
    return bytes(spoilt)

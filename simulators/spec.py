"""The description of a simulated line: plain values that travel to the line's process as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gateway.model.wiring import Table
from simulators.arguments import ADDRESSES, MODBUS_UNITS, UNITS
from simulators.errors import SimulatorError
from simulators.wire import char_time_s, frame_silence_s

if TYPE_CHECKING:
    from collections.abc import Mapping

LOWEST_BAUD = 300
HIGHEST_BAUD = 3_000_000
CHAR_BITS = range(9, 13)
HIGHEST_PORT = 65535


class LineKind(StrEnum):
    """How the host reaches the line: a pseudo-terminal, Modbus TCP, or a serial server that passes RTU frames.

    Or the other way round: with `DIAL_IN` the line's one device makes a connection to the host.
    """

    PTY = "pty"
    TCP = "tcp"
    RTU_TCP = "rtu-tcp"
    DIAL_IN = "dial-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Registers or bits that a slave has, from `address` on, with their first values.

    `refresh_ms` > 0 means that a read sees them as they were when the slave's meter last looked, every so often.
    """

    table: Table
    address: int
    values: tuple[int, ...]
    refresh_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Couple:
    """While `coil` is OFF, the `count` registers from `address` on read 0: an open relay carries no current."""

    coil: int
    table: Table
    address: int
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaveSpec:
    """One unit on the line. `turnaround_ms`: last request byte to the start of the first reply byte.

    `talks_every_ms` > 0: it looks so often whether it has something to say by itself. `alias` is another address under
    which it is asked.
    """

    unit: int
    turnaround_ms: float = 2.0
    talks_every_ms: float = 0.0
    alias: int | None = None
    cells: tuple[Cells, ...] = ()
    couples: tuple[Couple, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSpec:
    """One line and its slaves. Raises `SimulatorError` for what cannot be.

    `protocol` is what the slaves speak, by the word that profiles use for it. `symlink` is kept pointing at the
    pseudo-terminal, also when that returns under another name. `port` 0 takes a free one; a device that dials in calls
    `host` and `port`. `strict_silence`: slaves ignore a request that starts within t3.5. `duplex`: both ends may talk
    at once, as on RS-232. `economy` saves processor time where nobody measures microseconds: no waiting awake, and the
    bytes between a frame's first and last are handed over with the last. `world` is `module:function`, called with this
    spec; `world_options` are for it alone. `control` is the path of the control socket; empty takes a temporary one.
    """

    name: str
    slaves: tuple[SlaveSpec, ...]
    kind: LineKind = LineKind.PTY
    protocol: str = "modbus"
    baud: int = 9600
    char_bits: int = 10
    symlink: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    strict_silence: bool = False
    echo: bool = False
    duplex: bool = False
    economy: bool = False
    seed: int = 0
    journal_size: int = 200_000
    world: str = "simulators.bank:bank_of"
    world_options: Mapping[str, Any] = field(default_factory=dict)
    control: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        units = [slave.unit for slave in self.slaves]
        lowest, highest = MODBUS_UNITS if self.protocol == "modbus" else UNITS
        checks = (
            (bool(units), "has no slaves"),
            (len(set(units)) == len(units), "has two slaves with one unit"),
            (all(lowest <= unit <= highest for unit in units), f"has a unit outside {lowest}..{highest}"),
            (all(slave.turnaround_ms >= 0 for slave in self.slaves), "has a slave with a negative turnaround"),
            (all(slave.talks_every_ms >= 0 for slave in self.slaves), "has a slave that talks before it has talked"),
            (LOWEST_BAUD <= self.baud <= HIGHEST_BAUD, f"has a baud outside {LOWEST_BAUD}..{HIGHEST_BAUD}"),
            (self.char_bits in CHAR_BITS, f"has {self.char_bits} bits a character (9 to 12 exist)"),
            (0 <= self.port <= HIGHEST_PORT, f"has a port outside 0..{HIGHEST_PORT}"),
            (self.journal_size > 0, "has no room for a journal"),
            (all(_fits(cells) for slave in self.slaves for cells in slave.cells), "has cells outside their table"),
        )
        for good, problem in checks:
            if not good:
                raise SimulatorError(f"line {self.name} {problem}")

    @property
    def is_serial(self) -> bool:
        return self.kind not in (LineKind.TCP, LineKind.DIAL_IN)

    @property
    def char_s(self) -> float:
        return char_time_s(self.baud if self.is_serial else 0, self.char_bits)

    @property
    def t35_s(self) -> float:
        return frame_silence_s(self.baud if self.is_serial else 0, self.char_bits)


def spec_to_json(spec: LineSpec) -> dict[str, Any]:
    """Return the spec as JSON values."""
    return asdict(spec)


def spec_from_json(given: Mapping[str, Any]) -> LineSpec:
    """Return the spec that `spec_to_json` was given."""
    slaves = tuple(
        SlaveSpec(
            unit=slave["unit"],
            turnaround_ms=slave["turnaround_ms"],
            talks_every_ms=slave["talks_every_ms"],
            alias=slave["alias"],
            cells=tuple(
                Cells(**{**cells, "table": Table(cells["table"]), "values": tuple(cells["values"])})
                for cells in slave["cells"]
            ),
            couples=tuple(Couple(**{**couple, "table": Table(couple["table"])}) for couple in slave["couples"]),
        )
        for slave in given["slaves"]
    )
    return LineSpec(**{**given, "kind": LineKind(given["kind"]), "slaves": slaves})


def _fits(cells: Cells) -> bool:
    highest = 1 if cells.table.is_bits else ADDRESSES[1]
    return (
        bool(cells.values)
        and cells.address >= 0
        and cells.address + len(cells.values) - 1 <= ADDRESSES[1]
        and cells.refresh_ms >= 0
        and all(0 <= value <= highest for value in cells.values)
    )

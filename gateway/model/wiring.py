"""What can be asked of a device on the wire: blocks to read, values to write, their timing limits.

Values only. A `Block` is also the *shape* that tells one reply from another on RTU, where a reply carries no
address: the planner never gives two blocks of one device the same table and count.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Table(StrEnum):
    """The four Modbus tables (Modbus Application Protocol V1.1b3, 4.3)."""

    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"

    @property
    def is_bits(self) -> bool:
        return self in (Table.COIL, Table.DISCRETE)


@dataclass(frozen=True, slots=True)
class Block:
    """A run of `count` registers or bits from `address` (counted from 0, as on the wire)."""

    table: Table
    address: int
    count: int

    @property
    def end(self) -> int:
        return self.address + self.count

    @property
    def payload_bytes(self) -> int:
        """Size of the raw data in a reply: two bytes a register, eight bits a byte."""
        return (self.count + 7) // 8 if self.table.is_bits else 2 * self.count

    def contains(self, other: Block) -> bool:
        return self.table is other.table and self.address <= other.address and other.end <= self.end


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What a device that keeps orders itself is told of one: its number, and limits of its own beside ours.

    `max_s` and `max_w` of 0 leave the device's own limit as it is set. A stop has to name the number of its start.
    """

    number: str
    max_s: int = 0
    max_w: int = 0


@dataclass(frozen=True, slots=True)
class Write:
    """Values for consecutive coils (0 or 1) or holding registers (0..65535) from `address`.

    `multiple` asks for the many-values function (FC15/16) even for a single value: some devices know only that one,
    and breaker failure tries the *other* function code. `data` is what a vendor's command carries that is no number (a
    session), as its driver's module describes. `order` is for devices that keep orders themselves. No profile has them.
    """

    table: Table
    address: int
    values: tuple[int, ...]
    multiple: bool = False
    data: bytes = b""
    order: OrderTerms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long a device takes to answer, from its manual or measured on site. All in milliseconds.

    `turnaround_*`: last request byte to first reply byte. `late_reply_ms`: how long after a timeout a reply can
    still turn up. `refresh_ms`: age of a current at most when it is read (metering chip and the pile's own loop).
    `relay_ms`: from an OFF's last byte to the open contact. `command_gap_ms`: how long the device wants to be left
    alone after it was told something, before it is told the next thing; an OFF that is urgent waits for nothing.
    """

    turnaround_min_ms: float = 0.0
    turnaround_max_ms: float = 50.0
    late_reply_ms: float = 500.0
    refresh_ms: float = 0.0
    relay_ms: float = 0.0
    command_gap_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """What one read may ask for."""

    registers: int = 125
    bits: int = 2000
    even_counts: bool = False

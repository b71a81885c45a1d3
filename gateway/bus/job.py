"""What a bus does one at a time: a piece to read or an order to write, why it is done and how it ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.model.device import GroupClass

if TYPE_CHECKING:
    from gateway.model.wiring import Block, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One read of the plan. `layout` is its index among the device's pieces, `cost_s` the longest that it takes.

    A piece that is pushed has an infinite period: it is never read, only heard.
    """

    device: int
    layout: int
    block: Block
    group_class: GroupClass
    period_s: float
    cost_s: float

    @property
    def is_pushed(self) -> bool:
        return self.period_s == float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDevice:
    """One device of the bus and its pieces, in the order of their layouts."""

    pieces: tuple[Piece, ...]
    late_reply_s: float
    command_gap_s: float = 0.0

    @property
    def probe(self) -> Piece:
        """The read that asks whether the device is back: the one that protection wants first."""
        ring = [piece for piece in self.pieces if piece.group_class is GroupClass.PROTECTION]
        return ring[0] if ring else next((p for p in self.pieces if not p.is_pushed), self.pieces[0])


@dataclass(slots=True, eq=False)
class Order:
    """A write that waits for the line. `token` is the caller's name for it; `opens` marks an OFF."""

    device: int
    write: Write
    token: int
    opens: bool
    attempts: int = 0
    due_s: float = 0.0


class Why(StrEnum):
    """What a transaction is for."""

    OFF = "off"
    CONFIRM = "confirm"
    RETRY = "retry"
    RING = "ring"
    COMMAND = "command"
    PROBE = "probe"
    SLOW = "slow"


class End(StrEnum):
    """How a transaction ended, as far as the plan cares.

    A refusal is an answer: the device is there. After silence a late reply can still turn up. What nobody answers says
    nothing about its device.
    """

    ANSWERED = "answered"
    REFUSED = "refused"
    SILENT = "silent"
    DAMAGED = "damaged"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Job:
    """The next transaction: a piece to read or an order to write, never both."""

    why: Why
    device: int
    piece: Piece | None = None
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until_s` (infinity: until something is asked for)."""

    until_s: float

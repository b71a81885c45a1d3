"""The contract of a driver: a sans-IO codec for one wire protocol.

A driver turns blocks and writes into request frames, and bytes into what they mean. It has no socket, no clock, no
task and no log, so it cannot hold the control loop, and it can be fuzzed byte by byte. The bus owner keeps the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.command import Verdict
    from gateway.model.wiring import Block, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A frame to send and what its good reply looks like.

    `reply_bytes` is the length of the good reply, of the longest one where a protocol's replies vary: the budget counts
    it, and no window is kept open for more. The driver itself finds where the reply ends (t1.5 cannot be seen through
    USB or a serial server). 0 means that no reply comes (a broadcast). `is_write` marks a request whose reply can equal
    its own echo. `payload_bytes` is the data that a good reply carries: always that of the block that was asked for.
    `asks` is that block or write, for the driver's own use.

    An empty `frame` listens: nothing is sent, and the next good frame of a device that talks by itself is the answer.
    Only frames that begin after the window was opened count, so an old value never passes for a new one. Where no reply
    is foretold either, the block is pushed: it comes in reports only, and is never asked for.

    `quiet_s`: a device may leave this request unanswered for so long after it was last heard; only then it is missed.
    `patience_s`: how much longer than its usual turnaround the device may think about this one.
    """

    unit: int
    frame: bytes
    reply_bytes: int
    is_write: bool
    payload_bytes: int = 0
    asks: Block | Write | None = None
    quiet_s: float = 0.0
    patience_s: float = 0.0

    @property
    def listens(self) -> bool:
        return not self.frame

    @property
    def is_pushed(self) -> bool:
        return not self.frame and not self.reply_bytes


class Noise(StrEnum):
    """Bytes that are no answer to the open request, by what they are."""

    GARBAGE = "garbage"
    CRC = "crc"
    FOREIGN = "foreign"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The device's own "no" (Modbus exception) to the open request."""

    code: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class Skipped:
    """Bytes that were passed over, kept for the counters and the trip record."""

    noise: Noise
    data: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """A block of a device and its data, as a message carries them unasked."""

    block: Block
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole, valid message that a device sent without being asked for it.

    `unit` is who says it, `name` what it is, `outlet` the sticker number (from 1) of the outlet that it is about. The
    `values` have their units last in their names. `payload` is the message without what may change when it is repeated.

    `answer` is what the device wants to hear before it stops repeating itself: it may be written only once the message
    is on disk. `number` is the device's own name for this message (an order's, a session's); the same number with the
    same payload within `repeats_for_s` of the answer is the same message.

    `readings` are what it carries of the register map. Where a profile reads one of them, the message is a reading: it
    becomes scans instead of an event, and is answered at once, because a device that is not answered tells it anew.

    `answers`: what it wants to hear is a decision, and its sender waits for it; the write for each verdict. The name of
    such a message is `card`, its value `card` the number of the card that was shown, in hexadecimal.

    `wants_time`: it asks for the time. The values of its answer are then Unix time in two words, the high one first, to
    be filled in by whoever knows it for certain; else it stays unanswered. `has_started`: its sender has begun anew and
    may have lost what it was told before.
    """

    unit: int
    name: str
    frame: bytes
    payload: bytes
    values: Mapping[str, int | float | str]
    outlet: int | None = None
    number: str = ""
    answer: Write | None = None
    answers: Mapping[Verdict, Write] = field(default_factory=dict)
    repeats_for_s: float = 0.0
    readings: tuple[Reading, ...] = ()
    wants_time: bool = False
    has_started: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to the open request: the raw payload (empty for a write) and the whole frame.

    `report`: what it tells beside that, where the request only gave the device leave to speak.
    """

    payload: bytes
    frame: bytes
    report: Report | None = field(default=None, compare=False)


Received = Reply | Refusal | Skipped | Report


class Driver(Protocol):
    """One instance for each bus; it carries the state of one half-duplex line.

    A protocol without registers presents a virtual register map, which its driver's module describes: `read` finds the
    device's command by the block's address, and the payload is made of words, high byte first, as profiles know them.
    `cuts_blocks` tells whether a run of addresses may be read in pieces. It is False where a block is one command of
    the device, whose reply shows which one it answers.
    """

    cuts_blocks: bool

    def read(self, unit: int, block: Block) -> Request:
        """Build the request for a block. Raises `DriverError` where the protocol cannot ask for it."""

    def write(self, unit: int, write: Write) -> Request:
        """Build the request for a write. Raises `DriverError` where the protocol cannot say it."""

    def open(self, request: Request) -> None:
        """Start the window of a request: from here on received bytes are judged against it. Drops what was kept.

        Only the beginning of a report that came while no window was open may stay, so that its end completes it.
        """

    def receive(self, data: bytes) -> tuple[Received, ...]:
        """Judge bytes as they come; never raises. An incomplete frame is kept until more bytes come.

        At most one `Reply` or `Refusal` is returned for each `open`; whatever follows it is `Skipped` or a `Report`.
        Bytes that come while no window is open are handed over as well: reports may be among them.
        """

    def close(self) -> tuple[Skipped | Report, ...]:
        """End the window without an answer: say what the bytes so far were. Drops what was kept."""

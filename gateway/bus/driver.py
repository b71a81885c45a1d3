"""The contract of a driver: a sans-IO codec for one wire protocol.

A driver turns blocks and writes into request frames, and bytes into what they mean. It has no socket, no clock, no
task and no log, so it cannot hold the control loop, and it can be fuzzed byte by byte. The bus owner keeps the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.model.wiring import Block, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A frame to send and what its good reply looks like.

    `reply_bytes` is the exact length of the good reply: it delimits the reply (t1.5 cannot be seen through USB or a
    serial server) and is what the budget counts. 0 means that no reply comes (a broadcast). `is_write` marks a
    request whose reply can equal its own echo. `payload_bytes` is the data that a good reply carries.
    """

    unit: int
    frame: bytes
    reply_bytes: int
    is_write: bool
    payload_bytes: int = 0


class Noise(StrEnum):
    """Bytes that are no answer to the open request, by what they are."""

    GARBAGE = "garbage"
    CRC = "crc"
    FOREIGN = "foreign"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to the open request: the raw payload (empty for a write) and the whole frame."""

    payload: bytes
    frame: bytes


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


Received = Reply | Refusal | Skipped


class Driver(Protocol):
    """One instance for each bus; it carries the state of one half-duplex line."""

    def read(self, unit: int, block: Block) -> Request:
        """Build the request for a block. Raises `DriverError` where the protocol cannot ask for it."""

    def write(self, unit: int, write: Write) -> Request:
        """Build the request for a write. Raises `DriverError` where the protocol cannot say it."""

    def open(self, request: Request) -> None:
        """Start the window of a request: from here on received bytes are judged against it. Drops what was kept."""

    def receive(self, data: bytes) -> tuple[Received, ...]:
        """Judge bytes as they come; never raises. An incomplete frame is kept until more bytes come.

        At most one `Reply` or `Refusal` is returned for each `open`; whatever follows it is `Skipped`.
        """

    def close(self) -> tuple[Skipped, ...]:
        """End the window without an answer: say what the bytes so far were. Drops what was kept."""

"""One request and what became of it on a bus. Never a charging order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Failure(StrEnum):
    """Why a transaction brought nothing. `QUIET`: its device had nothing to say, and need not have."""

    TIMEOUT = "timeout"
    CRC = "crc"
    TRUNCATED = "truncated"
    FOREIGN = "foreign"
    EXCEPTION = "exception"
    LINK = "link"
    QUIET = "quiet"


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A finished transaction with its timing, for the image, the trip record and the statistics.

    Times are monotonic seconds. `sent_s`: first byte handed to the line. `request_end_s`: computed end of its last
    byte. `first_byte_s` / `reply_end_s`: when the reply began and ended, 0.0 where there was none.
    `asked_s`: end of the oldest request that this reply can belong to; a fitting reply after a timeout is dated so.
    What was only listened for (an empty `request`) has the start of its frame there.
    """

    unit: int
    request: bytes
    sent_s: float
    request_end_s: float
    reply: bytes = b""
    payload: bytes = b""
    first_byte_s: float = 0.0
    reply_end_s: float = 0.0
    asked_s: float = 0.0
    failure: Failure | None = None
    exception_code: int = 0

    @property
    def ok(self) -> bool:
        return self.failure is None

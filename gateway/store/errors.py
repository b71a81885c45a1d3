"""What the log refuses, and why; everything else that it meets it survives."""

from __future__ import annotations

from enum import StrEnum

from gateway.model.errors import GatewayError


class Refusal(StrEnum):
    """Why an append was not taken; nothing of it is stored and its sequence number is not used up."""

    DISK_FULL = "disk full"
    IO_ERROR = "disk error"
    BUSY = "too many appends are waiting"
    TOO_LARGE = "the record is larger than the log takes"
    CLOSED = "the log is closed"


class LogRefused(GatewayError):  # noqa: N818 - a refusal is an answer with a reason; the caller keeps the record and asks again
    """The log could not make a record durable; nothing of it is stored, and the same call may succeed later."""

    def __init__(self, reason: Refusal, detail: str = "") -> None:
        self.reason = reason
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)


class LogInUse(GatewayError):  # noqa: N818 - the state of the file, not a fault of it
    """Another process or another Log of this process owns the file: one file has one connection."""


class LogTooNew(GatewayError):  # noqa: N818 - the state of the file, not a fault of it
    """The file was made by a later version of the gateway; it is left untouched."""


class LogDamaged(GatewayError):  # noqa: N818 - the state of the file, not a fault of the call
    """The file contradicts itself; `gateway.store.keeper` answers it by quarantine and salvage."""

"""A wish to change something, what became of it, and field's permission to keep an outlet on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Origin(IntEnum):
    """Who wants it. A lower rank outranks a higher one (design: protection > interlock > ... > schedule)."""

    PROTECTION = 0
    INTERLOCK = 1
    LOCAL = 2
    ORDER = 3
    CLOUD = 4
    SCHEDULE = 5


class CommandKind(StrEnum):
    """What can be wished for in this version."""

    START = "start"
    STOP = "stop"
    SAFETY_OFF = "safety-off"
    RESET = "reset"
    READ_NOW = "read-now"
    REPLAY = "replay"
    SETTLED_ACK = "settled-ack"
    ACT = "act"
    ANSWER = "answer"
    PURCHASE = "purchase"
    RESTOCK = "restock"
    DECLARE = "declare"
    DEPOSIT = "deposit"
    COLLECTION = "collection"
    WITHDRAW = "withdraw"
    FINISH = "finish"
    SEEN = "seen"
    QUOTE = "quote"
    HISTORY = "history"
    TARIFFS = "tariffs"
    PRICES = "prices"
    CARDS = "cards"
    ALARM_ACK = "alarm-ack"
    ALARM_SHELVE = "alarm-shelve"
    ALARM_UNSHELVE = "alarm-unshelve"
    ALARM_REMOVE = "alarm-remove"
    ALARM_RESTORE = "alarm-restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A wish, known by its id: the same id is the same wish, on both sides of the socket.

    `target` is a path: `pile-03/outlet-07`, `pile-03`, or `*` for the whole site. `expires_s` is monotonic, of the
    process that holds the command; None never expires (an OFF).
    """

    id: str
    kind: CommandKind
    target: str
    origin: Origin
    args: Mapping[str, object] = field(default_factory=dict)
    expires_s: float | None = None


class Verdict(StrEnum):
    """What a device is told when a card was shown to it."""

    OK = "ok"
    UNKNOWN = "unknown"
    IN_USE = "in-use"
    LIMIT = "limit"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a command. `reason` is one stable word for machines, `detail` a line for people.

    `state` is "accepted" (more follows), "done" (confirmed where a confirmation exists), "refused" or "failed".
    `body` is what was asked for, where it was a question; it is told and not kept.
    """

    id: str
    state: str
    reason: str = ""
    detail: str = ""
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Permission to keep one outlet on, within limits that field enforces without edge.

    `until_s` is monotonic of the field process and the only time limit that it looks at; `max_wh` and `max_w` of 0
    mean no limit. A grant with a higher `version` for the same order replaces the older one.
    """

    outlet: str
    order_id: str
    until_s: float
    max_wh: int = 0
    max_w: int = 0
    device_order_no: str = ""
    version: int = 1

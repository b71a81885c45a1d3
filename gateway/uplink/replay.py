"""A range of the log that somebody asked for again: how far it has arrived, and what to say at its end. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.command import Outcome
from gateway.uplink.feed import last_seq
from gateway.uplink.source import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.uplink.outgoing import Outgoing
    from gateway.uplink.source import Record, StreamName

REPLAYS_WAITING = 4


@dataclass(slots=True)
class Replay:
    """One request; outlives connections. Everything below `first` has arrived; the counts are of what has."""

    boot: str
    stream: StreamName
    first: int
    last: int
    id: str = ""
    reply_to: str | None = None
    records: int = 0
    gone: int = 0

    @property
    def is_over(self) -> bool:
        return self.first > self.last

    def outcome(self) -> Outcome:
        """Return what became of it, once it is over."""
        if not self.records:
            detail = f"the log has no {self.stream} of that range of boot {self.boot}, or has it no more"
            return Outcome(id=self.id, state="failed", reason="gone", detail=detail)
        return Outcome(id=self.id, state="done", detail=f"{self.records} records sent again, {self.gone} are gone")


@dataclass(slots=True)
class Slice:
    """Messages that were sent together; `next_first` is the number behind them."""

    next_first: int
    waiting: int
    records: int
    gone: int


class Resending:
    """One connection's work on a replay; begins where the acknowledgements of the last connection have ended."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.next = replay.first
        self._slices: deque[Slice] = deque()

    @property
    def is_read(self) -> bool:
        return self.next > self.replay.last

    def take(self, records: Sequence[Record], messages: Sequence[Outgoing]) -> Slice:
        """Note a slice that is about to be sent; none at all means that the log holds no more of the range."""
        gone = sum(record.last_seq - record.first_seq + 1 for record in records if isinstance(record, Missing))
        self.next = last_seq(records[-1]) + 1 if records else self.replay.last + 1
        count = sum(message.records for message in messages) - gone
        made = Slice(self.next, len(messages), count, gone)
        self._slices.append(made)
        self._settle()
        return made

    def acknowledged(self, part: Slice) -> None:
        """Note that one message of a slice has arrived."""
        part.waiting -= 1
        self._settle()

    def _settle(self) -> None:
        while self._slices and not self._slices[0].waiting:
            part = self._slices.popleft()
            self.replay.first = part.next_first
            self.replay.records += part.records
            self.replay.gone += part.gone

"""Stands between the bus owner and its link, and measures there by this process's own clock: silences and host share."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.app.field import FieldHouse
    from gateway.model.transaction import Exchange
    from simulators.journal import Entry

SWITCH_FUNCTIONS = (5, 15)
LATE_S = 0.001
"""Bytes that take longer than this between two processes were held up: a process or the terminal had to wait."""

WRITE_S = 0.0001
"""Longer than a slave's write of a reply's last byte takes: it can be read before the slave has noted its moment."""


class LineWatch:
    """Watches the first line of a house, from before it is opened.

    `off_share_s`: for each OFF that follows a good reply, from the return of the read that brought its last byte to
    the return of the write that took the OFF, less the mandatory t3.5. `sent_s`: when each write began. `read_s`: when each read ended.
    `shortest_s`: the least silence before any of them, counted from the last byte read or the computed end of our own
    last frame, whichever is later.
    """

    def __init__(self, house: FieldHouse) -> None:
        self.off_share_s: list[float] = []
        self.sent_s: list[float] = []
        self.read_s: list[float] = []
        self.shortest_s = float("inf")
        self.broken_silences = 0
        self._line = house.plans[0].line
        self.t35_s = self._line.t35_s
        self._busy_until_s = self._reply_end_s = 0.0
        bus, recorder = house.buses[0], house.loops[0].recorder
        self._write, self._bytes_came, self._note = bus._link.write, bus.bytes_came, recorder.note
        bus._link.write = self._writing  # type: ignore[method-assign]
        bus.bytes_came = self._reading  # type: ignore[method-assign]
        recorder.note = self._noting  # type: ignore[method-assign]

    def _reading(self, data: bytes) -> None:
        read_s = time.monotonic()
        self.read_s.append(read_s)
        self._busy_until_s = max(self._busy_until_s, read_s)
        self._bytes_came(data)

    def _noting(self, exchange: Exchange, words: Callable[[], Mapping[str, str]] = dict) -> None:
        self._reply_end_s = exchange.reply_end_s if exchange.ok else 0.0
        self._note(exchange, words)

    def _writing(self, data: bytes) -> None:
        before_s = time.monotonic()
        self._write(data)
        after_s = time.monotonic()
        silence_s = before_s - self._busy_until_s
        self.sent_s.append(before_s)
        self.shortest_s = min(self.shortest_s, silence_s)
        self.broken_silences += silence_s < self.t35_s
        if self._reply_end_s and data[1] in SWITCH_FUNCTIONS and not data[4]:
            self.off_share_s.append(after_s - self._reply_end_s - self.t35_s)
        self._busy_until_s = before_s + len(data) * self._line.char_s

    def broken_at_slave(self, entries: Sequence[Entry]) -> tuple[int, int]:
        """Return how many silences were broken by the slave's clock: those to be answered for, and those of the line.

        The line's own are those shortly before which it held bytes up: a late slave, or a terminal whose bytes came
        late on either side, so that to the slave the line was busy for longer than to us.
        """
        ours = of_the_line = 0
        for place, entry in enumerate(entries):
            if entry.broken and any(self._held_up_s(before) > LATE_S for before in entries[max(0, place - 2) : place]):
                of_the_line += 1
            elif entry.broken:
                ours += 1
        return ours, of_the_line

    def held_up(self, entries: Sequence[Entry]) -> int:
        """Return how many transactions had bytes held up: many of them mean that the machine was too busy."""
        return sum(self._held_up_s(entry) > LATE_S for entry in entries)

    def _held_up_s(self, entry: Entry) -> float:
        """Return the longest that a transaction's bytes took where they take no time: to the slave, in it, and back."""
        sent = bisect_right(self.sent_s, entry.arrival_s)
        there_s = entry.arrival_s - self.sent_s[sent - 1] if sent else 0.0
        if entry.last_s is None:
            return max(there_s, entry.late_s)
        read = bisect_left(self.read_s, entry.last_s - WRITE_S)
        back_s = self.read_s[read] - entry.last_s if read < len(self.read_s) else 0.0
        return max(there_s, entry.late_s, back_s)

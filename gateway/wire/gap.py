"""Readings that field has given up, and whether edge knows of them. Pure."""

from __future__ import annotations

from collections import deque

GAPS_TOLD = 64
"""Told and not confirmed; beyond it they are told as one."""


class Gap:
    """How many readings of a range were given up."""

    def __init__(self) -> None:
        self.first = self.last = self.scans = 0

    def add(self, first: int, last: int, scans: int) -> None:
        self.first = min(self.first, first) if self.scans else first
        self.last = max(self.last, last)
        self.scans += scans

    def merge(self, other: Gap) -> None:
        if other.scans:
            self.add(other.first, other.last, other.scans)


class Told:
    """Gaps that were told on this connection; the batch behind each confirms it, because edge commits in order."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Gap, int | None]] = deque()

    def tell(self, gap: Gap) -> None:
        """Take note of a gap whose frame goes out now."""
        if len(self._waiting) >= GAPS_TOLD:
            gap.merge(self._waiting.pop()[0])
        self._waiting.append((gap, None))

    def followed(self, last: int) -> None:
        """Take note of a batch; its last number confirms the gaps before it."""
        self._waiting = deque((gap, last if by is None else by) for gap, by in self._waiting)

    def acknowledged(self, seq: int) -> None:
        """Forget what edge has committed."""
        while self._waiting and (by := self._waiting[0][1]) is not None and by <= seq:
            self._waiting.popleft()

    def take_back(self) -> Gap:
        """Return everything unconfirmed as one gap, to be told again on the next connection."""
        whole = Gap()
        for gap, _ in self._waiting:
            whole.merge(gap)
        self._waiting.clear()
        return whole

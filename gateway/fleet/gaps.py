"""Which events of one gateway are here, and which are to be asked for again. Pure.

A log numbers its events without holes, over all its boots (`EventMessage.event_seq`); what lies before the first event
that was ever heard of a gateway is not asked for. Between two boots nobody knows which of them gave a missing number:
the earlier one is asked first, then the later one. What neither has is gone, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_AT_ONCE = 5000
"""Numbers that are asked for at a time."""


class News(Enum):
    """What an event is to us: the newest, one that was missing (or is older than all that we know), or known."""

    NEW = "new"
    LATE = "late"
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Numbers from `first` to `last` that are here or known to be gone, and the boots that gave these two."""

    first: int
    last: int
    first_boot: str
    last_boot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A range that one boot is to send again."""

    boot: str
    first: int
    last: int


@dataclass(slots=True)
class Gaps:
    """One gateway's. `gone` counts the numbers that nobody has any more; `newest_ts` is the time of its last event."""

    gone: int = 0
    newest_ts: int = 0
    _runs: list[Run] = field(default_factory=list)
    _boots: set[str] = field(default_factory=set)
    _tried: set[Ask] = field(default_factory=set)

    @classmethod
    def of(cls, runs: Iterable[Run], newest_ts: int, gone: int = 0) -> Gaps:
        """Return what is known of a gateway from what was stored of its last log."""
        made = cls(newest_ts=newest_ts, gone=gone)
        for run in runs:
            made._add(run)
            made._boots |= {run.first_boot, run.last_boot}
        return made

    @property
    def runs(self) -> tuple[Run, ...]:
        """What is here, in order."""
        return tuple(self._runs)

    @property
    def missing(self) -> int:
        """How many numbers are neither here nor known to be gone."""
        return sum(hole.last - hole.first + 1 for hole, _ in self._holes())

    def take(self, boot: str, seq: int, ts: int) -> News:
        """Take an event that has come."""
        is_older = bool(self._runs) and seq <= self._runs[-1].last
        if is_older and boot not in self._boots and ts > self.newest_ts:
            self._runs, self._boots, self._tried = [], set(), set()  # the gateway has begun a new log
            is_older = False
        if is_older and (seq < self._runs[0].first or any(run.first <= seq <= run.last for run in self._runs)):
            return News.LATE if seq < self._runs[0].first else News.KNOWN
        self._boots.add(boot)
        self._add(Run(first=seq, last=seq, first_boot=boot, last_boot=boot))
        if is_older:
            return News.LATE
        self.newest_ts = max(self.newest_ts, ts)
        return News.NEW

    def dropped(self, first: int, last: int) -> None:
        """Take that the gateway itself has these numbers no more."""
        for hole, boots in list(self._holes()):
            self._give_up(boots[0], max(first, hole.first), min(last, hole.last))
        if self._runs and first <= self._runs[-1].last + 1 <= last:
            self._give_up(self._runs[-1].last_boot, self._runs[-1].last + 1, last)

    def ask(self) -> Ask | None:
        """Return what is to be asked for next; None: nothing."""
        for hole, boots in self._holes():
            for boot in boots:
                wish = _part(hole, boot)
                if wish not in self._tried:
                    return wish
        return None

    def answered(self, wish: Ask) -> None:
        """Take that a boot has sent all that it has of a range: what no other boot can have is gone."""
        self._tried.add(wish)
        for hole, boots in list(self._holes()):
            part = _part(hole, boots[0])
            if all(replace(part, boot=boot) in self._tried for boot in boots):
                self._give_up(boots[0], part.first, part.last)

    def _holes(self) -> Iterator[tuple[Ask, tuple[str, ...]]]:
        """Yield the ranges that are missing, each with the boots that can have given it."""
        for before, after in zip(self._runs, self._runs[1:], strict=False):
            hole = Ask(boot=before.last_boot, first=before.last + 1, last=after.first - 1)
            yield hole, tuple(dict.fromkeys((before.last_boot, after.first_boot)))

    def _give_up(self, boot: str, first: int, last: int) -> None:
        if first <= last:
            self.gone += last - first + 1
            self._add(Run(first=first, last=last, first_boot=boot, last_boot=boot))

    def _add(self, run: Run) -> None:
        """Put a run in its place, which is free, and join what touches."""
        place = len(self._runs)
        while place and self._runs[place - 1].first > run.first:
            place -= 1
        if place and self._runs[place - 1].last + 1 == run.first:
            place -= 1
            run = replace(run, first=self._runs[place].first, first_boot=self._runs[place].first_boot)
            del self._runs[place]
        if place < len(self._runs) and run.last + 1 == self._runs[place].first:
            run = replace(run, last=self._runs[place].last, last_boot=self._runs[place].last_boot)
            del self._runs[place]
        self._runs.insert(place, run)


def _part(hole: Ask, boot: str) -> Ask:
    """Return what is asked for at a time."""
    return Ask(boot=boot, first=hole.first, last=min(hole.last, hole.first + MOST_AT_ONCE - 1))

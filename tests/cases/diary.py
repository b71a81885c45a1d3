"""The real log in virtual time: its own thread and its own file, waited for on the spot while the clock stands still."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, wait
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.app.logbook import Logbook
from gateway.edge.journal import Moment
from gateway.store.keeper import Keeper
from gateway.store.log import READINGS_COMMIT_S, Log
from gateway.store.owner import Owner
from gateway.store.record import ClockQuality, Settings, Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gateway.model.scan import Scan
    from gateway.store.record import NewEvent

T = TypeVar("T")


class WallClock:
    """Wall time that goes with the loop's clock. `quality`: 0 unset, 1 held, 2 synchronised, as the log has it."""

    def __init__(self, ts_ms: int, quality: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._ahead_ms = ts_ms - round(self._loop.time() * 1000)
        self.quality = quality

    def now(self) -> Moment:
        mono_s = self._loop.time()
        return Moment(ts_ms=self._ahead_ms + round(mono_s * 1000), clock=self.quality, mono_s=mono_s)

    def stamp(self) -> Stamp:
        now = self.now()
        return Stamp(ts_ms=now.ts_ms, clock=ClockQuality(now.clock), mono_s=now.mono_s)


class PromptOwner(Owner):
    """The thread that owns a log; whoever asks it has the answer at once."""

    def start(self) -> Future[None]:
        return _awaited(super().start())

    def stop(self) -> Future[None]:
        return _awaited(super().stop())

    def events(self, events: Sequence[NewEvent]) -> Future[list[int]]:
        return _awaited(super().events(events))

    def _ask(self, act: Callable[[Keeper], Any]) -> Future[Any]:
        return _awaited(super()._ask(act))


class Diary(Logbook):
    """Edge's journal over the real log, by a given clock. Readings, most of a log, are left out: nobody reads them."""

    def __init__(self, log: Log, newest_event: int, clock: WallClock) -> None:
        super().__init__(log, newest_event)
        self._clock = clock

    def now(self) -> Moment:
        return self._clock.now()

    async def declare(self, layouts: Sequence[tuple[str, int, bytes]]) -> None:
        pass

    def scans(self, scans: Sequence[Scan]) -> None:
        pass

    def lost(self, scans: int) -> None:
        pass

    async def commit(self) -> None:
        pass


async def open_log(path: Path, clock: WallClock) -> Log:
    """Open the log as edge does."""
    make = partial(Keeper, path, settings=Settings(), clock=clock.stamp)
    owner = PromptOwner(make, READINGS_COMMIT_S)
    owner.start().result()
    return Log(owner, owner.do(lambda log: log.boot).result())


def _awaited(future: Future[T]) -> Future[T]:
    wait([future])
    return future

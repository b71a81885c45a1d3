"""The log as the console reads it back: from a moment on, slice by slice, while it goes on being written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.store.log import last_of
from gateway.store.record import Event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.app.logbook import Logbook
    from gateway.model.event import EventKind
    from gateway.store.log import Log

STEPPED_MS = 3_600_000
"""How far a clock may have been set back in the time that is looked for."""


class LogReader:
    """Reads events in their order; nothing that is written waits for it longer than for one slice."""

    def __init__(self, log: Log, logbook: Logbook) -> None:
        self._log = log
        self._logbook = logbook

    async def since(self, from_ms: int, until_ms: int, *kinds: EventKind) -> AsyncIterator[Event]:
        """Yield the events of some kinds with a wall time in [`from_ms`, `until_ms`). Raises `GatewayError`."""
        after = await self._before(from_ms - STEPPED_MS)
        while found := await self._log.events(after):
            after = last_of(found[-1])
            events = [each for each in found if isinstance(each, Event)]
            for event in events:
                if event.kind in kinds and from_ms <= event.at.ts_ms < until_ms:
                    yield event
            if events and events[-1].at.ts_ms >= until_ms + STEPPED_MS:
                return

    async def _before(self, ts_ms: int) -> int:
        """Return the number of an event before which all are older than this."""
        low, high = 0, self._logbook.newest_event
        while low < high:
            middle = (low + high) // 2
            found = await self._log.events(middle)
            first = next((each for each in found if isinstance(each, Event)), None)
            if first is None and found:  # gone from the log: older than all that is there
                low = last_of(found[-1])
            elif first is None or first.at.ts_ms >= ts_ms:
                high = middle
            else:
                low = middle + 1
        return low

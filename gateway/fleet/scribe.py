"""Writes what was heard into the store, a few times a second, so that a flood of messages is few transactions."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from gateway.fleet.store import Write
from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.fleet.estate import Estate, Heard
    from gateway.fleet.gaps import Run
    from gateway.fleet.store import FleetStore
    from gateway.uplink.message import EventMessage

EVERY_S = 0.5
FORGET_EVERY_S = 3600.0
KEPT_MS = 180 * 86_400_000
"""Half a year."""

PROGRESS_KEPT_MS = 2 * 86_400_000
"""Today's sums are made of it after a restart; the order itself keeps the last word."""


class Scribe:
    """`wall_ms` is the wall clock; `say` writes a line for people. What cannot be stored waits, and is tried again."""

    def __init__(
        self, store: FleetStore, estate: Estate, *, wall_ms: Callable[[], int], say: Callable[[str], None]
    ) -> None:
        self._store = store
        self._estate = estate
        self._wall_ms = wall_ms
        self._say = say
        self._events: list[tuple[str, EventMessage]] = []
        self._kept: dict[tuple[str, str], bytes] = {}
        self._trouble = ""
        self._alone = asyncio.Lock()

    def heard(self, heard: Heard, payload: bytes) -> None:
        """Take what a message has brought."""
        if heard.event is not None:
            self._events.append((heard.at, heard.event))
        if heard.kept:
            self._kept[heard.at, heard.kept] = payload

    async def run(self) -> None:
        """Write until cancelled, and then what is left."""
        loop = asyncio.get_running_loop()
        forget_s = loop.time()
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                await self.flush()
                if loop.time() >= forget_s:
                    forget_s = loop.time() + FORGET_EVERY_S
                    with contextlib.suppress(GatewayError):  # a full disk: it is tried again in an hour
                        await self._forget()
        finally:
            await self.flush()

    async def _forget(self) -> None:
        now_ms = self._wall_ms()
        async with self._alone:
            await asyncio.to_thread(self._store.forget, now_ms - KEPT_MS, now_ms - PROGRESS_KEPT_MS)

    async def flush(self) -> None:
        """Write what there is."""
        async with self._alone:
            if not self._events and not self._kept:
                return
            events, kept = self._events, self._kept
            self._events, self._kept = [], {}
            gaps = {name: self._gaps_of(name) for name in {name for name, _ in events}}
            try:
                await asyncio.to_thread(self._store.write, Write(events=tuple(events), gaps=gaps, kept=kept))
                self._trouble = ""
            except GatewayError as error:
                self._events, self._kept = events + self._events, kept | self._kept
                if str(error) != self._trouble:
                    self._trouble = str(error)
                    self._say(f"fleet: {error}")

    async def keep(self, state: Mapping[str, bytes | None]) -> None:
        """Store values by name (None: gone). Raises `GatewayError`."""
        async with self._alone:
            await asyncio.to_thread(self._store.keep, state)

    async def note(self, who: str, what: str, detail: str) -> None:
        """Record who did what in the console. Raises `GatewayError`."""
        async with self._alone:
            await asyncio.to_thread(self._store.note, self._wall_ms(), who, what, detail)

    def _gaps_of(self, name: str) -> tuple[tuple[Run, ...], int, int]:
        gaps = self._estate.sheds[name].gaps
        return gaps.runs, gaps.newest_ts, gaps.gone

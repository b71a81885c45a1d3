"""The local console: the picture of this one gateway, served by edge to whoever is let in."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from gateway.app.box_acts import write_private
from gateway.app.console_door import Door
from gateway.app.console_hands import LocalHands
from gateway.app.life import new_id, say
from gateway.app.scraper_token import kept_token
from gateway.console.access.keeper import Keeper
from gateway.console.acting import acting
from gateway.console.commanded import Commanded
from gateway.console.live import Live
from gateway.console.looking import looking
from gateway.console.picture import Picture
from gateway.console.server import console
from gateway.edge.journal import Entry
from gateway.model.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from fastapi import APIRouter, FastAPI

    from gateway.app.console_hands import Desk
    from gateway.app.console_pages import LocalPages
    from gateway.console.picture import Document
    from gateway.edge.journal import Journal
    from gateway.model.site import ConsoleSetup
    from gateway.uplink.presence import Board

DEVICES_AGAIN_S = 1.0
"""Power and energy creep without a revision: how often every device is looked at."""

ACCOUNTS = "accounts.json"
SESSIONS = "sessions.json"
TOKEN = "metrics.token"  # noqa: S105 - the name of its file


class LocalConsole:
    """`name` is `SITE/GATEWAY`; `folder` keeps accounts, `runtime` who is signed in.

    `works` are the routes of alarms and of the past.

    It looks at the board only while somebody looks at it.

    `standing` says in one line why nobody can look; empty while it serves. Nothing that happens here ends edge.
    """

    def __init__(
        self,
        name: str,
        setup: ConsoleSetup,
        board: Board,
        journal: Journal,
        folder: Path,
        runtime: Path,
        wall_ms: Callable[[], int],
        *,
        desk: Desk,
        pages: LocalPages,
        works: Iterable[APIRouter],
    ) -> None:
        self._name = name
        self._board = board
        audit = LogAudit(journal)
        self._keeper = Keeper(
            folder / ACCOUNTS,
            write=write_private,
            audit=audit,
            now_s=time.monotonic,
            say=say,
            scraper=kept_token(folder / TOKEN),
            sessions=runtime / SESSIONS,
        )
        self._picture = Picture()
        self._commanded = Commanded(self._picture)
        self._hands = LocalHands(name, desk, audit, time.monotonic)
        self._pages = pages
        self._works = tuple(works)
        self._wall_ms = wall_ms
        self._revisions: dict[str, int] = {}
        self._inventory = -1
        self._alarms: object = None
        self._again_s = 0.0
        self._live = Live(self._picture, self._refresh, wall_ms)
        self._door = Door(setup, folder, self._keeper, app=self._app, beside=(self._live.run, self._recall))
        status = {"state": "online", "version": board.version, "config_hash": board.config_hash}
        self._picture.take_status(name, status)

    def heard(self, entry: Entry) -> None:
        """Take an event that has just been stored."""
        self._pages.heard(entry)
        about = {"id": entry.id, "kind": str(entry.kind), "target": entry.target, "ts": entry.at.ts_ms}
        self._picture.take_event(self._name, about | {"body": entry.body})
        if entry.kind is EventKind.OUTCOME:
            self._commanded.told({**entry.body, "id": entry.target})

    async def _recall(self) -> None:
        """Show what the log has of today, as if just heard. Raises `GatewayError`; then it is tried again."""
        await self._pages.count()
        async for event in self._pages.trips():
            self._picture.take_event(self._name, event)

    def _refresh(self) -> None:
        if self._inventory != self._board.inventory_revision():
            self._inventory = self._board.inventory_revision()
            self._picture.take_inventory(self._name, self._board.inventory().model_dump())
        if self._alarms != self._board.alarms_revision():
            self._alarms = self._board.alarms_revision()
            self._picture.take_alarms(self._name, self._board.alarms().model_dump())
        now_s = asyncio.get_running_loop().time()
        is_time = now_s - self._again_s >= DEVICES_AGAIN_S
        self._again_s = now_s if is_time else self._again_s
        for device, revision in self._board.revisions().items():
            if is_time or self._revisions.get(device) != revision:
                self._revisions[device] = revision
                self._picture.take_state(self._name, device, self._board.state(device).model_dump())
        self._commanded.look(self._wall_ms())
        if is_time and (sums := self._pages.sums()) is not None:
            self._picture.put(f"s/{self._name}", sums)

    # ------------------------------------------------------------------ serving

    async def run(self) -> None:
        """Serve until cancelled; what keeps it from serving is told, and tried again."""
        await self._door.run()

    @property
    def standing(self) -> str:
        return self._door.standing

    def _app(self, names: set[str]) -> FastAPI:
        routers = [looking(self._live), acting(self._commanded, self._hands, self._wall_ms), *self._works]
        routers += self._pages.routers(self._seen)
        return console(routers, self._keeper, timezone=self._pages.timezone, names=names, version=self._board.version)

    def _seen(self) -> Mapping[str, Document]:
        self._live.look()
        return self._picture.documents


class LogAudit:
    """Writes into the log who did what in the console."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def note(self, who: str, what: str, detail: str) -> None:
        """Record an act. Raises `GatewayError` where the log refuses."""
        body = {"what": what, "by": who, "detail": detail}
        entry = Entry(id=new_id(), kind=EventKind.GATEWAY, target="*", at=self._journal.now(), body=body)
        await self._journal.append(entry)

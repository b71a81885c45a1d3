"""A console with its porter, for tests: a clock that is set by hand, accounts in a folder, what was said and recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from gateway.app.box_acts import write_private
from gateway.console.access import password
from gateway.console.access.keeper import Keeper
from gateway.console.access.roles import Role, Who
from gateway.console.acting import acting
from gateway.console.commanded import Asked, Commanded
from gateway.console.finding import finding
from gateway.console.frames import frames
from gateway.console.history import history
from gateway.console.live import Live
from gateway.console.looking import looking
from gateway.console.machines import machines
from gateway.console.picture import Picture
from gateway.console.records import records
from gateway.console.server import console
from gateway.model.command import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest
    from fastapi import FastAPI

    from gateway.console.buckets import Buckets

ORIGIN = "http://127.0.0.1:8800"
TOKEN = "of-the-scraper"  # noqa: S105 - of a test
PASSWORD = "correct horse battery"  # noqa: S105 - of a test
NAMES = {Role.VIEWER: "vera", Role.OPERATOR: "otto", Role.INSTALLER: "ines"}


@dataclass
class Audited:
    """What was recorded of whom."""

    notes: list[tuple[str, str]] = field(default_factory=list)

    async def note(self, who: str, what: str, detail: str) -> None:
        del detail
        self.notes.append((who, what))


class Porter:
    """A console at loopback. `now_s` is its clock."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 1000.0
        self.said: list[str] = []
        self.audit = Audited()
        self.file = folder / "accounts.json"
        self.sessions = folder / "sessions.json"
        self.keeper = self.another_keeper()
        self.picture = Picture()
        self.acts: list[Asked] = []
        live = Live(self.picture, lambda: None, lambda: 0)
        acts = acting(Commanded(self.picture), self, lambda: 0)
        self.app: FastAPI = console(
            [looking(live), acts, finding(self), history(self), records(self), frames(self), machines(self.scrape)],
            self.keeper,
            timezone="Asia/Urumqi",
            names={"gateway-1.local"},
        )

    def another_keeper(self) -> Keeper:
        """Return a keeper as the console has after a restart."""
        return Keeper(
            self.file,
            write=write_private,
            audit=self.audit,
            now_s=lambda: self.now_s,
            say=self.said.append,
            scraper=TOKEN,
            sessions=self.sessions,
        )

    async def scrape(self) -> str:
        """Say that all is well."""
        return "gateway_field_up 1\n"

    async def history(self, target: str, buckets: Buckets) -> None:
        """Remember one current of any outlet."""
        buckets.take(f"current of {target}", "A", buckets.from_ms, 1.5)

    async def stories(self, said: str, most: int) -> list[dict[str, object]]:
        """Remember one order of any number."""
        return [{"order_id": said, "place": "p/a", "stage": "settled", "ts": most}]

    async def trip(self, trip_id: str) -> dict[str, object] | None:
        """Remember the record of one trip."""
        return {"ts": 1, "trip_id": trip_id} if trip_id == "boot-t1" else None

    def look(self, name: str, after: int) -> dict[str, object] | None:
        """Know one line, on which nothing passes."""
        return {"last": after, "dropped": 0, "frames": []} if name == "line-1" else None

    def kept(self, name: str) -> list[dict[str, object]] | None:
        """Know one line, on which nothing has passed."""
        return [] if name == "line-1" else None

    async def act(self, asked: Asked) -> Outcome | None:
        """Do what hands do: keep what was asked."""
        self.acts.append(asked)
        return Outcome(id=asked.id, state="accepted") if asked.gateway == "shed/gw-1" else None

    def client(self, *, address: str = "127.0.0.1", headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
        """Return a browser of its own."""
        transport = httpx.ASGITransport(self.app, client=(address, 40000))
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=dict(headers or {}))

    async def employ(self) -> None:
        """Make an account for each role."""
        by = Who(name="test", role=Role.INSTALLER)
        for role, name in reversed(NAMES.items()):
            await self.keeper.add(by, name, PASSWORD, role)

    async def signed_in(self, name: str) -> httpx.AsyncClient:
        """Return a browser in which somebody is signed in."""
        client = self.client()
        answer = await client.post("/api/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 204, answer.text
        return client


def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let scrypt cost nothing."""
    monkeypatch.setattr(password, "N", 2)
    monkeypatch.setattr(password, "P", 1)

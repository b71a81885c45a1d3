"""Edge with every desk beside a whole field process, in virtual time: DNY piles whose outlets know cards."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.edge.book import Book
from gateway.edge.card_book import CardBook
from gateway.edge.link import FieldLink
from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site
from tests.scenario.edge_desks import desks_of
from tests.scenario.edge_side import MACHINE, WALL_MS, Disk, MemoryJournal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.edge.desks import Desks
    from gateway.edge.journal import Entry
    from gateway.model.site import Site

KEY = bytes(range(32))
CARD, OTHER_CARD = bytes.fromhex("7a8d05dd"), bytes.fromhex("7a8d05de")
FIRST = 0x07_00_04_D2
CHARGING = """\
charging:
  tariff: shed
  {more}
  cards: {{key_file: cards.key, ceiling_mil: 3000, list_age_most_s: 7200, when: {when}}}
tariffs:
  - {{id: shed, version: 3, service: [{{by: energy, price_mil_per_kwh: 1000}}]}}
"""
SITE = f"""\
site: shed
gateway: gw-1
buses:
  - {{name: piles, link: {{kind: serial, path: /dev/piles, baud: 9600}}}}
devices:
  - {{name: pile-01, bus: piles, profile: pile/ap3000_12, unit: {FIRST}}}
"""
_names = (f"n{number}" for number in itertools.count(1))


def site_of(when: str = "always", more: str = "") -> Site:
    text = SITE + CHARGING.format(when=when, more=more)
    return compile_site(text, Path("/etc/site.yaml"), Library((BUILT_IN,)))


def signed(version: int = 1, *, key: bytes = KEY, **changes: Any) -> dict[str, Any]:
    """Return what a push of the card list says: the two cards of the tests, made an hour ago."""
    entries = [
        {"card": card.hex(), "user_ref": f"u-{number}", "ceiling_mil": 5000}
        for number, card in enumerate((CARD, OTHER_CARD), start=1)
    ]
    issue = {"site": "shed", "gateway": "gw-1", "version": version, "issued_ms": WALL_MS - 3_600_000, "cards": entries}
    payload = json.dumps(issue | changes)
    return {"payload": payload, "signature": hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()}


@dataclass
class AuthoritySide:
    """A living edge with all its desks."""

    book: Book
    link: FieldLink
    desks: Desks
    disk: Disk
    cards: CardBook

    async def ready(self) -> None:
        async with asyncio.timeout(30):
            while not self.link.is_ready:  # noqa: ASYNC110 - a link has no event to wait for
                await asyncio.sleep(0.05)

    async def ask(
        self, kind: CommandKind, target: str = "*", *, name: str | None = None, ttl_s: float = 20, **args: object
    ) -> Outcome:
        expires_s = asyncio.get_running_loop().time() + ttl_s
        command = Command(
            id=name or next(_names), kind=kind, target=target, origin=Origin.CLOUD, args=args, expires_s=expires_s
        )
        return await self.desks.seen(command.id) or await self.desks.submit(command)

    def told(self, kind: str, **body: object) -> list[Entry]:
        return [
            entry
            for entry in self.disk.entries
            if entry.kind == kind and all(entry.body.get(name) == value for name, value in body.items())
        ]


@contextlib.asynccontextmanager
async def authority_side(
    socket: Path, disk: Disk, site: Site, *, key: bytes = KEY, machine: str = MACHINE
) -> AsyncIterator[AuthoritySide]:
    """Run edge until the block is left, which is its death."""
    journal = MemoryJournal(disk)
    states = await journal.states()
    book = Book(site, machine, states)
    link = FieldLink(path=socket, config_hash=site.digest, boot="edge", book=book, journal=journal, states=states)
    cards = CardBook(addressee=(site.name, site.gateway), key=lambda: key)
    desks, runs = desks_of(
        site, book=book, link=link, journal=journal, states=states, new_id=lambda: next(_names), cards=cards
    )
    tasks = [asyncio.create_task(each.run()) for each in runs]
    try:
        yield AuthoritySide(book, link, desks, disk, cards)
    finally:
        for task in tasks:
            assert not task.done(), task
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

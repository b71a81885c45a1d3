"""Edge is told to end just when field closes the connection: it ends, whichever of the two it notices first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.edge.book import Book
from gateway.edge.link import FieldLink
from gateway.testing.clock import run_virtual
from tests.scenario.edge_side import MACHINE, Disk, MemoryJournal
from tests.scenario.house import shipped_shed

if TYPE_CHECKING:
    from pathlib import Path

TURNS = 12
"""The loop's turns between the two; some of them fall into the end of the connection."""


def test_a_link_that_is_ended_while_its_connection_ends_is_over(tmp_path: Path) -> None:
    async def story() -> None:
        came: list[asyncio.StreamWriter] = []
        server = await asyncio.start_unix_server(lambda _, writer: came.append(writer), path=str(tmp_path / "s"))
        for turns in range(TURNS):
            site, journal = shipped_shed(), MemoryJournal(Disk())
            book = Book(site, MACHINE, {})
            link = FieldLink(
                path=tmp_path / "s", config_hash=site.digest, boot="edge", book=book, journal=journal, states={}
            )
            running = asyncio.create_task(link.run())
            await asyncio.sleep(0.5)
            came.pop().transport.abort()
            for _ in range(turns):
                await asyncio.sleep(0)
            running.cancel()
            await asyncio.wait({running}, timeout=10.0)
            assert running.cancelled(), f"told to end {turns} turns after field had closed, it goes on"
        server.close()

    run_virtual(story())

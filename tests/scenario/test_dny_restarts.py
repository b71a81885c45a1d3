"""The number that a pile's stop needs is known again after any death: of edge, of field, of both, of the machine."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from gateway.field.memory import Memory
from gateway.model.command import CommandKind
from gateway.testing.clock import run_virtual
from tests.scenario.dny_shed import OUTLET, PORT, Shed, site_of
from tests.scenario.edge_side import Disk, edge_side
from tests.scenario.test_settlements import charge, found, shed_with_door

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenario.edge_side import EdgeSide

DEATHS = {
    "edge": (True, False, False),
    "field": (False, True, False),
    "both": (True, True, False),
    "machine": (True, True, True),
}


class Gateway:
    """Both processes before one shed, each of which can die and come again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk = Disk()
        self.shed = Shed()
        self.edge: EdgeSide
        self._edge, self._field = AsyncExitStack(), AsyncExitStack()

    async def lives(self, boot: str, *, edge: bool = True, field: bool = True) -> None:
        if field:
            self.shed.memory = Memory(self.folder / "memory")
            await self._field.enter_async_context(shed_with_door(self.folder, self.shed, boot))
        if edge:
            side = edge_side(self.folder / "s", self.disk, site_of(self.shed.site))
            self.edge = await self._edge.enter_async_context(side)
        await self.edge.ready()

    async def dies(self, *, edge: bool = True, field: bool = True) -> None:
        if edge:
            await self._edge.aclose()
        if field:
            await self._field.aclose()


@pytest.mark.parametrize("who", DEATHS)
def test_a_stop_after_a_death_names_the_order_that_runs(who: str, tmp_path: Path) -> None:
    edge_dies, field_dies, memory_is_lost = DEATHS[who]

    async def story() -> None:
        gateway = Gateway(tmp_path)
        pile = gateway.shed.piles[0]
        await gateway.lives("one")
        await found(gateway.shed)
        number = await charge(gateway.edge, gateway.shed)
        await gateway.dies(edge=edge_dies, field=field_dies)
        if memory_is_lost:
            shutil.rmtree(tmp_path / "memory")
        pile.heard.clear()
        await gateway.lives("two", edge=edge_dies, field=field_dies)
        await asyncio.sleep(30)
        assert pile.ports[PORT].order, "it goes on"
        outcome = await gateway.edge.ask("stop-1", CommandKind.STOP, OUTLET, order_id="o-1")
        assert outcome.state in ("accepted", "done"), outcome
        await asyncio.sleep(10)
        assert pile.ports[PORT].order == b""
        stops = [given[9:25].rstrip(b"\x00").decode() for command, given in pile.heard if command == 0x82]
        assert stops == [number], "told once, by its own number"
        await gateway.dies()

    run_virtual(story())

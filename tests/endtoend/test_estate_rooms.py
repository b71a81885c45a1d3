"""The shipped cabinet row and bin station on real pseudo-terminals, read by a real field: values and order, no times."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.app.field import FieldHouse
from gateway.model.command import Command, CommandKind, Origin
from gateway.site.load import load_site
from simulators.estate.estate import Estate, start_estate
from simulators.ports import MOST_UNREAD
from tests.realtime.hearing import PATIENCE_S, comes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.model.site import Site

pytestmark = pytest.mark.endtoend

SITES = Path("configs/sites")


@dataclass
class Seen:
    """A site as field sees it, and as it is."""

    site: Site
    estate: Estate
    house: FieldHouse
    _ids: list[str] = field(default_factory=list)

    def value(self, device: str, point: str) -> float | None:
        """Return the newest value that field has of a point."""
        for loop in self.house.loops:
            for one in loop.devices:
                for layout in one.layouts if one.name == device else ():
                    names = [p.name for p in layout.points]
                    scan = self.house.field.image.get(layout.number)
                    if point in names and scan is not None and scan.raw:
                        return layout.values(scan.raw)[names.index(point)]
        return None

    def truth(self, device: str) -> list[dict[str, Any]]:
        return self.estate.control.outlets(device)

    def opens(self, target: str) -> None:
        """Let edge wish for an open door."""
        self._ids.append(f"open-{len(self._ids)}")
        expires_s = asyncio.get_running_loop().time() + PATIENCE_S
        self.house.field.command(
            Command(
                id=self._ids[-1],
                kind=CommandKind.ACT,
                target=target,
                origin=Origin.CLOUD,
                args={"action": "open"},
                expires_s=expires_s,
            )
        )

    async def is_read(self) -> bool:
        """Tell whether every device has answered and none is thought dead."""
        planners = [loop.bus for loop in self.house.loops]
        return await comes(lambda: all(d.answers for bus in planners for d in bus.statistics.devices)) and not any(
            health.is_silent for bus in planners for health in bus.planner.health
        )


@contextlib.asynccontextmanager
async def seen(file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Seen]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    with start_estate(load_site(file)) as estate:
        site = load_site(file, links=estate.paths)
        house = FieldHouse(site, boot="test")
        task = asyncio.create_task(house.run())
        try:
            yield Seen(site, estate, house)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def is_near(value: float | None, wanted: float, within: float) -> bool:
    return value is not None and abs(value - wanted) <= within


async def test_a_cabinet_row_is_read_and_what_is_taken_from_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with seen(SITES / "cabinet_row.yaml", tmp_path, monkeypatch) as row:
        assert await row.is_read()
        shelf, weight = "cabinet-01-shelf-2", "weight"
        stands = row.truth("cabinet-01")[1]["shelves"][shelf]
        assert await comes(lambda: is_near(row.value(shelf, weight), stands["grams"], 20))
        assert await comes(lambda: (row.value("cabinet-02-frozen-climate", "temperature") or 0.0) < -18)
        assert await comes(lambda: is_near(row.value("cabinet-01-climate", "temperature"), 3.0, 2.0))
        assert await comes(lambda: is_near(row.value("feed", "power"), 116.0, 3.0))
        row.estate.control.inject("cabinet-01/outlet-02", "takes=2,for=3s")
        row.opens("cabinet-01/outlet-02")
        assert await comes(lambda: row.value("cabinet-01", "outlet-02/door") == 1.0)
        assert await comes(lambda: row.value("cabinet-01", "outlet-02/door") == 0.0)
        left = row.truth("cabinet-01")[1]["shelves"][shelf]
        assert left["pieces"] == stands["pieces"] - 2
        assert await comes(lambda: is_near(row.value(shelf, weight), left["grams"], 20))
        row.opens("cabinet-03/outlet-05")
        assert await comes(lambda: row.value("cabinet-03", "outlet-05/door") == 1.0)


@pytest.mark.lasting
async def test_a_bin_station_is_read_and_what_is_thrown_in_is_weighed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with seen(SITES / "bin_station.yaml", tmp_path, monkeypatch) as bins:
        assert await bins.is_read()
        assert await comes(lambda: is_near(bins.value("bins-2-level", "distance"), 900, 5))
        bins.estate.control.inject("bins/outlet-02", "throws=2.5kg,leans=8kg,for=1s")
        bins.opens("bins/outlet-02")
        assert await comes(lambda: (bins.value("bins-2-scale", "weight") or 0.0) > 9_000)
        assert await comes(lambda: is_near(bins.value("bins-2-scale", "weight"), 2500, 15))
        assert await comes(lambda: bins.value("bins-2-scale", "stable") == 1.0)
        assert await comes(lambda: bins.value("bins", "outlet-02/door") == 0.0)
        bins.estate.control.inject("bins/outlet-03", "throws=1.2kg,out=1.2kg")
        bins.opens("bins/outlet-03")
        assert await comes(lambda: (bins.value("bins-3-scale", "weight") or 0.0) > 1_000)
        assert await comes(lambda: is_near(bins.value("bins-3-scale", "weight"), 0, 20))
        bins.estate.control.inject("indicator", "truncate=4,times=5")
        heard = bins.house.loops[2].bus.statistics.devices[0]
        assert await comes(lambda: sum(heard.noise.values()) > 0)
        assert await comes(lambda: is_near(bins.value("bins-2-scale", "weight"), 2500, 15))


BOARD = """
site: board
buses: [{name: board, link: {kind: serial, path: "sim://board", baud: 9600}}]
devices: [{name: pile, bus: board, profile: pile/dianchuan_board_10, unit: 1, protection: {max_power_w: 900}}]
"""


async def test_a_board_that_is_no_modbus_is_read_and_its_overload_tripped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "board.yaml"
    site.write_text(BOARD, encoding="utf-8")
    async with seen(site, tmp_path, monkeypatch) as board:
        assert await board.is_read()
        board.estate.control.inject("pile/outlet-04", "plug-in")
        _switch_on(board, 4)
        assert await comes(lambda: (board.value("pile", "outlet-04/power") or 0.0) > 50)
        board.estate.control.inject("pile/outlet-04", "overload=4.5A")
        assert await comes(lambda: not board.truth("pile")[3]["closed"])
        tripped = [json.loads(body) for _, body in board.house.field.outbox.unacknowledged]
        assert any(event["kind"] == "trip" for event in tripped)


def _switch_on(board: Seen, number: int) -> None:
    """Let somebody else switch an outlet on: field would want a grant for it."""
    loop = board.house.loops[0]
    switch = loop.devices[0].model.outlet(number).switch
    assert switch is not None
    loop.bus.command(0, switch.on, token=10**6)


def test_what_nobody_reads_is_lost_and_the_next_reader_gets_new_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with start_estate(load_site(SITES / "bin_station.yaml")) as estate:
        line = estate.lines["indicator"].control
        estate.control.inject("bins-2-scale", "load=5kg")
        sent = line.counters().bytes_out
        end_s = time.monotonic() + PATIENCE_S
        while line.counters().bytes_out < sent + MOST_UNREAD + 100:
            assert time.monotonic() < end_s
            select.select((), (), (), 0.05)
        host = os.open(estate.paths["indicator"], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        waiting = os.read(host, 4096)
        os.close(host)
    assert len(waiting) <= MOST_UNREAD + 18

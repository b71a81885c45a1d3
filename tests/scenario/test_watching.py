"""Somebody watches a line: the frames that pass are told while the lease lasts, and nothing is kept for nobody."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

from gateway.edge import frames as at_edge
from gateway.edge.frames import Frames
from gateway.testing.clock import run_virtual
from gateway.wire.watching import LONGEST_WATCH_S
from tests.scenario.edge_side import Disk, EdgeSide, edge_side
from tests.scenario.house import Running, running

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    import pytest

OUTLET, UNIT, POSITION = "pile-02/outlet-05", 2, 4
_boots = (f"boot{number}" for number in itertools.count(1))


def play(socket: Path, story: Callable[[Running, EdgeSide, Frames], Coroutine[None, None, None]]) -> None:
    async def whole() -> None:
        async with running(None, None, next(_boots)) as shed:
            await shed.house.door.open(socket)
            try:
                async with edge_side(socket, Disk()) as edge:
                    clock = asyncio.get_running_loop().time
                    edge.link.frames = Frames([line(shed)], edge.link.send, clock)
                    await edge.ready()
                    await story(shed, edge, edge.link.frames)
            finally:
                shed.house.door.close()
                await asyncio.sleep(0)

    run_virtual(whole())


def line(shed: Running) -> str:
    return shed.house.loops[0].bus.name


def is_tapped(shed: Running) -> bool:
    return shed.house.loops[0].tap is not None


async def watched(shed: Running, frames: Frames, seconds: float) -> list[dict[str, Any]]:
    """Watch the line as a page does, and return what it has shown."""
    found: list[dict[str, Any]] = []
    for _ in range(round(seconds)):
        said = frames.look(line(shed), found[-1]["n"] if found else 0)
        assert said is not None
        found += said["frames"]
        await asyncio.sleep(1.0)
    return found


def test_who_watches_sees_every_frame_of_the_line_once_and_what_it_means(tmp_path: Path) -> None:
    async def story(shed: Running, edge: EdgeSide, frames: Frames) -> None:
        shed.bank.amps[UNIT, POSITION] = 3.0
        await asyncio.sleep(12.0)
        written = len(shed.bank.writes)
        seeing = asyncio.create_task(watched(shed, frames, 9.0))
        await asyncio.sleep(2.0)
        await edge.start(OUTLET, "o-1")
        seen = await seeing
        assert [row["n"] for row in seen] == list(range(1, len(seen) + 1))
        sent = {bytes.fromhex(row["bytes"]) for row in seen if row["way"] == "out" and row["kind"] == "write"}
        assert {frame for _, _, _, _, frame in shed.bank.writes[written:]} <= sent
        assert "outlet-01..12/current 0 0 0 0 3 0 0 0 0 0 0 0 A" in {row["says"] for row in seen}
        replies = [row for row in seen if row["way"] == "in" and not row.get("failure")]
        assert replies
        assert all(0 < row["took_ms"] < 500 for row in replies)
        assert {row["device"] for row in seen} == {device.name for device in shed.house.loops[0].devices}

    play(tmp_path / "s", story)


def test_a_device_that_does_not_answer_is_a_row_that_says_so(tmp_path: Path) -> None:
    async def story(shed: Running, edge: EdgeSide, frames: Frames) -> None:
        del edge
        shed.bank.silent.add(UNIT)
        seen = await watched(shed, frames, 4.0)
        assert any(
            (row["device"], row["way"], row["bytes"], row.get("failure")) == ("pile-02", "in", "", "timeout")
            for row in seen
        )

    play(tmp_path / "s", story)


def test_a_line_that_nobody_watches_any_more_is_left_alone(tmp_path: Path) -> None:
    async def story(shed: Running, edge: EdgeSide, frames: Frames) -> None:
        del edge
        assert not is_tapped(shed)
        await watched(shed, frames, 2.0)
        assert is_tapped(shed)
        await asyncio.sleep(2 * LONGEST_WATCH_S)
        assert not is_tapped(shed)
        seen = frames.look(line(shed), 0)
        assert seen is not None
        assert seen["frames"] == [], "what passed before somebody came back is nobody's"
        await watched(shed, frames, 1.0)
        shed.house.door.close()
        await asyncio.sleep(0.1)
        assert not is_tapped(shed), "nor for an edge that is gone"

    play(tmp_path / "s", story)


def test_a_page_that_missed_frames_can_tell_by_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_edge, "KEPT", 20)

    async def story(shed: Running, edge: EdgeSide, frames: Frames) -> None:
        del edge
        await watched(shed, frames, 5.0)
        said = frames.look(line(shed), 0)
        assert said is not None
        numbers = [row["n"] for row in said["frames"]]
        assert numbers == list(range(said["last"] - 19, said["last"] + 1))
        again = frames.look(line(shed), said["last"] + 1)
        assert again == said, "a number that was never given is of another edge"
        assert frames.look("line-99", 0) is None

    play(tmp_path / "s", story)

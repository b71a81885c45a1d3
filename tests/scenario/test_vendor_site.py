"""A whole field process with four lines, none of which speaks Modbus, in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.app.check import judge
from gateway.app.field import FieldHouse
from gateway.app.lines import timing_of
from gateway.model.errors import ConfigError
from gateway.profile.load import BUILT_IN, Library
from gateway.site.check import Promise, as_text
from gateway.site.load import compile_site
from gateway.testing.clock import run_virtual
from gateway.testing.line import Answer, MemoryLine
from simulators.vendor.lock_boards import Board8A
from simulators.vendor.meter_dlt645 import Meter
from simulators.vendor.pile_dianchuan import Board
from simulators.vendor.streams import ToledoIndicator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.model import site as setup
    from simulators.vendor.said import Said

SITE = """\
site: mixed
buses:
  - {name: scale, link: {kind: serial, path: /dev/scale, baud: 9600, parity: even, data_bits: 7}}
  - {name: meters, link: {kind: serial, path: /dev/meters, baud: 2400, parity: even}}
  - {name: locks, link: {kind: serial, path: /dev/locks, baud: 9600}}
  - {name: board, link: {kind: serial, path: /dev/board, baud: 9600}}
devices:
  - {name: weigher, bus: scale, profile: weigher/toledo_continuous, unit: 1}
  - {name: meter, bus: meters, profile: meter/generic_dlt645, unit: 123456}
  - {name: cabinet, bus: locks, profile: lock/generic_8a_open_11, unit: 1}
  - {name: pile, bus: board, profile: pile/dianchuan_board_10, unit: 1, protection: {max_power_w: 500}}
"""


def site_of(text: str = SITE) -> setup.Site:
    return compile_site(text, Path("/etc/site.yaml"), Library((BUILT_IN,)))


@dataclass(slots=True)
class Mixed:
    """The devices of the four lines, and the house that reads them."""

    board: Board = field(default_factory=Board)
    meter: Meter = field(default_factory=lambda: Meter("000000123456", {"02010100": "2301", "00010000": "00012345"}))
    locks: Board8A = field(default_factory=lambda: Board8A(1, open_doors={3}))
    indicator: ToledoIndicator = field(default_factory=lambda: ToledoIndicator(1234))
    lines: dict[str, MemoryLine] = field(default_factory=dict)

    def link_of(self, link: setup.Link) -> MemoryLine:
        hear = {
            "/dev/board": self.board.hear,
            "/dev/meters": self.meter.hear,
            "/dev/locks": self.locks.hear,
            "/dev/scale": self.indicator.hear,
        }
        path = getattr(link, "path", "")
        self.lines[path] = MemoryLine(timing_of(link), _responder(hear[path]))
        return self.lines[path]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[FieldHouse]:
        house = FieldHouse(site_of(), boot="test", link_of=self.link_of)
        tasks = [asyncio.create_task(house.run()), asyncio.create_task(self._weigh())]
        try:
            yield house
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _weigh(self) -> None:
        while True:
            await asyncio.sleep(1 / 7)
            self.lines["/dev/scale"].say(self.indicator.frame())


def _responder(hear: Callable[[bytes], list[Said]]) -> Callable[..., list[Answer]]:
    def respond(frame: bytes, end_s: float) -> list[Answer]:
        del end_s
        return [Answer(said.data, said.after_s) for said in hear(frame)]

    return respond


def events_of(house: FieldHouse, kind: str) -> list[dict[str, Any]]:
    events = [json.loads(body) for _, body in house.field.outbox.unacknowledged]
    return [event["body"] for event in events if event["kind"] == kind]


def test_every_line_is_read_without_a_failure() -> None:
    async def watch() -> None:
        mixed = Mixed()
        mixed.meter.digits |= {"00000000": "00000000", "02020100": "000000", "02030000": "000000"}
        async with mixed.running() as house:
            await asyncio.sleep(30)
            answers = {loop.bus.name: loop.bus.statistics.devices[0].answers for loop in house.loops}
            assert answers["scale"] > 150
            assert answers["board"] > 250
            assert answers["locks"] > 50
            assert answers["meters"] > 8
            for loop in house.loops:
                assert not loop.bus.statistics.devices[0].failures, loop.bus.name
                assert not loop.bus.statistics.devices[0].noise, loop.bus.name

    run_virtual(watch())


def test_an_outlet_that_takes_too_much_power_is_stopped_by_the_boards_own_command() -> None:
    async def watch() -> None:
        mixed = Mixed()
        mixed.board.ports[1].plugged_w, mixed.board.ports[1].left_min = 300.0, 60
        mixed.board.ports[7].plugged_w, mixed.board.ports[7].left_min = 400.0, 60
        async with mixed.running() as house:
            await asyncio.sleep(5)
            assert events_of(house, "trip") == []
            mixed.board.ports[1].plugged_w = 800.0
            await asyncio.sleep(5)
            tripped = [body for body in events_of(house, "trip") if body["stage"] == "tripped"]
            assert [cause["outlet"] for body in tripped for cause in body["causes"]] == ["pile/outlet-02"]
            stops = [heard.frame for heard in mixed.lines["/dev/board"].heard if heard.frame[2] == 0x0B]
            assert {frame[9] for frame in stops} == {2}
            assert (mixed.board.ports[1].left_min, mixed.board.ports[7].left_min) == (0, 60)

    run_virtual(watch())


def test_the_check_says_what_such_a_site_is_worth_and_refuses_two_protocols_on_a_line() -> None:
    result = judge(site_of())
    assert result.ok
    assert [(pile.promise, pile.bound) for bus in result.buses for pile in bus.piles] == [
        (Promise.MONITORED_ONLY, None)
    ]
    assert "this site can run" in as_text(result)
    with pytest.raises(ConfigError, match="locks speaks dlt645") as caught:
        site_of(SITE.replace("bus: meters, profile", "bus: locks, profile"))
    assert len(caught.value.problems) == 1

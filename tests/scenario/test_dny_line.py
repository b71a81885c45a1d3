"""DNY piles on RS-485 through the whole field process in virtual time: what they push, what they are told, who answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.app.check import judge
from gateway.app.field import FieldHouse
from gateway.app.lines import timing_of
from gateway.field.memory import Memory
from gateway.model.command import Command, CommandKind, Grant, Origin
from gateway.model.scan import Quality
from gateway.profile.load import BUILT_IN, Library
from gateway.site.check import Promise
from gateway.site.load import compile_site
from gateway.testing.clock import run_virtual
from gateway.testing.line import Answer, MemoryLine
from simulators.vendor.pile_dny import DnyPile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from gateway.model import site as setup
    from gateway.model.scan import Scan

FIRST, SECOND = 0x07_00_04_D2, 0x07_00_04_D3
SITE = f"""\
site: shed
buses:
  - {{name: piles, link: {{kind: serial, path: /dev/piles, baud: 9600}}}}
devices:
  - {{name: pile-01, bus: piles, profile: pile/ap3000_12, unit: {FIRST}}}
  - {{name: pile-02, bus: piles, profile: pile/ap3000_12, unit: {SECOND}}}
"""
OUTLET, PORT = "pile-01/outlet-04", 3
ORDER = "o-20261122-0001"


def site_of(text: str = SITE) -> setup.Site:
    return compile_site(text, Path("/etc/site.yaml"), Library((BUILT_IN,)))


@dataclass(slots=True)
class Shed:
    """Two piles on a line, and the house that is their host."""

    piles: list[DnyPile] = field(default_factory=lambda: [DnyPile(FIRST, 0), DnyPile(SECOND, 17)])
    memory: Memory | None = None
    site: str = SITE
    house: FieldHouse | None = None
    lines: list[MemoryLine] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)

    def link_of(self, link: setup.Link) -> MemoryLine:
        def respond(frame: bytes, end_s: float) -> list[Answer]:
            del end_s
            return [Answer(said.data, said.after_s) for pile in self.piles for said in pile.hear(frame)]

        self.lines.append(MemoryLine(timing_of(link), respond, chunk=7))
        return self.lines[-1]

    @contextlib.asynccontextmanager
    async def living(self, boot: str = "one") -> AsyncIterator[None]:
        self.house = FieldHouse(site_of(self.site), boot=boot, memory=self.memory, link_of=self.link_of)
        keep = self.house.field.scan

        def scan(scan: Scan) -> None:
            self.scans.append(scan)
            keep(scan)

        self.house.field.scan = scan  # type: ignore[method-assign]  # to see what goes to edge
        tasks = [asyncio.create_task(self.house.run()), asyncio.create_task(self._age())]
        try:
            yield
        finally:
            assert not any(task.done() for task in tasks), tasks
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _age(self) -> None:
        while True:
            await asyncio.sleep(1)
            for pile in self.piles:
                pile.pass_seconds(1)

    @property
    def field(self) -> Any:
        assert self.house is not None
        return self.house.field

    def told(self, kind: str, **body: object) -> list[dict[str, Any]]:
        self.field.settle()
        events = [json.loads(text) for _, text in self.field.outbox.unacknowledged]
        return [
            event
            for event in events
            if event["kind"] == kind and all(event["body"].get(name) == value for name, value in body.items())
        ]

    def values(self, point: str, device: str = "pile-01") -> list[tuple[float, float | None]]:
        """Every value of a point that was scanned, with its moment."""
        found = []
        for loop in self.field.loops:
            for layout in next(d for d in loop.devices if d.name == device).layouts:
                at = next((n for n, known in enumerate(layout.points) if known.name == point), None)
                good = [s for s in self.scans if s.layout == layout.number and s.quality is Quality.GOOD]
                if at is not None:
                    found += [(scan.taken_s, layout.values(scan.raw)[at]) for scan in good]
        return found

    async def stores(self) -> None:
        self.field.settle()
        self.field.acknowledged(self.field.outbox.events_to)
        await asyncio.sleep(5)

    async def charges(self, max_w: int = 0, max_s: float = 7200) -> None:
        """Have both piles found and read, and start a charge."""
        for pile in self.piles:
            pile.power_up()
        await asyncio.sleep(240)
        self.start(max_w, max_s)
        await asyncio.sleep(5)

    def start(self, max_w: int = 0, max_s: float = 7200) -> None:
        until_s = asyncio.get_running_loop().time() + max_s
        grant = Grant(outlet=OUTLET, order_id="o-1", until_s=until_s, max_w=max_w, device_order_no=ORDER)
        self.field.arbiter.grant(grant, "start-1")


def play(story: Callable[[Shed], Awaitable[None]], shed: Shed | None = None) -> None:
    shed = shed or Shed()

    async def stage() -> None:
        async with shed.living():
            await story(shed)

    run_virtual(stage())


def test_such_a_pile_is_labelled_pile_protected_and_has_no_bound() -> None:
    async def check() -> None:
        result = judge(site_of())
        assert result.ok
        assert [(pile.promise, pile.bound) for bus in result.buses for pile in bus.piles] == [
            (Promise.PILE_PROTECTED, None)
        ] * 2

    run_virtual(check())


def test_piles_are_found_heard_and_answered_and_silence_to_a_poll_is_no_failure() -> None:
    async def story(shed: Shed) -> None:
        for pile in shed.piles:
            pile.power_up()
        await asyncio.sleep(1200)
        for device, pile in zip(("pile-01", "pile-02"), shed.piles, strict=True):
            heard = shed.values("voltage", device)
            assert 6 <= len(heard) <= 8, "one for each heartbeat"
            assert {value for _, value in heard} == {230.0}
            assert len(pile.answered) >= 7
        assert shed.field.loops[0].bus.statistics.devices[0].failures == {}
        assert shed.told("alarm") == []
        assert len(shed.told("device", report="registered")) == 2

    play(story)


def test_a_pile_that_says_nothing_for_long_is_silent_and_comes_back() -> None:
    async def story(shed: Shed) -> None:
        await shed.charges()
        shed.piles[0].silent = True
        await asyncio.sleep(300)
        assert shed.told("alarm", alarm="silent", active=True) == []
        await asyncio.sleep(300)
        assert [event["target"] for event in shed.told("alarm", alarm="silent", active=True)] == ["pile-01"]
        shed.piles[0].silent = False
        await asyncio.sleep(240)
        assert [event["target"] for event in shed.told("alarm", alarm="silent", active=False)] == ["pile-01"]

    play(story)


def test_an_order_starts_under_its_number_with_its_own_limits_and_is_measured_every_five_minutes() -> None:
    async def story(shed: Shed) -> None:
        port = shed.piles[0].ports[PORT]
        port.plugged_w = 460.0
        await shed.charges(max_w=600)
        assert shed.told("outcome", id="start-1", state="done")
        assert (port.order.rstrip(b"\x00").decode(), port.limit_w) == (ORDER, 600.0)
        began_s = asyncio.get_running_loop().time()
        await asyncio.sleep(620)
        powers = shed.values("outlet-04/power")
        assert [value for _, value in powers] == [460.0, 460.0]
        assert all(moment > began_s for moment, _ in powers)
        assert [round(value or 0.0, 1) for _, value in shed.values("outlet-04/current")] == [2.0, 2.0]
        assert shed.values("outlet-05/power") == [], "nothing is said about the others, so nothing is known"
        assert shed.values("outlet-04/relay")[-1][1] == 1.0

    play(story)


def test_a_pile_cuts_off_by_the_orders_own_limit_and_its_settlement_is_answered_once_edge_has_it() -> None:
    async def story(shed: Shed) -> None:
        pile = shed.piles[0]
        await shed.charges(max_w=600)
        pile.ports[PORT].plugged_w = 700.0
        await asyncio.sleep(10)
        assert pile.ports[PORT].order == b""
        (event,) = shed.told("device", report="settlement")
        assert (event["target"], event["body"]["number"], event["body"]["reason"]) == (OUTLET, ORDER, "overload")
        await asyncio.sleep(1900)
        assert len(shed.told("device", report="settlement")) == 1, "said again, and known"
        assert len(pile.settlements) == 1, "edge is away: nobody answers"
        await shed.stores()
        assert pile.settlements == {}
        assert shed.told("device", report="settlement") == []

    play(story)


def test_a_stop_names_the_order_that_runs() -> None:
    async def story(shed: Shed) -> None:
        pile = shed.piles[0]
        pile.ports[PORT].plugged_w = 460.0
        await shed.charges()
        stop = Command(id="stop-1", kind=CommandKind.STOP, target=OUTLET, origin=Origin.LOCAL)
        shed.field.arbiter.submit(stop)
        await asyncio.sleep(5)
        assert shed.told("outcome", id="stop-1", state="done")
        assert pile.ports[PORT].order == b""

    play(story)


def test_an_order_that_reaches_its_end_is_stopped_by_its_number_though_its_grant_is_over() -> None:
    async def story(shed: Shed) -> None:
        pile = shed.piles[0]
        pile.ports[PORT].plugged_w = 460.0
        await shed.charges(max_s=100)
        await asyncio.sleep(100)
        assert shed.told("order", stage="ended", reason="max-time")
        assert pile.ports[PORT].order == b""

    play(story)


def test_the_number_that_a_stop_needs_survives_the_death_of_field(tmp_path: Path) -> None:
    shed = Shed(memory=Memory(tmp_path))
    pile = shed.piles[0]
    pile.ports[PORT].plugged_w = 460.0

    async def stage() -> None:
        async with shed.living():
            await shed.charges()
            assert pile.ports[PORT].order
        async with shed.living(boot="two"):
            await asyncio.sleep(1)
            shed.field.arbiter.submit(
                Command(id="stop-2", kind=CommandKind.SAFETY_OFF, target=OUTLET, origin=Origin.LOCAL)
            )
            await asyncio.sleep(5)
            assert pile.ports[PORT].order == b""

    run_virtual(stage())


def test_a_start_that_the_pile_refuses_ends_its_grant_and_nothing_stays_on() -> None:
    async def story(shed: Shed) -> None:
        shed.piles[0].ports[PORT].refuses = 1
        await shed.charges()
        assert shed.told("outcome", id="start-1", state="failed")
        assert shed.field.arbiter.grants.of(OUTLET) is None
        assert shed.piles[0].ports[PORT].order == b""

    play(story)


def test_an_alarm_of_a_pile_is_told_and_not_answered() -> None:
    async def story(shed: Shed) -> None:
        await shed.charges()
        shed.piles[1].alarm(4)
        await asyncio.sleep(10)
        (event,) = shed.told("device", report="alarm")
        assert (event["target"], event["body"]["alarm"], event["body"]["wants_answer"]) == ("pile-02", "smoke", False)

    play(story)


def test_a_pile_is_given_its_own_limit_and_a_limit_that_somebody_has_changed_is_told_and_set_again() -> None:
    async def story(shed: Shed) -> None:
        await asyncio.sleep(5)
        assert [pile.limits[:2] for pile in shed.piles] == [[36000, 8000], [36000, 20000]]
        await asyncio.sleep(1200)
        assert shed.told("alarm", alarm="own-limit-not-set") == []
        shed.piles[0].limits[1] = 15000
        await asyncio.sleep(610)
        assert [event["target"] for event in shed.told("alarm", alarm="own-limit-not-set", active=True)] == ["pile-01"]
        assert shed.piles[0].limits[1] == 8000
        await asyncio.sleep(610)
        assert shed.told("alarm", alarm="own-limit-not-set", active=False)
        assert shed.values("limit-power")[-1][1] == 800.0

    site = SITE.replace(f"unit: {FIRST}}}", f"unit: {FIRST}, protection: {{max_power_w: 800}}}}")
    play(story, Shed(site=site))


def test_a_limit_that_a_pile_does_not_take_is_told() -> None:
    async def story(shed: Shed) -> None:
        await asyncio.sleep(1210)
        assert [event["target"] for event in shed.told("alarm", alarm="own-limit-not-set", active=True)] == ["pile-02"]
        assert shed.piles[1].limits[1] == 20000

    site = SITE.replace(f"unit: {SECOND}}}", f"unit: {SECOND}, protection: {{max_power_w: 2500}}}}")
    play(story, Shed(site=site))


def test_a_pile_is_left_alone_for_half_a_second_between_two_commands_and_an_urgent_off_waits_for_nothing() -> None:
    async def story(shed: Shed) -> None:
        await shed.charges()
        line, bus = shed.lines[-1], shed.field.loops[0].bus
        ons = [shed.field.loops[0].devices[0].ons[port] for port in range(5)]
        first = len(line.heard)
        for token, write in enumerate(ons, start=1000):
            bus.command(0, write, token)
        await asyncio.sleep(4)
        told = [heard.begin_s for heard in line.heard[first:] if heard.frame[11] == 0x82]
        assert len(told) == 5
        assert all(later - earlier >= 0.5 for earlier, later in pairwise(told))
        bus.command(0, ons[0], 2000)
        await asyncio.sleep(0.1)
        asked_s = asyncio.get_running_loop().time()
        bus.off(0, shed.field.loops[0].devices[0].offs[5], 2001)
        await asyncio.sleep(0.4)
        offs = [heard for heard in line.heard if heard.frame[11] == 0x82 and heard.begin_s >= asked_s]
        assert offs[0].begin_s - asked_s < 0.45, "as soon as the line is free"

    play(story)

"""The gateway's own field house cuts off a slave that is not ours: order and state, never milliseconds."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.app.field import FieldHouse
from gateway.bus.selector import precise_loop
from gateway.model.command import Grant
from gateway.model.event import Event, EventKind
from gateway.wire.messages import decode_event
from tests.bench.cutoff_case import NORMAL, OVERLOAD, all_found_on, ask_for_reset, bench_site
from tests.bench.models import OUTLETS, pile_model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

pytestmark = pytest.mark.realtime

BAUD = 115200
PATIENCE_S = 10.0
LONGEST_TURNAROUND_MS = 50.0
OUTLET, TARGET = 4, "pile-01/outlet-05"
HEADER = "#include <modbus/modbus.h>\n"


class Child:
    """A program that is told things line by line, and tells."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[str] = []

    @classmethod
    @asynccontextmanager
    async def running(cls, *command: str) -> AsyncIterator[Child]:
        pipe = asyncio.subprocess.PIPE
        child = cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe))
        try:
            yield child
        finally:
            await child._end()

    def say(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode() + b"\n")

    async def line(self) -> str:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            text = (await self._process.stdout.readline()).decode().strip()
        assert text, f"{self._process} ended early"
        self.lines.append(text)
        return text

    async def tells(self, text: str) -> None:
        while await self.line() != text:
            pass

    async def _end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


class Events:
    """Everything that a house tells, in order."""

    def __init__(self, house: FieldHouse) -> None:
        self._house = house
        self._told = asyncio.Event()
        house.field.wake = self._told.set

    @property
    def all(self) -> list[Event]:
        return [decode_event(body)[0] for _, body in self._house.field.outbox.unacknowledged]

    @property
    def stages(self) -> list[object]:
        return [event.body["stage"] for event in self.all if event.kind is EventKind.TRIP]

    async def where(self, wanted: Callable[[Event], bool]) -> Event:
        async with asyncio.timeout(PATIENCE_S):
            while not (found := [event for event in self.all if wanted(event)]):
                self._told.clear()
                await self._told.wait()
        return found[0]

    async def trip(self, stage: str) -> Event:
        return await self.where(lambda event: event.kind is EventKind.TRIP and event.body["stage"] == stage)


def reading(value: int) -> str:
    return "read " + " ".join(str(value if outlet == OUTLET else NORMAL) for outlet in range(OUTLETS))


async def cut_off_and_hold(*slave_program: str) -> None:
    """Let a foreign slave's outlet carry too much; see it cut off, latched against closing, and reset."""
    async with Child.running(sys.executable, "-P", "-m", "tests.realtime.null_modem", str(BAUD)) as cable:
        ours, theirs = await cable.line(), await cable.line()
        async with Child.running(*slave_program, theirs, str(BAUD)) as slave:
            await slave.tells("ready")
            house = FieldHouse(bench_site(ours, BAUD, pile_model(LONGEST_TURNAROUND_MS), units=[1]), boot="stranger")
            events = Events(house)
            all_found_on(house)
            serving = asyncio.create_task(house.run())
            await slave.tells(reading(NORMAL))
            slave.say(f"set {OUTLET} {OVERLOAD}")
            await trip_is_told(events)
            slave.say(f"set {OUTLET} {NORMAL}")
            await latch_holds(house, events)
            slave.say("coils")
            await slave.tells("coils 111101111111")
            assert not serving.done()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            heard = [text for text, _ in groupby(slave.lines)]
    # A slave that answers late is asked again: what is repeated counts once.
    assert heard == [
        "ready",
        reading(NORMAL),
        f"set {OUTLET} {OVERLOAD}",
        reading(OVERLOAD),
        f"coil {OUTLET} 0",
        reading(0),
        f"set {OUTLET} {NORMAL}",
        "coils 111101111111",
    ]


async def trip_is_told(events: Events) -> None:
    tripped = await events.trip("tripped")
    causes = tripped.body["causes"]
    assert isinstance(causes, list)
    told = [(cause["outlet"], cause["element"], cause["measured"], cause["latches"]) for cause in causes]
    assert told == [(TARGET, "definite-time", OVERLOAD / 100, True)]
    record = await events.trip("recorded")
    assert record.body["verified"] == {TARGET: True}
    assert events.stages == ["tripped", "verified", "recorded"]
    assert record.body["trip_id"] == tripped.body["trip_id"]


async def latch_holds(house: FieldHouse, events: Events) -> None:
    relay, now_s = house.loops[0].relay, asyncio.get_running_loop().time()
    grant = Grant(outlet=TARGET, order_id="order-1", until_s=now_s + 3600)
    house.field.arbiter.grant(grant, "again")
    outcome = await events.where(lambda event: event.target == "again")
    assert (outcome.body["state"], outcome.body["reason"]) == ("refused", "latched until reset: definite-time")
    assert relay.latched(0, OUTLET)
    ask_for_reset(house, TARGET, 1)
    assert (await events.where(lambda event: event.target == "reset-1")).body["state"] == "done"
    assert not relay.latched(0, OUTLET)


def run(work: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=precise_loop) as runner:
        runner.run(work)


def test_an_overload_at_pymodbus_stock_server_is_cut_off_and_latched() -> None:
    run(cut_off_and_hold(sys.executable, "-P", "-m", "tests.realtime.pymodbus_slave"))


@pytest.fixture
def libmodbus_slave(real_program: Callable[[str], str], tmp_path: Path) -> str:
    """Compile the pile behind libmodbus; skip where compiler or library are missing, as `real_program` does."""
    compiler, source = real_program("gcc"), Path(__file__).with_name("libmodbus_slave.c")
    here = [compiler, "-fsyntax-only", "-x", "c", "-"]
    if subprocess.run(here, input=HEADER.encode(), capture_output=True, check=False).returncode:
        missing = "libmodbus-dev is not installed"
        pytest.fail(missing) if os.environ.get("GATEWAY_REQUIRE_REAL") else pytest.skip(missing)
    program = str(tmp_path / "slave")
    subprocess.run([compiler, "-Wall", "-Wextra", "-Werror", "-O1", str(source), "-o", program, "-lmodbus"], check=True)
    return program


def test_an_overload_at_a_libmodbus_program_is_cut_off_and_latched(libmodbus_slave: str) -> None:
    run(cut_off_and_hold(libmodbus_slave))

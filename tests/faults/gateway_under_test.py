"""A whole gateway that can be killed: a simulated line, the two real processes, a real broker, and a stranger's ear."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sqlite3
import sys
import time
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from gateway.model.wiring import Table
from simulators.line import start_line
from simulators.spec import Cells, Couple, LineSpec, SlaveSpec
from tests.endtoend.mosquitto import Mosquitto
from tests.endtoend.watcher import until, watching

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from simulators.journal import Entry
    from simulators.line import LineHandle
    from tests.endtoend.watcher import Watcher

PILES, OUTLETS = 2, 12
CURRENT, NORMAL, OVERLOAD = 100, 300, 1600
"""Register of the first current, and 3 A and 16 A in counts of 0.01 A; the pick-up is 10 A."""

POWER, ENERGY, PLUG = 0, 12, 36
POWER_COUNTS = 6600
"""660 W in counts of 0.1 W: what a closed outlet draws all the time."""

TARIFF = {
    "id": "by-all",
    "version": 1,
    "electricity": [{"by": "energy", "price_mil_per_kwh": 60_000}],
    "service": [{"by": "count", "price_mil": 100}, {"by": "time", "price_mil_per_h": 90_000}],
}
CEILING_MIL = 5000

SITE = """\
site: shed
gateway: box
buses:
  - {{name: line-1, link: {{kind: serial, path: {path}, baud: 115200}}}}
protection: {{pickup_a: 10, total_pickup_a: null}}
devices:
  - {{name: pile-01, bus: line-1, profile: pile/generic_pile_12, unit: 1}}
  - {{name: pile-02, bus: line-1, profile: pile/generic_pile_12, unit: 2}}
charging: {{final_s: 4, occupied_s: 0, progress_s: 2, retell_s: 5}}
uplinks:
  mqtt: {{host: 127.0.0.1, port: {port}}}
"""


def line_spec() -> LineSpec:
    """Return two generic piles in which an open relay carries no current and a closed one 3 A."""
    holding = [0] * 301
    holding[48], holding[51], holding[55], holding[300] = 2200, 250, 5000, 30
    holding[CURRENT : CURRENT + OUTLETS] = [NORMAL] * OUTLETS
    holding[POWER : POWER + OUTLETS] = [POWER_COUNTS] * OUTLETS
    holding[PLUG : PLUG + OUTLETS] = [1] * OUTLETS
    cells = (
        Cells(table=Table.HOLDING, address=0, values=tuple(holding)),
        Cells(table=Table.INPUT, address=0, values=(2200,) * 12 + (250,) * 52),
        Cells(table=Table.DISCRETE, address=0, values=(0,) * 64),
        Cells(table=Table.COIL, address=0, values=(0,) * OUTLETS),
    )
    couples = tuple(
        Couple(coil=n, table=Table.HOLDING, address=first + n) for first in (CURRENT, POWER) for n in range(OUTLETS)
    )
    slaves = tuple(SlaveSpec(unit=unit, turnaround_ms=2, cells=cells, couples=couples) for unit in range(1, PILES + 1))
    return LineSpec(name="kill", baud=115200, slaves=slaves)


@dataclass(frozen=True, slots=True)
class Switched:
    """One frame that switched an outlet, by the slave's clock (monotonic)."""

    at_s: float
    unit: int
    outlet: int
    on: bool


@dataclass
class Gateway:
    """Field and edge as real processes; `kill` is kill -9."""

    folder: Path
    site: Path
    line: LineHandle
    watcher: Watcher
    orphan_after_s: float = 60.0
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    _heard: list[Entry] = field(default_factory=list)
    _commands: int = 0

    async def start(self, *names: str) -> None:
        for name in names:
            where = ["--socket", str(self.folder / "field.sock")]
            if name == "field":
                where += ["--memory", str(self.folder / "memory"), "--orphan-after", str(self.orphan_after_s)]
            else:
                where += ["--log", str(self.folder / "log.sqlite")]
            self.processes[name] = await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"gateway.app.{name}", str(self.site), *where, stderr=asyncio.subprocess.DEVNULL
            )

    async def kill(self, *names: str, number: int = signal.SIGKILL) -> None:
        killed = [self.processes.pop(name) for name in names if name in self.processes]
        for process in killed:
            if process.returncode is None:
                process.send_signal(number)
        for process in killed:
            await process.wait()

    def forget(self) -> None:
        """Lose what field keeps in memory, as a power cut does."""
        shutil.rmtree(self.folder / "memory", ignore_errors=True)

    # ------------------------------------------------------------------ the cloud's side

    async def online(self) -> None:
        """Wait until an edge that lives now is online and knows its field."""
        known = len(self.watcher.seen)
        await until(lambda: any(t == "status" and p["state"] == "online" for t, p, _ in self.watcher.seen[known:]))

    async def command(self, topic: str, kind: str, target: str, **args: object) -> str:
        """Send a command under the present session; return its id."""
        self._commands += 1
        name = f"c-{self._commands}"
        session = str(self.watcher.of("status")[-1]["session"])
        message = {"v": 1, "id": name, "kind": kind, "target": target, "session": session, "ttl_s": 10}
        await self.watcher.send(f"command/{topic}", {**message, "args": args})
        return name

    async def order(self, unit: int, outlet: int, order_id: str, seconds: int) -> str:
        target = f"pile-{unit:02d}/outlet-{outlet + 1:02d}"
        limits = {"s": seconds, "amount_mil": CEILING_MIL}
        return await self.command("order", "start", target, order_id=order_id, limits=limits, tariff=TARIFF)

    def told(self, stage: str) -> dict[str, list[dict[str, Any]]]:
        """Return what was told of each order at a stage, every record once."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for event in self._events("order"):
            if event["body"]["stage"] == stage:
                found.setdefault(event["body"]["order_id"], {})[event["id"]] = event
        return {order_id: list(records.values()) for order_id, records in found.items()}

    async def acknowledge(self, known: set[str]) -> None:
        """Be the back end that has every settlement which has come on its disk."""
        for order_id, (event, *_) in self.told("settled").items():
            if order_id not in known:
                await self.command("order", "settled-ack", "*", order_id=order_id, digest=event["body"]["digest"])
                known.add(order_id)

    def use_energy(self) -> None:
        """Let every closed outlet use 1 Wh."""
        for unit in range(1, PILES + 1):
            for outlet in range(OUTLETS):
                if self.is_on(unit, outlet):
                    place = ENERGY + 2 * outlet + 1
                    (wh,) = self.line.control.get(unit, Table.HOLDING, place)
                    self.line.control.set(unit, Table.HOLDING, place, [wh + 1])

    def outcome(self, command_id: str) -> str:
        """Return the last word on a command, or nothing."""
        said = [message for topic, message, _ in self.watcher.seen if topic == f"outcome/{command_id}"]
        return str(said[-1].get("body", said[-1])["state"]) if said else ""

    async def charging(self, unit: int, outlet: int, order_id: str, seconds: int) -> None:
        """Start an order and wait until it runs; asks again while field has not read its piles."""
        async with asyncio.timeout(20):
            while True:
                command_id = await self.order(unit, outlet, order_id, seconds)
                await until(lambda name=command_id: self.outcome(name) in ("done", "refused", "failed"))  # type: ignore[misc]
                if self.outcome(command_id) == "done":
                    return
                await asyncio.sleep(0.2)

    # ------------------------------------------------------------------ the slave's side

    def set_current(self, unit: int, outlet: int, counts: int) -> float:
        self.line.control.set(unit, Table.HOLDING, CURRENT + outlet, [counts])
        return time.monotonic()

    def is_on(self, unit: int, outlet: int) -> bool:
        return bool(self.line.control.get(unit, Table.COIL, outlet)[0])

    def switched(self) -> list[Switched]:
        """Return every frame that switched an outlet so far."""
        since = self._heard[-1].index + 1 if self._heard else 0
        self._heard += [entry for entry in self.line.control.journal(since) if entry.function in (5, 15)]
        return [switched for entry in self._heard for switched in _switched(entry)]

    async def until_off(self, unit: int, outlet: int, after_s: float, within_s: float) -> Switched:
        """Wait for the OFF of an outlet at the slave; return it."""
        async with asyncio.timeout(within_s):
            while True:
                for each in self.switched():
                    if (each.unit, each.outlet, each.on) == (unit, outlet, False) and each.at_s > after_s:
                        return each
                await asyncio.sleep(0.05)

    # ------------------------------------------------------------------ what must hold

    async def settle(self) -> None:
        """End polling and edge, see what the log holds, and let another edge deliver the rest of it."""
        await self.kill("field", number=signal.SIGTERM)
        await self.kill("edge", number=signal.SIGTERM)
        events, readings = self.heads()
        await self.start("edge")
        await until(lambda: not self.missing("event", events) and not self.missing("reading", readings))
        await self.kill("edge", number=signal.SIGTERM)

    def heads(self) -> tuple[int, int]:
        """Return the last event number and the last reading number of the log."""
        with closing(sqlite3.connect(f"file:{self.folder / 'log.sqlite'}?mode=ro", uri=True)) as log:
            (event,) = log.execute("SELECT max(seq) FROM event").fetchone()
            (reading,) = log.execute("SELECT max(last_seq) FROM reading").fetchone()
        return int(event or 0), int(reading or 0)

    def missing(self, stream: str, head: int) -> set[int]:
        """Return the numbers up to `head` that were neither delivered nor declared dropped."""
        there = {seq for _, seq in self.watcher.numbers(stream)}
        for gap in self.watcher.of("event/dropped"):
            if gap["stream"] == stream:
                there.update(range(gap["first_seq"], gap["last_seq"] + 1))
        return set(range(1, head + 1)) - there

    def unexplained(self, slack_s: float) -> list[Switched]:
        """Return the ONs at the slave for which no order on the log's side speaks at that moment.

        An order speaks from its acceptance to its end, and for its own time and as much of waiting at the most.
        """
        wall_s = time.time() - time.monotonic()
        granted: dict[str, list[tuple[float, float]]] = {}
        ends = {order_id: events[0]["ts"] / 1000 - wall_s for order_id, events in self.told("ended").items()}
        for order_id, (event, *_) in self.told("accepted").items():
            start_s = event["ts"] / 1000 - wall_s
            end_s = min(ends.get(order_id, inf), start_s + 2 * event["body"]["limits"]["max_s"])
            granted.setdefault(event["target"], []).append((start_s, end_s))
        return [
            each
            for each in self.switched()
            if each.on
            and not any(
                start_s - slack_s <= each.at_s <= end_s + slack_s
                for start_s, end_s in granted.get(f"pile-{each.unit:02d}/outlet-{each.outlet + 1:02d}", [])
            )
        ]

    def ended(self) -> dict[str, str]:
        """Return why the last order of each outlet ended."""
        ends = [event for event in self._events("order") if event["body"]["stage"] == "ended"]
        return {event["target"]: event["body"]["reason"] for event in ends}

    def _events(self, kind: str) -> list[dict[str, Any]]:
        return self.watcher.of(f"event/{kind}")

    def field_events(self) -> dict[str, list[int]]:
        """Return the numbers of each field process's own events, in the order of the log."""
        found: dict[str, dict[int, int]] = {}
        for message in self.watcher.of("event/"):
            boot, dash, number = str(message.get("id", "")).rpartition("-")
            if dash and number.isdecimal():
                found.setdefault(boot, {})[message["event_seq"]] = int(number)
        return {boot: [number for _, number in sorted(by_seq.items())] for boot, by_seq in found.items()}


def _switched(entry: Entry) -> list[Switched]:
    request = entry.request
    first = int.from_bytes(request[2:4], "big")
    if entry.function == 5:
        return [Switched(entry.end_s, entry.unit, first, request[4] == 0xFF)]
    count, bits = request[5], int.from_bytes(request[7:-2], "little")
    return [Switched(entry.end_s, entry.unit, first + n, bool(bits >> n & 1)) for n in range(count)]


@asynccontextmanager
async def gateway(folder: Path, mosquitto: str, orphan_after_s: float = 60.0) -> AsyncIterator[Gateway]:
    """Have everything but the two processes running; kills them at the end."""
    broker = Mosquitto(mosquitto, folder)
    await broker.start()
    try:
        with start_line(line_spec()) as line:
            async with watching(broker.port) as watcher:
                site = folder / "site.yaml"
                site.write_text(SITE.format(path=json.dumps(line.path), port=broker.port), encoding="utf-8")
                made = Gateway(folder, site, line, watcher, orphan_after_s)
                try:
                    yield made
                finally:
                    await made.kill("field", "edge")
    finally:
        await broker.kill()

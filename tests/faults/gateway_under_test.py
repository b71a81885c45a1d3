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
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.app.check import judge
from gateway.model.wiring import Table
from gateway.site.load import load_site
from simulators.line import start_line
from tests.endtoend.mosquitto import Mosquitto
from tests.endtoend.watcher import until, watching
from tests.faults import shop as shops
from tests.faults.back_end import ENDS, BackEnd
from tests.faults.pile_line import CURRENT, ENERGY, OUTLETS, PILES, Switched, Used, line_spec, switched_by

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from simulators.journal import Entry
    from simulators.line import LineHandle
    from tests.endtoend.watcher import Watcher
    from tests.faults.shop import Shop

TARIFF = {
    "id": "by-all",
    "version": 1,
    "electricity": [{"by": "energy", "price_mil_per_kwh": 60_000}],
    "service": [{"by": "count", "price_mil": 100}, {"by": "time", "price_mil_per_h": 90_000}],
}
CEILING_MIL = 5000
LATELY = 1500

SITE = """\
site: shed
gateway: box
buses:
  - {{name: line-1, link: {{kind: serial, path: {path}, baud: 115200}}}}
{buses}protection: {{pickup_a: 10, total_pickup_a: null}}
devices:
  - {{name: pile-01, bus: line-1, profile: pile/generic_pile_12, unit: 1}}
  - {{name: pile-02, bus: line-1, profile: pile/generic_pile_12, unit: 2}}
{devices}{trading}charging: {{final_s: 4, occupied_s: 0, progress_s: 2, retell_s: 5}}
uplinks:
  mqtt: {{host: 127.0.0.1, port: {port}}}
"""


class Waited(NamedTuple):
    """For how long a process was ready to run and had no processor, since it began."""

    pid: int
    for_s: float


@dataclass
class Gateway:
    """Field and edge as real processes; `kill` is kill -9."""

    folder: Path
    site: Path
    line: LineHandle
    watcher: Watcher
    broker: Mosquitto
    orphan_after_s: float = 60.0
    shop: Shop | None = None
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    field_started_s: float = 0.0
    used: list[Used] = field(default_factory=list)
    back_end: BackEnd = field(init=False)
    _switched: list[Switched] = field(default_factory=list)
    _next: int = 0
    _commands: int = 0

    def __post_init__(self) -> None:
        self.back_end = BackEnd(self.watcher)

    async def start(self, *names: str) -> None:
        for name in names:
            if name == "broker":
                await self.broker.start()
                continue
            where = ["--socket", str(self.folder / "field.sock")]
            if name == "field":
                self.field_started_s = time.monotonic()
                where += ["--memory", str(self.folder / "memory"), "--orphan-after", str(self.orphan_after_s)]
            else:
                where += ["--log", str(self.folder / "log.sqlite")]
            self.processes[name] = await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"gateway.app.{name}", str(self.site), *where, stderr=asyncio.subprocess.DEVNULL
            )

    async def kill(self, *names: str, number: int = signal.SIGKILL) -> None:
        if "broker" in names:
            await self.broker.kill()
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
        message = {"v": 1, "id": name, "kind": kind, "target": target, "session": self.back_end.present_session()}
        await self.watcher.send(f"command/{topic}", {**message, "ttl_s": 10, "args": args})
        return name

    async def order(self, unit: int, outlet: int, order_id: str, seconds: int) -> str:
        target = f"pile-{unit:02d}/outlet-{outlet + 1:02d}"
        limits = {"s": seconds, "amount_mil": CEILING_MIL}
        return await self.command("order", "start", target, order_id=order_id, limits=limits, tariff=TARIFF)

    def told(self, stage: str) -> dict[str, list[dict[str, Any]]]:
        """Return what was told of each charge at a stage, every record once."""
        told = self.back_end.told(stage).items()
        return {order_id: events for order_id, events in told if events[0]["target"].startswith("pile-")}

    async def acknowledge(self, known: set[str], wants: Callable[[], bool] = lambda: True) -> None:
        """Be the back end that has the ends of orders on its disk: all that have come, or those that it wants to."""
        for stage in ENDS:
            for order_id, (event, *_) in self.back_end.told(stage).items():
                digest = event["body"].get("digest")
                if digest is not None and order_id not in known and wants():
                    await self.command("order", "settled-ack", "*", order_id=order_id, digest=digest)
                    known.add(order_id)

    def use_energy(self) -> None:
        """Let every closed outlet use 1 Wh."""
        for unit in range(1, PILES + 1):
            for outlet in range(OUTLETS):
                if self.is_on(unit, outlet):
                    place = ENERGY + 2 * outlet + 1
                    (wh,) = self.line.control.get(unit, Table.HOLDING, place)
                    at_s = self.line.control.set(unit, Table.HOLDING, place, [wh + 1])
                    self.used.append(Used(at_s, unit, outlet))

    def outcome(self, command_id: str) -> str:
        """Return the last word on a command, or nothing."""
        return str(self.back_end.outcome(command_id).get("state", ""))

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
        for entry in self.line.control.journal(self._next):
            self._next = entry.index + 1
            if entry.function in (5, 15):
                self._switched += switched_by(entry)
        return self._switched

    async def until_off(self, unit: int, outlet: int, after_s: float, within_s: float) -> Switched:
        """Wait for the OFF of an outlet at the slave; return it."""
        async with asyncio.timeout(within_s):
            while True:
                for each in self.switched():
                    if (each.unit, each.outlet, each.on) == (unit, outlet, False) and each.at_s > after_s:
                        return each
                await asyncio.sleep(0.05)

    def first_request_s(self, after_s: float) -> float:
        """Return when the line heard its first request after a moment, as far back as the last entries go."""
        return next((entry.arrival_s for entry in self._lately() if entry.arrival_s > after_s), after_s)

    def slaves_late_s(self, from_s: float, until_s: float) -> float:
        """Return by how much the simulated slaves were late between two moments, all together."""
        return sum(entry.late_s for entry in self._lately() if from_s <= entry.end_s <= until_s)

    def frames(self, from_s: float, until_s: float, zero_s: float) -> list[str]:
        """Return what the line heard between two moments, in s from `zero_s`."""
        return [
            f"{entry.end_s - zero_s:+9.3f} {entry.request.hex()} {entry.outcome}, {entry.late_s:.3f} s late"
            for entry in self._lately()
            if from_s <= entry.end_s <= until_s
        ]

    def _lately(self) -> list[Entry]:
        """Return the last entries of the journal: some ten seconds of a busy line."""
        newest = self.line.control.status()["journal_next"]
        return list(self.line.control.journal(max(0, newest - LATELY)))

    def field_waited(self) -> Waited | None:
        """Return what the kernel says of the present field; None while there is none."""
        process = self.processes.get("field")
        if process is None:
            return None
        try:
            said = Path(f"/proc/{process.pid}/schedstat").read_text(encoding="ascii")
        except OSError:  # it has just ended, or this kernel does not count
            return None
        return Waited(process.pid, int(said.split()[1]) / 1e9)

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

        An order speaks from its acceptance to its end, and for its own time and as much of waiting at the most; one that
        was interrupted and went on, to its end.
        """
        wall_s = time.time() - time.monotonic()
        granted: dict[str, list[tuple[float, float]]] = {}
        resumed = self.told("resuming")
        ends = {order_id: events[0]["ts"] / 1000 - wall_s for order_id, events in self.told("ended").items()}
        for order_id, (event, *_) in self.told("accepted").items():
            start_s = event["ts"] / 1000 - wall_s
            most_s = inf if order_id in resumed and order_id in ends else 2 * event["body"]["limits"]["max_s"]
            end_s = min(ends.get(order_id, inf), start_s + most_s)
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
        return {events[-1]["target"]: events[-1]["body"]["reason"] for events in self.told("ended").values()}

    def bound_s(self) -> float:
        """Return what the check of this site promises from an overcurrent to its OFF."""
        piles = [pile for bus in judge(load_site(self.site)).buses for pile in bus.piles]
        return max(pile.bound.total_one_lost_ms for pile in piles if pile.bound is not None) / 1000


@asynccontextmanager
async def gateway(
    folder: Path, mosquitto: str, orphan_after_s: float = 60.0, shop: Shop | None = None
) -> AsyncIterator[Gateway]:
    """Have everything but the two processes running; kills them at the end."""
    broker = Mosquitto(mosquitto, folder)
    await broker.start()
    try:
        with start_line(line_spec()) as line:
            async with watching(broker.port) as watcher:
                site = folder / "site.yaml"
                site.write_text(_site(line, broker.port, shop), encoding="utf-8")
                made = Gateway(folder, site, line, watcher, broker, orphan_after_s, shop)
                try:
                    yield made
                finally:
                    await made.kill("field", "edge")
    finally:
        await broker.kill()


def _site(line: LineHandle, port: int, shop: Shop | None) -> str:
    buses, devices, trading = ("", "", "") if shop is None else (shops.buses(shop.paths), shops.DEVICES, shops.TRADING)
    return SITE.format(path=json.dumps(line.path), port=port, buses=buses, devices=devices, trading=trading)

"""The fleet console over 100 gateways with 240 outlets each, against a real Mosquitto, in a process of its own.

Each gateway calls its echo every 10 s, tells a pile's state every second and an event every ten. Measured are how soon
everything is on the page, how much is sent to who looks, how long a change is under way from publishing to the page's
stream, what the console computes and holds, how soon a gateway that says nothing more is shown as silent, and how long
a day's orders, one order and the day of each shed take to be found among those of the last days.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiomqtt
import httpx

from gateway.fleet.store import FleetStore, Write
from gateway.uplink.inventory import Inventory, InventoryDevice, InventoryOutlet
from gateway.uplink.message import DeviceState, EventMessage, OutletState, Status
from tests.bench.cpu import cpu_s
from tests.bench.report import Report, arguments, progress
from tests.endtoend.mosquitto import Mosquitto, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.uplink.message import Message

GATEWAYS, PILES, OUTLETS = 100, 20, 12
ECHO_S, TICK_S, EVENT_EVERY = 10.0, 1.0, 10
DIES, LOOKED_AT, CHANGES = "shed-007/box", "shed-001/box", 40
CASE = f"{GATEWAYS} gateways x {PILES * OUTLETS} outlets"
DAYS, DAY_MS = 3, 86_400_000
FOUND: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("orders of today, listed", "/api/orders", {}),
    ("one order by its number", "/api/stories", {"said": "042-100"}),
    ("orders of a user, of the month", "/api/orders", {"q": "u-700"}),
    ("today of each shed", "/api/shed-days", {}),
)
SESSION = "session-of-bench"
PLAIN = "allow_anonymous true\npersistence false\n"
"""Written to disk at every kept message, as tests want it, the broker would be what is measured."""


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def written(message: Message) -> bytes:
    return message.model_dump_json(exclude_none=True).encode()


def inventory() -> bytes:
    outlets = tuple(
        InventoryOutlet(outlet=f"outlet-{number:02d}", code=f"{number:08d}") for number in range(1, 1 + OUTLETS)
    )
    piles = (
        InventoryDevice(device=f"pile-{n:02d}", kind="pile", profile="p", outlets=outlets) for n in range(1, 1 + PILES)
    )
    return written(Inventory(ts=wall_ms(), config_hash="bench", devices=tuple(piles)))


def state(turn: int, *, word: str = "on") -> bytes:
    now_ms = wall_ms()
    told = {
        f"outlet-{number:02d}": OutletState(
            state=word, stage="charging", order_id=f"o-{number}", w=200.0 + (turn + number) % 50, wh=turn, as_of=now_ms
        )
        for number in range(1, 1 + OUTLETS)
    }
    return written(DeviceState(ts=now_ms, link="ok", outlets=told))


@dataclass
class Generator:
    """Plays the gateways over one connection. `silent` are those that say nothing more."""

    client: aiomqtt.Client
    silent: set[str] = field(default_factory=set)
    messages: int = 0

    @property
    def names(self) -> list[str]:
        return [name for name in (f"shed-{n:03d}/box" for n in range(1, 1 + GATEWAYS)) if name not in self.silent]

    async def tell(self, name: str, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        self.messages += 1
        await self.client.publish(f"gw/{name}/{topic}", payload, qos=qos, retain=retain)

    async def be_born(self) -> None:
        what = inventory()
        for name in self.names:
            status = Status(state="online", session=SESSION, ts=wall_ms(), version="0.1.0", config_hash="bench")
            await self.tell(name, "status", written(status), retain=True)
            await self.tell(name, "inventory", what, retain=True)
            for pile in range(1, 1 + PILES):
                await self.tell(name, f"state/pile-{pile:02d}", state(0), retain=True, qos=0)

    async def run(self) -> None:
        turn = 0
        while True:
            began_s = time.monotonic()
            turn += 1
            for place, name in enumerate(self.names):
                await self.tell(name, f"state/pile-{1 + turn % PILES:02d}", state(turn), retain=True, qos=0)
                if turn % round(ECHO_S / TICK_S) == place % round(ECHO_S / TICK_S):
                    await self.tell(name, "echo", SESSION.encode(), qos=0)
                if turn % EVENT_EVERY == place % EVENT_EVERY:
                    await self.tell(name, "event/order", self._event(name, turn))
            await asyncio.sleep(max(0.0, TICK_S - (time.monotonic() - began_s)))

    def _event(self, name: str, turn: int) -> bytes:
        seq = 1 + turn // EVENT_EVERY
        body: dict[str, Any] = {"order_id": f"o-{seq}", "stage": "progress", "outlet": "pile-01/outlet-01", "wh": turn}
        return written(
            EventMessage(
                id=f"{name}-{seq}", boot="1-bench", event_seq=seq, ts=wall_ms(), clock="synced", kind="order",
                target="pile-01/outlet-01", body=body,
            )
        )  # fmt: skip


def orders_of_days(folder: Path) -> None:
    """Fill the console's store: for each outlet one order of today, and one of each of the days before."""
    store, now_ms = FleetStore(folder / "fleet.db"), wall_ms()
    for day in range(DAYS):
        told = tuple(
            (name, _settled(name, number, now_ms - day * DAY_MS))
            for name in (f"shed-{n:03d}/box" for n in range(1, 1 + GATEWAYS))
            for number in range(day * PILES * OUTLETS, (day + 1) * PILES * OUTLETS)
        )
        store.write(Write(events=told, gaps={}, kept={}))
    store.close()


def _settled(name: str, number: int, ts_ms: int) -> EventMessage:
    place = f"pile-{1 + number // OUTLETS % PILES:02d}/outlet-{1 + number % OUTLETS:02d}"
    body: dict[str, Any] = {
        "order_id": f"{name[5:8]}-{number}", "stage": "settled", "outlet": place, "user_ref": f"u-{number}",
        "reason": "full", "wh": 612.5, "s": 9000, "amount_mil": 850, "began_ts_ms": ts_ms - 9_000_000,
        "ended_ts_ms": ts_ms, "receipt": {"times": {"occupied_ms": 60_000}}, "tariff": {"id": "standard", "version": 3},
    }  # fmt: skip
    return EventMessage(
        id=f"{name}-{number}", boot="0-before", event_seq=1 + number, ts=ts_ms, clock="synced", kind="order",
        target=place, body=body,
    )  # fmt: skip


async def found_ms(client: httpx.AsyncClient, path: str, **query: str) -> float:
    """Return how long an answer takes, as the middle one of three."""
    took = []
    for _ in range(3):
        began_s = time.monotonic()
        (await client.get(path, params=query, timeout=60)).raise_for_status()
        took.append((time.monotonic() - began_s) * 1000)
    return sorted(took)[1]


async def snapshot(client: httpx.AsyncClient, scope: str = "") -> tuple[dict[str, Any], float]:
    """Return a snapshot's documents, and the kB that it is on the line."""
    answer = await client.get("/api/snapshot", params={"scope": scope})
    return dict(answer.json()), float(answer.headers["content-length"]) / 1000


async def until_counted(client: httpx.AsyncClient) -> None:
    while True:
        with contextlib.suppress(httpx.TransportError):
            documents = (await snapshot(client))[0]["documents"]
            sheds = [each for key, each in documents.items() if key.startswith("c/")]
            if sum(each["outlets"] for each in sheds if each["state"] == "online") == GATEWAYS * PILES * OUTLETS:
                return
        await asyncio.sleep(0.1)


async def deltas(client: httpx.AsyncClient, scope: str) -> AsyncIterator[dict[str, Any]]:
    """Yield what the stream of a page tells."""
    said, _ = await snapshot(client, scope)
    query = {"scope": scope, "after": said["revision"]}
    async with client.stream("GET", "/api/stream", params=query, timeout=None) as answer:
        async for line in answer.aiter_lines():
            if line.startswith('data: {"rev'):
                yield json.loads(line[6:])


async def changes_ms(generator: Generator, client: httpx.AsyncClient) -> list[float]:
    """Return how long changes of an outlet are under way to who looks at its shed."""
    told = deltas(client, LOOKED_AT)
    found, key = [], f"o/{LOOKED_AT}/pile-20/outlet-12"
    waiting = asyncio.ensure_future(anext(told))
    await asyncio.sleep(0.5)
    for number in range(CHANGES):
        word = "latched" if number % 2 == 0 else "on"
        wanted = "tripped" if number % 2 == 0 else "charging"
        began_s = time.monotonic()
        await generator.tell(LOOKED_AT, "state/pile-20", state(1, word=word), retain=True)
        while (await waiting)["patches"].get(key, {}).get("condition") != wanted:
            waiting = asyncio.ensure_future(anext(told))
        waiting = asyncio.ensure_future(anext(told))
        found.append((time.monotonic() - began_s) * 1000)
        await asyncio.sleep(0.13)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    return sorted(found)


async def until_silent_s(generator: Generator, client: httpx.AsyncClient) -> float:
    """Let a gateway say nothing more just after an echo, without a last will; return after how long it is shown."""
    generator.silent.add(DIES)
    await generator.tell(DIES, "echo", SESSION.encode(), qos=0)
    began_s = time.monotonic()
    while (await snapshot(client))[0]["documents"][f"c/{DIES}"]["state"] == "online":  # noqa: ASYNC110 - it is asked for
        await asyncio.sleep(0.25)
    return time.monotonic() - began_s


def resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


async def measure(report: Report, folder: Path, seconds: float) -> None:
    """Play the gateways and look at the console."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "mosquitto"
    mosquitto = Mosquitto(program, folder, extra=PLAIN)
    await mosquitto.start()
    port = free_port()
    async with contextlib.AsyncExitStack() as ends:
        ends.push_async_callback(mosquitto.kill)
        client = await ends.enter_async_context(aiomqtt.Client("127.0.0.1", mosquitto.port, max_inflight_messages=200))
        generator = Generator(client)
        progress(f"fleet: {DAYS * GATEWAYS * PILES * OUTLETS} orders are stored")
        await asyncio.to_thread(orders_of_days, folder / "state")
        progress(f"fleet: {CASE} are born")
        await generator.be_born()
        command = ["-m", "gateway.cli", "fleet", f"127.0.0.1:{mosquitto.port}", "--state", str(folder / "state")]
        console = await asyncio.create_subprocess_exec(
            sys.executable, *command, "--port", str(port), stderr=asyncio.subprocess.DEVNULL
        )
        ends.push_async_callback(_end, console)
        page = await ends.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}"))
        playing = asyncio.create_task(generator.run())
        ends.callback(playing.cancel)
        began_s = time.monotonic()
        await until_counted(page)
        report.add(CASE, "start to every outlet counted", time.monotonic() - began_s, "s", "<= 30")
        report.add(CASE, "snapshot of all sheds", (await snapshot(page))[1], "kB")
        report.add(CASE, "snapshot of one shed", (await snapshot(page, LOOKED_AT))[1], "kB")
        progress(f"fleet: {seconds:.0f} s of work, one viewer")
        await _work(report, generator, page, console.pid, seconds)
        for what, path, query in FOUND:
            report.add(CASE, what, await found_ms(page, path, **query), "ms")
        progress("fleet: one gateway falls silent")
        report.add(CASE, "silence to shown", await until_silent_s(generator, page), "s", "<= 35")
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing


async def _end(console: asyncio.subprocess.Process) -> None:
    if console.returncode is None:
        console.terminate()
        await console.wait()


async def _work(report: Report, generator: Generator, page: httpx.AsyncClient, pid: int, seconds: float) -> None:
    used_s, begun_s, before = cpu_s(pid), time.monotonic(), generator.messages
    under_way_ms = await changes_ms(generator, page)
    await asyncio.sleep(max(0.0, seconds - (time.monotonic() - begun_s)))
    passed_s = time.monotonic() - begun_s
    report.add(CASE, "messages", (generator.messages - before) / passed_s, "1/s", ">= 110")
    report.add(CASE, "CPU of the console", 100 * (cpu_s(pid) - used_s) / passed_s, "% of core")
    report.add(CASE, "memory of the console", resident_mb(pid), "MB RSS")
    report.add(CASE, "change to page, median", under_way_ms[len(under_way_ms) // 2], "ms")
    report.add(CASE, f"change to page, worst of {CHANGES}", under_way_ms[-1], "ms", "<= 1000")


def main() -> int:
    parser = arguments("fleet", __doc__ or "")
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    report = Report("fleet")
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder:
        asyncio.run(measure(report, Path(folder), given.seconds))
    return report.finish(as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

"""`gateway demo`: an estate that does not exist, run by the gateway that does.

Simulated piles on pseudo-terminals, a broker on loopback, the two processes under their supervisor, and a separate
subscriber that counts what arrives. After some seconds one outlet draws too much, and the trip is shown with its
measured time beside the bound. Needs no hardware, no root, no network beyond loopback; leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import aiomqtt
from rich.console import Console
from rich.live import Live

from gateway.app.broker import HOST, start_broker
from gateway.app.demo_result import in_words, judge
from gateway.app.demo_view import Picture
from gateway.app.pss import pss_mb
from gateway.model.device import Kind
from gateway.model.errors import GatewayError
from gateway.site.load import load_site
from simulators.estate.estate import start_estate
from simulators.physics.resident import Habits

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.app.broker import Broker

SITE = Path(__file__).parents[2] / "configs/sites/demo.yaml"
FIRST_ORDERS = 48
"""Outlets that the demo's cloud switches on: enough to see, not so many that the feed is full."""

OVERLOAD_AFTER_S = 4.0
OVERLOAD = "overload=16A"
ONLINE_S = 30.0
TRIP_S = 10.0
DRAIN_S = 10.0
ORDER_S = 3600
REFRESH_S = 0.5


class DemoFailed(GatewayError):  # noqa: N818 - says what happened
    """Part of the demo did not come up."""


async def demo(*, for_s: float | None, as_json: bool, seed: int = 1) -> int:
    """Run the demo until Ctrl-C, or for a time; return 0 only if every trip kept its bound and nothing is missing."""
    folder = Path(tempfile.mkdtemp(prefix="gateway-demo-"))
    console = Console(stderr=as_json)
    try:
        async with Stage(folder, console, seed) as stage:
            return await stage.play(for_s=for_s, as_json=as_json)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Stage:
    """Everything that runs during a demo; leaves in the opposite order of coming."""

    def __init__(self, folder: Path, console: Console, seed: int) -> None:
        self._folder = folder
        self._console = console
        self._seed = seed
        self._begun_s = time.monotonic()
        self._leaving = contextlib.AsyncExitStack()
        self._told: asyncio.Event = asyncio.Event()
        self._first_trip_s: float | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._told.set)
        try:
            await self._come()
        except BaseException:
            await self._leaving.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._leaving.aclose()

    @property
    def gateway_pid(self) -> int:
        """The supervisor's process."""
        return self._gateway.pid

    async def _come(self) -> None:
        site = load_site(SITE)
        self.picture = Picture({device.name: device.bus for device in site.devices if device.model.kind is Kind.PILE})
        self._say("starting the broker")
        self._broker = await start_broker(self._folder)
        self._leaving.callback(self._broker.stop)
        self._say("starting the simulated lines")
        self._estate = await asyncio.to_thread(start_estate, site, seed=self._seed, habits=Habits(running=0.0))
        self._leaving.callback(self._estate.stop)
        file = self._folder / "site.yaml"
        file.write_text(site_text(self._broker))
        self._prefix = f"gw/{site.name}/{site.gateway}/"
        await self._start_witness()
        self._say("starting the gateway")
        await self._start_gateway(file, self._estate.paths)
        await self._until(lambda: bool(self.picture.session), ONLINE_S, "the gateway did not come online")

    async def _start_witness(self) -> None:
        broker = self._broker
        self._witness = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.app.witness", HOST, str(broker.port), self._prefix,
            "--user", broker.user, "--password-file", str(broker.password_file),
            stdin=PIPE, stdout=PIPE, limit=64 * 1024 * 1024, start_new_session=True,
        )  # fmt: skip
        self._leaving.push_async_callback(_end, self._witness)
        self._seen: list[dict[str, Any]] = []
        ready = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(ready))
        self._leaving.callback(self._listening.cancel)
        async with asyncio.timeout(ONLINE_S):
            await ready.wait()

    async def _listen(self, ready: asyncio.Event) -> None:
        assert self._witness.stdout is not None  # noqa: S101 - asked for a pipe
        async for text in self._witness.stdout:
            line = json.loads(text)
            if "ready" in line:
                ready.set()
            if "seen" in line:
                self._seen = line["seen"]
            self.picture.heard(line)
            if self._first_trip_s is None and self.picture.trips:
                self._first_trip_s = time.monotonic() - self._begun_s

    async def _start_gateway(self, file: Path, paths: dict[str, str]) -> None:
        links = [word for bus, path in paths.items() for word in ("--link", f"{bus}={path}")]
        self._closing = self._folder / "closing.json"
        self._gateway = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.app.supervise", str(file), *links,
            "--drain", str(DRAIN_S), "--closing", str(self._closing),
            stderr=(self._folder / "gateway.log").open("wb"), start_new_session=True,
            env={**os.environ, "XDG_RUNTIME_DIR": str(self._folder), "XDG_STATE_HOME": str(self._folder)},
        )  # fmt: skip
        self._leaving.push_async_callback(_end, self._gateway)

    # ------------------------------------------------------------------ the play

    async def play(self, *, for_s: float | None, as_json: bool) -> int:
        """Order, overload, show; then end."""
        end_s = None if for_s is None else time.monotonic() + for_s
        acts = asyncio.create_task(self._acts())
        self._leaving.callback(acts.cancel)
        with Live(console=self._console, auto_refresh=False) as live:
            while not self._told.is_set() and (end_s is None or time.monotonic() < end_s):
                self._look()
                live.update(self.picture.render(), refresh=True)
                await self._nap(REFRESH_S)
        if acts.done() and not acts.cancelled():
            acts.result()
        if end_s is None:
            return 0
        return await self._finish(as_json=as_json)

    async def _acts(self) -> None:
        """Be the cloud, and then the fault."""
        wanted = [f"{device}/{outlet}" for device, outlet in self._plugged()][:FIRST_ORDERS]
        broker = self._broker
        async with aiomqtt.Client(HOST, broker.port, username=broker.user, password=broker.password) as cloud:
            for attempt in range(20):
                waiting = [outlet for outlet in wanted if self._state(outlet) not in ("on", "latched")]
                for outlet in waiting:
                    await cloud.publish(f"{self._prefix}command/order", self._start(outlet, attempt), qos=1)
                await self._nap(3.0)
                if len(waiting) < len(wanted) / 2:
                    break
        await self._nap(OVERLOAD_AFTER_S)
        victim = next((outlet for outlet in wanted if self._state(outlet) == "on"), None)
        if victim is None:
            raise DemoFailed("no outlet of the demo is on: nothing can be overloaded")
        await asyncio.to_thread(self._estate.control.inject, victim, OVERLOAD)
        self.picture.events.append(f"demo: {victim} now draws too much ({OVERLOAD})")

    def _plugged(self) -> list[tuple[str, str]]:
        plugged = [
            (device, f"outlet-{outlet['outlet']:02d}")
            for device in sorted(self.picture.piles)
            for outlet in self._estate.control.outlets(device)
            if outlet["plug"] != "empty"
        ]
        return [entry for _, entry in sorted((name, (device, name)) for device, name in plugged)]

    def _start(self, outlet: str, attempt: int) -> bytes:
        number = outlet.replace("/", "-")
        return json.dumps(
            {
                "v": 1,
                "id": f"start-{number}-{attempt}",
                "kind": "start",
                "target": outlet,
                "session": self.picture.session,
                "ttl_s": 20,
                "args": {"order_id": f"demo-{number}", "limits": {"s": ORDER_S}},
            }
        ).encode()

    def _state(self, outlet: str) -> str:
        device, _, name = outlet.partition("/")
        state = self.picture.states.get(device, {}).get("outlets", {}).get(name, {})
        return str(state.get("state", "unknown"))

    def _look(self) -> None:
        """Take field's report, when there is a new one."""
        for file in self._folder.glob("community-gateway/*/memory/report.json"):
            with contextlib.suppress(OSError, ValueError):
                self.picture.reported(json.loads(file.read_bytes()))
        if self._gateway.returncode is not None:
            said = (self._folder / "gateway.log").read_text(errors="replace").strip().splitlines()[-3:]
            raise DemoFailed("the gateway ended: " + " / ".join(said))

    async def _finish(self, *, as_json: bool) -> int:
        """Stop polling, commit, drain while still connected; then hold the log against what arrived."""
        self._say("ending: draining what is logged")
        memory = await asyncio.to_thread(pss_mb, self.gateway_pid)
        self._gateway.terminate()
        await self._gateway.wait()
        assert self._witness.stdin is not None  # noqa: S101 - asked for a pipe
        self._witness.stdin.close()
        await asyncio.wait_for(self._listening, DRAIN_S)
        logged = json.loads(self._closing.read_text()) if self._closing.exists() else []
        result = judge(
            self.picture,
            logged=logged,
            seen=self._seen,
            pss_mb=memory,
            seconds=time.monotonic() - self._begun_s,
            first_trip_s=self._first_trip_s,
        )
        if as_json:
            sys.stdout.write(json.dumps(asdict(result)) + "\n")
        else:
            self._console.print(in_words(result))
        return 0 if result.ok else 1

    # ------------------------------------------------------------------ small things

    async def _until(self, holds: Callable[[], bool], within_s: float, otherwise: str) -> None:
        deadline = time.monotonic() + within_s
        while not holds():
            if self._told.is_set():
                raise DemoFailed("ended before the gateway was online")
            if time.monotonic() > deadline or self._gateway.returncode is not None:
                said = (self._folder / "gateway.log").read_text(errors="replace").strip().splitlines()[-3:]
                raise DemoFailed(" / ".join([otherwise, *said]))
            await self._nap(0.05)

    async def _nap(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._told.wait()

    def _say(self, text: str) -> None:
        self._console.print(f"[dim]{text} ...[/dim]")


def site_text(broker: Broker) -> str:
    """Return the demo's site with this run's broker."""
    text = SITE.read_text(encoding="utf-8")
    head, _, _ = text.partition("\nuplinks:")
    mqtt = f"{{host: {HOST}, port: {broker.port}, user: {broker.user}, password_file: {broker.password_file}}}"
    return f"{head}\nuplinks:\n  mqtt: {mqtt}\n"


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process of the demo: ask, then make."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), DRAIN_S + 5)
    except TimeoutError:
        process.kill()
        await process.wait()

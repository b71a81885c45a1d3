"""`gateway demo`: an estate that does not exist, run by the gateway that does.

A simulated community on pseudo-terminals (piles, a cabinet, bins, and the people who use them), a broker on loopback,
the two processes under their supervisor, and a separate subscriber that counts what arrives. After some seconds one
outlet draws too much, and the trip is shown with its measured time beside the bound. Needs no hardware, no root, no
network beyond loopback; leaves nothing behind.
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

from rich.console import Console
from rich.live import Live

from gateway.app.box_acts import CONSOLE, ask_for_link
from gateway.app.broker import HOST, start_broker
from gateway.app.demo_acts import Acts, DemoFailed
from gateway.app.demo_ends import RESIDENTS, finals_of
from gateway.app.demo_estate import community_of
from gateway.app.demo_hands import Hands
from gateway.app.demo_picture import Picture
from gateway.app.demo_result import in_words, judge
from gateway.app.demo_site import SITE, free_port, own_environment, site_text
from gateway.app.demo_view import screen
from gateway.app.demo_words import EN, ZH
from gateway.app.life import ignore
from gateway.app.orders import orders_of
from gateway.app.pss import pss_mb
from gateway.console.access.roles import Role
from gateway.site.load import load_site
from simulators.estate.estate import start_estate
from simulators.physics.resident import Habits

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gateway.app.demo_words import Words
    from gateway.model.site import Site

ONLINE_S = 30.0
LONGER_S = 15.0
"""How much longer than asked for a demo lasts that has not yet come to its trip."""

WHOLE_S = 20.0
"""A demo that is to last so long waits as well for the first settled order of each kind."""

DRAIN_S = 10.0
HURRY_S = 2.0
"""How long an interrupted demo lets its gateway deliver what is logged; nobody waits for that then."""

REFRESH_S = 0.5
LOG = "community-gateway/*/log.sqlite"
INTERRUPTED = 130
TOLD_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def demo(*, for_s: float | None, as_json: bool, seed: int = 1, is_chinese: bool = False) -> int:
    """Run the demo until Ctrl-C, or for a time; return 0 only if every trip kept its bound and nothing is missing.

    Told to end before it was up, or before its time, it returns 130. Whatever the moment, it puts everything away.
    """
    told = asyncio.Event()
    for number in TOLD_TO_END:
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    folder = Path(tempfile.mkdtemp(prefix="gateway-demo-"))
    stage = Stage(folder, Console(stderr=as_json), seed, ZH if is_chinese else EN)
    try:
        return await _until_told(told, stage, _perform(stage, for_s=for_s, as_json=as_json), endless=for_s is None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        ignore(TOLD_TO_END)


async def _perform(stage: Stage, *, for_s: float | None, as_json: bool) -> int:
    async with stage:
        return await stage.play(for_s=for_s, as_json=as_json)


async def _until_told(
    told: asyncio.Event, stage: Stage, performance: Coroutine[Any, Any, int], *, endless: bool
) -> int:
    """Return the performance's exit code, or end it when told to; while it puts things away it is let finish."""
    work, waiting = asyncio.create_task(performance), asyncio.create_task(told.wait())
    await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if work.done():
        return work.result()
    was_up = stage.is_up
    if not stage.is_leaving:
        work.cancel()
    await asyncio.gather(work, return_exceptions=True)  # what breaks while it is being ended interests nobody
    return 0 if was_up and endless else INTERRUPTED


class Stage:
    """Everything that runs during a demo; leaves in the opposite order of coming."""

    def __init__(self, folder: Path, console: Console, seed: int, words: Words = EN, *, has_pages: bool = True) -> None:
        self._folder = folder
        self._console = console
        self._has_pages = has_pages
        self._seed = seed
        self._words = words
        self._begun_s = time.monotonic()
        self._leaving = contextlib.AsyncExitStack()
        self.is_up = self.is_leaving = False
        self._first_trip_s: float | None = None
        self._first_settled_s: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        try:
            await self._come()
        except BaseException:
            await self._leave()
            raise
        self.is_up = True
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._leave()

    async def _leave(self) -> None:
        self.is_leaving = True
        await self._leaving.aclose()

    @property
    def gateway_pid(self) -> int:
        """The supervisor's process."""
        return self._gateway.pid

    async def _come(self) -> None:
        site = load_site(SITE)
        self.picture = Picture(community_of(site))
        self._say("the broker")
        self._broker = await start_broker(self._folder)
        self._leaving.callback(self._broker.stop)
        self._say("the simulated lines")
        await self._start_lines(site)
        file = self._folder / "site.yaml"
        file.write_text(site_text(self._broker) + (f"console: {{port: {free_port()}}}\n" if self._has_pages else ""))
        self._prefix = f"gw/{site.name}/{site.gateway}/"
        await self._start_witness()
        self._say("the gateway")
        await self._start_gateway(file, self._estate.paths)
        await self._until(lambda: bool(self.picture.session), ONLINE_S, "the gateway did not come online")

        log = next(self._folder.glob(LOG))
        self._console.print(self._words.log.format(path=log), style="dim", highlight=False, soft_wrap=True)
        if self._has_pages:
            await self._open_pages(log.parent / CONSOLE)

    async def _open_pages(self, folder: Path) -> None:
        link = await ask_for_link(folder, Role.OPERATOR)
        if link is None:
            raise DemoFailed(self._last_words("the console does not answer", "gateway.log"))
        self._console.print(self._words.console.format(link=link), highlight=False, soft_wrap=True)

    async def _start_lines(self, site: Site) -> None:
        starting = asyncio.create_task(
            asyncio.to_thread(start_estate, site, seed=self._seed, habits=Habits(running=0.0))
        )
        try:
            self._estate = await asyncio.shield(starting)
        except asyncio.CancelledError:  # a thread cannot be: what it starts must still be ended
            (await starting).stop()
            raise
        self._leaving.callback(self._estate.stop)

    async def _start_witness(self) -> None:
        broker = self._broker
        self._witness = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.app.witness", HOST, str(broker.port), self._prefix,
            "--user", broker.user, "--password-file", str(broker.password_file),
            "--latest", *self.picture.community.sensors,
            stdin=PIPE, stdout=PIPE, stderr=(self._folder / "witness.log").open("wb"),
            limit=64 * 1024 * 1024, start_new_session=True,
        )  # fmt: skip
        self._leaving.push_async_callback(_end, self._witness)
        self._seen: list[dict[str, Any]] = []
        ready = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(ready))
        self._leaving.callback(self._listening.cancel)
        try:
            async with asyncio.timeout(ONLINE_S):
                await ready.wait()
        except TimeoutError:
            raise DemoFailed(self._last_words("the demo's own subscriber hears nothing", "witness.log")) from None

    async def _listen(self, ready: asyncio.Event) -> None:
        assert self._witness.stdout is not None  # noqa: S101 - asked for a pipe
        async for text in self._witness.stdout:
            line = json.loads(text)
            if "ready" in line:
                ready.set()
            if "seen" in line:
                self._seen = line["seen"]
            self.picture.heard(line)
            self._note_firsts()

    def _note_firsts(self) -> None:
        now_s = time.monotonic() - self._begun_s
        if self._first_trip_s is None and self.picture.trips:
            self._first_trip_s = now_s
        for kind in RESIDENTS:
            if kind not in self._first_settled_s and self.picture.tallies[kind].settled:
                self._first_settled_s[kind] = now_s

    async def _start_gateway(self, file: Path, paths: dict[str, str]) -> None:
        links = [word for bus, path in paths.items() for word in ("--link", f"{bus}={path}")]
        self._closing = self._folder / "closing.json"
        self._gateway = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.app.supervise", str(file), *links,
            "--drain", str(DRAIN_S), "--closing", str(self._closing),
            stderr=(self._folder / "gateway.log").open("wb"), start_new_session=True,
            env=own_environment(self._folder),
        )  # fmt: skip
        self._leaving.push_async_callback(_end, self._gateway, hurry_s=HURRY_S)

    # ------------------------------------------------------------------ the play

    async def play(self, *, for_s: float | None, as_json: bool) -> int:
        """Order, overload, show; then end."""
        begun_s = time.monotonic()
        acts = asyncio.create_task(Acts(self.picture, self._broker, Hands(self._estate.control), self._prefix).play())
        self._leaving.push_async_callback(_cancel, acts)
        with Live(console=self._console, auto_refresh=False) as live:
            while for_s is None or time.monotonic() < begun_s + for_s + (0.0 if self._has_shown(for_s) else LONGER_S):
                self._look()
                if acts.done():
                    acts.result()
                live.update(screen(self.picture, self._words), refresh=True)
                await asyncio.sleep(REFRESH_S)
        return await self._finish(as_json=as_json)

    def _has_shown(self, for_s: float) -> bool:
        return bool(self.picture.cuts) and (for_s < WHOLE_S or len(self._first_settled_s) == len(RESIDENTS))

    def _look(self) -> None:
        """Take field's report, when there is a new one."""
        for file in self._folder.glob("community-gateway/*/memory/report.json"):
            with contextlib.suppress(OSError, ValueError):
                self.picture.reported(json.loads(file.read_bytes()))
        if self._gateway.returncode is not None:
            raise DemoFailed(self._last_words("the gateway ended", "gateway.log"))

    async def _finish(self, *, as_json: bool) -> int:
        """Stop polling, commit, drain while still connected; then hold the log against what arrived."""
        if not self._console.is_terminal:
            self._console.print()  # there the last screen has no end of line
        self._console.print(f"[dim]{self._words.ending} ...[/dim]")
        memory = await asyncio.to_thread(pss_mb, self.gateway_pid)
        self._gateway.terminate()
        await self._gateway.wait()
        assert self._witness.stdin is not None  # noqa: S101 - asked for a pipe
        self._witness.stdin.close()
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._listening
        except TimeoutError:
            raise DemoFailed(self._last_words("the demo's own subscriber does not end", "witness.log")) from None
        logged = json.loads(self._closing.read_text()) if self._closing.exists() else []
        orders = await asyncio.to_thread(orders_of, next(self._folder.glob(LOG)))
        result = judge(
            self.picture,
            logged=logged,
            seen=self._seen,
            finals=finals_of(body for order in orders.values() for _, _, body in order.told),
            pss_mb=memory,
            seconds=time.monotonic() - self._begun_s,
            first_trip_s=self._first_trip_s,
            first_settled_s=self._first_settled_s,
        )
        if as_json:
            sys.stdout.write(json.dumps(asdict(result)) + "\n")
        else:
            self._console.print(in_words(result, self._words), highlight=False)
        return 0 if result.ok else 1

    # ------------------------------------------------------------------ small things

    async def _until(self, holds: Callable[[], bool], within_s: float, otherwise: str) -> None:
        deadline = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > deadline or self._gateway.returncode is not None:
                raise DemoFailed(self._last_words(otherwise, "gateway.log"))
            await asyncio.sleep(0.05)

    def _last_words(self, what: str, log: str) -> str:
        said = (self._folder / log).read_text(errors="replace").strip().splitlines()[-3:]
        return " / ".join([what, *said])

    def _say(self, part: str) -> None:
        self._console.print(f"[dim]{self._words.starting.format(what=self._words.of(part))} ...[/dim]")


async def _cancel(task: asyncio.Task[None]) -> None:
    """End a task of the demo, and let it put its things away; what it ended with has been looked at."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _end(process: asyncio.subprocess.Process, *, hurry_s: float = 0.0) -> None:
    """End a process of the demo: ask, ask again after `hurry_s` if that is given, then make."""
    for patience_s in (hurry_s, DRAIN_S + 5) if hurry_s else (DRAIN_S + 5,):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)  # `terminate` would reap one that has just ended, and asyncio complain
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), patience_s)
            return
    process.kill()
    await process.wait()

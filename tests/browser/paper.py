"""Consoles over estates that are only told of: as large as wanted, served in the test's own process, at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from datetime import UTC
from typing import TYPE_CHECKING, Any, Self

from gateway.app.serving import serve
from gateway.console.access.keeper import Keeper
from gateway.console.live import Live
from gateway.console.looking import looking
from gateway.console.picture import Picture
from gateway.console.scopes import Scopes
from gateway.console.server import console
from gateway.fleet.estate import Estate
from gateway.uplink.inventory import Inventory, InventoryDevice, InventoryOutlet
from gateway.uplink.message import DeviceState, OutletState, Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from fastapi import APIRouter

    from gateway.console.access.roles import Role
    from gateway.uplink.message import Message

GATEWAY = "riverside-12/gw-1"
OUTLETS = 12
BOOT = "1-paper"
PREFIX = "gw/"


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def inventory(piles: int, label: str = "") -> Inventory:
    outlets = tuple(InventoryOutlet(outlet=f"outlet-{n:02d}", code=f"{n:08d}") for n in range(1, 1 + OUTLETS))
    devices = (
        InventoryDevice(device=f"pile-{n:03d}", kind="pile", profile="pile/x", label=label, outlets=outlets)
        for n in range(1, 1 + piles)
    )
    return Inventory(ts=wall_ms(), config_hash="paper", label=label, devices=tuple(devices))


def state(turn: int, **words: str) -> DeviceState:
    """Return a pile whose outlets all charge, but those that `words` says another state of."""
    now_ms = wall_ms()
    told = {
        name: OutletState(state=words.get(name, "on"), stage="charging", order_id=f"o-{name}", w=150.0 + turn, wh=turn, as_of=now_ms)
        for name in (f"outlet-{n:02d}" for n in range(1, 1 + OUTLETS))
    }  # fmt: skip
    return DeviceState(ts=now_ms, link="ok", outlets=told)


class Server:
    """Serves routes at one port, as often as it is started; whoever is at the box looks as a viewer."""

    def __init__(self, folder: Path, routers: Callable[[], tuple[list[APIRouter], Coroutine[Any, Any, None]]]) -> None:
        self._folder = folder
        self._routers = routers
        self._tasks: list[asyncio.Task[None]] = []
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.keeper: Keeper | None = None

    async def start(self) -> None:
        """Serve from now on, knowing nothing of who looked before."""
        routers, beside = self._routers()
        self.keeper = Keeper(
            self._folder / "accounts.json", write=_nowhere, audit=_Nobody(), now_s=time.monotonic, say=lambda _: None
        )
        app = console(routers, self.keeper, timezone="Asia/Shanghai")
        self._tasks = [asyncio.create_task(beside), asyncio.create_task(serve(app, "127.0.0.1", self.port, None))]
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def link(self, role: Role) -> str:
        assert self.keeper is not None
        return f"{self.url}#/ticket/{self.keeper.ticket(role)}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def _nowhere(_file: Path, _text: str) -> None:
    pass


class _Nobody:
    async def note(self, who: str, what: str, detail: str) -> None:
        """Tell nobody."""


class Paper:
    """One gateway of some piles; `picture` is what it shows."""

    def __init__(self, folder: Path, piles: int) -> None:
        self.picture = Picture()
        self.picture.take_status(GATEWAY, {"state": "online", "version": "1"})
        self.picture.take_inventory(GATEWAY, inventory(piles).model_dump())
        for number in range(1, 1 + piles):
            self.tell(number, 0)
        self.server = Server(folder, self._routers)

    def tell(self, pile: int, turn: int, **words: str) -> None:
        """Let a pile's state be told."""
        self.picture.take_state(GATEWAY, f"pile-{pile:03d}", state(turn, **words).model_dump())

    def _routers(self) -> tuple[list[APIRouter], Coroutine[Any, Any, None]]:
        live = Live(self.picture, lambda: None, wall_ms)
        return [looking(live)], live.run()


class PaperFleet:
    """Some sheds, as a broker would tell of them."""

    def __init__(self, folder: Path, sheds: int, piles: int) -> None:
        self.estate = Estate(PREFIX, UTC)
        self.estate.put("f/broker", {"state": "online", "where": "paper", "reason": ""})
        for number in range(1, 1 + sheds):
            name = f"shed-{number:03d}/box"
            status = Status(state="online", session="session-paper", ts=wall_ms(), version="0.1.0", config_hash="paper")
            self.tell(name, "status", status, retained=False)
            self.tell(name, "inventory", inventory(piles))
            for pile in range(1, 1 + piles):
                self.tell(name, f"state/pile-{pile:03d}", state(0))
        self.server = Server(folder, self._routers)

    def tell(self, name: str, topic: str, message: Message, *, retained: bool = True) -> None:
        payload = message.model_dump_json(exclude_none=True).encode()
        self.estate.take(f"{PREFIX}{name}/{topic}", payload, time.monotonic(), retained=retained)

    def _routers(self) -> tuple[list[APIRouter], Coroutine[Any, Any, None]]:
        scopes = Scopes(self.estate, lambda: self.estate.look(time.monotonic(), wall_ms()), wall_ms)
        return [looking(scopes)], scopes.run()


@contextlib.asynccontextmanager
async def serving(made: Paper | PaperFleet) -> AsyncIterator[Server]:
    """Serve it until the end of the block."""
    async with made.server as server:
        yield server

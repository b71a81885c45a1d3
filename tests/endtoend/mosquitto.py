"""A real Mosquitto on loopback that a test may kill and start again on the same port and store."""

from __future__ import annotations

import asyncio
import signal
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Mosquitto:
    program: str
    folder: Path
    extra: str = "allow_anonymous true\n"
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        config = self.folder / f"broker-{self.port}.conf"
        store = self.folder / f"store-{self.port}"
        store.mkdir(exist_ok=True)
        config.write_text(
            f"listener {self.port} 127.0.0.1\nuser root\npersistence true\npersistence_location {store}/\n"
            "autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 100000\nset_tcp_nodelay true\n"
            f"log_dest stderr\nlog_type error\n{self.extra}",
            encoding="utf-8",
        )
        self.process = await asyncio.create_subprocess_exec(
            self.program, "-c", str(config), stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(10):
            while not await self._answers():  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.02)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()
        self.process = None

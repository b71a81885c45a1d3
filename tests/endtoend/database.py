"""Real time-series databases on loopback: Debian's influxd (1.x) and victoria-metrics."""

from __future__ import annotations

import asyncio
import json
import signal
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.endtoend.mosquitto import free_port

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Database:
    """One server process; `count` is how many points a field has."""

    program: str
    folder: Path
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        raise NotImplementedError

    async def prepare(self) -> None:
        """What must be there before the first write."""

    def count(self, measurement: str, name: str) -> int:
        raise NotImplementedError

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *self.command(), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(20):
            while not await asyncio.to_thread(self._answers):  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.05)
        await self.prepare()

    def _answers(self) -> bool:
        try:
            self.get("/ping")
        except OSError:
            return False
        return True

    def get(self, path: str, data: bytes | None = None, /, **query: Any) -> str:
        address = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address, data=data, timeout=5) as answer:  # noqa: S310 - loopback
            return str(answer.read().decode())

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()
        self.process = None


class Influx(Database):
    def command(self) -> list[str]:
        config = self.folder / "influxdb.conf"
        config.write_text(
            f'reporting-disabled = true\nbind-address = "127.0.0.1:{free_port()}"\n'
            f'[meta]\ndir = "{self.folder}/meta"\n[data]\ndir = "{self.folder}/data"\nwal-dir = "{self.folder}/wal"\n'
            f'[http]\nbind-address = "127.0.0.1:{self.port}"\nlog-enabled = false\n',
            encoding="utf-8",
        )
        return [self.program, "-config", str(config)]

    async def prepare(self) -> None:
        await asyncio.to_thread(self.get, "/query", b"", q="CREATE DATABASE gw")

    def ask(self, query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.get("/query", db="gw", q=query))["results"][0].get("series", [])
        return found

    def count(self, measurement: str, name: str) -> int:
        series = self.ask(f'SELECT count("{name}") FROM "{measurement}"')  # noqa: S608 - our own database
        return int(series[0]["values"][0][1]) if series else 0


class Victoria(Database):
    def command(self) -> list[str]:
        return [
            self.program,
            f"-storageDataPath={self.folder}/vm",
            f"-httpListenAddr=127.0.0.1:{self.port}",
            "-search.latencyOffset=0s",
            "-retentionPeriod=100y",
        ]

    def count(self, measurement: str, name: str) -> int:
        self.get("/internal/force_flush")
        lines = self.get("/api/v1/export", None, **{"match[]": f"{measurement}_{name}"}).splitlines()
        return sum(len(json.loads(line)["values"]) for line in lines)

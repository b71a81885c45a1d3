"""Many who look at a console at once, in a process of their own: `python -m tests.bench.crowd URL SECONDS`.

Viewers listen to the stream of changes; those who hammer ask for everything again as soon as they have it. Ended by
time or by SIGTERM it prints one JSON object: how many times a viewer was told something, the bytes of all, how often
everything was sent, what failed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import json
import signal
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHUNK = 65536
LONGEST_S = 3600.0
TOLD = b'\ndata: {"'


@dataclass(slots=True)
class Crowd:
    """Who looks at `host:port`. `told` counts for all viewers together."""

    host: str
    port: int
    viewers: int
    hammers: int
    told: int = 0
    received: int = 0
    answers: int = 0
    failures: int = 0

    async def look(self, seconds: float) -> None:
        """Let everybody look for a while."""
        everybody = [self._view() for _ in range(self.viewers)] + [self._hammer() for _ in range(self.hammers)]
        tasks = [asyncio.create_task(self._again(each)) for each in everybody]
        told = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _again(self, looking: AsyncIterator[None]) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            try:
                async for _ in looking:
                    pass
            except (OSError, EOFError, ValueError):
                self.failures += 1

    async def _view(self) -> AsyncIterator[None]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            await self._ask(writer, "/api/snapshot")
            revision = await self._revision(reader)
            await self._ask(writer, f"/api/stream?after={revision}")
            while chunk := await reader.read(CHUNK):
                self.received += len(chunk)
                self.told += chunk.count(TOLD)
                yield
            self.failures += 1
        finally:
            writer.close()

    async def _hammer(self) -> AsyncIterator[None]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            while True:
                await self._ask(writer, "/api/snapshot")
                self.received += len(await _body(reader))
                self.answers += 1
                yield
        finally:
            writer.close()

    async def _ask(self, writer: asyncio.StreamWriter, path: str) -> None:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n\r\n".encode())
        await writer.drain()

    async def _revision(self, reader: asyncio.StreamReader) -> int:
        return int(json.loads(gzip.decompress(await _body(reader)))["revision"])


async def _body(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length: ")[2].split(b"\r", 1)[0])
    return await reader.readexactly(length)


@asynccontextmanager
async def crowd_at(url: str, *, viewers: int = 0, hammers: int = 0, nice: int = 0) -> AsyncIterator[dict[str, Any]]:
    """Run a crowd in a process of its own until the end of the block; what it says is there after that."""
    said: dict[str, Any] = {}
    child = await asyncio.create_subprocess_exec(
        "nice", "-n", str(nice), sys.executable, "-m", "tests.bench.crowd", url, str(LONGEST_S),
        "--viewers", str(viewers), "--hammers", str(hammers), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield said
    finally:
        child.terminate()
        out, _ = await child.communicate()
        said |= json.loads(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("seconds", type=float)
    parser.add_argument("--viewers", type=int, default=0)
    parser.add_argument("--hammers", type=int, default=0)
    given = parser.parse_args()
    where = urlsplit(given.url)
    crowd = Crowd(where.hostname or "127.0.0.1", where.port or 80, given.viewers, given.hammers)
    began_s = time.monotonic()
    asyncio.run(crowd.look(given.seconds))
    sys.stdout.write(json.dumps(asdict(crowd) | {"seconds": time.monotonic() - began_s}) + "\n")


if __name__ == "__main__":
    main()

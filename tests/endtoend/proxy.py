"""A line that can be cut: forwards bytes to a broker, and misbehaves on command."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """`cut_after` closes with RST once so many bytes went up; `black_hole` takes everything and passes nothing."""

    target: int
    port: int = 0
    black_hole: bool = False
    piece: int = 65_536
    cut_after: int | None = None
    passed_up: int = 0
    connections: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _pumps: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.reset()
        for pump in list(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def reset(self) -> None:
        """RST both sides of every connection."""
        for writer in list(self._open):
            raw = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        self._open.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        for source, sink, up in ((reader, far_writer, True), (far_reader, writer, False)):
            pump = asyncio.create_task(self._pump(source, sink, up=up))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, up: bool) -> None:
        with contextlib.suppress(ConnectionError, OSError):
            while data := await source.read(self.piece):
                if self.black_hole:
                    continue
                if up and self.cut_after is not None and self.passed_up + len(data) >= self.cut_after:
                    sink.write(data[: self.cut_after - self.passed_up])
                    self.cut_after = None
                    await sink.drain()
                    self.reset()
                    return
                self.passed_up += len(data) if up else 0
                sink.write(data)
                await sink.drain()
        sink.close()

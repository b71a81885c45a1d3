"""The least that a server can do for who looks: `python -m tests.bench.bare_sse PORT HZ BYTES`.

It writes the same bytes to every listener of `/api/stream` at a steady rate, each with the moment of its writing, and
answers `/api/snapshot` and a page that shows that moment. It knows no routes, no identities and no picture.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
import time

PAGE = b"""<!doctype html><meta charset=utf-8><title>bare</title><ul></ul><script>
const list = document.querySelector("ul");
new EventSource("api/stream").onmessage = ({data}) => {
  const item = document.createElement("li");
  item.className = "told";
  item.dataset.ms = JSON.parse(data).ms;
  list.append(item);
};
</script>"""


class Bare:
    """`size` is of what is told each time, in bytes."""

    def __init__(self, size: int) -> None:
        self._filling = "x" * size
        self._listeners: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1]
                if path.startswith(b"/api/stream"):
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
                    self._listeners.add(writer)
                else:
                    writer.write(_answer(path))
        except (OSError, EOFError):
            pass
        finally:
            self._listeners.discard(writer)
            writer.close()

    async def tell(self, hz: float) -> None:
        """Tell everybody, again and again."""
        while True:
            await asyncio.sleep(1 / hz)
            said = f'id: 1\ndata: {{"ms":{time.time_ns() // 1_000_000},"filling":"{self._filling}"}}\n\n'.encode()
            for writer in self._listeners:
                writer.write(said)


def _answer(path: bytes) -> bytes:
    is_page = path == b"/"
    body = PAGE if is_page else gzip.compress(b'{"revision":0}')
    kind = b"content-type: text/html" if is_page else b"content-encoding: gzip\r\ncontent-type: application/json"
    return b"HTTP/1.1 200 OK\r\n%s\r\ncontent-length: %d\r\n\r\n%s" % (kind, len(body), body)


async def main(port: int, hz: float, size: int) -> None:
    bare = Bare(size)
    server = await asyncio.start_server(bare.serve, "127.0.0.1", port)
    async with server:
        await bare.tell(hz)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))

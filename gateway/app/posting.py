"""Bring a request to where it is wanted: the standard library's HTTP, in a thread of its own."""

from __future__ import annotations

import asyncio
import http.client
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from gateway.alarm.post import Request

TIMEOUT_S = 10.0
ANSWER_BYTES = 64 * 1024


class HttpPost:
    """Follows no redirection: what is signed for one place goes to no other."""

    async def send(self, wanted: Request) -> tuple[int, bytes]:
        """Return status and body of the answer. Raises `OSError` where there is none."""
        return await asyncio.to_thread(_send, wanted)

    def read(self, file: str) -> str:
        """Return the text of a file without the space around it. Raises `OSError`."""
        return Path(file).read_text(encoding="utf-8").strip()


def _send(wanted: Request) -> tuple[int, bytes]:
    url = urlsplit(wanted.url)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=TIMEOUT_S)
    try:
        path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        connection.request("POST", path, body=wanted.body, headers=dict(wanted.headers))
        answer = connection.getresponse()
        return answer.status, answer.read(ANSWER_BYTES)
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP: {error!r}") from error
    finally:
        connection.close()

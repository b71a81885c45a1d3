"""Serving the console at one address: the listener, TLS beyond loopback, and uvicorn without its hold on signals."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


async def serve(app: FastAPI, address: str, port: int, files: tuple[Path, Path] | None) -> None:
    """Serve until cancelled. Raises `OSError` for an address that cannot be had, or a certificate that does not fit."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, port), family=family, backlog=64) as listener:
        leaving = asyncio.Event()
        config = uvicorn.Config(
            _Leaving(app, leaving),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
            ssl_certfile=None if files is None else str(files[0]),
            ssl_keyfile=None if files is None else str(files[1]),
        )
        server = _Server(config)
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        try:
            await asyncio.shield(serving)
        finally:
            leaving.set()
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await serving


def url_of(address: str, port: int, *, is_secure: bool) -> str:
    """Return where a browser finds it."""
    shown = f"[{address}]" if ":" in address else address
    return f"{'https' if is_secure else 'http'}://{shown}:{port}/"


class _Leaving:
    """Ends what is still being streamed, as if the browser had gone: nothing is broken off."""

    def __init__(self, app: ASGIApp, leaving: asyncio.Event) -> None:
        self._app = app
        self._leaving = leaving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = False

        async def noted(message: Message) -> None:
            nonlocal is_open
            is_open = message["type"] == "http.response.start" or message.get("more_body", False)
            await send(message)

        await self._app(scope, partial(self._heard, receive), noted)
        if is_open and self._leaving.is_set():
            await send({"type": "http.response.body", "body": b""})

    async def _heard(self, receive: Receive) -> Message:
        hearing = asyncio.ensure_future(receive())
        leaving = asyncio.ensure_future(self._leaving.wait())
        try:
            await asyncio.wait({hearing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return hearing.result() if hearing.done() else {"type": "http.disconnect"}
        finally:
            hearing.cancel()
            leaving.cancel()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process, which has other things to end as well."""
        yield

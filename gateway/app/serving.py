"""Serving the console at one address: the listener, TLS beyond loopback, and uvicorn without its hold on signals."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


async def serve(app: FastAPI, address: str, port: int, files: tuple[Path, Path] | None) -> None:
    """Serve until cancelled. Raises `OSError` for an address that cannot be had, or a certificate that does not fit."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, port), family=family, backlog=64) as listener:
        config = uvicorn.Config(
            app,
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
            server.should_exit = True
            with contextlib.suppress(asyncio.CancelledError):
                await serving


def url_of(address: str, port: int, *, is_secure: bool) -> str:
    """Return where a browser finds it."""
    shown = f"[{address}]" if ":" in address else address
    return f"{'https' if is_secure else 'http'}://{shown}:{port}/"


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process, which has other things to end as well."""
        yield

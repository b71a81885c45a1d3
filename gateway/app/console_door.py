"""Where a console is served: its address, its certificate, what is asked of it on the box.

The local console and the fleet's share it. What keeps it from serving is told, and tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from gateway.app.box_acts import BoxActs
from gateway.app.certificate import NoCertificate, certificate_files, fingerprint
from gateway.app.life import say
from gateway.app.serving import serve, url_of
from gateway.console.doorkeeper import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from fastapi import FastAPI

    from gateway.console.access.keeper import Keeper
    from gateway.model.site import ConsoleSetup

BOX_S = 0.5
AGAIN_S = 5.0
"""How long it waits when it cannot listen, or has failed."""


class Door:
    """`app` makes the application for the names by which it may be called; `beside` run while it is served.

    `standing` says in one line why nobody can look; empty while it serves. Nothing that happens here raises.
    """

    def __init__(
        self,
        setup: ConsoleSetup,
        folder: Path,
        keeper: Keeper,
        *,
        app: Callable[[set[str]], FastAPI],
        beside: Sequence[Callable[[], Coroutine[None, None, None]]],
    ) -> None:
        self._setup = setup
        self._folder = folder
        self._keeper = keeper
        self._app = app
        self._beside = beside
        self.standing = ""

    async def run(self) -> None:
        """Serve until cancelled."""
        if not self._keeper.has_accounts:
            self._keeper.arm()
        while True:
            try:
                await self._serve()
            except* (OSError, NoCertificate) as errors:
                reason = getattr(errors.exceptions[0], "strerror", None) or errors.exceptions[0]
                self.standing = f"{self._setup.address} port {self._setup.port}: {reason}"
            except* Exception as errors:  # noqa: BLE001 - who looks must never stop what remembers
                self.standing = f"failed: {errors.exceptions[0]!r}"
            await asyncio.sleep(AGAIN_S)

    async def _serve(self) -> None:
        address, port = self._setup.address, self._setup.port
        files = await asyncio.to_thread(self._files, address)
        app = self._app(self._names(address))
        acts = BoxActs(self._folder, self._keeper, url_of(address, port, is_secure=files is not None))
        async with asyncio.TaskGroup() as tasks:
            for doing in self._beside:
                tasks.create_task(doing())
            tasks.create_task(serve(app, address, port, files))
            tasks.create_task(self._box(acts))
            self.standing = ""

    def _names(self, address: str) -> set[str]:
        return {address} | set(self._setup.names)

    def _files(self, address: str) -> tuple[Path, Path] | None:
        if address in LOOPBACK and not self._setup.cert_file:
            return None
        files = certificate_files(self._setup, self._folder, address)
        say(f"console: its certificate has the SHA-256 fingerprint {fingerprint(files[0])}")
        return files

    async def _box(self, acts: BoxActs) -> None:
        opened: asyncio.Task[None] | None = None
        try:
            while True:
                with contextlib.suppress(OSError):  # a full disk: what is asked stays asked
                    acts.look()
                    if (wanted := acts.opening()) is not None:
                        if opened is not None:
                            opened.cancel()
                        opened = asyncio.create_task(self._open(*wanted))
                await asyncio.sleep(BOX_S)
        finally:
            if opened is not None:
                opened.cancel()

    async def _open(self, address: str, for_s: float) -> None:
        """Serve at another address for a while."""
        try:
            files = await asyncio.to_thread(self._files, address)
            say(f"console: open at {url_of(address, self._setup.port, is_secure=files is not None)} for {for_s:.0f} s")
            async with asyncio.timeout(for_s):
                await serve(self._app(self._names(address)), address, self._setup.port, files)
        except TimeoutError:
            say(f"console: closed at {address}")
        except (OSError, NoCertificate) as error:
            say(f"console: cannot be opened at {address}: {error}")

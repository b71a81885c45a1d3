"""Devices that dial in: one listener for each address, and for each device a link that is the connection it has made.

Who may stay, `gateway.bus.doorman` decides. A link is open while its device's connection is; the bus opens it again,
which means waiting for the next call. Frames are never mixed: each connection is a line of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING

from gateway.bus.doorman import Doorman, Known, Stranger
from gateway.bus.link import READ_BYTES, DescriptorLink
from gateway.model.errors import LinkLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.bus.link import Receiver

CALL_WAIT_S = 3.0
"""How long opening a link waits for its device's call before it says that there was none."""

IDLE_S = 400.0
"""A connection over which nothing comes for so long is dead: two heartbeats of 180 s are missing."""

LOOK_S = 5.0
"""How often those are looked for that do not say who they are."""

BACKLOG = 64
PACE_S = 0.02
"""One caller is let in so often: a flood of them must not take the time of what protects other lines."""

PAUSE_S = 1.0
"""How long nobody is let in where this process has no descriptors left."""


class Reception:
    """One listening address. `strangers` is told of each number that is nobody's here, once: unit and address."""

    def __init__(
        self, host: str, port: int, who: Callable[[bytes], int | None], strangers: Callable[[int, str], None]
    ) -> None:
        self.name = f"{host}:{port}"
        self._address = (host, port)
        self._strangers = strangers
        self._links: dict[int, DialInLink] = {}
        self._callers: dict[int, tuple[socket.socket, str]] = {}
        self._listener: socket.socket | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.doorman = Doorman(self._links, who)

    def link(self, unit: int) -> DialInLink:
        """Return the link of one device: from now on it may come in."""
        link = self._links[unit] = DialInLink(self, unit)
        return link

    def open(self) -> None:
        """Listen, unless it does already. Raises `LinkLost` where the address cannot be had."""
        if self._listener is not None:
            return
        family = socket.AF_INET if ip_address(self._address[0]).version == 4 else socket.AF_INET6  # noqa: PLR2004
        try:
            self._listener = socket.create_server(self._address, family=family, backlog=BACKLOG)
        except OSError as error:
            raise LinkLost(f"{self.name}: cannot listen: {error.strerror or error}") from error
        self._listener.setblocking(False)
        self._watch()
        self._look()

    def close(self) -> None:
        """Listen no more, and hang up those that nobody has taken over."""
        if self._timer is not None:
            self._timer.cancel()
        listener, self._listener = self._listener, None
        if listener is not None:
            asyncio.get_running_loop().remove_reader(listener.fileno())
            listener.close()
        for descriptor in list(self._callers):
            self._hang_up(descriptor)
        for link in self._links.values():
            link.forget()

    # ------------------------------------------------------------------ who calls

    def _watch(self) -> None:
        if self._listener is not None:
            asyncio.get_running_loop().add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        assert self._listener is not None  # noqa: S101 - it is watched only while there is one
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listener.fileno())
        try:
            caller, address = self._listener.accept()
        except (BlockingIOError, ConnectionError):
            self._watch()
            return
        except OSError:
            loop.call_later(PAUSE_S, self._watch)
            return
        loop.call_later(PACE_S, self._watch)
        caller.setblocking(False)
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        descriptor = caller.fileno()
        crowded_out = self.doorman.came(descriptor, loop.time())
        self._callers[descriptor] = (caller, str(address[0]))
        if crowded_out is not None:
            self._hang_up(crowded_out)
        loop.add_reader(descriptor, self._hear, descriptor)

    def _hear(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.doorman.left(descriptor)
            self._hang_up(descriptor)
            return
        judged = self.doorman.heard(descriptor, data, asyncio.get_running_loop().time())
        if judged is None:
            return
        caller, address = self._callers[descriptor]
        if isinstance(judged, Known):
            del self._callers[descriptor]
            asyncio.get_running_loop().remove_reader(descriptor)
            self._links[judged.unit].called(caller, judged.said)
            return
        self._hang_up(descriptor)
        if isinstance(judged, Stranger) and judged.is_new:
            self._strangers(judged.unit, address)

    def _hang_up(self, descriptor: int) -> None:
        caller, _ = self._callers.pop(descriptor)
        asyncio.get_running_loop().remove_reader(descriptor)
        caller.close()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        for descriptor in self.doorman.overdue(loop.time()):
            self._hang_up(descriptor)
        self._timer = loop.call_later(LOOK_S, self._look)


class DialInLink(DescriptorLink):
    """The connection that one device has made. Implements `gateway.bus.link.Link`."""

    def __init__(self, reception: Reception, unit: int) -> None:
        super().__init__()
        self.name = f"{reception.name}, device {unit}"
        self._reception = reception
        self._unit = unit
        self._next: tuple[socket.socket, bytes] | None = None
        self._socket: socket.socket | None = None
        self._calls: asyncio.Future[None] | None = None
        self._heard_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def open(self, receiver: Receiver) -> None:
        self._reception.open()
        if self._next is None:
            self._calls = asyncio.get_running_loop().create_future()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CALL_WAIT_S):
                    await self._calls
        if self._next is None:
            raise LinkLost(f"{self.name}: has not dialled in (is this address set in it, and its number right?)")
        (self._socket, said), self._next = self._next, None
        self._watch(self._socket.fileno(), receiver)
        loop = asyncio.get_running_loop()
        self._heard_s = loop.time()
        self._look()
        loop.call_soon(self._came, receiver, said)

    def called(self, caller: socket.socket, said: bytes) -> None:
        """Take over the device's newest connection, with what it has said; an older one is hung up."""
        if self._next is not None:
            self._next[0].close()
        self._next = caller, said
        if self._calls is not None and not self._calls.done():
            self._calls.set_result(None)
        if self._receiver is not None:
            self._lose(self._receiver, "has dialled in anew")

    def close(self) -> None:
        """Hang up. A newer connection that waits already is kept for the next opening, while somebody listens."""
        self._unwatch()
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            if self._next is None:
                self._reception.doorman.out(self._unit)

    def forget(self) -> None:
        """Hang up the newer connection too."""
        self.close()
        if self._next is not None:
            self._next[0].close()
            self._next = None

    def _came(self, receiver: Receiver, data: bytes) -> None:
        if self._receiver is receiver:
            self._heard_s = asyncio.get_running_loop().time()
            receiver.bytes_came(data)

    def _look(self) -> None:
        """Hang up where nothing has come for long."""
        loop = asyncio.get_running_loop()
        ends_s = self._heard_s + IDLE_S
        if loop.time() < ends_s:
            self._timer = loop.call_at(ends_s, self._look)
        elif self._receiver is not None:
            self._lose(self._receiver, f"has said nothing for {IDLE_S:.0f} s")

"""The host's side of a line: a pseudo-terminal, a TCP server with one pipe for each client, or a call to the host."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import socket
import sys
import termios
import tty
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from simulators.errors import SimulatorError
from simulators.spec import LineKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulators.spec import LineSpec

CHUNK = 4096
MOST_CLIENTS = 256
MOST_UNREAD = 256
"""Some frames of what talks by itself: a host that is there has read them long ago."""

INT_BYTES = 4
CALL_S = 0.2
"""How long a call may take: the host is on this machine."""


class Pipe(Protocol):
    """Bytes to and from one host."""

    def fileno(self) -> int: ...

    def read(self) -> bytes | None:
        """Return what has come, empty if nothing, None when the host is gone."""

    def write(self, data: bytes) -> bool:
        """Hand bytes over; False when they are lost."""

    def close(self) -> None:
        """Give the pipe up; what is still to be written to it is lost, and never goes to a later one."""


class PtyPort:
    """A pseudo-terminal in raw mode. Its device side stays open here, so a host may open and close it at will.

    `arrived` and `left` are told of each pipe that opens and that is about to close.
    """

    def __init__(
        self, symlink: str, arrived: Callable[[Pipe], None], left: Callable[[Pipe], None], *, streams: bool = False
    ) -> None:
        self._symlink = Path(symlink) if symlink else None
        self._most_unread = MOST_UNREAD if streams else 0
        self._arrived, self._left = arrived, left
        self._pipe: _PtyPipe | None = None
        self._name = ""

    @property
    def path(self) -> str:
        return str(self._symlink or self._name)

    @property
    def name(self) -> str:
        """The kernel's name of the terminal, whatever the symlink is called."""
        return self._name

    def watched(self) -> list[int]:
        return []

    def accept(self) -> None:
        return None

    def open(self) -> None:
        """Open a terminal, under another name than the last time. Raises `SimulatorError`."""
        if self._pipe is not None:
            return
        try:
            pipe = _PtyPipe(self._most_unread)
            if pipe.name == self._name:
                again, pipe = pipe, _PtyPipe(self._most_unread)
                again.close()
            self._point(pipe.name)
        except OSError as error:
            raise SimulatorError(f"cannot open a pseudo-terminal: {error}") from error
        self._name, self._pipe = pipe.name, pipe
        self._arrived(pipe)

    def close(self) -> None:
        """Vanish: the host sees the port go away, and the symlink with it."""
        if self._pipe is None:
            return
        if self._symlink is not None and self._symlink.is_symlink() and str(self._symlink.readlink()) == self._name:
            self._symlink.unlink()
        self._left(self._pipe)
        self._pipe.close()
        self._pipe = None

    def _point(self, name: str) -> None:
        if self._symlink is None:
            return
        if self._symlink.exists() and not self._symlink.is_symlink():
            raise SimulatorError(f"{self._symlink} exists and is no symlink: it is left alone")
        fresh = self._symlink.with_name(f".{self._symlink.name}.{os.getpid()}")
        fresh.symlink_to(name)
        fresh.replace(self._symlink)


class _PtyPipe:
    """With `most_unread` > 0, bytes that nobody reads are lost, as those of a UART whose port is closed."""

    def __init__(self, most_unread: int = 0) -> None:
        self._most_unread = most_unread
        self._master, self._device = pty.openpty()
        tty.setraw(self._device)
        os.set_blocking(self._master, False)
        self.name = os.ttyname(self._device)

    def fileno(self) -> int:
        return self._master

    def read(self) -> bytes | None:
        try:
            return os.read(self._master, CHUNK)
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def write(self, data: bytes) -> bool:
        try:
            if self._most_unread and self._unread() > self._most_unread:
                termios.tcflush(self._device, termios.TCIFLUSH)
            return os.write(self._master, data) == len(data)
        except OSError:
            return False

    def _unread(self) -> int:
        count = fcntl.ioctl(self._device, termios.FIONREAD, bytes(INT_BYTES))
        return int.from_bytes(count, sys.byteorder)

    def close(self) -> None:
        os.close(self._device)
        os.close(self._master)
        self._master = -1


class TcpPort:
    """A TCP server; after it vanished it returns under the same address."""

    def __init__(self, host: str, port: int, arrived: Callable[[Pipe], None], left: Callable[[Pipe], None]) -> None:
        self._host, self._port = host, port
        self._arrived, self._left = arrived, left
        self._listener: socket.socket | None = None
        self._pipes: list[_TcpPipe] = []

    @property
    def path(self) -> str:
        return f"{self._host}:{self._port}"

    def watched(self) -> list[int]:
        return [self._listener.fileno()] if self._listener is not None else []

    def accept(self) -> None:
        if self._listener is None:
            return
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connection, _ = self._listener.accept()
            self._pipes = [pipe for pipe in self._pipes if pipe.fileno() >= 0]
            if len(self._pipes) >= MOST_CLIENTS:
                connection.close()
                return
            pipe = _TcpPipe(connection)
            self._pipes.append(pipe)
            self._arrived(pipe)

    def open(self) -> None:
        """Listen. Raises `SimulatorError` when the address is taken or not ours."""
        if self._listener is not None:
            return
        try:
            self._listener = socket.create_server((self._host, self._port))
        except OSError as error:
            raise SimulatorError(f"cannot listen on {self.path}: {error}") from error
        self._listener.setblocking(False)
        self._port = self._listener.getsockname()[1]

    def close(self) -> None:
        """Vanish: the server and its connections go away."""
        if self._listener is None:
            return
        self._listener.close()
        self._listener = None
        for pipe in self._pipes:
            if pipe.fileno() >= 0:
                self._left(pipe)
                pipe.close()
        self._pipes = []


class _TcpPipe:
    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self) -> bytes | None:
        try:
            return self._socket.recv(CHUNK) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def write(self, data: bytes) -> bool:
        try:
            return self._socket.send(data) == len(data)
        except OSError:
            return False

    def close(self) -> None:
        self._socket.close()


class DialPort:
    """A device that makes the connection itself; where there is none, `accept` tries again."""

    def __init__(self, host: str, port: int, arrived: Callable[[Pipe], None], left: Callable[[Pipe], None]) -> None:
        self._host, self._port = host, port
        self._arrived, self._left = arrived, left
        self._pipe: _TcpPipe | None = None
        self._is_open = False

    @property
    def path(self) -> str:
        return f"{self._host}:{self._port}"

    def watched(self) -> list[int]:
        return []

    def accept(self) -> None:
        """Call the host, unless there is a connection already or nobody may call."""
        if not self._is_open or (self._pipe is not None and self._pipe.fileno() >= 0):
            return
        with contextlib.suppress(OSError):
            connection = socket.create_connection((self._host, self._port), timeout=CALL_S)
            self._pipe = _TcpPipe(connection)
            self._arrived(self._pipe)

    def open(self) -> None:
        self._is_open = True

    def close(self) -> None:
        """Vanish: hang up, and call nobody."""
        self._is_open = False
        if self._pipe is not None and self._pipe.fileno() >= 0:
            self._left(self._pipe)
            self._pipe.close()
        self._pipe = None


def port_of(
    spec: LineSpec, arrived: Callable[[Pipe], None], left: Callable[[Pipe], None]
) -> PtyPort | TcpPort | DialPort:
    """Return the unopened port that a spec asks for."""
    if spec.kind is LineKind.DIAL_IN:
        return DialPort(spec.host, spec.port, arrived, left)
    if spec.kind is LineKind.PTY:
        return PtyPort(spec.symlink, arrived, left, streams=any(slave.talks_every_ms for slave in spec.slaves))
    return TcpPort(spec.host, spec.port, arrived, left)

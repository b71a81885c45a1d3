"""The control endpoint of a line: JSON lines over a unix socket, served in the gaps between frames."""

from __future__ import annotations

import contextlib
import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from simulators.errors import SimulatorError

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_CLIENTS = 16
LONGEST_LINE = 65_536
CHUNK = 65_536


class ControlServer:
    """Takes clients, hands each line to `obey`, sends its answer. A client that does not read is dropped."""

    def __init__(self, path: str, obey: Callable[[object], object]) -> None:
        self._path, self._obey = Path(path), obey
        self._clients: dict[int, tuple[socket.socket, bytearray]] = {}
        self._listener = socket.socket(socket.AF_UNIX)
        try:
            self._listener.bind(path)
        except OSError as error:
            self._listener.close()
            raise SimulatorError(f"cannot make the control socket {path}: {error}") from error
        self._listener.listen()
        self._listener.setblocking(False)

    @property
    def path(self) -> str:
        return str(self._path)

    def watched(self) -> list[int]:
        return [self._listener.fileno(), *self._clients]

    def serve(self, readable: int) -> None:
        """Do one piece of work for a descriptor that can be read."""
        if readable == self._listener.fileno():
            self._accept()
        elif readable in self._clients:
            self._receive(readable)

    def close(self) -> None:
        for descriptor in list(self._clients):
            self._drop(descriptor)
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            client, _ = self._listener.accept()
            if len(self._clients) >= MOST_CLIENTS:
                client.close()
                return
            client.setblocking(False)
            self._clients[client.fileno()] = (client, bytearray())

    def _receive(self, descriptor: int) -> None:
        client, kept = self._clients[descriptor]
        try:
            data = client.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        kept += data
        if not data or len(kept) > LONGEST_LINE:
            self._drop(descriptor)
            return
        while descriptor in self._clients and (end := kept.find(b"\n")) >= 0:
            line = bytes(kept[:end])
            del kept[: end + 1]
            self._answer(descriptor, client, line)

    def _answer(self, descriptor: int, client: socket.socket, line: bytes) -> None:
        try:
            request = json.loads(line)
        except ValueError:
            answer: object = {"ok": False, "error": "not a line of JSON"}
        else:
            answer = self._obey(request)
        data = json.dumps(answer, separators=(",", ":")).encode() + b"\n"
        try:
            whole = client.send(data) == len(data)
        except OSError:
            whole = False
        if not whole:
            self._drop(descriptor)

    def _drop(self, descriptor: int) -> None:
        self._clients.pop(descriptor)[0].close()

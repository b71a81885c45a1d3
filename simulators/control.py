"""The client of a line's control endpoint, for tests, benchmarks and the command line."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any, Self

from simulators.errors import SimulatorError
from simulators.journal import Counters, Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.model.wiring import Table
    from simulators.faults import FaultKind

ANSWER_S = 5.0
CHUNK = 65_536


class LineControl:
    """Tells a running line what to do. Blocking; for one thread. Every method raises `SimulatorError`.

    `at_s` is a moment of CLOCK_MONOTONIC (`time.monotonic()` in any process of this machine); None and the past mean
    now. Methods with `at_s` return the moment that counts.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._kept = bytearray()
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(ANSWER_S)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise SimulatorError(f"no line listens at {path}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def ask(self, command: str, **arguments: object) -> dict[str, Any]:
        """Send any command, one of the world's too; return its answer `{"at_s", "result"}`."""
        request = {"do": command, **{name: value for name, value in arguments.items() if value is not None}}
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            answer: dict[str, Any] = json.loads(self._read_line())
        except OSError as error:
            raise SimulatorError(f"the line at {self._path} does not answer: {error}") from error
        if not answer.pop("ok"):
            raise SimulatorError(answer["error"])
        return answer

    def status(self) -> dict[str, Any]:
        """Return `name`, `path`, `now_s`, `journal_next`, `faults_waiting`, `silent`."""
        status: dict[str, Any] = self.ask("status")["result"]
        return status

    def set(self, unit: int, table: Table, address: int, values: Sequence[int], *, at_s: float | None = None) -> float:
        """Let registers or bits have these values from `at_s` on."""
        return self._at("set", unit=unit, table=table, address=address, values=list(values), at_s=at_s)

    def get(self, unit: int, table: Table, address: int, count: int = 1) -> list[int]:
        """Return what a read would see now."""
        values: list[int] = self.ask("get", unit=unit, table=table, address=address, count=count)["result"]
        return values

    def couple(self, unit: int, coil: int, table: Table, address: int, count: int = 1) -> None:
        """Let registers read 0 while a coil is OFF."""
        self.ask("couple", unit=unit, coil=coil, table=table, address=address, count=count)

    def silence(self, unit: int, *, on: bool = True, at_s: float | None = None) -> float:
        """Let a unit fall silent, or speak again."""
        return self._at("silence", unit=unit, on=on, at_s=at_s)

    def turnaround(self, unit: int, ms: float, *, at_s: float | None = None) -> float:
        """Set the time from the last request byte to the start of the reply."""
        return self._at("turnaround", unit=unit, ms=ms, at_s=at_s)

    def fault(self, kind: FaultKind, *, at_s: float | None = None, **details: object) -> float:
        """Queue a fault; `details` are the fields of `simulators.faults.Fault`."""
        return self._at("fault", kind=kind, at_s=at_s, **details)

    def echo(self, *, on: bool, at_s: float | None = None) -> float:
        """Let the adapter hear what it sends."""
        return self._at("echo", on=on, at_s=at_s)

    def strict(self, *, on: bool, at_s: float | None = None) -> float:
        """Let slaves ignore requests that start within t3.5."""
        return self._at("strict", on=on, at_s=at_s)

    def babble(self, ms: float, *, at_s: float | None = None) -> float:
        """Fill the line with random bytes for a time."""
        return self._at("babble", ms=ms, at_s=at_s)

    def vanish(self, *, at_s: float | None = None) -> float:
        """Unplug the adapter, or close the server and its connections."""
        return self._at("vanish", at_s=at_s)

    def come_back(self, *, at_s: float | None = None) -> float:
        """Plug it in again: a terminal under another name with its symlink moved, a server at its address."""
        return self._at("return", at_s=at_s)

    def counters(self) -> Counters:
        return Counters(**self.ask("counters")["result"])

    def journal(self, since: int = 0) -> Iterator[Entry]:
        """Fetch the entries from index `since` on, up to those that are there now."""
        until = self.status()["journal_next"]
        while since < until:
            rows = self.ask("journal", since=since)["result"]["entries"]
            if not rows:
                return
            for row in rows:
                entry = Entry.from_json(row)
                if entry.index >= until:
                    return
                since = entry.index + 1
                yield entry

    def clear_journal(self) -> None:
        """Forget entries and counters; indexes go on."""
        self.ask("clear-journal")

    def stop(self) -> None:
        """End the line's process."""
        self.ask("stop")

    def _at(self, command: str, **arguments: object) -> float:
        at_s: float = self.ask(command, **arguments)["at_s"]
        return at_s

    def _read_line(self) -> bytes:
        while (end := self._kept.find(b"\n")) < 0:
            data = self._socket.recv(CHUNK)
            if not data:
                raise ConnectionResetError("it closed the connection")
            self._kept += data
        line = bytes(self._kept[:end])
        del self._kept[: end + 1]
        return line

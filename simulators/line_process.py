"""The process of one line: `python -m simulators.line_process`, with the spec as a line of JSON on standard input.

It answers with a line of JSON on standard output and ends when standard input does, so it never outlives its parent.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import os
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulators.commands import obey
from simulators.control_server import ControlServer
from simulators.errors import SimulatorError
from simulators.ports import port_of
from simulators.precise import prefer_punctuality, wait_readable
from simulators.slave_modbus import StreamBrokenError
from simulators.spec import LineKind, LineSpec, spec_from_json
from simulators.station import Conversation, Station

if TYPE_CHECKING:
    from simulators.ports import Pipe
    from simulators.world import World

IDLE_S = 1.0
CALLS_EVERY_S = 1.0
CONTROL_ROOM_S = 0.0006
"""A control command is served only when nothing is due for so long: reading 64 journal entries takes half of it."""

AT_ONCE_S = 30e-6
"""A wait that ended sooner found bytes that were there before: they may be as old as the work before the wait."""


class LineProcess:
    """Owns the descriptors of one line and its one loop."""

    def __init__(self, spec: LineSpec) -> None:
        self.station = Station(spec, _world_of(spec), time.monotonic)
        self._parent = os.getppid()
        self._stopping = False
        self._conversations: dict[int, tuple[Pipe, Conversation]] = {}
        self._port = port_of(spec, self._arrived, self._left)
        self._control = ControlServer(spec.control, lambda request: obey(self, request, time.monotonic()))
        self._waited_from_s = self._waited_until_s = time.monotonic()
        try:
            self._port.open()
        except SimulatorError:
            self._control.close()
            raise
        if spec.kind is LineKind.DIAL_IN:
            self._call()

    @property
    def path(self) -> str:
        return self._port.path

    @property
    def control(self) -> str:
        return self._control.path

    def vanish(self) -> None:
        self._port.close()

    def come_back(self) -> None:
        self._port.open()

    def babble(self, start_s: float, duration_s: float) -> None:
        for _, conversation in self._conversations.values():
            conversation.babble(start_s, duration_s)

    def stop(self) -> None:
        self._stopping = True

    def close(self) -> None:
        self._port.close()
        self._control.close()

    def run(self) -> None:
        """Serve until told to stop, standard input ends, or the parent is gone."""
        agenda = self.station.agenda
        while not self._stopping:
            while item := agenda.pop_due(time.monotonic()):
                try:
                    item.act()
                except SimulatorError as error:
                    sys.stderr.write(f"line {self.station.spec.name}: {error}\n")
            self._wait()

    def _wait(self) -> None:
        item = self.station.agenda.next
        now_s = self._waited_from_s = time.monotonic()
        watched = [*self._conversations, *self._port.watched(), sys.stdin.fileno()]
        if item is None or item.due_s - now_s > CONTROL_ROOM_S:
            watched += self._control.watched()
        due_s, exact = (item.due_s, item.exact) if item is not None else (None, False)
        readable = wait_readable(watched, due_s, exact=exact, longest_s=IDLE_S)
        seen_s = time.monotonic()
        blind_s = max(0.0, now_s - self._waited_until_s) if seen_s - now_s < AT_ONCE_S else 0.0
        self._waited_until_s = seen_s
        self._handle(readable, seen_s, blind_s)
        if not readable and item is None:
            self.station.world.idle(seen_s)
            gc.collect()
            self._stopping = self._stopping or os.getppid() != self._parent

    def _handle(self, readable: list[int], seen_s: float, blind_s: float) -> None:
        lines = [descriptor for descriptor in readable if descriptor in self._conversations]
        for descriptor in lines:
            self._receive(descriptor, seen_s, blind_s)
        for descriptor in readable:
            if descriptor in lines:
                continue
            if descriptor in self._port.watched():
                self._port.accept()
            elif descriptor == sys.stdin.fileno():
                self._stopping = self._stopping or not os.read(descriptor, 1)
            elif not lines:
                self._control.serve(descriptor)

    def _receive(self, descriptor: int, seen_s: float, blind_s: float) -> None:
        pipe, conversation = self._conversations[descriptor]
        data = pipe.read()
        if data is None:
            self._hang_up(pipe)
        elif data:
            try:
                conversation.arrive(data, seen_s, blind_s)
            except StreamBrokenError:
                self._hang_up(pipe)

    def _hang_up(self, pipe: Pipe) -> None:
        self._left(pipe)
        pipe.close()

    def _call(self) -> None:
        """Let a device that dials in call its host, now and again."""
        self._port.accept()
        self.station.agenda.at(time.monotonic() + CALLS_EVERY_S, self._call)

    def _arrived(self, pipe: Pipe) -> None:
        self._conversations[pipe.fileno()] = (pipe, self.station.converse(pipe.write))

    def _left(self, pipe: Pipe) -> None:
        _, conversation = self._conversations.pop(pipe.fileno(), (pipe, None))
        if conversation is not None:
            self.station.part(conversation)


def _world_of(spec: LineSpec) -> World:
    module, _, function = spec.world.partition(":")
    try:
        make = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise SimulatorError(f"line {spec.name}: there is no world {spec.world!r}: {error}") from error
    world: World = make(spec)
    return world


def _serve(spec: LineSpec) -> None:
    line = LineProcess(spec)
    try:
        prefer_punctuality()
        _report({"ok": True, "path": line.path, "control": line.control, "pid": os.getpid()})
        line.run()
    finally:
        line.close()


def _read_spec() -> LineSpec:
    given: dict[str, Any] = json.loads(_read_line())
    return spec_from_json(given)


def _read_line() -> bytes:
    """Read one line without taking a byte more: what follows is the end of the file, which the loop waits for."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            break
        line += byte
    return bytes(line)


def _report(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Serve one line; 0 when it ended as told, 2 when it could not be opened."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    spec = _read_spec()
    try:
        with tempfile.TemporaryDirectory(prefix="line-") as folder:
            _serve(spec if spec.control else replace(spec, control=str(Path(folder) / "control")))
    except SimulatorError as error:
        _report({"ok": False, "error": str(error)})
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

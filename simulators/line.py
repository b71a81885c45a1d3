"""Simulated lines for tests, benchmarks and the demo: start one, talk to its slaves, tell it to misbehave, stop it."""

from __future__ import annotations

import contextlib
import json
import select
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from simulators.control import LineControl
from simulators.errors import SimulatorError
from simulators.spec import LineSpec, spec_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

START_S = 20.0
STOP_S = 2.0


@dataclass(slots=True)
class LineHandle:
    """A running line. `path` is what a host opens: a terminal, or `host:port`. Stops when left as a context."""

    spec: LineSpec
    path: str
    control: LineControl
    control_path: str
    pid: int
    _process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of a TCP line."""
        host, _, port = self.path.rpartition(":")
        return host, int(port)

    @property
    def has_ended(self) -> bool:
        """Whether the line's process is gone although nobody stopped it."""
        return self._process.poll() is not None

    def leave(self) -> None:
        """Tell the line's process to end, without waiting for it."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def stop(self) -> None:
        """End the line's process, which removes what it made; harmless when repeated."""
        self.control.close()
        _end(self._process)


def start_line(spec: LineSpec) -> LineHandle:
    """Start one line in a process of its own and wait until hosts can open it. Raises `SimulatorError`."""
    return start_lines([spec])[0]


def start_lines(specs: Iterable[LineSpec]) -> list[LineHandle]:
    """Start several lines at once. Raises `SimulatorError` when one cannot be had, and leaves none behind then."""
    started: list[_Starting] = []
    handles: list[LineHandle] = []
    try:
        for spec in specs:
            started.append(_Starting.of(spec))  # noqa: PERF401 - those before one that fails must be known
        for starting in started:
            handles.append(starting.finish())  # noqa: PERF401 - likewise
    except BaseException:
        for handle in handles:
            handle.stop()
        for starting in started[len(handles) :]:
            _end(starting.process)
        raise
    return handles


@dataclass(slots=True)
class _Starting:
    """A line's process that has not yet said that it is ready."""

    spec: LineSpec
    process: subprocess.Popen[bytes]

    @classmethod
    def of(cls, spec: LineSpec) -> _Starting:
        process = subprocess.Popen(
            [sys.executable, "-m", "simulators.line_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # a Ctrl-C is the parent's to answer, also while this one is still starting
        )
        starting = cls(spec, process)
        assert process.stdin is not None  # noqa: S101 - asked for a pipe above
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(spec_to_json(spec)).encode() + b"\n")
            process.stdin.flush()
        return starting

    def finish(self) -> LineHandle:
        answer = self._answer()
        if not answer["ok"]:
            raise SimulatorError(answer["error"])
        control = LineControl(answer["control"])
        return LineHandle(self.spec, answer["path"], control, answer["control"], answer["pid"], self.process)

    def _answer(self) -> dict[str, Any]:
        stdout = self.process.stdout
        assert stdout is not None  # noqa: S101 - asked for a pipe above
        if not select.select([stdout], (), (), START_S)[0]:
            raise SimulatorError(f"line {self.spec.name} did not start within {START_S:g} s")
        text = stdout.readline()
        if not text:
            raise SimulatorError(f"line {self.spec.name} ended at once (exit code {self.process.wait(STOP_S)})")
        answer: dict[str, Any] = json.loads(text)
        return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a line's process: it leaves when its standard input closes, or it is made to."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

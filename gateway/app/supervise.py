"""Start field and edge of one site, start them again when they end, and end them with this process. Only the stdlib.

Under systemd the two are units of their own; this is for everything else.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BACK_OFF_FIRST_S, BACK_OFF_MOST_S = 0.2, 10.0
FIELD_BACK_OFF_MOST_S = 1.0
"""Outlets are unprotected while field is away, whatever keeps it from staying up."""

HEALTHY_S = 30.0
"""A process that ran this long begins its back-off anew."""

STOP_S = 8.0
LONGEST_SOCKET_PATH = 107  # unix(7)
BAD_CONFIGURATION = 2
FAILED = 1
TOLD_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def supervise(
    site: Path,
    *,
    links: Mapping[str, str] | None = None,
    more_field: Sequence[str] = (),
    console: str = "",
    drain_s: float = 0.0,
    closing: Path | None = None,
) -> int:
    """Run a site until a signal ends it; return 0, or what ended it: 2 for a site file that cannot be used.

    At the end field goes first. Edge then has `drain_s` to deliver what is logged, and writes what that was to
    `closing`.
    """
    try:
        folders = Folders.of(site)
        lock = _lock(folders.runtime / "lock")
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return FAILED
    if lock is None:
        owner = (folders.runtime / "lock").read_text(encoding="ascii").strip()
        sys.stderr.write(f"{site}: is already being run (by process {owner or 'unknown'})\n")
        return FAILED
    try:
        field, edge = _children(site, folders, links or {}, more_field)
        if console:
            edge.command += ["--console", console]
        if closing is not None:
            edge.command += ["--drain", str(drain_s), "--closing", str(closing)]
        edge.stop_s += drain_s
        return _Supervisor([field, edge]).run()
    finally:
        os.close(lock)


@dataclass(frozen=True, slots=True)
class Folders:
    """`runtime` is emptied by a restart of the machine, `state` is not. `socket` is short enough for one."""

    runtime: Path
    state: Path
    socket: Path

    @classmethod
    def of(cls, site: Path) -> Folders:
        """Make the runtime folder of a site; a full disk must not keep field from starting. Raises `OSError`."""
        path = site.resolve()
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
        name = f"{path.stem[:24]}-{digest}"
        environment = os.environ
        state = environment.get("STATE_DIRECTORY") or str(
            Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "community-gateway"
        )
        runtime = _private(_volatile() / name)
        socket = runtime / "field.sock"
        if len(os.fsencode(socket)) > LONGEST_SOCKET_PATH:
            socket = _private(Path("/tmp") / f"community-gateway-{os.getuid()}") / f"{digest}.sock"  # noqa: S108 - made private
        return cls(runtime, Path(state) / name, socket)


def _volatile() -> Path:
    """Return the best place for what must outlive a crash but not a power cut."""
    for variable in ("RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"):
        given = os.environ.get(variable, "")
        if given and os.access(given, os.W_OK):
            return Path(given) / "community-gateway"
    shared = Path("/dev/shm")  # noqa: S108 - memory that every Linux has; the folder in it is made private
    base = shared if os.access(shared, os.W_OK) else Path("/tmp")  # noqa: S108 - the last resort, likewise
    return _private(base / f"community-gateway-{os.getuid()}")


def _private(path: Path) -> Path:
    """Make a folder that only this user can look into. Raises `OSError` where somebody else has made it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    about = path.lstat()
    if about.st_uid != os.getuid() or about.st_mode & 0o077:
        raise PermissionError(1, "belongs to somebody else, or others can look into it", str(path))
    return path


def _lock(path: Path) -> int | None:
    """Take the lock and write who has it; None where somebody else has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, b"%d\n" % os.getpid())
    return descriptor


@dataclass(slots=True)
class _Child:
    """One of the two processes; its standard input is a pipe that closes when this process dies, however it dies."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    again_s: float = 0.0
    back_off_s: float = BACK_OFF_FIRST_S
    stop_s: float = STOP_S
    back_off_most_s: float = BACK_OFF_MOST_S

    def start(self, now_s: float) -> None:
        self.started_s = now_s
        # In a group of its own: a terminal's Ctrl-C is this process's to answer, which ends field before edge.
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, process_group=0)  # noqa: S603 - our own program

    def ended(self, code: int, now_s: float) -> None:
        """Take its end: say so in one line, and when it starts again."""
        if now_s - self.started_s >= HEALTHY_S:
            self.back_off_s = BACK_OFF_FIRST_S
        self.process, self.again_s = None, now_s + self.back_off_s
        sys.stderr.write(f"{self.name} ended ({_reason(code)}); starting it again in {self.back_off_s:.1f} s\n")
        self.back_off_s = min(2 * self.back_off_s, self.back_off_most_s)

    def send(self, number: int) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)


def _children(site: Path, folders: Folders, links: Mapping[str, str], more_field: Sequence[str]) -> list[_Child]:
    common = [str(site), "--socket", str(folders.socket), "--watch-stdin"]
    for bus, end in links.items():
        common += ["--link", f"{bus}={end}"]
    run = [sys.executable, "-m"]
    memory, log = folders.runtime / "memory", folders.state / "log.sqlite"
    return [
        _Child(
            "field",
            [*run, "gateway.app.field", *common, "--memory", str(memory), *more_field],
            back_off_most_s=FIELD_BACK_OFF_MOST_S,
        ),
        _Child("edge", [*run, "gateway.app.edge", *common, "--log", str(log), "--runtime", str(folders.runtime)]),
    ]


class _Supervisor:
    """The loop over both; woken by signals, a child's death among them, through a pipe."""

    def __init__(self, children: Sequence[_Child]) -> None:
        self._children = children
        self._told: int | None = None

    def run(self) -> int:
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, self._note) for number in (*TOLD_TO_END, signal.SIGCHLD)}
        try:
            return self._watch(reading)
        finally:
            self._end()
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
            os.close(reading)
            os.close(writing)

    def _note(self, number: int, _frame: object) -> None:
        if number == signal.SIGCHLD:
            return
        if self._told is not None:  # who asks twice does not want to wait for what is still to be delivered
            for child in self._children:
                child.send(signal.SIGTERM)
        self._told = number

    def _watch(self, wake: int) -> int:
        while self._told is None:
            now_s = time.monotonic()
            for child in self._children:
                code = None if child.process is None else child.process.poll()
                if code == BAD_CONFIGURATION:
                    return BAD_CONFIGURATION
                if code is not None:
                    _close(child)
                    child.ended(code, now_s)
                if child.process is None and now_s >= child.again_s:
                    child.start(now_s)
            waiting = [child.again_s for child in self._children if child.process is None]
            timeout_s = max(0.0, min(waiting) - time.monotonic()) if waiting else None
            if select.select([wake], (), (), timeout_s)[0]:
                with contextlib.suppress(BlockingIOError):
                    os.read(wake, 4096)
        return 0

    def _end(self) -> None:
        """End one after the other, in their order: ask, wait, and then make them."""
        for child in self._children:
            if child.process is None:
                continue
            child.send(signal.SIGTERM)
            try:
                child.process.wait(child.stop_s)
            except subprocess.TimeoutExpired:
                sys.stderr.write(f"{child.name} does not end; killing it\n")
                child.process.kill()
                child.process.wait()
            _close(child)


def _close(child: _Child) -> None:
    if child.process is not None and child.process.stdin is not None:
        child.process.stdin.close()


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def main() -> int:
    """Run `python -m gateway.app.supervise SITE [OPTIONS]`."""
    parser = argparse.ArgumentParser(prog="python -m gateway.app.supervise", description=__doc__)
    parser.add_argument("site", type=Path, help="site file")
    parser.add_argument("--link", action="append", default=[], metavar="BUS=END", help="another end for a bus")
    parser.add_argument("--drain", type=float, default=0.0, metavar="S", help="at the end, time for the uplinks")
    parser.add_argument("--closing", type=Path, help="at the end, where to write which records were logged")
    parser.add_argument("--console", default="", metavar="ADDRESS:PORT", help="where edge serves the console")
    given = parser.parse_args()
    links = dict(pair.split("=", 1) for pair in given.link)
    return supervise(given.site, links=links, console=given.console, drain_s=given.drain, closing=given.closing)


if __name__ == "__main__":
    sys.exit(main())

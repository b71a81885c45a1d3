"""The supervisor with the real processes: who starts again, who is refused, and that nothing is left running."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulators.line import start_line
from tests.endtoend.watcher import until
from tests.faults.pile_line import line_spec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.endtoend

SITE = """\
site: shed
gateway: box
buses: [{name: line-1, link: {kind: serial, path: /dev/none, baud: 115200}}]
devices:
  - {name: pile-01, bus: line-1, profile: pile/generic_pile_12, unit: 1}
"""


class Run:
    """One `gateway.app.supervise`, its children, and what it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            self.said += line.decode()

    def children(self) -> dict[str, int]:
        """Return the process ids of field and edge, by name."""
        found = {}
        for pid in _children(self.process.pid):
            command = _read(Path(f"/proc/{pid}/cmdline")).split("\0")
            found.update({name: pid for name in ("field", "edge") if f"gateway.app.{name}" in command})
        return found

    async def ended(self) -> int:
        code = await asyncio.wait_for(self.process.wait(), 15)
        await self._reading
        return code


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _children(pid: int) -> list[int]:
    return [int(child) for child in _read(Path(f"/proc/{pid}/task/{pid}/children")).split()]


def is_alive(pid: int) -> bool:
    return _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[:1] not in ([], ["Z"])


@asynccontextmanager
async def supervised(folder: Path, site: Path, *links: str) -> AsyncIterator[Run]:
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    environment = os.environ | {"XDG_RUNTIME_DIR": str(runtime), "XDG_STATE_HOME": str(folder / "state")}
    environment.pop("RUNTIME_DIRECTORY", None)
    environment.pop("STATE_DIRECTORY", None)
    ends = [part for link in links for part in ("--link", link)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.app.supervise", str(site), *ends, env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield Run(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


async def test_whoever_dies_is_started_again_and_a_signal_ends_everything(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE, encoding="utf-8")
    with start_line(line_spec()) as line:
        async with supervised(tmp_path, site, f"line-1={line.path}") as run:
            await until(lambda: len(run.children()) == 2)
            await until(lambda: "field: back" in run.said)
            first = run.children()
            for name in ("field", "edge"):
                os.kill(first[name], signal.SIGKILL)
            await until(lambda: len(run.children()) == 2 and not set(run.children().values()) & set(first.values()))
            assert "field ended (SIGKILL); starting it again in 0.2 s" in run.said
            assert "edge ended (SIGKILL); starting it again in 0.2 s" in run.said
            async with supervised(tmp_path, site) as second:
                assert await second.ended() == 1
                assert second.said == f"{site}: is already being run (by process {run.process.pid})\n"
            last = run.children()
            run.process.send_signal(signal.SIGINT)
            assert await run.ended() == 0
            assert not any(is_alive(pid) for pid in last.values())
            assert "Traceback" not in run.said


async def test_the_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE, encoding="utf-8")
    async with supervised(tmp_path, site) as run:
        await until(lambda: len(run.children()) == 2)
        children = run.children()
        run.process.send_signal(signal.SIGKILL)
        await until(lambda: not any(is_alive(pid) for pid in children.values()))


async def test_a_broken_site_file_ends_it_with_lines_and_code_2(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE + "nonsense: 1\n", encoding="utf-8")
    async with supervised(tmp_path, site) as run:
        assert await run.ended() == 2
        assert f"{site}:6:1:" in run.said
        assert "Traceback" not in run.said

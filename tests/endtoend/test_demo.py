"""The demo on bad days: told to end at any moment, or beside another one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path

import pytest

from tests.endtoend.program import command

pytestmark = pytest.mark.endtoend

MARK = "TMPDIR"
"""The environment variable by which the processes of one demo are known, its helpers included."""

END_S = 15.0
"""A demo that is told to end is gone by then even on a machine that runs a dozen of them."""


async def test_a_demo_told_to_end_at_any_moment_leaves_nothing_behind(tmp_path: Path) -> None:
    ends = (
        (0.3, signal.SIGINT),
        (1.2, signal.SIGTERM),
        (2.0, signal.SIGINT),
        (4.0, signal.SIGINT),
        (4.0, signal.SIGTERM),
        (9.0, signal.SIGINT),  # about the trip, or while it ends by itself
    )
    folders = [tmp_path / str(n) for n in range(len(ends))]
    for folder in folders:
        folder.mkdir()
    told = await asyncio.gather(*(interrupted(folder, *end) for folder, end in zip(folders, ends, strict=True)))
    for folder, (moment_s, number), (code, said, seconds) in zip(folders, ends, told, strict=True):
        assert code in (-number, 130, 0), (moment_s, said)  # the signal itself while there is nothing to put away
        assert seconds < END_S, (moment_s, said)
        assert "Traceback" not in said or is_of_python_alone(said), (moment_s, said)
        assert living(folder) == []
        assert list(folder.iterdir()) == []


def is_of_python_alone(said: str) -> bool:
    """Return whether Python was interrupted before it had begun with the program, as a busy machine may let it be."""
    return "Traceback" in said and all(
        "<frozen " in line for line in said.splitlines() if line.lstrip().startswith("File ")
    )


async def interrupted(folder: Path, moment_s: float, number: int) -> tuple[int, str, float]:
    """Start a demo, tell its process group twice to end, as a terminal does; return code, words, and how long it took."""
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway.cli",
        "demo",
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=private(folder),
        process_group=0,
    )
    talk = asyncio.create_task(demo.communicate())
    await asyncio.sleep(moment_s)
    told_s = asyncio.get_running_loop().time()
    for _ in range(2):
        with suppress(ProcessLookupError):
            os.killpg(demo.pid, number)
        await asyncio.wait({talk}, timeout=0.2)
    said, errors = await asyncio.wait_for(talk, 30)
    assert demo.returncode is not None
    return demo.returncode, (said + errors).decode(), asyncio.get_running_loop().time() - told_s


def private(folder: Path) -> dict[str, str]:
    """Return an environment in which a demo keeps everything in a folder."""
    inherited = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
    return inherited | {MARK: str(folder)}


def living(folder: Path) -> list[str]:
    """Return the command lines of the processes that a demo with this folder has left."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{MARK}={folder}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
    return found


@pytest.mark.lasting
async def test_two_demos_at_once_beside_another_broker_show_a_trip_and_every_kind_of_order(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # then somebody else has it, which is as good
            taken.bind(("127.0.0.1", 1883))
            taken.listen()
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        ends = await asyncio.gather(
            command("demo", "--for", "1", "--json", **private(tmp_path / "a")),
            command("demo", "--for", "20", "--json", "--lang", "zh", **private(tmp_path / "b")),
        )
    for code, said, errors in ends:
        assert said.count("\n") == 1, said + errors
        result = json.loads(said)
        late = [trip for trip in result["trips"] if trip["measured_ms"] > trip["bound_ms"]]
        assert result["ok"] or late, said  # two demos on one machine may be late, and nothing else may be wrong
        assert code == (0 if result["ok"] else 1)
        assert result["trips"], said
        assert result["missing"] == {"event": 0, "reading": 0}
        assert "Traceback" not in errors
    orders = json.loads(ends[1][1])["orders"]
    assert orders["charge"]["settled"] >= 1
    assert (orders["purchase"]["settled"] >= 1, orders["purchase"]["amount_mil"] >= 3500) == (True, True), orders
    assert orders["deposit"]["settled"] >= 1, orders  # on a busy machine the first may be one that took all out again
    assert [*(tmp_path / "a").iterdir(), *(tmp_path / "b").iterdir()] == []

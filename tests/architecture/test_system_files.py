"""The services: systemd understands them, they start what they name, and a process that hangs starves its watchdog."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.app.life import REALTIME_PRIORITY

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = ROOT / "configs" / "system"
PROCESSES = ("field", "edge")

SITE = """\
site: shed
gateway: box
buses: [{name: line-1, link: {kind: serial, path: /dev/none, baud: 115200}}]
devices:
  - {name: pile-01, bus: line-1, profile: pile/generic_pile_12, unit: 1}
"""


def settings(process: str) -> dict[str, list[str]]:
    """Return what a unit sets, each value in order."""
    found: dict[str, list[str]] = {}
    for line in (SYSTEM / f"gateway-{process}.service").read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def moved(process: str, folder: Path) -> list[str]:
    """Return the command of a unit with this Python, and its paths in a test's folder."""
    (command,) = settings(process)["ExecStart"]
    for place in ("/etc/gateway", "/run/community-gateway", "/var/lib/community-gateway"):
        command = command.replace(place, str(folder))
    return [sys.executable, *shlex.split(command)[1:]]


# ---------------------------------------------------------------------------- the services


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_every_line_of_the_services(tmp_path: Path) -> None:
    files = []
    for process in PROCESSES:
        text = (SYSTEM / f"gateway-{process}.service").read_text(encoding="utf-8")
        files.append(tmp_path / f"gateway-{process}.service")
        files[-1].write_text(
            re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", text, flags=re.MULTILINE), "utf-8"
        )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "gateway-" in line]
    assert (ours, done.returncode) == ([], 0)


def test_field_never_gives_up_and_may_be_in_real_time() -> None:
    field = settings("field")
    assert (field["Restart"], field["StartLimitIntervalSec"]) == (["always"], ["0"])
    assert "--realtime" in field["ExecStart"][0]
    assert int(field["LimitRTPRIO"][0]) >= REALTIME_PRIORITY
    assert field["LimitMEMLOCK"] == ["infinity"]
    assert "RestrictRealtime" not in field
    assert not any("@resources" in calls for calls in field["SystemCallFilter"])
    assert not field.keys() & {"StateDirectory", "ReadWritePaths"}


def test_edge_may_ask_whether_the_clock_is_synchronised() -> None:
    """Else the kernel refuses the question, and every record is marked `held`."""
    edge = settings("edge")
    assert "ProtectClock" not in edge
    assert {"adjtimex", "clock_adjtime"} <= set(edge["SystemCallFilter"][-1].split())


def test_what_both_share_in_memory_outlives_the_stop_of_either() -> None:
    for process in PROCESSES:
        about = settings(process)
        assert (about["RuntimeDirectory"], about["RuntimeDirectoryPreserve"]) == (["community-gateway"], ["yes"])
        assert about["User"] == ["community-gateway"]
    assert "u community-gateway " in (SYSTEM / "sysusers.conf").read_text(encoding="utf-8")


@contextlib.contextmanager
def notified(process: str, folder: Path) -> Iterator[socket.socket]:
    """Run a process as its unit does, and be systemd to it; killed at the end."""
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(folder / "notify"))
        systemd.settimeout(15)
        environment = os.environ | {"NOTIFY_SOCKET": str(folder / "notify")}
        with subprocess.Popen(moved(process, folder), env=environment, stderr=subprocess.DEVNULL) as running:
            try:
                yield systemd
                assert running.poll() is None
            finally:
                running.send_signal(signal.SIGKILL)


@pytest.mark.endtoend
@pytest.mark.parametrize("process", PROCESSES)
def test_the_command_of_each_service_says_that_it_is_ready_and_feeds_the_watchdog(process: str, tmp_path: Path) -> None:
    with notified(process, tmp_path) as systemd:
        said = [systemd.recv(64) for _ in range(3)]
    assert sorted(said) == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]


@pytest.mark.endtoend
def test_the_watchdog_starves_when_the_loop_hangs(tmp_path: Path) -> None:
    with notified("field", tmp_path) as systemd:
        assert systemd.recv(64) == b"READY=1"
        assert systemd.recv(64) == b"WATCHDOG=1"
        hang(tmp_path / "memory")
        allowed_s = int(settings("field")["WatchdogSec"][0].removesuffix("s"))
        systemd.settimeout(2.0)
        for _ in range(allowed_s):
            try:
                assert systemd.recv(64) == b"WATCHDOG=1"
            except TimeoutError:
                return
    pytest.fail("a loop that hangs still feeds the watchdog")


def hang(memory: Path) -> None:
    """Put a pipe that nobody reads where the loop writes its report: opening it never returns."""
    while True:
        try:
            os.mkfifo(memory / "report.json.new")
        except FileExistsError:
            continue
        return

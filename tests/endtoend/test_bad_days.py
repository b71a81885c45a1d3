"""Bad input and bad days with the real processes: one clear line, the right exit code, nothing lost, nothing left."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import serial

from gateway.model.wiring import Table
from simulators.line import start_line
from simulators.spec import Cells, LineSpec, SlaveSpec
from tests.endtoend.mosquitto import Mosquitto
from tests.endtoend.program import command
from tests.endtoend.test_supervise import SITE, supervised
from tests.endtoend.watcher import until, watching
from tests.faults.gateway_under_test import Gateway, gateway
from tests.faults.pile_line import OVERLOAD, line_spec

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.endtoend

YEAR_S = 365 * 86_400

# ---------------------------------------------------------------------------- gateway run


async def test_a_promise_that_cannot_be_kept_is_refused_with_the_sum(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE.replace("115200", "9600") + "protection: {trip_within_ms: 100}\n", encoding="utf-8")
    (code, said, errors), (run_code, _, run_errors) = await asyncio.gather(
        command("check", str(site)), command("run", str(site))
    )
    assert (code, errors, run_code) == (2, "", 2)
    lines = said.splitlines()
    terms = [float(line.split(" ms ")[0]) for line in lines if " ms  " in line]
    total = next(n for n, line in enumerate(lines) if "= from overcurrent to the last byte of OFF" in line)
    first = next(n for n, line in enumerate(lines) if "pile-01" in line) + 1
    assert sum(terms[: total - first]) == pytest.approx(terms[total - first], abs=0.5)
    assert any("refused: trip_within_ms 100 cannot be kept" in line for line in lines)
    assert run_errors.startswith(f"{site}: trip_within_ms 100 cannot be kept")
    assert run_errors.count("\n") == 1


async def test_a_port_that_is_missing_or_busy_is_told_once_tried_again_and_told_when_it_is_back(tmp_path: Path) -> None:
    site, port = tmp_path / "site.yaml", tmp_path / "port"
    bus = "{name: line-2, link: {kind: serial, path: /dev/none2, baud: 115200}}"
    site.write_text(SITE.replace("}}]", f"}}}}, {bus}]") + SECOND_PILE, encoding="utf-8")
    ours, theirs = pty.openpty()
    busy = os.ttyname(theirs)
    with start_line(line_spec()) as line, serial.Serial(busy, exclusive=True):
        async with supervised(tmp_path, site, f"line-1={port}", f"line-2={busy}") as run:
            await until(lambda: run.said.count("link-down:") == 2)
            missing = "no such port (is the adapter plugged in? /dev/serial/by-path lists what is)"
            assert f"line-1: link-down: {port}: {missing}\n" in run.said
            assert f"line-2: link-down: {busy}: in use by another program (fuser -v {busy} names it)\n" in run.said
            await asyncio.sleep(1.5)  # several attempts
            port.symlink_to(line.path)
            await until(lambda: "line-1: link-down is over\n" in run.said)
            port.unlink()
            run.process.send_signal(signal.SIGTERM)
            assert await run.ended() == 0
    os.close(ours)
    os.close(theirs)
    assert sorted(run.said.splitlines()) == sorted(set(run.said.splitlines()))
    assert "Traceback" not in run.said


SECOND_PILE = "  - {name: pile-02, bus: line-2, profile: pile/generic_pile_12, unit: 1}\n"


async def test_a_broker_that_is_absent_or_refuses_is_one_line_each_and_nothing_is_lost(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    users, password = tmp_path / "users", tmp_path / "password"
    right = {"username": "box", "password": "right"}
    users.touch(mode=0o600)
    adding = [real_program("mosquitto_passwd"), "-b", str(users), "box", "right"]
    assert await (await asyncio.create_subprocess_exec(*adding, stdout=DEVNULL)).wait() == 0
    broker = Mosquitto(real_program("mosquitto"), tmp_path, extra=f"allow_anonymous false\npassword_file {users}\n")
    password.write_text("wrong\n", encoding="ascii")
    target = f"{{host: 127.0.0.1, port: {broker.port}, user: box, password_file: {password}}}"
    site = tmp_path / "site.yaml"
    site.write_text(f"{SITE}uplinks: {{mqtt: {target}}}\n", encoding="utf-8")
    at = f"mqtt: the broker 127.0.0.1:{broker.port}"
    try:
        async with supervised(tmp_path, site) as run:
            await until(lambda: f"{at} cannot be reached: Connection refused\n" in run.said)
            await broker.start()
            await until(
                lambda: f"{at} refuses the login: not authorized (check user name and password file)\n" in run.said
            )
            password.write_text("right\n", encoding="ascii")
            async with watching(broker.port, **right) as watcher:
                await until(lambda: "mqtt: back\n" in run.said)
                await until(lambda: {e["body"].get("alarm") for e in watcher.of("event/alarm")} >= {"link-down"})
            run.process.send_signal(signal.SIGTERM)
            assert await run.ended() == 0
        numbers = [number for _, number in watcher.numbers("event")]
        assert numbers == list(range(1, len(numbers) + 1))
        assert run.said.count("mqtt: ") == 3
    finally:
        await broker.kill()


# ---------------------------------------------------------------------------- wrong device


async def test_a_device_with_another_map_is_told_with_a_reason_and_starts_nothing(
    real_program: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.faults.gateway_under_test.line_spec", foreign_line)
    async with gateway(tmp_path, real_program("mosquitto")) as shed:
        await shed.start("field", "edge")
        await shed.online()
        await until(
            lambda: {"sight-lost", "implausible"} <= {e["body"]["alarm"] for e in shed.watcher.of("event/alarm")}
        )
        asked = [await shed.order(unit, 0, f"order-{unit}", 60) for unit in (1, 2)]
        await until(lambda: all(shed.outcome(each) in ("refused", "failed", "done") for each in asked))
        assert [shed.outcome(each) for each in asked] == ["refused", "refused"]
        alarms = {(e["target"], e["body"]["alarm"]): e["body"] for e in shed.watcher.of("event/alarm")}
        assert "is it the right profile?" in alarms["pile-01", "sight-lost"]["detail"]
        assert alarms["pile-02/outlet-01", "implausible"]["detail"]
        assert not [each for each in shed.switched() if each.on]
        assert all(process.returncode is None for process in shed.processes.values())


def foreign_line() -> LineSpec:
    """Return two devices that are no generic pile: one has few registers, the other's mean something else."""
    few = (Cells(table=Table.HOLDING, address=0, values=(1,) * 10),)
    other = tuple(
        Cells(table=table, address=0, values=values)
        for table, values in (
            (Table.HOLDING, (65_000,) * 301),
            (Table.INPUT, (65_000,) * 64),
            (Table.DISCRETE, (0,) * 64),
            (Table.COIL, (0,) * 12),
        )
    )
    slaves = [SlaveSpec(unit=unit, turnaround_ms=2, cells=cells) for unit, cells in ((1, few), (2, other))]
    return LineSpec(name="foreign", baud=115200, slaves=tuple(slaves))


# ---------------------------------------------------------------------------- disk and clock


async def test_a_full_disk_takes_nothing_from_protection_and_loses_no_event(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    async with gateway(tmp_path, real_program("mosquitto")) as shed:
        said = await edge_on_small_disk(shed, disk)
        edge = shed.processes["edge"]
        await shed.start("field")
        await shed.online()
        await shed.charging(1, 0, "order-a", 3600)
        hog = Path(f"/proc/{edge.pid}/root{disk}/hog")
        fill(hog)
        await until(lambda: "log: disk full" in said.getvalue())
        stepped_s = shed.set_current(1, 0, OVERLOAD)
        await shed.until_off(1, 0, stepped_s, within_s=5)
        await until(lambda: any(e["body"]["stage"] == "recorded" for e in shed.watcher.of("event/trip")))
        os.unlink(hog)  # noqa: PTH108 - one call, of a file in memory
        await until(lambda: "log: back" in said.getvalue())
        newest = len(shed.watcher.of("telemetry/"))
        await until(lambda: len(shed.watcher.of("telemetry/")) > newest)
        lines = [line for line in said.getvalue().splitlines() if line.startswith("log: ")]
        assert len(lines) == len(set(lines)), "each is said once"
        assert edge.returncode is None
        events = [number for _, number in shed.watcher.numbers("event")]
        assert events == list(range(1, len(events) + 1))


async def test_an_edge_that_starts_on_a_full_disk_says_so_once_and_goes_on_when_there_is_room(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    async with gateway(tmp_path, real_program("mosquitto")) as shed:
        said = await edge_on_small_disk(shed, disk, is_full=True)
        edge = shed.processes["edge"]
        await shed.start("field")
        await until(lambda: "log: disk full" in said.getvalue())
        await asyncio.sleep(2.0)  # several attempts
        assert said.getvalue().count("\n") == 1
        online = asyncio.create_task(shed.online())
        os.unlink(f"/proc/{edge.pid}/root{disk}/hog")  # noqa: PTH108 - one call, of a file in memory
        await until(lambda: "log: back" in said.getvalue())
        await online
        await shed.charging(1, 0, "order-a", 3600)
        await until(lambda: len(shed.watcher.of("event/order")) >= 2)
        lines = [line for line in said.getvalue().splitlines() if line.startswith("log: ")]
        assert len(lines) == len(set(lines)), "each is said once"
        assert edge.returncode is None
        events = [number for _, number in shed.watcher.numbers("event")]
        assert events == list(range(1, len(events) + 1))


async def test_a_clock_that_jumps_by_a_year_changes_neither_order_nor_grants_nor_protection(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    step = tmp_path / "step"
    step.write_text("0", encoding="ascii")
    async with gateway(tmp_path, real_program("mosquitto")) as shed:
        where = [str(shed.site), "--socket", str(tmp_path / "field.sock"), "--log", str(tmp_path / "log.sqlite")]
        shed.processes["edge"] = await asyncio.create_subprocess_exec(
            sys.executable, "-c", STEPPED_EDGE, str(step), *where
        )
        await shed.start("field")
        await shed.online()
        await shed.charging(1, 0, "order-a", 3600)
        await shed.charging(2, 7, "order-b", 2)
        step.write_text(str(YEAR_S), encoding="ascii")
        stepped_s = shed.set_current(1, 0, OVERLOAD)
        await shed.until_off(1, 0, stepped_s, within_s=5)
        await shed.charging(2, 3, "order-c", 3600)
        step.write_text(str(-YEAR_S), encoding="ascii")
        await shed.charging(2, 4, "order-d", 3600)
        await until(lambda: len(shed.ended()) == 2, within_s=10)
        assert shed.ended() == {"pile-01/outlet-01": "overcurrent", "pile-02/outlet-08": "max-time"}
        events = shed.watcher.of("event/")
        assert [event["event_seq"] for event in events] == list(range(1, len(events) + 1))
        begun = [e["ts"] for e in events if e["kind"] == "order" and e["body"]["stage"] == "accepted"]
        steps_ms = [late - early for early, late in pairwise(begun)]
        assert [round(step_ms / 1000 / YEAR_S) for step_ms in steps_ms] == [0, 1, -2]
        assert all(process.returncode is None for process in shed.processes.values())


STEPPED_EDGE = """
import sys
from pathlib import Path
from gateway.app import clock
true, step = clock.wall_ms, Path(sys.argv[1])
clock.wall_ms = lambda: true() + 1000 * int(step.read_text() or 0)
from gateway.app.edge import main
sys.exit(main(sys.argv[2:]))
"""
"""An edge whose wall clock is stepped by as many seconds as a file says."""


async def edge_on_small_disk(shed: Gateway, disk: Path, *, is_full: bool = False) -> StringIO:
    """Start edge with its log on a file system of its own of a few MB that only it sees; return what it says."""
    if await (await asyncio.create_subprocess_exec("unshare", "-rm", "true", stderr=DEVNULL)).wait():
        pytest.skip("this system lets nobody make a mount namespace")
    command = [sys.executable, "-c", HASTY_EDGE, str(shed.site), "--socket", str(shed.folder / "field.sock")]
    hog = f'head -c 8m /dev/zero > "{disk}/hog" 2> /dev/null; ' if is_full else ""
    mounted = f'mount -t tmpfs -o size=6m none "{disk}" && {{ {hog}exec "$@"; }}'
    shed.processes["edge"] = edge = await asyncio.create_subprocess_exec(
        "unshare", "-rm", "sh", "-c", mounted, "sh", *command, "--log", str(disk / "log.sqlite"), stderr=PIPE
    )
    said = StringIO()

    async def listen() -> None:
        assert edge.stderr is not None
        while line := await edge.stderr.readline():
            said.write(line.decode())

    asyncio.create_task(listen()).add_done_callback(lambda _: None)
    return said


HASTY_EDGE = """
import sys
from gateway.edge import link
link.COMMIT_S = 0.5
from gateway.app.edge import main
sys.exit(main())
"""
"""An edge that commits readings more often, so that a full disk is noticed and over within the test."""


def fill(path: Path) -> None:
    """Take all that is left, as another program's log would."""
    with path.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 16, 1 << 12):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))

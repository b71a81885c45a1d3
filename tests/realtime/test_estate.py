"""A simulated site on real pseudo-terminals, read by a foreign master: order and values, never milliseconds."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pymodbus.client import ModbusSerialClient

from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site
from simulators.errors import SimulatorError
from simulators.estate.announcement import running
from simulators.estate.estate import Estate, EstateControl, Step, start_estate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.realtime

BAUD = 115200
PATIENCE_S = 5.0
PILE, CONTACTORS = 1, 1
CURRENTS, SUPPLY = 100, 48
SITE = """
site: two-lines
buses:
  - {name: line-1, link: {kind: serial, path: "sim://line-1", baud: 115200}}
  - {name: line-2, link: {kind: serial, path: "sim://line-2", baud: 115200}}
devices:
  - name: pile-01
    bus: line-1
    profile: pile/generic_pile_12
    unit: 1
    upstream: {device: contactors, channel: 1}
  - {name: contactors, bus: line-2, profile: relay/waveshare_relay_8, unit: 1}
"""


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Estate]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with start_estate(compile_site(SITE, tmp_path / "site.yaml", Library((BUILT_IN,)))) as started:
        yield started
    assert list(tmp_path.glob("*/*")) == []


@pytest.fixture
def pile(estate: Estate) -> Iterator[ModbusSerialClient]:
    with ModbusSerialClient(estate.paths["line-1"], baudrate=BAUD, timeout=1, retries=0) as client:
        yield client


def amps(client: ModbusSerialClient, outlet: int) -> float:
    return client.read_holding_registers(CURRENTS + outlet - 1, count=1, device_id=PILE).registers[0] / 100


def soon(truth: Callable[[], bool]) -> bool:
    end_s = time.monotonic() + PATIENCE_S
    while not truth():
        if time.monotonic() > end_s:
            return False
        select.select((), (), (), 0.01)
    return True


def test_an_overload_from_another_terminal_is_seen_and_goes_with_off(estate: Estate, pile: ModbusSerialClient) -> None:
    assert amps(pile, 5) == 0
    assert not pile.write_coil(4, True, device_id=PILE).isError()
    other = EstateControl.connect(running())
    other.inject("pile-01/outlet-05", "overload=12A")
    assert soon(lambda: amps(pile, 5) == pytest.approx(12, rel=0.02))
    assert [state["outlet"] for state in other.outlets("pile-01") if state["closed"]] == [5]
    other.close()
    assert not pile.write_coil(4, False, device_id=PILE).isError()
    assert soon(lambda: amps(pile, 5) == 0)
    assert not any(state["closed"] for state in estate.control.outlets("pile-01"))


def test_a_welded_outlet_carries_on_until_the_contactor_on_the_other_line_opens(
    estate: Estate, pile: ModbusSerialClient
) -> None:
    pile.write_coil(0, True, device_id=PILE)
    assert soon(lambda: bool(estate.control.outlets("pile-01")[0]["closed"]))
    steps = [Step(at_s=0, target="pile-01/outlet-01", fault="welded")]
    steps += [Step(at_s=0.05, target="pile-01/outlet-01", fault="overload=14A")]
    estate.control.play(steps)
    assert soon(lambda: amps(pile, 1) > 13)
    pile.write_coil(0, False, device_id=PILE)
    assert pile.read_coils(0, count=1, device_id=PILE).bits[0] is False
    select.select((), (), (), 0.1)
    assert amps(pile, 1) > 13
    with ModbusSerialClient(estate.paths["line-2"], baudrate=BAUD, timeout=1, retries=0) as board:
        assert board.read_coils(0, count=8, device_id=CONTACTORS).bits == [True] + [False] * 7
        assert not board.write_coil(0, False, device_id=CONTACTORS).isError()
    assert soon(lambda: amps(pile, 1) == 0)
    assert pile.read_holding_registers(SUPPLY, count=1, device_id=PILE).registers == [0]


def test_an_unplugged_adapter_returns_under_another_name_behind_the_same_link(estate: Estate) -> None:
    link = Path(estate.paths["line-1"])
    before = link.readlink()
    estate.control.inject("line-1", "unplug=50ms")
    assert soon(lambda: link.is_symlink() and link.readlink() != before)
    with ModbusSerialClient(str(link), baudrate=BAUD, timeout=1, retries=0) as again:
        assert amps(again, 1) == 0


def test_a_silent_pile_speaks_again_by_itself(estate: Estate, pile: ModbusSerialClient) -> None:
    estate.control.inject("pile-01", "silent,for=200ms")
    assert estate.lines["line-1"].control.status()["silent"] == [PILE]
    assert soon(lambda: estate.lines["line-1"].control.status()["silent"] == [])
    assert amps(pile, 1) == 0


def test_a_mistake_reaches_no_line(estate: Estate) -> None:
    before = estate.lines["line-1"].control.status()
    steps = [
        Step(at_s=0, target="pile-01", fault="silent"),
        Step(at_s=1, target="pile-01/outlet-05", fault="overload=12V"),
    ]
    with pytest.raises(SimulatorError, match="not '12V'"):
        estate.control.play(steps)
    assert estate.lines["line-1"].control.status()["silent"] == before["silent"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_ends_clean_and_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE, encoding="utf-8")
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    program = (
        "import sys, pathlib; from gateway.app.simulate import simulate; sys.exit(simulate(pathlib.Path(sys.argv[1])))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(site)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)},
        text=True,
    )
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(5)]
    assert told[0].startswith("SIMULATED: two-lines.")
    assert [line.split()[0] for line in told[1:3]] == ["line-1", "line-2"]
    process.send_signal(number)
    rest, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, rest) == (0, "")
    assert list(runtime.glob("*/*")) == []

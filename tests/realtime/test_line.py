"""A line in its own process on a real pseudo-terminal or socket: order and bytes, never milliseconds."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import serial
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import WriteSingleCoilRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest

from gateway.model.wiring import Table
from simulators.errors import SimulatorError
from simulators.faults import FaultKind
from simulators.journal import Outcome
from simulators.line import LineHandle, start_line, start_lines
from simulators.spec import Cells, Couple, LineKind, LineSpec, SlaveSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.realtime

BAUD = 115200
PATIENCE_S = 5.0
QUIET_S = 0.1
READ_BYTES = 5 + 24
WRITE_BYTES = 8


def line_spec(**changes: Any) -> LineSpec:
    cells = (
        Cells(table=Table.HOLDING, address=100, values=tuple(range(50, 62))),
        Cells(table=Table.COIL, address=0, values=(1,) * 12),
    )
    couples = tuple(Couple(coil=outlet, table=Table.HOLDING, address=100 + outlet) for outlet in range(12))
    slaves = tuple(SlaveSpec(unit=unit, turnaround_ms=2, cells=cells, couples=couples) for unit in (1, 2))
    return LineSpec(**{"name": "real", "baud": BAUD, "slaves": slaves, **changes})


def read_frame(unit: int = 1) -> bytes:
    return _client().buildFrame(ReadHoldingRegistersRequest(address=100, count=12, dev_id=unit))


def off_frame(outlet: int, unit: int = 1) -> bytes:
    return _client().buildFrame(WriteSingleCoilRequest(address=outlet, bits=[False], dev_id=unit))


def parse(frame: bytes) -> ModbusPDU:
    _, pdu = _client().handleFrame(frame, 0, 0)
    assert pdu is not None
    return pdu


def _client() -> FramerRTU:
    return FramerRTU(DecodePDU(is_server=False))


class Host:
    """A bare master on a terminal: writes frames, reads so many bytes or until the line is quiet."""

    def __init__(self, path: str) -> None:
        self._port = serial.Serial(path, BAUD, timeout=0)

    def ask(self, frame: bytes, count: int) -> bytes:
        self._port.write(frame)
        return self.read(count)

    def read(self, count: int, patience_s: float = PATIENCE_S) -> bytes:
        data = b""
        until_s = time.monotonic() + patience_s
        while len(data) < count and (rest_s := until_s - time.monotonic()) > 0:
            if select.select([self._port.fileno()], (), (), rest_s)[0]:
                data += self._port.read(count - len(data))
        return data

    def rest(self) -> bytes:
        return self.read(4096, QUIET_S)

    def close(self) -> None:
        self._port.close()


@pytest.fixture
def line() -> Iterator[LineHandle]:
    with start_line(line_spec()) as handle:
        yield handle


@pytest.fixture
def host(line: LineHandle) -> Iterator[Host]:
    with contextlib.closing(Host(line.path)) as master:
        yield master


def test_a_read_a_write_and_a_read_of_the_opened_outlet(line: LineHandle, host: Host) -> None:
    assert parse(host.ask(read_frame(), READ_BYTES)).registers == list(range(50, 62))
    assert host.ask(off_frame(4), WRITE_BYTES) == off_frame(4)
    assert parse(host.ask(read_frame(), READ_BYTES)).registers == [50, 51, 52, 53, 0, *range(55, 62)]
    assert parse(host.ask(read_frame(2), READ_BYTES)).registers == list(range(50, 62))
    assert line.control.get(1, Table.COIL, 0, 12) == [1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1]


def test_the_journal_tells_what_happened_in_an_order_that_can_be(line: LineHandle, host: Host) -> None:
    before_s = time.monotonic()
    first, second = host.ask(read_frame(), READ_BYTES), host.ask(off_frame(4), WRITE_BYTES)
    after_s = time.monotonic()
    read, off = line.control.journal()
    assert [(entry.request, entry.reply) for entry in (read, off)] == [(read_frame(), first), (off_frame(4), second)]
    assert [(entry.unit, entry.function, entry.outcome) for entry in (read, off)] == [
        (1, 3, Outcome.REPLIED),
        (1, 5, Outcome.REPLIED),
    ]
    for entry in (read, off):
        assert None not in (entry.due_first_s, entry.first_s, entry.due_last_s, entry.last_s)
        assert entry.end_s <= (entry.due_first_s or 0) <= (entry.first_s or 0) <= (entry.last_s or 0)
        assert (entry.due_last_s or 0) <= (entry.last_s or 0)
    assert before_s <= read.arrival_s < read.end_s < off.arrival_s < off.end_s < after_s
    counters = line.control.counters()
    assert (counters.requests, counters.replies) == (2, 2)
    assert (counters.bytes_in, counters.bytes_out) == (16, READ_BYTES + WRITE_BYTES)
    line.control.clear_journal()
    assert list(line.control.journal()) == []


def test_a_long_journal_is_fetched_whole(line: LineHandle, host: Host) -> None:
    for _ in range(150):
        host.ask(off_frame(1), WRITE_BYTES)
    entries = list(line.control.journal())
    assert [entry.index for entry in entries] == list(range(150))
    assert [entry.index for entry in line.control.journal(since=148)] == [148, 149]


def test_a_step_at_a_moment_shows_in_the_requests_that_end_after_it(line: LineHandle, host: Host) -> None:
    step_s = line.control.set(1, Table.HOLDING, 104, [2500], at_s=time.monotonic() + 0.1)
    seen = [parse(host.ask(read_frame(), READ_BYTES)).registers[4] for _ in range(30)]
    ends_s = [entry.end_s for entry in line.control.journal()]
    assert seen == [2500 if end_s >= step_s else 54 for end_s in ends_s]
    assert {54, 2500} == set(seen)


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (FaultKind.LATE, {"ms": 50}),
        (FaultKind.FOREIGN, {}),
        (FaultKind.DUPLICATE, {}),
        (FaultKind.FLIP, {"count": 2}),
        (FaultKind.TRUNCATE, {"count": 5}),
        (FaultKind.GARBAGE, {"count": 7}),
        (FaultKind.EXCEPTION, {"code": 6}),
        (FaultKind.LOSE, {}),
        (FaultKind.MUTE, {}),
    ],
)
def test_a_fault_spoils_the_next_reply_and_no_other(
    kind: FaultKind, details: dict[str, Any], line: LineHandle, host: Host
) -> None:
    good = host.ask(read_frame(), READ_BYTES)
    line.control.fault(kind, unit=1, **details)
    assert host.ask(read_frame(2), READ_BYTES)[1:-2] == good[1:-2]
    host.ask(read_frame(), 0)
    spoilt = host.rest()
    expected = {
        FaultKind.LATE: good,
        FaultKind.DUPLICATE: good * 2,
        FaultKind.TRUNCATE: good[:-5],
        FaultKind.LOSE: b"",
        FaultKind.MUTE: b"",
    }
    assert spoilt == expected.get(kind, spoilt)
    assert (spoilt == good) == (kind is FaultKind.LATE)
    if kind in (FaultKind.FOREIGN, FaultKind.GARBAGE):
        assert spoilt.endswith(good)
    if kind is FaultKind.EXCEPTION:
        assert spoilt[:3] == bytes([1, 0x83, 6])
    assert host.ask(read_frame(), READ_BYTES) == good
    assert [entry.fault for entry in line.control.journal()] == ["", "", kind.value, ""]


def test_echo_silence_and_babble(line: LineHandle, host: Host) -> None:
    good = host.ask(read_frame(), READ_BYTES)
    line.control.echo(on=True)
    assert host.ask(read_frame(), 8 + READ_BYTES) == read_frame() + good
    line.control.echo(on=False)
    line.control.silence(1)
    assert line.control.status()["silent"] == [1]
    host.ask(read_frame(), 0)
    assert host.rest() == b""
    line.control.silence(1, on=False)
    line.control.babble(20)
    assert len(host.read(230)) == 230
    assert host.rest() == b""
    assert host.ask(read_frame(), READ_BYTES) == good


def test_a_strict_slave_ignores_a_request_inside_the_silence_and_hears_the_next(line: LineHandle, host: Host) -> None:
    line.control.strict(on=True)
    host.ask(read_frame(), READ_BYTES)
    host.ask(read_frame(), 0)
    host.rest()
    host.ask(read_frame(), READ_BYTES)
    entries = list(line.control.journal())
    assert [entry.outcome is Outcome.IGNORED for entry in entries] == [entry.broken for entry in entries]
    assert [entries[0].outcome, entries[2].outcome] == [Outcome.REPLIED, Outcome.REPLIED]


def test_an_unplugged_adapter_returns_under_another_name_behind_its_symlink(tmp_path: Path) -> None:
    link = tmp_path / "ttyShed"
    with start_line(line_spec(symlink=str(link))) as handle:
        name = str(link.readlink())
        with contextlib.closing(Host(handle.path)) as before:
            good = before.ask(read_frame(), READ_BYTES)
            handle.control.vanish()
            assert not link.is_symlink()
            with pytest.raises((OSError, serial.SerialException)):
                before.ask(read_frame(), READ_BYTES)
            handle.control.come_back()
        assert str(link.readlink()) != name
        with contextlib.closing(Host(handle.path)) as after:
            assert after.ask(read_frame(), READ_BYTES) == good
    assert not link.is_symlink()


def exchange(connection: socket.socket, frame: bytes, count: int) -> bytes:
    connection.sendall(frame)
    data = b""
    while len(data) < count and (more := connection.recv(count - len(data))):
        data += more
    return data


def test_modbus_tcp_serves_several_clients_and_returns_after_it_vanished() -> None:
    framer = FramerSocket(DecodePDU(is_server=False))
    pdu = ReadHoldingRegistersRequest(address=100, count=12, dev_id=2, transaction_id=4711)
    with start_line(line_spec(kind=LineKind.TCP)) as handle:
        with (
            socket.create_connection(handle.address, PATIENCE_S) as one,
            socket.create_connection(handle.address, PATIENCE_S) as two,
        ):
            for connection in (one, two, one):
                _, reply = framer.handleFrame(exchange(connection, framer.buildFrame(pdu), 9 + 24), 2, 4711)
                assert reply is not None
                assert reply.registers == list(range(50, 62))
            handle.control.vanish()
            assert exchange(one, b"", 1) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(handle.address, PATIENCE_S)
        handle.control.come_back()
        with socket.create_connection(handle.address, PATIENCE_S) as again:
            assert len(exchange(again, framer.buildFrame(pdu), 9 + 24)) == 9 + 24


def test_a_tcp_client_that_speaks_something_else_is_hung_up_on() -> None:
    with (
        start_line(line_spec(kind=LineKind.TCP)) as handle,
        socket.create_connection(handle.address, PATIENCE_S) as connection,
    ):
        assert exchange(connection, b"GET / HTTP/1.1\r\n\r\n", 1) == b""


def test_a_serial_server_passes_rtu_frames_at_the_baud_rate_of_its_line() -> None:
    with (
        start_line(line_spec(kind=LineKind.RTU_TCP)) as handle,
        socket.create_connection(handle.address, PATIENCE_S) as connection,
    ):
        assert parse(exchange(connection, read_frame(), READ_BYTES)).registers == list(range(50, 62))
        (entry,) = handle.control.journal()
        assert entry.end_s - entry.arrival_s == pytest.approx(8 * 10 / BAUD)


def test_several_lines_start_together_and_stop_with_nothing_left() -> None:
    handles = start_lines([line_spec(name=f"line-{number}") for number in range(3)])
    assert len({handle.path for handle in handles}) == 3
    for handle in handles:
        handle.stop()
        handle.stop()
        assert not is_alive(handle.pid)


def test_a_line_that_cannot_start_says_why_and_leaves_no_other_behind(tmp_path: Path) -> None:
    file = tmp_path / "ttyShed"
    file.write_text("a file of somebody")
    with pytest.raises(SimulatorError, match="is no symlink: it is left alone"):
        start_lines([line_spec(name="good"), line_spec(symlink=str(file))])
    with pytest.raises(SimulatorError, match=r"there is no world 'simulators\.bank:castle'"):
        start_line(line_spec(world="simulators.bank:castle"))
    assert file.read_text() == "a file of somebody"


def test_a_line_ends_when_its_parent_is_killed() -> None:
    program = (
        "import sys, time\n"
        "from tests.realtime.test_line import line_spec\n"
        "from simulators.line import start_line\n"
        "handle = start_line(line_spec())\n"
        "print(handle.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent.stdin, parent.stdout:
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        until_s = time.monotonic() + PATIENCE_S
        while is_alive(pid) and time.monotonic() < until_s:
            select.select((), (), (), 0.01)
    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    """A zombie that nobody has reaped yet (an orphan's new parent may be slow) is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_mistaken_command_is_told_in_one_line_and_the_line_goes_on(line: LineHandle, host: Host) -> None:
    for command, problem in (("explode", "unknown command 'explode'"), ("silence", "silence: unit is missing")):
        with pytest.raises(SimulatorError, match=problem):
            line.control.ask(command)
    with pytest.raises(SimulatorError, match="unit 1 has no holding 900"):
        line.control.set(1, Table.HOLDING, 900, [1])
    assert len(host.ask(read_frame(), READ_BYTES)) == READ_BYTES

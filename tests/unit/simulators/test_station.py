from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadDiscreteInputsRequest,
    WriteMultipleCoilsRequest,
    WriteSingleCoilRequest,
)
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from simulators.journal import Outcome
from simulators.slave_modbus import StreamBrokenError
from simulators.spec import LineKind
from tests.unit.simulators.lab import TURNAROUND_S, Lab, mbap, parse, rtu

CHAR_S = 10 / 9600
T35_S = 3.5 * CHAR_S
READ = rtu(ReadHoldingRegistersRequest(address=100, count=12, dev_id=1))
READ_BYTES = 5 + 24


def outcomes(lab: Lab) -> list[Outcome]:
    return [entry.outcome for entry in lab.entries]


def test_a_reply_leaves_byte_by_byte_at_the_baud_rate_after_the_turnaround() -> None:
    lab = Lab()
    lab.at(1.0, READ)
    lab.run()
    start_s = 1.0 + 8 * CHAR_S + TURNAROUND_S
    assert parse(lab.received).registers == list(range(12))
    assert [moment_s for moment_s, _ in lab.sent] == pytest.approx(
        [start_s + k * CHAR_S for k in range(1, READ_BYTES + 1)]
    )


def test_values_are_those_at_the_end_of_the_last_request_byte() -> None:
    for step_s, seen in ((1.0 + 8 * CHAR_S - 1e-6, 2500), (1.0 + 8 * CHAR_S + 1e-6, 4)):
        lab = Lab()
        lab.tell("set", unit=1, table="holding", address=104, values=[2500], at_s=step_s)
        lab.at(1.0, READ)
        lab.run()
        assert parse(lab.received).registers[4] == seen


@given(cut=st.integers(1, 7), gap_s=st.floats(0, T35_S * 0.99))
def test_a_request_in_two_pieces_is_one_request(cut: int, gap_s: float) -> None:
    lab = Lab()
    lab.at(1.0, READ[:cut])
    lab.at(1.0 + cut * CHAR_S + gap_s, READ[cut:])
    lab.run()
    assert outcomes(lab) == [Outcome.REPLIED]
    assert lab.entries[0].arrival_s == 1.0
    assert lab.entries[0].end_s == pytest.approx(1.0 + 8 * CHAR_S + gap_s)


def test_a_piece_followed_by_silence_is_dropped_and_the_next_request_is_heard() -> None:
    lab = Lab()
    lab.at(1.0, READ[:5])
    lab.at(2.0, READ)
    lab.run()
    assert outcomes(lab) == [Outcome.GARBLED, Outcome.REPLIED]
    assert lab.entries[0].request == READ[:5]


def test_a_request_with_a_wrong_crc_gets_no_answer() -> None:
    lab = Lab()
    lab.at(1.0, READ[:-1] + bytes([READ[-1] ^ 1]))
    lab.run()
    assert (outcomes(lab), lab.received) == ([Outcome.GARBLED], b"")


@pytest.mark.parametrize(
    ("request_pdu", "field", "value"),
    [
        (ReadCoilsRequest(address=0, count=3, dev_id=2), "bits", [True, True, True]),
        (ReadDiscreteInputsRequest(address=0, count=3, dev_id=2), "bits", [False, True, False]),
        (ReadInputRegistersRequest(address=0, count=2, dev_id=2), "registers", [7, 8]),
        (WriteSingleCoilRequest(address=3, bits=[False], dev_id=2), "bits", [False]),
        (WriteSingleRegisterRequest(address=101, registers=[55], dev_id=2), "registers", [55]),
        (WriteMultipleCoilsRequest(address=2, bits=[False] * 9, dev_id=2), "count", 9),
        (WriteMultipleRegistersRequest(address=100, registers=[5, 6, 7], dev_id=2), "count", 3),
    ],
)
@pytest.mark.parametrize("over_tcp", [False, True])
def test_every_function_is_answered(request_pdu: ModbusPDU, field: str, value: Any, *, over_tcp: bool) -> None:
    lab = Lab(kind=LineKind.TCP if over_tcp else LineKind.PTY)
    lab.at(1.0, mbap(request_pdu) if over_tcp else rtu(request_pdu))
    lab.run()
    reply = parse(lab.received, over_tcp=over_tcp)
    assert (reply.dev_id, reply.function_code) == (2, request_pdu.function_code)
    answered = getattr(reply, field)
    assert (answered[: len(value)] if isinstance(value, list) else answered) == value


def test_writes_change_what_is_read_afterwards() -> None:
    lab = Lab()
    lab.at(1.0, rtu(WriteMultipleCoilsRequest(address=2, bits=[False, True, False], dev_id=1)))
    lab.at(2.0, rtu(WriteMultipleRegistersRequest(address=100, registers=[5, 6], dev_id=1)))
    lab.run(3.0)
    assert lab.tell("get", unit=1, table="coil", address=0, count=6)["result"] == [1, 1, 0, 1, 0, 1]
    assert lab.tell("get", unit=1, table="holding", address=100, count=3)["result"] == [5, 6, 2]


def raw(body: str) -> bytes:
    data = bytes.fromhex(body)
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return data + crc.to_bytes(2, "little")


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (rtu(ReadHoldingRegistersRequest(address=500, count=1, dev_id=1)), 2),
        (rtu(WriteSingleRegisterRequest(address=500, registers=[1], dev_id=1)), 2),
        (raw("01 03 0064 0000"), 3),
        (raw("01 10 0064 0002 02 0001"), 3),
        (raw("01 07"), 1),
    ],
    ids=["read nowhere", "write nowhere", "read nothing", "byte count wrong", "unknown function"],
)
def test_a_request_that_cannot_be_met_gets_an_exception(request_bytes: bytes, code: int) -> None:
    lab = Lab()
    lab.at(1.0, request_bytes)
    lab.run()
    reply = parse(lab.received)
    assert isinstance(reply, ExceptionResponse)
    assert reply.exception_code == code


def test_a_broadcast_acts_on_every_unit_and_is_not_answered() -> None:
    lab = Lab()
    lab.at(1.0, rtu(WriteSingleCoilRequest(address=0, bits=[False], dev_id=0)))
    lab.run()
    assert (outcomes(lab), lab.received) == ([Outcome.BROADCAST], b"")
    assert [lab.tell("get", unit=unit, table="coil", address=0)["result"] for unit in (1, 2)] == [[0], [0]]


def test_an_absent_and_a_silent_unit_do_not_answer_and_a_silence_ends() -> None:
    lab = Lab()
    lab.tell("silence", unit=1, on=True, at_s=2.0)
    lab.tell("silence", unit=1, on=False, at_s=4.0)
    lab.at(1.0, READ)
    lab.at(3.0, READ)
    lab.at(5.0, READ)
    lab.at(6.0, rtu(ReadHoldingRegistersRequest(address=100, count=1, dev_id=9)))
    lab.run()
    assert outcomes(lab) == [Outcome.REPLIED, Outcome.SILENT, Outcome.REPLIED, Outcome.ABSENT]


def test_a_change_of_turnaround_counts_from_its_moment() -> None:
    lab = Lab()
    lab.tell("turnaround", unit=1, ms=50, at_s=2.0)
    lab.at(1.0, READ)
    lab.at(3.0, READ)
    lab.run()
    waits_s = [(entry.due_first_s or 0) - CHAR_S - entry.end_s for entry in lab.entries]
    assert waits_s == pytest.approx([TURNAROUND_S, 0.05])


@pytest.mark.parametrize(("strict", "second"), [(False, Outcome.REPLIED), (True, Outcome.IGNORED)])
@pytest.mark.parametrize(("gap", "broken"), [(0.9, True), (1.1, False)])
def test_a_request_inside_the_silence_is_counted_and_a_strict_slave_ignores_it(
    gap: float, second: Outcome, *, broken: bool, strict: bool
) -> None:
    lab = Lab(strict_silence=strict)
    lab.at(1.0, READ)
    last_s = 1.0 + (8 + READ_BYTES) * CHAR_S + TURNAROUND_S
    lab.at(last_s + gap * T35_S, READ)
    lab.run()
    assert [entry.broken for entry in lab.entries] == [False, broken]
    assert lab.entries[1].silence_s == pytest.approx(gap * T35_S)
    assert lab.station.journal.counters.broken_silences == broken
    assert outcomes(lab) == [Outcome.REPLIED, second if broken else Outcome.REPLIED]


def test_a_request_sent_into_a_reply_is_destroyed() -> None:
    lab = Lab()
    lab.at(1.0, READ)
    lab.at(1.0 + 20 * CHAR_S, READ)
    lab.run()
    assert outcomes(lab) == [Outcome.REPLIED, Outcome.COLLIDED]
    assert lab.station.journal.counters.collisions == 1
    assert len(lab.received) == READ_BYTES


def test_a_late_reply_comes_into_the_next_window_and_waits_for_a_free_wire() -> None:
    lab = Lab()
    lab.tell("fault", kind="late", unit=1, ms=30)
    lab.at(1.0, READ)
    other = rtu(ReadHoldingRegistersRequest(address=100, count=1, dev_id=2))
    lab.at(1.02, other)
    lab.run()
    assert [lab.received[0], len(lab.received)] == [2, 7 + READ_BYTES]
    assert parse(lab.received[7:]).dev_id == 1


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("foreign", 2 * READ_BYTES),
        ("duplicate", 2 * READ_BYTES),
        ("truncate", READ_BYTES - 3),
        ("garbage", READ_BYTES + 3),
    ],
)
def test_a_fault_spoils_one_reply_only_and_is_named_in_the_journal(kind: str, count: int) -> None:
    lab = Lab()
    lab.tell("fault", kind=kind, count=3)
    lab.at(1.0, READ)
    lab.at(2.0, READ)
    lab.run()
    assert [len(entry.reply) for entry in lab.entries] == [count, READ_BYTES]
    assert [entry.fault for entry in lab.entries] == [kind, ""]
    assert len(lab.received) == count + READ_BYTES


def test_a_foreign_reply_is_well_formed_and_of_another_unit() -> None:
    lab = Lab()
    lab.tell("fault", kind="foreign")
    lab.at(1.0, READ)
    lab.run()
    assert [parse(lab.received[:READ_BYTES]).dev_id, parse(lab.received[READ_BYTES:]).dev_id] == [2, 1]


@pytest.mark.parametrize(
    ("kind", "coil", "outcome"),
    [
        ("lose", 1, Outcome.LOST),
        ("mute", 0, Outcome.MUTED),
        ("exception", 1, Outcome.REPLIED),
        ("late", 0, Outcome.REPLIED),
    ],
)
def test_whether_a_write_acted_depends_on_the_fault(kind: str, coil: int, outcome: Outcome) -> None:
    lab = Lab()
    lab.tell("fault", kind=kind)
    lab.at(1.0, rtu(WriteSingleCoilRequest(address=0, bits=[False], dev_id=1)))
    lab.run()
    assert lab.tell("get", unit=1, table="coil", address=0)["result"] == [coil]
    assert outcomes(lab) == [outcome]


def test_faults_repeat_with_the_seed() -> None:
    def run(seed: int) -> bytes:
        lab = Lab(seed=seed)
        lab.tell("fault", kind="flip", count=3, times=5)
        for second in range(1, 6):
            lab.at(float(second), READ)
        lab.run()
        return lab.received

    assert run(4) == run(4)
    assert run(4) != run(5)


def test_an_echo_is_the_request_at_the_time_of_its_own_bytes() -> None:
    lab = Lab(echo=True)
    lab.at(1.0, READ)
    lab.run()
    assert lab.received[:8] == READ
    assert [moment_s for moment_s, _ in lab.sent[:8]] == pytest.approx([1.0 + k * CHAR_S for k in range(1, 9)])
    assert parse(lab.received[8:]).dev_id == 1
    assert lab.station.journal.counters.broken_silences == 0


def test_a_babbling_slave_fills_the_line_for_its_time_and_destroys_requests() -> None:
    lab = Lab()
    lab.tell("babble", ms=500, at_s=1.0)
    lab.at(1.2, READ)
    lab.at(2.0, READ)
    lab.run()
    assert outcomes(lab) == [Outcome.COLLIDED, Outcome.REPLIED]
    assert len(lab.received) == int(0.5 / CHAR_S) + READ_BYTES
    noise = [moment_s for moment_s, _ in lab.sent if moment_s < 1.9]
    assert (noise[0], noise[-1]) == pytest.approx((1.0 + CHAR_S, 1.5), abs=2 * CHAR_S)


def test_bytes_for_an_unplugged_adapter_are_lost_and_counted() -> None:
    lab = Lab()
    lab.at(1.0, READ)
    lab.vanish()
    lab.run()
    assert lab.station.journal.counters.bytes_lost == READ_BYTES
    assert lab.received == b""


def test_tcp_requests_in_one_packet_are_each_answered_with_their_transaction() -> None:
    lab = Lab(kind=LineKind.TCP)
    frames = [
        mbap(ReadHoldingRegistersRequest(address=100, count=1, dev_id=unit, transaction_id=700 + unit))
        for unit in (1, 2)
    ]
    lab.at(1.0, b"".join(frames) + frames[0][:3])
    lab.at(1.1, frames[0][3:])
    lab.run()
    assert [parse(data, over_tcp=True).transaction_id for _, data in lab.sent] == [701, 702, 701]


def test_a_tcp_peer_that_speaks_something_else_is_out_of_step_for_good() -> None:
    lab = Lab(kind=LineKind.TCP)
    with pytest.raises(StreamBrokenError):
        lab.at(1.0, b"GET / HTTP/1.1\r\n")


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=20))
def test_no_bytes_whatever_stop_a_serial_line(chunks: list[bytes]) -> None:
    lab = Lab()
    for place, chunk in enumerate(chunks):
        lab.at(1.0 + 0.01 * place, chunk)
    lab.at(100.0, READ)
    lab.run()
    assert lab.entries[-1].outcome is Outcome.REPLIED


def test_a_reply_released_late_is_journaled_as_late() -> None:
    lab = Lab()
    lab.at(1.0, READ)
    while item := lab.station.agenda.pop_due(1000.0):
        lab.now_s = item.due_s + 0.002
        item.act()
    (entry,) = lab.entries
    assert entry.late_s == pytest.approx(0.002)
    assert (entry.last_s or 0) - (entry.due_last_s or 0) == pytest.approx(0.002)
    assert lab.station.journal.counters.replies_late_1ms == 1

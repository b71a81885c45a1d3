"""When noise is named, and as what: the rules that are Modbus's own, beyond the common driver suite."""

from __future__ import annotations

import pytest
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU

from drivers.modbus.driver import ModbusRtu, ModbusTcp
from gateway.sdk import Block, Noise, Refusal, Reply, Request, Skipped, Table, Write

CURRENTS = Block(Table.HOLDING, 100, 12)
OFF = Write(Table.COIL, 7, (0,))


def rtu(unit: int, pdu: bytes) -> bytes:
    return FramerRTU(DecodePDU(False)).encode(pdu, unit, 0)


def tcp(unit: int, pdu: bytes, tid: int) -> bytes:
    return FramerSocket(DecodePDU(False)).encode(pdu, unit, tid)


def asking(block: Block = CURRENTS, unit: int = 1) -> tuple[ModbusRtu, Request]:
    driver = ModbusRtu()
    request = driver.read(unit, block)
    driver.open(request)
    return driver, request


GOOD = rtu(1, b"\x03\x18" + bytes(range(100, 124)))
BROKEN = GOOD[:-1] + bytes((GOOD[-1] ^ 0x80,))


# ------------------------------------------------------------------ broken checksums


def test_broken_reply_is_named_at_its_last_byte() -> None:
    driver, _ = asking()
    assert driver.receive(BROKEN[:-1]) == ()
    assert driver.receive(BROKEN[-1:]) == (Skipped(Noise.CRC, BROKEN),)


@pytest.mark.parametrize("garbage", [b"\xaa\x01\x06", b"\x05\x04\xfa"], ids=["no header", "like a long foreign frame"])
def test_broken_reply_behind_garbage_is_named_at_its_last_byte(garbage: bytes) -> None:
    driver, _ = asking()
    assert driver.receive(garbage + BROKEN) == (Skipped(Noise.GARBAGE, garbage), Skipped(Noise.CRC, BROKEN))


def test_foreign_frame_after_a_named_broken_reply_stays_whole() -> None:
    driver, _ = asking()
    driver.receive(b"\x05\x04\xfa" + BROKEN)
    foreign = rtu(2, b"\x03\x18" + bytes(24))
    assert driver.receive(foreign[:9]) == ()
    assert driver.receive(foreign[9:]) == (Skipped(Noise.FOREIGN, foreign),)


def test_reply_after_a_named_broken_one_still_counts() -> None:
    driver, _ = asking()
    driver.receive(BROKEN)
    assert driver.receive(GOOD) == (Reply(GOOD[3:-2], GOOD),)


def test_broken_reply_is_not_named_while_a_later_start_may_become_the_answer() -> None:
    driver, _ = asking()
    assert driver.receive(GOOD[:3] + GOOD[:26]) == ()
    assert driver.receive(GOOD[26:]) == (Skipped(Noise.GARBAGE, GOOD[:3]), Reply(GOOD[3:-2], GOOD))


def test_broken_reply_is_not_named_while_the_byte_behind_it_may_begin_the_answer() -> None:
    driver, _ = asking()
    assert driver.receive(BROKEN + b"\x01") == ()
    assert driver.receive(GOOD[1:]) == (Skipped(Noise.CRC, BROKEN), Reply(GOOD[3:-2], GOOD))


def test_broken_refusal_is_named_at_its_last_byte_unless_the_answer_may_begin_behind_it() -> None:
    refusal = rtu(1, b"\x83\x02")
    broken = refusal[:-1] + b"\x00"
    driver, _ = asking()
    assert driver.receive(broken) == (Skipped(Noise.CRC, broken),)
    driver, _ = asking()
    assert driver.receive(broken + b"\x01") == ()
    assert driver.receive(refusal[1:]) == (Skipped(Noise.CRC, broken), Refusal(2, refusal))


def test_refusal_inside_a_reply_that_is_still_coming_is_data() -> None:
    inner = rtu(1, b"\x83\x02")
    frame = rtu(1, b"\x03\x18" + inner.ljust(24, b"\0"))
    driver, _ = asking()
    assert driver.receive(frame[:-1]) == ()
    assert driver.receive(frame[-1:]) == (Reply(frame[3:-2], frame),)


def test_damaged_echo_of_a_write_is_garbage_because_its_header_does_not_fit() -> None:
    driver = ModbusRtu()
    request = driver.write(1, OFF)
    driver.open(request)
    damaged = request.frame[:3] + b"\x06" + request.frame[4:]
    assert driver.receive(damaged) == ()
    assert driver.close() == (Skipped(Noise.GARBAGE, damaged),)


# ------------------------------------------------------------------ others on the line


def test_foreign_frame_is_named_at_its_last_byte() -> None:
    foreign = rtu(2, b"\x03\x18" + bytes(24))
    driver, _ = asking()
    assert driver.receive(foreign[:-1]) == ()
    assert driver.receive(foreign[-1:]) == (Skipped(Noise.FOREIGN, foreign),)


def test_foreign_frame_is_named_behind_garbage_and_before_the_answer() -> None:
    foreign = rtu(2, b"\x03\x18" + bytes(24))
    driver, _ = asking()
    expected = (Skipped(Noise.GARBAGE, b"\xff\x00"), Skipped(Noise.FOREIGN, foreign), Reply(GOOD[3:-2], GOOD))
    assert driver.receive(b"\xff\x00" + foreign + GOOD) == expected


def test_foreign_frame_that_carries_our_header_is_still_one_foreign_frame() -> None:
    foreign = rtu(2, b"\x03\x30" + bytes(10) + GOOD[:3] + bytes(35))
    driver, _ = asking()
    assert driver.receive(foreign[:20]) == ()
    assert driver.receive(foreign[20:]) == (Skipped(Noise.FOREIGN, foreign),)


def test_foreign_frame_that_ends_like_our_reply_begins_waits_for_the_next_byte() -> None:
    frames = (rtu(2, b"\x03\x02" + value.to_bytes(2, "big")) for value in range(0x10000))
    foreign = next(frame for frame in frames if frame[-1] == 1)
    driver, _ = asking()
    assert driver.receive(foreign) == ()
    assert driver.receive(GOOD) == (Skipped(Noise.FOREIGN, foreign), Reply(GOOD[3:-2], GOOD))


def test_late_reply_of_another_block_is_late_and_of_another_function_foreign() -> None:
    late, foreign = rtu(1, b"\x03\x78" + bytes(120)), rtu(1, b"\x04\x18" + bytes(24))
    driver, _ = asking()
    assert driver.receive(late) == (Skipped(Noise.LATE, late),)
    assert driver.receive(foreign) == (Skipped(Noise.FOREIGN, foreign),)


def test_late_acknowledgement_of_another_write_is_late() -> None:
    driver = ModbusRtu()
    driver.open(driver.write(1, OFF))
    late = driver.write(1, Write(Table.COIL, 8, (0,))).frame
    assert driver.receive(late) == (Skipped(Noise.LATE, late),)


def test_late_tcp_reply_of_the_same_shape_is_late() -> None:
    driver = ModbusTcp()
    first, second = driver.read(1, CURRENTS), driver.read(1, CURRENTS)
    pdu = b"\x03\x18" + bytes(24)
    driver.open(first)
    driver.open(second)
    late, good, unknown = (tcp(1, pdu, tid) for tid in (1, 2, 0x7777))
    assert driver.receive(late + unknown + good) == (
        Skipped(Noise.LATE, late),
        Skipped(Noise.FOREIGN, unknown),
        Reply(bytes(24), good),
    )


@pytest.mark.parametrize(
    "junk",
    [
        tcp(1, b"", 9),
        b"\x00\x09\x00\x00\x00\xff\x01".ljust(261, b"\x03"),
        b"\x00\x09\x00\x00\x01\x06\x01".ljust(12, b"\x03"),
        b"\x00\x09\x00\x01\x00\x06\x01".ljust(12, b"\x03"),
    ],
    ids=["too short", "too long", "far too long", "no Modbus"],
)
def test_tcp_bytes_with_an_impossible_header_are_garbage(junk: bytes) -> None:
    driver = ModbusTcp()
    for _ in range(10):
        driver.open(driver.read(1, CURRENTS))
    assert driver.receive(junk) == ()
    assert driver.close() == (Skipped(Noise.GARBAGE, junk),)


def test_reserved_unit_number_is_noise_that_hides_no_foreign_frame() -> None:
    foreign = rtu(0x80, b"\x03\x18" + bytes(24))
    driver, _ = asking()
    assert driver.receive(b"\xff\x03" + foreign) == (
        Skipped(Noise.GARBAGE, b"\xff\x03"),
        Skipped(Noise.FOREIGN, foreign),
    )


# ------------------------------------------------------------------ our own echo


def test_own_echo_before_the_reply_to_a_read_is_garbage() -> None:
    driver, request = asking()
    assert driver.receive(request.frame + GOOD) == (Skipped(Noise.GARBAGE, request.frame), Reply(GOOD[3:-2], GOOD))


def test_own_echo_that_begins_like_the_reply_does_not_hide_it() -> None:
    for address, count in ((0x1800, 12), (0x0200, 1)):
        driver, request = asking(Block(Table.HOLDING, address, count))
        good = rtu(1, bytes((3, 2 * count)) + bytes(range(2 * count)))
        assert driver.receive(request.frame) == ()
        assert driver.receive(good) == (Skipped(Noise.GARBAGE, request.frame), Reply(good[3:-2], good))


def test_own_echo_that_looks_like_a_late_reply_is_garbage() -> None:
    driver, request = asking(Block(Table.COIL, 0x0300, 64))
    assert driver.receive(request.frame) == (Skipped(Noise.GARBAGE, request.frame),)


def test_own_echo_of_a_long_write_does_not_count_as_a_broken_acknowledgement() -> None:
    driver = ModbusRtu()
    request = driver.write(1, Write(Table.COIL, 0, (0,) * 12))
    driver.open(request)
    good = rtu(1, request.frame[1:6])
    assert driver.receive(request.frame) == ()
    assert driver.receive(good) == (Skipped(Noise.GARBAGE, request.frame), Reply(b"", good))


# ------------------------------------------------------------------ broadcasts


def test_nothing_answers_a_broadcast() -> None:
    driver = ModbusRtu()
    request = driver.write(0, OFF)
    driver.open(request)
    assert driver.receive(request.frame) == (Skipped(Noise.GARBAGE, request.frame),)
    refusal = rtu(0, b"\x85\x02")
    assert driver.receive(refusal) == (Skipped(Noise.LATE, refusal),)
    assert driver.close() == ()

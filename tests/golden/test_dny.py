"""Frames of DNY piles as their maker prints them, and as they are computed elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.dny import frames
from drivers.dny.driver import DnyHost
from drivers.dny.image import HEARTBEAT, SAID
from gateway.sdk import OrderTerms, Reply, Report, Table, Write

PILE = 0x04AB373B
REGISTER = "44 4E 59 13 00 3B 37 AB 04 B9 00 20 7E 00 02 14 21 00 00 00 E4 00 91 04"
REGISTER_ANSWER = "44 4E 59 0A 00 3B 37 AB 04 B9 00 20 00 EF 02"
HEARTBEAT_21 = "44 4E 59 10 00 3B 37 AB 04 01 00 21 98 08 02 00 00 09 05 EE 02"
HEARTBEAT_ANSWER = "44 4E 59 0A 00 3B 37 AB 04 01 00 21 00 38 02"
TIME = "44 4E 59 09 00 3B 37 AB 04 B9 00 22 F0 02"
START = (
    "44 4E 59 26 00 3B 37 AB 04 02 00 82 00 64 01 00 00 01 01 00 00 "
    "12 34 56 78 12 34 56 78 12 34 56 78 12 34 56 78 80 70 88 13 F8 08"
)
STARTED = "44 4E 59 1D 00 3B 37 AB 04 02 00 82 00 12 34 56 78 12 34 56 78 12 34 56 78 12 34 56 78 01 00 00 FE 06"
TIME_ANSWER = "44 4E 59 0D 00 3B 37 AB 04 B9 00 22 09 0E A9 5F 13 04"
SET_LIMITS = "44 4E 59 0D 00 3B 37 AB 04 02 00 85 A0 8C 20 4E 3A 04"
CHANGE = "44 4E 59 0D 00 3B 37 AB 04 02 00 8A 00 01 80 70 96 03"
QUERY = "44 4E 59 09 00 3B 37 AB 04 01 00 81 97 02"
ORDER = "12345678" * 4
SETTLEMENT = (
    "44 4E 59 28 00 3B 37 AB 04 01 00 03 10 0E E8 03 30 00 01 01 00 00 00 00 01 "
    "20 19 09 01 18 00 00 13 00 30 38 01 02 03 04 05 E8 03 44 05"
)


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def told(text: str) -> Report:
    """Let the pile say it when it is polled."""
    driver = DnyHost()
    driver.open(driver.read(PILE, SAID))
    (reply,) = driver.receive(raw(text))
    assert isinstance(reply, Reply)
    assert reply.report is not None
    return reply.report


@pytest.mark.parametrize(
    "text", [REGISTER, REGISTER_ANSWER, HEARTBEAT_21, HEARTBEAT_ANSWER, TIME, START, STARTED, TIME_ANSWER]
)
def test_a_printed_frame_is_intact_and_is_made_again(text: str) -> None:
    assert frames.measure(bytearray(raw(text)), 0) == len(raw(text))
    assert frames.is_intact(raw(text))
    said = frames.split(raw(text))
    assert said.physical == PILE
    assert frames.frame(*said) == raw(text)


@pytest.mark.parametrize(
    ("message", "virtual", "text"),
    [
        (1, 0, "44 4E 59 0A 00 00 00 00 00 01 00 00 00 F6 00"),
        (1, 19, "44 4E 59 0A 00 00 00 00 00 01 00 00 13 09 01"),
    ],
)
def test_a_poll_is_made(message: int, virtual: int, text: str) -> None:
    assert frames.frame(0, message, frames.POLL, bytes((virtual,))) == raw(text)


def test_a_registration_is_told_and_answered() -> None:
    report = told(REGISTER)
    assert report.values == {
        "firmware_no": 126,
        "ports": 2,
        "virtual_id": 20,
        "device_type": 33,
        "work_mode_bits": 0,
        "power_board_firmware_no": 0,
    }
    assert report.answer is not None
    assert DnyHost().write(PILE, report.answer).frame == raw(REGISTER_ANSWER)


def test_a_pile_is_polled_where_it_has_registered() -> None:
    driver = DnyHost()
    driver.receive(raw(REGISTER))
    assert driver.read(PILE, SAID).frame[12] == 0x14


def test_a_heartbeat_is_a_reading_and_answered() -> None:
    report = told(HEARTBEAT_21)
    (reading,) = report.readings
    assert reading.block == HEARTBEAT
    words = [int.from_bytes(reading.payload[at : at + 2], "big") for at in range(0, len(reading.payload), 2)]
    assert words == [2200, 5, 9, 2, 0, 0, 0, *[0xFFFF] * 14]
    assert report.answer is not None
    assert DnyHost().write(PILE, report.answer).frame == raw(HEARTBEAT_ANSWER)


def test_a_start_is_as_printed_but_for_the_balance_that_is_only_spoken() -> None:
    terms = OrderTerms(ORDER, max_s=28800, max_w=500)
    request = DnyHost().write(PILE, Write(Table.HOLDING, 0x8202, (1,), order=terms))
    printed, made = frames.split(raw(START)), frames.split(request.frame)
    assert (made.physical, made.command) == (PILE, 0x82)
    assert made.data[:1] + made.data[5:] == printed.data[:1] + printed.data[5:]


def test_a_start_is_answered_as_printed() -> None:
    driver = DnyHost()
    write = Write(Table.HOLDING, 0x8202, (1,), order=OrderTerms(ORDER))
    driver.write(PILE, write)
    request = driver.write(PILE, write)
    assert frames.split(request.frame).message == 2
    driver.open(request)
    assert driver.receive(raw(STARTED)) == (Reply(b"", raw(STARTED)),)


def test_a_settlement_is_told_with_its_order() -> None:
    report = told(SETTLEMENT)
    assert (report.name, report.outlet, report.number) == ("settlement", 2, "20190901180000130030380102030405")
    assert report.values == {
        "duration_s": 3600,
        "max_power_w": 100.0,
        "energy_wh": 480,
        "started": "online",
        "card": "00000000",
        "reason": "full",
        "reason_code": 1,
        "second_max_power_w": 100.0,
    }
    assert report.answer is not None
    assert frames.split(DnyHost().write(PILE, report.answer).frame).data == b"\x00"


def test_a_wish_for_the_time_is_answered_as_printed() -> None:
    report = told(TIME)
    assert report.wants_time
    assert report.answer is not None
    at = replace(report.answer, values=(0x5FA9, 0x0E09))
    assert DnyHost().write(PILE, at).frame == raw(TIME_ANSWER)


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (Write(Table.HOLDING, 0x8500, (36000, 20000)), SET_LIMITS),
        (Write(Table.HOLDING, 0x8A02, (0, 28800)), CHANGE),
        (Write(Table.HOLDING, 0x8100, (1,)), QUERY),
    ],
)
def test_a_command_is_as_printed(write: Write, text: str) -> None:
    driver, message = DnyHost(), frames.split(raw(text)).message
    for _ in range(message - 1):
        driver.write(PILE, write)
    assert driver.write(PILE, write).frame == raw(text)

"""A card at a DNY pile: the vendor's own frames (AP3000 V8.6, clause 3.2), and every answer that the pile speaks aloud."""

from __future__ import annotations

import pytest

from drivers.dny.driver import DnyHost
from drivers.dny.messages import report_of
from gateway.model.errors import DriverError
from gateway.model.wiring import Table, Write
from gateway.sdk import Verdict

SHOWN = bytes.fromhex("444E59 1100 3B37AB04 0100 02 7A8D05DD 00 01 0000 0A04")
ANSWERED = bytes.fromhex("444E59 1400 3B37AB04 0100 02 7A8D05DD 00 00 10270000 01 4404")
"""The vendor's answer, which tells a balance of 100.00 yuan; ours tells none."""


def of_nothing(frame: bytes) -> bytes:
    """Return the vendor's answer without its balance."""
    body = frame[:-2].replace(bytes.fromhex("10270000"), bytes(4))
    return body + (sum(body) & 0xFFFF).to_bytes(2, "little")


def test_a_card_is_told_with_its_port_and_waits_for_a_verdict() -> None:
    report = report_of(SHOWN)
    assert report is not None
    assert (report.name, report.values["card"], report.outlet, report.number) == ("card", "7a8d05dd", 2, "1")
    assert (report.answer, set(report.answers)) == (None, set(Verdict))


@pytest.mark.parametrize(
    ("verdict", "account"),
    [
        (Verdict.OK, 0),
        (Verdict.UNKNOWN, 1),
        (Verdict.IN_USE, 4),
        (Verdict.LIMIT, 6),
        (Verdict.FAULT, 8),
    ],
)
def test_each_verdict_is_an_account_state_under_the_message_id_of_the_card(verdict: Verdict, account: int) -> None:
    report = report_of(SHOWN)
    assert report is not None
    request = DnyHost().write(report.unit, report.answers[verdict])
    wanted = bytearray(of_nothing(ANSWERED)[:-2])
    wanted[16] = account
    assert request.frame[:-2] == bytes(wanted)
    assert request.frame[-2:] == (sum(request.frame[:-2]) & 0xFFFF).to_bytes(2, "little")
    assert request.reply_bytes == 0


def test_the_same_message_sent_again_is_the_same_whatever_its_clock_says() -> None:
    data = bytes.fromhex("7A8D05DD 00 01 0000")
    frames = []
    for stamp in (b"\x01\x00\x00\x00", b"\x10\x00\x00\x00"):
        body = b"DNY" + (len(data) + 13).to_bytes(2, "little") + SHOWN[5:12] + data + stamp
        frames.append(body + (sum(body) & 0xFFFF).to_bytes(2, "little"))
    first, again = (report_of(frame) for frame in frames)
    assert first is not None
    assert again is not None
    assert (first.number, first.payload) == (again.number, again.payload)


def test_who_only_wants_to_hear_a_balance_is_turned_away_or_not_answered_for_no_answer_may_tell_a_balance() -> None:
    body = bytearray(SHOWN[:-2])
    body[17] = 0xFF
    report = report_of(bytes(body) + (sum(body) & 0xFFFF).to_bytes(2, "little"))
    assert report is not None
    assert (report.outlet, set(report.answers)) == (None, set(Verdict) - {Verdict.OK})
    refusal = DnyHost().write(report.unit, report.answers[Verdict.UNKNOWN]).frame
    assert refusal[12:-2] == bytes.fromhex("7A8D05DD 01 00 00000000 FF")
    with pytest.raises(DriverError):
        DnyHost().write(report.unit, Write(Table.HOLDING, 0x0200, (0, 0xFF), data=b"\x01\x00" + SHOWN[12:16]))


@pytest.mark.parametrize(
    "write",
    [
        Write(Table.HOLDING, 0x0200, (0, 1), data=b"\x01\x00"),
        Write(Table.HOLDING, 0x0200, (0x99, 1), data=bytes(6)),
        Write(Table.HOLDING, 0x0200, (0, 0x20), data=bytes(6)),
        Write(Table.HOLDING, 0x0200, (0,), data=bytes(6)),
        Write(Table.HOLDING, 0x0201, (0, 1), data=bytes(6)),
        Write(Table.COIL, 0x0200, (0, 1), data=bytes(6)),
    ],
)
def test_what_is_no_answer_to_a_card_is_refused(write: Write) -> None:
    with pytest.raises(DriverError):
        DnyHost().write(0x04AB373B, write)

"""Lines of other protocols in virtual time: who answers which bytes, when, and what the faults of a line make of it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from simulators.journal import Outcome
from tests.unit.simulators.site_line import SiteLine, site_of

if TYPE_CHECKING:
    from pathlib import Path

SITE = """
site: mixed
buses:
  - {name: locks, link: {kind: serial, path: /dev/a, baud: 9600}}
  - {name: slots, link: {kind: serial, path: /dev/b, baud: 9600}}
  - {name: meters, link: {kind: serial, path: /dev/c, baud: 2400, parity: even}}
  - {name: board, link: {kind: serial, path: /dev/d, baud: 9600}}
  - {name: scale, link: {kind: serial, path: /dev/e, baud: 9600, parity: even, data_bits: 7}}
  - {name: text, link: {kind: serial, path: /dev/f, baud: 9600}}
  - {name: level, link: {kind: serial, path: /dev/g, baud: 9600}}
devices:
  - {name: cabinet, bus: locks, profile: lock/generic_8a_open_11, unit: 1}
  - {name: other, bus: locks, profile: lock/generic_8a_open_00, unit: 2}
  - {name: slot-a, bus: slots, profile: lock/wkly_board_12, unit: 0}
  - {name: slot-b, bus: slots, profile: lock/wkly_board_12, unit: 1}
  - {name: meter, bus: meters, profile: meter/generic_dlt645, unit: 123456}
  - {name: pile, bus: board, profile: pile/dianchuan_board_10, unit: 1}
  - {name: weigher, bus: scale, profile: weigher/toledo_continuous, unit: 1}
  - {name: terminal, bus: text, profile: weigher/generic_ascii, unit: 1}
  - {name: sensor, bus: level, profile: level/dfrobot_a02yyuw, unit: 1}
"""
STATE_1 = "80 01 00 33 B2"
CHAR_S = 10 / 9600


@pytest.fixture
def site_line(tmp_path: Path) -> Line:
    return Line(tmp_path)


class Line:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, bus: str) -> SiteLine:
        return SiteLine(site_of(SITE), bus, self._folder)


def hexes(data: bytes) -> str:
    return data.hex(" ").upper()


def dlt645(identifier: str) -> str:
    body = bytes.fromhex("68 56 34 12 00 00 00 68 11 04") + bytes(
        (byte + 0x33) % 256 for byte in bytes.fromhex(identifier)[::-1]
    )
    return (b"\xfe\xfe\xfe\xfe" + body + bytes([sum(body) % 256, 0x16])).hex()


def wkly(board: int, command: int, *data: int) -> str:
    body = b"WKLY" + bytes([8 + len(data), board, command, *data])
    total = 0
    for byte in body:
        total ^= byte
    return (body + bytes([total])).hex()


def test_a_reply_comes_at_the_baud_rate_after_its_turnaround(site_line: Line) -> None:
    line = site_line("locks")
    line.run(1.0)
    reply = line.ask(STATE_1, 2.0)
    assert hexes(reply) == "80 01 00 00 00 00 33 B2"
    start_s = 1.0 + 5 * CHAR_S + 0.020
    assert [moment_s for moment_s, _ in line.sent] == pytest.approx([start_s + CHAR_S, start_s + 8 * CHAR_S])


def test_an_opening_is_answered_after_a_second_and_the_door_stands_open(site_line: Line) -> None:
    line = site_line("locks")
    line.run(1.0)
    assert hexes(line.ask("8A 01 09 11 93", 1.9)) == ""
    assert hexes(line.ask(STATE_1, 1.99)) == "80 01 00 00 01 00 33 B3"
    line.sent.clear()
    line.run(3.0)
    assert hexes(line.received) == "8A 01 09 11 93"
    assert [state["outlet"] for state in line.tell("outlets", unit=1) if state["open"]] == [9]


def test_a_board_wired_the_other_way_says_open_with_00(site_line: Line) -> None:
    line = site_line("locks")
    line.run(1.0)
    assert hexes(line.ask("80 02 03 33 B2", 2.0)) == "80 02 03 11 90"
    line.ask("8A 02 03 11 9A", 4.0)
    assert hexes(line.ask("80 02 03 33 B2", 5.0)) == "80 02 03 00 81"


def test_a_door_that_moves_is_told_by_a_board_that_tells_such_things(site_line: Line) -> None:
    line = site_line("slots")
    line.run(1.0)
    reply = line.ask(wkly(1, 0x82, 5), 2.0)
    assert wkly(1, 0x82, 0, 5, 0) in reply.hex()
    assert wkly(1, 0x85, 5, 0) in reply.hex()
    line.sent.clear()
    line.tell("happen", unit=1, what="clear")
    line.run(3.0)
    assert line.received.hex() == wkly(1, 0x85, 5, 1)


def test_a_meter_shows_what_flows_through_it(site_line: Line) -> None:
    line = site_line("meters")
    line.run(3600.0)
    reply = line.ask(dlt645("02030000"), 3602.0)
    digits = "".join(f"{(byte - 0x33) % 256:02X}" for byte in reply[-5:-2][::-1])
    assert int(digits) == pytest.approx(1160, rel=0.01)
    reply = line.ask(dlt645("00010000"), 3604.0)
    assert "".join(f"{(byte - 0x33) % 256:02X}" for byte in reply[-6:-2][::-1]) == "00000011"
    assert hexes(line.ask(dlt645("99990000"), 3606.0)).startswith("FE FE FE FE 68 56 34 12 00 00 00 68 D1")


def dianchuan(command: int, *data: int) -> str:
    body = bytes([8 + len(data), command, 0, 0, 0, 0, 0, 9, *data])
    total = 0
    for byte in body:
        total ^= byte
    return (b"\xee" + body + bytes([total])).hex()


def test_a_board_runs_an_outlet_for_its_minutes_and_tells_when_they_are_over(site_line: Line) -> None:
    line = site_line("board")
    line.tell("happen", unit=1, what="plug-in", outlet=3, value=1)
    line.run(1.0)
    assert line.ask(dianchuan(0x02, 3, 0, 0, 0, 2), 2.0)[2] == 0x02
    line.run(40.0)
    told = line.ask(dianchuan(0x24), 41.0)
    power_w = int.from_bytes(told[14 + 4 : 14 + 6], "big") / 10
    true_w = line.tell("outlets", unit=1)[2]["watts"]
    assert power_w == pytest.approx(true_w, rel=0.02)
    assert true_w > 100
    line.sent.clear()
    line.run(130.0)
    assert line.received[2] == 0x05
    assert list(line.received[9:13]) == [3, 0, 0, 0]
    assert line.tell("outlets", unit=1)[2]["closed"] is False


def test_a_board_stops_what_takes_more_than_it_allows(site_line: Line) -> None:
    line = site_line("board")
    line.run(1.0)
    line.ask(dianchuan(0x02, 1, 0, 0, 2, 0), 2.0)
    line.tell("happen", unit=1, what="overload", outlet=1, value=8)
    line.sent.clear()
    line.run(9.0)
    assert (line.received[2], line.received[9], line.received[12]) == (0x05, 1, 4)
    assert line.tell("outlets", unit=1)[0]["watts"] == 0


@pytest.mark.parametrize(("bus", "every_s"), [("scale", 1 / 7), ("text", 0.1), ("level", 0.1)])
def test_what_talks_by_itself_does_so_at_its_rate(bus: str, every_s: float, site_line: Line) -> None:
    line = site_line(bus)
    line.run(600.0)
    starts_s = [moment_s for moment_s, data in line.sent if len(data) == 1]
    assert len(starts_s) == pytest.approx(600 / every_s, abs=2)
    assert all(later - begin == pytest.approx(every_s, abs=1e-6) for begin, later in pairwise(starts_s))


def test_what_stands_on_a_scale_is_in_its_stream(site_line: Line) -> None:
    line = site_line("text")
    line.tell("happen", unit=1, what="load", value=1250)
    line.run(5.0)
    last = line.received.split(b"\r\n")[-2]
    assert last.startswith((b"ST,GS,+  1.249kg", b"ST,GS,+  1.250kg", b"ST,GS,+  1.251kg"))


@pytest.mark.parametrize(
    ("kind", "details", "what"),
    [
        ("flip", {"count": 3}, "damaged"),
        ("truncate", {"count": 2}, "short"),
        ("garbage", {"count": 4}, "rubbish"),
        ("duplicate", {}, "twice"),
        ("mute", {}, "nothing"),
        ("late", {"ms": 300}, "late"),
        ("foreign", {}, "other"),
    ],
)
def test_the_faults_of_a_line_happen_to_replies(
    kind: str, details: dict[str, object], what: str, site_line: Line
) -> None:
    line = site_line("locks")
    line.run(1.0)
    good = line.ask(STATE_1, 2.0)
    line.tell("fault", kind=kind, unit=1, **details)
    bad = line.ask(STATE_1, 3.0)
    first_s = line.sent[0][0] if line.sent else 0.0
    assert {
        "damaged": len(bad) == len(good) and sum((a ^ b).bit_count() for a, b in zip(bad, good, strict=False)) == 3,
        "short": bad == good[:-2],
        "rubbish": bad[4:] == good and len(bad) == 12,
        "twice": bad == 2 * good,
        "nothing": bad == b"",
        "late": bad == good and first_s > 2.3,
        "other": bad == bytes.fromhex("80 02 00 00 00 00 33 B1") + good,
    }[what]
    assert line.ask(STATE_1, 4.0) == good, "once is once"


@pytest.mark.parametrize(("kind", "details"), [("flip", {"count": 2}), ("mute", {}), ("duplicate", {})])
def test_the_faults_of_a_line_happen_to_streams(kind: str, details: dict[str, object], site_line: Line) -> None:
    line = site_line("level")
    line.run(1.05)
    line.tell("fault", kind=kind, unit=1, **details)
    line.sent.clear()
    line.run(1.15)
    assert len(line.received) == {"flip": 4, "mute": 0, "duplicate": 8}[kind]
    good = sum(line.received[:3]) % 256 == line.received[3] if line.received else False
    assert good is (kind == "duplicate")


def test_a_silent_device_and_a_silent_stream_say_nothing_until_they_speak_again(site_line: Line) -> None:
    locks, level = site_line("locks"), site_line("level")
    for line in (locks, level):
        line.tell("silence", unit=1, on=True)
        line.tell("silence", unit=1, on=False, at_s=5.0)
    assert locks.ask(STATE_1, 4.0) == b""
    level.run(4.95)
    assert level.received == b""
    level.run(6.0)
    locks.run(6.0)
    assert level.received
    assert locks.ask(STATE_1, 7.0)


def test_an_adapter_that_hears_itself_gives_the_request_back_first(site_line: Line) -> None:
    line = site_line("locks")
    line.tell("echo", on=True)
    line.run(1.0)
    assert hexes(line.ask(STATE_1, 2.0)).startswith(f"{STATE_1} 80 01 00 00")


def test_rubbish_and_what_is_for_nobody_gets_no_answer_and_disturbs_nothing(site_line: Line) -> None:
    for bus in ("locks", "slots", "meters", "board"):
        line = site_line(bus)
        line.run(1.0)
        assert line.ask("00 FF 13 37 68 68 EE 8A 57", 2.0) == b""
        assert line.ask("80 07 00 33 B4", 3.0) == b""
    locks = site_line("locks")
    locks.run(1.0)
    assert locks.ask("FF FF 80 01 00 33 B2", 2.0).hex() == "8001000000003" + "3b2"
    outcomes = [entry.outcome for entry in locks.station.journal.since(0)]
    assert outcomes == [Outcome.GARBLED, Outcome.REPLIED]


def test_a_stream_is_deaf_but_for_the_keys_of_an_indicator(site_line: Line) -> None:
    scale = site_line("scale")
    scale.tell("happen", unit=1, what="load", value=2000)
    scale.run(3.0)
    scale.ask("54 0D 0A", 4.0)
    frames = scale.received.split(b"\x02")[2:-1]
    assert {int(frame[3:9]) for frame in frames} <= {0, 1}
    assert {int(frame[9:15]) for frame in frames} <= {1999, 2000, 2001}
    text = site_line("text")
    text.ask("54 0D 0A", 1.0)
    assert [entry.outcome for entry in text.station.journal.since(0)] == [Outcome.GARBLED]

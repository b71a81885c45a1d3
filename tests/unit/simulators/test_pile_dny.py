"""A DNY pile by itself: what its firmware does with a charge, and what a line makes of its frames. No driver of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulators.vendor.dny_port import (
    CHARGING,
    FLOAT,
    FULL,
    LOW_POWER,
    MAX_TIME,
    NO_CHARGER,
    OVERLOAD,
    PLUGGED,
    UNPLUGGED,
    WELDED,
    DnyPort,
)
from simulators.vendor.pile_dny import is_whole
from tests.unit.simulators.site_line import SiteLine, site_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST, SECOND = 0x07_00_04_D2, 0x07_00_04_D3
SERIAL, DIALS = "{kind: serial, path: /dev/a, baud: 9600}", "{kind: dial-in, port: 7054}"
SITE = f"""
site: shed
buses: [{{name: piles, link: {SERIAL}}}]
devices:
  - {{name: one, bus: piles, profile: pile/ap3000_12, unit: {FIRST}}}
  - {{name: two, bus: piles, profile: pile/ap3000_12, unit: {SECOND}}}
"""
ORDER = b"order-0123456789"
MAX_S, LIMIT_W = 36_000, 1000.0


def runs(watts: Callable[[int], float], max_s: int = MAX_S) -> tuple[int, int]:
    """Run a charge to its end; return the reason and the second."""
    port = DnyPort()
    port.begin(ORDER, max_s, LIMIT_W)
    for second in range(1, MAX_S + 2):
        port.plugged_w = watts(second)
        reason = port.pass_second()
        if reason is not None:
            return reason, second
    pytest.fail("it never ended")


def test_too_much_power_for_a_moment_is_none_and_for_three_seconds_ends_it() -> None:
    assert runs(lambda at: 1500.0 if at in (100, 101, 200, 201, 202) else 500.0) == (OVERLOAD, 202)


def test_pulling_the_plug_ends_it_after_ten_seconds() -> None:
    assert runs(lambda at: 300.0 if at < 1000 else 0.2) == (UNPLUGGED, 1009)


def test_a_full_battery_floats_for_an_hour_first() -> None:
    assert runs(lambda at: 300.0 if at <= 7200 else 20.0) == (FULL, 7200 + 1800 + 3600 - 1)


def test_next_to_nothing_for_half_an_hour_ends_it() -> None:
    assert runs(lambda _at: 12.0) == (LOW_POWER, 1800)


def test_the_longest_time_ends_it() -> None:
    assert runs(lambda _at: 200.0, max_s=600) == (MAX_TIME, 600)


def test_states_say_what_is_so() -> None:
    port = DnyPort(needs_charger=True)
    assert port.against_start() == NO_CHARGER
    port.is_plugged = True
    assert (port.against_start(), port.state) == (0, PLUGGED)
    port.begin(ORDER, MAX_S, LIMIT_W)
    assert port.state == CHARGING
    port.float_s = 1
    assert port.state == FLOAT
    port.end()
    port.welded = True
    assert port.state == WELDED


# ---------------------------------------------------------------------------- on its line


def frame(physical: int, message: int, command: int, data: bytes = b"") -> str:
    body = b"DNY" + (9 + len(data)).to_bytes(2, "little") + physical.to_bytes(4, "little")
    body += message.to_bytes(2, "little") + bytes([command]) + data
    return (body + (sum(body) % 65536).to_bytes(2, "little")).hex()


def poll(virtual: int) -> str:
    return frame(0, 0, 0, bytes([virtual]))


@pytest.fixture
def line(tmp_path: Path) -> SiteLine:
    made = SiteLine(site_of(SITE), "piles", tmp_path)
    made.run(1.0)
    return made


def start(port: int, order: bytes = ORDER) -> bytes:
    return bytes([0, 0, 0, 0, 0, port, 1, 0, 0]) + order + bytes(4)


def test_a_poll_by_virtual_id_draws_out_one_message_of_that_pile(line: SiteLine) -> None:
    first = line.ask(poll(1), 2.0)
    assert is_whole(first)
    assert (first[5:9], first[11]) == (SECOND.to_bytes(4, "little"), 0x20)
    assert line.ask(poll(1), 3.0)[11] == 0x21
    assert line.ask(poll(0), 4.0)[5:9] == FIRST.to_bytes(4, "little")
    assert line.ask(poll(7), 5.0) == b""


def test_a_pile_that_has_nothing_to_say_is_silent_when_polled(line: SiteLine) -> None:
    for second in range(2, 8):
        line.ask(poll(0), float(second))
    assert line.ask(poll(0), 9.0) == b""


def test_a_command_goes_by_the_physical_id(line: SiteLine) -> None:
    line.tell("happen", unit=FIRST, what="plug-in", outlet=3, value=1)
    reply = line.ask(frame(FIRST, 5, 0x82, start(2)), 2.0)
    assert (reply[9:12], reply[12], reply[13:29]) == (b"\x05\x00\x82", 0, ORDER)
    assert [state["closed"] for state in line.tell("outlets", unit=FIRST)].index(True) == 2
    assert line.ask(frame(FIRST, 6, 0x82, start(3)), 3.0)[12] == NO_CHARGER
    assert not any(state["closed"] for state in line.tell("outlets", unit=SECOND))


@pytest.mark.parametrize(
    ("kind", "good"), [("flip", False), ("truncate", False), ("foreign", True), ("garbage", False)]
)
def test_faults_happen_to_its_replies(line: SiteLine, kind: str, good: bool) -> None:  # noqa: FBT001 - a parameter
    clean = line.ask(frame(FIRST, 5, 0x92), 2.0)
    assert is_whole(clean)
    line.tell("fault", kind=kind, unit=FIRST, count=3)
    spoilt = line.ask(frame(FIRST, 5, 0x92), 3.0)
    assert spoilt != clean
    assert is_whole(spoilt[: len(clean)]) is good
    if kind == "foreign":
        assert spoilt[5:9] == SECOND.to_bytes(4, "little")


def test_a_length_that_no_frame_has_is_not_waited_for(line: SiteLine) -> None:
    assert is_whole(line.ask("444e59ffff" + frame(FIRST, 5, 0x92), 2.0))


def test_a_pile_that_dials_in_introduces_itself_and_then_speaks_unasked(tmp_path: Path) -> None:
    line = SiteLine(site_of(SITE.replace(SERIAL, DIALS)), "piles-two", tmp_path)
    line.run(1.0)
    line.sent.clear()
    line.station.part(line.host)
    line.host = line.station.converse(line._send)
    line.run(3.0)
    modem, *frames = line.received.split(b"DNY")
    assert modem.isdigit()
    assert [b"DNY" + one for one in frames if not is_whole(b"DNY" + one)] == []
    assert [one[8] for one in frames] == [0x20, 0x21]
    assert {one[2:6] for one in frames} == {SECOND.to_bytes(4, "little")}

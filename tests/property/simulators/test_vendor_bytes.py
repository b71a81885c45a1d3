"""Whatever a host sends to the slaves of another protocol, a line answers or is silent, and goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulators.vendor.framing import FRAMINGS
from tests.unit.simulators.site_line import SiteLine, site_of

if TYPE_CHECKING:
    from pathlib import Path

SITE = """
site: mixed
buses:
  - {name: lockboard-8a, link: {kind: serial, path: /dev/a, baud: 9600}}
  - {name: wkly, link: {kind: serial, path: /dev/b, baud: 9600}}
  - {name: dlt645, link: {kind: serial, path: /dev/c, baud: 9600}}
  - {name: dianchuan, link: {kind: serial, path: /dev/d, baud: 9600}}
  - {name: toledo, link: {kind: serial, path: /dev/e, baud: 9600}}
  - {name: ascii-weigher, link: {kind: serial, path: /dev/f, baud: 9600}}
  - {name: a02yyuw, link: {kind: serial, path: /dev/g, baud: 9600}}
  - {name: dny, link: {kind: serial, path: /dev/h, baud: 9600}}
devices:
  - {name: a, bus: lockboard-8a, profile: lock/generic_8a_open_11, unit: 1}
  - {name: b, bus: wkly, profile: lock/wkly_board_12, unit: 0}
  - {name: c, bus: dlt645, profile: meter/generic_dlt645, unit: 1}
  - {name: d, bus: dianchuan, profile: pile/dianchuan_board_10, unit: 1}
  - {name: e, bus: toledo, profile: weigher/toledo_continuous, unit: 1}
  - {name: f, bus: ascii-weigher, profile: weigher/generic_ascii, unit: 1}
  - {name: g, bus: a02yyuw, profile: level/dfrobot_a02yyuw, unit: 1}
  - {name: h, bus: dny, profile: pile/ap3000_12, unit: 117441746}
"""

MIXED = site_of(SITE)


def xored(body: bytes, over: bytes) -> bytes:
    total = 0
    for byte in over:
        total ^= byte
    return body + bytes([total])


def lock_8a(data: bytes) -> bytes:
    body = (bytes([0x8A, 1]) + data + bytes(2))[:4]
    return xored(body, body)


def wkly(data: bytes) -> bytes:
    body = b"WKLY" + bytes([len(data) + 7, 0]) + data
    return xored(body, body)


def dianchuan(data: bytes) -> bytes:
    body = bytes([len(data) + 7]) + data[:1] + bytes(6) + data[1:]
    return xored(b"\xee" + body, body)


def dlt645(data: bytes) -> bytes:
    body = b"\x68\x01\x00\x00\x00\x00\x00\x68" + data[:1] + bytes([max(0, len(data) - 1)]) + data[1:]
    return body + bytes([sum(body) % 256, 0x16])


def dny(data: bytes) -> bytes:
    body = b"DNY" + bytes([len(data) + 8, 0]) + (117441746).to_bytes(4, "little") + b"\x01\x00" + data
    return body + (sum(body) % 65536).to_bytes(2, "little")


def as_it_is(data: bytes) -> bytes:
    return data


MAKES = {"lockboard_8a": lock_8a, "wkly": wkly, "dianchuan": dianchuan, "dlt645": dlt645, "dny": dny}
COMMANDS = st.sampled_from(
    [0x00, 0x02, 0x05, 0x22, 0x85, 0x8A, 0x92, 0x08, 0x0B, 0x0C, 0x11, 0x13, 0x24, 0x80, 0x82, 0x84, 0x33]
)


@pytest.mark.parametrize("protocol", FRAMINGS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bytes_end_a_line_and_the_next_request_is_heard(protocol: str, tmp_path: Path, data: st.DataObject) -> None:
    line = SiteLine(MIXED, protocol.replace("_", "-"), tmp_path)
    seal = MAKES.get(protocol, as_it_is)
    for number in range(8):
        command, rest = data.draw(COMMANDS), data.draw(st.binary(max_size=14))
        sent = data.draw(st.sampled_from([seal(bytes([command]) + rest), rest, b"\x80\x8a" + rest]))
        if sent:
            line.host.arrive(sent, line.now_s)
        line.run(number + 1.0)
    entries = line.station.journal.since(0)
    assert all(entry.end_s >= entry.arrival_s for entry in entries)


@pytest.mark.parametrize("protocol", FRAMINGS)
@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=1, max_size=40))
def test_every_framing_uses_bytes_up_or_waits_for_more(protocol: str, data: bytes) -> None:
    framing = FRAMINGS[protocol]
    rubbish = framing.skip(data)
    assert 0 <= rubbish <= len(data)
    rest = data[rubbish:]
    if rest:
        size = framing.size(rest)
        assert size >= 0
        if 0 < size <= len(rest) and framing.is_good(rest[:size]):
            assert framing.unit(rest[:size]) >= 0
            assert framing.function(rest[:size]) >= 0

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.command import Command, CommandKind, Grant, Origin
from gateway.model.event import Event, EventKind
from gateway.wire.frames import WireError
from gateway.wire.messages import (
    Granting,
    Hello,
    Remembered,
    Revocation,
    Snapshot,
    decode,
    decode_command,
    decode_event,
    decode_gap,
    decode_grant,
    encode,
    encode_command,
    encode_event,
    encode_gap,
    encode_grant,
)

if TYPE_CHECKING:
    from collections.abc import Callable

GRANT = Grant(outlet="pile-01/outlet-02", order_id="o-1", until_s=160.0, max_wh=500, max_w=800, version=3)


def test_a_grant_keeps_the_time_that_is_left_on_any_clock() -> None:
    granting = Granting(grant=GRANT, command_id="c-1", adopt=True)
    there = decode_grant(encode_grant(granting, 100.0), 7000.0)
    assert there.grant.until_s == 7060.0
    assert (there.command_id, there.adopt, there.grant.max_w, there.grant.version) == ("c-1", True, 800, 3)


def test_a_command_keeps_the_time_that_it_is_worth_something() -> None:
    command = Command(id="c", kind=CommandKind.RESET, target="p", origin=Origin.CLOUD, args={"reason": "r"})
    assert decode_command(encode_command(command, None), 50.0) == command
    assert decode_command(encode_command(command, 4.0), 50.0).expires_s == 54.0


def test_an_event_brings_what_protection_remembers() -> None:
    event = Event(id="b-1", kind=EventKind.TRIP, target="pile-01", at_s=1.5, body={"stage": "tripped"})
    assert decode_event(encode_event(event)) == (event, {})
    assert decode_event(encode_event(event, {"line-1": {"piles": {}}})) == (event, {"line-1": {"piles": {}}})


def test_hello_snapshot_memory_and_revocation_come_back() -> None:
    revocation = Revocation(id="r", outlet="o", order_id="x")
    assert decode(Revocation, encode(revocation)) == revocation
    assert decode(Hello, encode(Hello(protocol=1, config_hash="c", boot="b", stream="s"))).stream == "s"
    assert decode(Snapshot, encode(Snapshot(had_memory=True, events_to=9))).events_to == 9
    assert decode(Remembered, encode(Remembered(protection={"l": {}}))).protection == {"l": {}}


@pytest.mark.parametrize(
    "read",
    [
        lambda data: decode(Hello, data),
        lambda data: decode(Snapshot, data),
        decode_event,
        decode_gap,
        lambda data: decode_command(data, 0.0),
        lambda data: decode_grant(data, 0.0),
    ],
)
@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"[]", b"\xff", b"null", b'{"id":1}', b'{"grant":{"outlet":1},"left_s":2}']
)
def test_anything_else_is_refused_by_name(read: Callable[[bytes], object], payload: bytes) -> None:
    with pytest.raises(WireError):
        read(payload)


@given(st.integers(0, 2**60), st.integers(0, 2**60))
def test_a_gap_tells_how_many_went(last: int, scans: int) -> None:
    assert decode_gap(encode_gap(last, scans)) == scans

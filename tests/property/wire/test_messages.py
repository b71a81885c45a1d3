"""What comes from the socket is either what it must be or one error of our own, whatever was done to it on the way."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.field.grants import Running
from gateway.model.command import Command, CommandKind, Grant, Origin
from gateway.model.event import Event, EventKind
from gateway.wire.frames import MessageError
from gateway.wire.messages import (
    LONGEST_GRANT_S,
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
    encode_grant,
)
from gateway.wire.watching import Seen, Sheaf, Watch, decode_sheaf, decode_watch, encode_sheaf, encode_watch

if TYPE_CHECKING:
    from collections.abc import Callable

GRANT = Grant(outlet="pile-01/outlet-02", order_id="o-1", until_s=160.0, max_wh=500, max_w=800, version=3)
SNAPSHOT = Snapshot(
    had_memory=True,
    events_to=9,
    grants=(Running(GRANT, 100.0, 3.5, 1000.0, 100.5).to_json(),),
    silent=("pile-02",),
    alarms=("pile-02:silent",),
    bounds_ms={"pile-01": 413.5},
    image={"3": [120.5, 0, "0a0b"]},
    protection={"line-1": {"piles": {}}},
)
COMMAND = Command(id="c", kind=CommandKind.RESET, target="p", origin=Origin.CLOUD, args={"reason": "r"})
WHOLE = {
    "grant": encode_grant(Granting(grant=GRANT, command_id="c-1"), 100.0),
    "command": encode_command(COMMAND, 4.0),
    "event": encode_event(Event(id="b-1", kind=EventKind.TRIP, target="p", at_s=1.5, body={"a": 1}), {"l": {}}),
    "hello": encode(Hello(protocol=1, config_hash="c", boot="b", layouts=((1, "pile-01", "{}"),))),
    "snapshot": encode(SNAPSHOT),
    "memory": encode(Remembered(protection={"line-1": {}})),
    "revocation": encode(Revocation(id="r", outlet="o", order_id="x")),
    "watch": encode_watch(Watch(bus="line-1", for_s=9.5)),
    "sheaf": encode_sheaf(
        Sheaf(
            bus="line-1",
            dropped=2,
            seen=(Seen(device="p", kind="read", why="ring", what="holding 0 x2", sent_s=1.5, request=b"ab", layout=3),),
        )
    ),
}
READ: dict[str, Callable[[bytes], Any]] = {
    "grant": lambda payload: decode_grant(payload, 1000.0),
    "command": lambda payload: decode_command(payload, 1000.0),
    "event": decode_event,
    "hello": lambda payload: decode(Hello, payload),
    "snapshot": lambda payload: decode(Snapshot, payload),
    "memory": lambda payload: decode(Remembered, payload),
    "revocation": lambda payload: decode(Revocation, payload),
    "watch": decode_watch,
    "sheaf": lambda payload: json.loads(encode_sheaf(decode_sheaf(payload))),
}
ODD = st.sampled_from(
    [
        *(
            "NaN",
            "Infinity",
            "-Infinity",
            "1e999",
            "-1",
            "-0.5",
            "1e308",
            "true",
            "null",
            '""',
            '"x"',
            "[]",
            "{}",
            "[1]",
        ),
        *('"\\ud800"', str(2**64), "9" * 5000, '"' + "x" * 5000 + '"', "[" * 2000 + "]" * 2000, '{"outlet": 1}', "1.5"),
    ]
)


def check_line(said: str) -> None:
    assert len(said) < 300
    assert said.isprintable()


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, each in inner for found in places(each, (*path, name)))]


def changed(value: Any, path: tuple[Any, ...], odd: str) -> str:
    """Return the JSON of a value in which something odd stands at a path."""
    if not path:
        return odd
    here, *rest = path
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    texts = {name: changed(each, tuple(rest), odd) if name == here else json.dumps(each) for name, each in inner}
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in texts.items()) + "}"
    return "[" + ",".join(texts.values()) + "]"


@pytest.mark.parametrize("name", WHOLE)
@given(st.data())
def test_a_message_with_something_odd_in_it_is_refused_or_sound(name: str, data: st.DataObject) -> None:
    whole = json.loads(WHOLE[name])
    path = data.draw(st.sampled_from(places(whole)))
    payload = changed(whole, path, data.draw(ODD)).encode()
    try:
        message = READ[name](payload)
    except MessageError as error:
        check_line(str(error))
        return
    if isinstance(message, Granting):
        grant = message.grant
        assert isfinite(grant.until_s)
        assert grant.until_s <= 1000.0 + LONGEST_GRANT_S
        assert min(grant.max_wh, grant.max_w, grant.version) >= 0
    for said in message if isinstance(message, tuple) else (message,):
        values = said if isinstance(said, dict) else asdict(said)
        json.dumps(values, ensure_ascii=False, allow_nan=False).encode()  # it can be told to others


@pytest.mark.parametrize("name", WHOLE)
@given(st.data())
def test_a_message_that_lost_or_gained_bytes_is_refused_or_sound(name: str, data: st.DataObject) -> None:
    payload = bytearray(WHOLE[name])
    at = data.draw(st.integers(0, len(payload)))
    payload[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        READ[name](bytes(payload))
    except MessageError as error:
        check_line(str(error))


@given(st.binary(max_size=60))
def test_a_gap_is_two_numbers_or_refused(payload: bytes) -> None:
    try:
        assert decode_gap(payload) >= 0
    except MessageError:
        assert not payload.replace(b" ", b"", 1).isdigit() or b" " not in payload.strip() or len(payload) > 40


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"left_s": float("nan")}, "NaN"),
        ({"left_s": float("inf")}, "Infinity"),
        ({"left_s": 1e9}, "left_s"),
        ({"left_s": True}, "left_s"),
        ({"grant": {"outlet": "p/o", "order_id": "x", "max_wh": -1}}, "max_wh"),
        ({"grant": {"outlet": "p/o", "order_id": "x", "max_w": 1.5}}, "max_w"),
        ({"grant": {"outlet": "", "order_id": "x"}}, "outlet"),
        ({"grant": {"outlet": "p/o", "order_id": "x", "max_kwh": 1}}, "max_kwh"),
        ({"grant": {"outlet": "p/o", "order_id": "x", "until_s": 5e9}}, "left_s"),
        ({"adopt": "yes"}, "adopt"),
    ],
)
def test_no_grant_is_without_a_real_limit(change: dict[str, object], named: str) -> None:
    payload = json.dumps(json.loads(WHOLE["grant"]) | change).encode()
    with pytest.raises(MessageError, match=named):
        decode_grant(payload, 1000.0)


def test_an_error_names_the_wish_that_it_belongs_to() -> None:
    payload = json.dumps(json.loads(WHOLE["grant"]) | {"left_s": "long"}).encode()
    with pytest.raises(MessageError) as refused:
        decode_grant(payload, 1000.0)
    assert refused.value.id == "c-1"


def test_a_number_that_json_does_not_have_is_a_missing_value() -> None:
    event = Event(
        id="b-1", kind=EventKind.TRIP, target="p", at_s=1.0, body={"a": [float("nan"), 1.0], "b": float("inf")}
    )
    assert decode_event(encode_event(event))[0].body == {"a": [None, 1.0], "b": None}

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.uplink.judge import Accepted, Arrived, judge
from gateway.uplink.topic import Authority, Topics

TOPICS = Topics("gw/shed/box/")
SESSION = "session-0001"
ORDER: dict[str, Any] = {
    "v": 1,
    "id": "c-1",
    "kind": "start",
    "target": "pile-01/outlet-07",
    "args": {"order_id": "o-1", "limits": {"s": 3600, "wh": 500, "max_w": 1200}},
    "session": SESSION,
    "ttl_s": 30,
}
OFF: dict[str, Any] = {"v": 1, "id": "off-1", "kind": "safety-off", "target": "*"}


def verdict(
    said: dict[str, Any] | bytes, authority: Authority = Authority.ORDER, *, retained: bool = False
) -> Accepted | Outcome:
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    arrived = Arrived(authority=authority, payload=payload, retained=retained)
    return judge(arrived, topics=TOPICS, session=SESSION, now_s=1000.0)


def refused(
    said: dict[str, Any] | bytes, authority: Authority = Authority.ORDER, *, retained: bool = False
) -> tuple[str, str]:
    answer = verdict(said, authority, retained=retained)
    assert isinstance(answer, Outcome)
    assert answer.state == "refused"
    return answer.id, answer.reason


def accepted(said: dict[str, Any], authority: Authority = Authority.ORDER) -> Command:
    answer = verdict(said, authority)
    assert isinstance(answer, Accepted), answer
    return answer.command


def test_a_start_becomes_a_command_that_expires() -> None:
    assert accepted(ORDER) == Command(
        id="c-1",
        kind=CommandKind.START,
        target="pile-01/outlet-07",
        origin=Origin.CLOUD,
        args={"order_id": "o-1", "max_s": 3600, "max_wh": 500, "max_w": 1200},
        expires_s=1030.0,
    )


def test_a_safety_off_needs_no_session_and_never_expires() -> None:
    assert accepted(OFF, Authority.SAFETY).expires_s is None
    assert accepted({**OFF, "session": "an-old-one", "ttl_s": 1}, Authority.SAFETY).expires_s is None


@pytest.mark.parametrize(
    ("said", "authority", "args"),
    [
        ({"kind": "stop", "args": {"order_id": "o-1"}}, Authority.ORDER, {"order_id": "o-1"}),
        ({"kind": "reset", "target": "pile-01/outlet-07", "args": {"by": "Li", "reason": "seen"}}, Authority.SERVICE, {"by": "Li", "reason": "seen"}),
        ({"kind": "read-now", "target": "pile-01", "args": {}}, Authority.SERVICE, {}),
        ({"kind": "replay", "target": "*", "args": {"boot": "1-aa", "stream": "event", "from": 3, "to": 9}}, Authority.SERVICE, {"boot": "1-aa", "stream": "event", "first": 3, "last": 9}),
    ],
)  # fmt: skip
def test_every_kind_is_taken_by_its_authority_alone(said: dict[str, Any], authority: Authority, args: object) -> None:
    whole = {**ORDER, **said}
    assert accepted(whole, authority).args == args
    for other in Authority:
        if other is not authority:
            assert refused(whole, other) == ("c-1", "unknown-kind")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({**ORDER, "v": 2}, "unsupported-version"),
        ({**ORDER, "kind": "dance"}, "unknown-kind"),
        ({**ORDER, "session": "session-0000"}, "stale-session"),
        ({**ORDER, "extra": 1}, "malformed"),
        ({**ORDER, "ttl_s": 0}, "malformed"),
        ({**ORDER, "ttl_s": "30"}, "malformed"),
        ({**ORDER, "target": "pile-01"}, "malformed"),
        ({**ORDER, "target": "*"}, "malformed"),
        ({**ORDER, "args": {"order_id": "o-1"}}, "malformed"),
        ({**ORDER, "args": {"order_id": "o-1", "limits": {"wh": 1}}}, "malformed"),
        ({**ORDER, "args": {"order_id": "o-1", "limits": {"s": 1e9}}}, "malformed"),
        ({**ORDER, "reply_to": "gw/shed/box/command/order"}, "malformed"),
        ({**ORDER, "reply_to": "$SYS/a"}, "malformed"),
        ({**ORDER, "reply_to": "a/#"}, "malformed"),
        ({**ORDER, "args": [[[[[[[[[]]]]]]]]]}, "too-deep"),
        ({**ORDER, "args": {"order_id": "x" * 9000}}, "too-large"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(said: dict[str, Any], reason: str) -> None:
    assert refused(said)[1] == reason


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"[]",
        b"{",
        b'{"id":NaN}',
        b'{"id":"a","id":"b"}',
        b"[" * 8000,
        b'{"a":' * 1300 + b"1" + b"}" * 1300,
    ],
)
def test_what_cannot_be_read_is_answered_without_an_id(payload: bytes) -> None:
    assert refused(payload)[0] == "unreadable"


@pytest.mark.parametrize(("said", "authority"), [(ORDER, Authority.ORDER), (OFF, Authority.SAFETY)])
def test_nothing_that_was_retained_acts(said: dict[str, Any], authority: Authority) -> None:
    assert refused(said, authority, retained=True) == (said["id"], "retained")


@pytest.mark.parametrize(("first", "last"), [(9, 3), (1, 200_000)])
def test_a_replay_is_bounded(first: int, last: int) -> None:
    args = {"boot": "1-aa", "stream": "reading", "from": first, "to": last}
    assert refused({**ORDER, "kind": "replay", "target": "*", "args": args}, Authority.SERVICE)[1] == "malformed"


@pytest.mark.parametrize("name", ["Box", "a b", "", "a.b", "+", "#", "ü"])
def test_a_name_that_not_every_broker_takes_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be part of a topic"):
        Topics(f"gw/{name}/box/")


def test_topics_stand_below_the_prefix() -> None:
    assert Topics("piles/").state("pile-1") == "piles/state/pile-1"

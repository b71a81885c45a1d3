from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.orders.tariff.form import read_tariff
from gateway.uplink.judge import KINDS, Accepted, Arrived, judge
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
TARIFF = {"id": "t-1", "version": 2, "electricity": [{"by": "energy", "price_mil_per_kwh": 600}]}
PAID: dict[str, Any] = {
    "order_id": "o-1",
    "user_ref": "u-7",
    "limits": {"s": 3600, "amount_mil": 5000},
    "tariff": TARIFF,
    "prepaid_mil": 5000,
    "valid_until": 1_800_000_000_000,
    "on_power_fail": "end",
}
ACK: dict[str, Any] = {"v": 1, "id": "ack-1", "kind": "settled-ack", "args": {"order_id": "o-1", "digest": "0" * 64}}
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


def test_a_start_carries_its_tariff_and_its_ceiling() -> None:
    args = accepted({**ORDER, "args": PAID}).args
    assert args["tariff"] == read_tariff(TARIFF)
    assert (args["amount_mil"], args["prepaid_mil"], args["user_ref"]) == (5000, 5000, "u-7")
    assert (args["valid_until"], args["on_power_fail"]) == (1_800_000_000_000, "end")
    assert accepted({**ORDER, "args": {**PAID, "tariff": {"id": "t-1", "version": 2}}}).args["tariff"] == ("t-1", 2)


def test_a_document_may_be_as_large_as_a_row_of_cabinets_needs_and_no_larger() -> None:
    cards: dict[str, Any] = {**ORDER, "kind": "cards", "target": "*", "args": {"payload": "x", "signature": "0" * 64}}
    large = {**cards, "args": {**cards["args"], "payload": "x" * 200_000}}
    assert accepted(large, Authority.CONFIG).args["signature"] == "0" * 64
    assert refused({**cards, "args": {"payload": "x" * 300_000}}, Authority.CONFIG)[1] == "too-large"
    deep = {**ORDER, "kind": "tariffs", "target": "*", "args": {"tariffs": [{"slots": [[[[[[]]]]]]}]}}
    assert refused(deep, Authority.CONFIG)[1] == "too-deep"


@pytest.mark.parametrize(
    "args", [{}, {"tariffs": []}, {"tariffs": [1]}, {"tariffs": [TARIFF] * 65}, {"tariffs": [TARIFF], "more": 1}]
)
def test_a_push_brings_between_one_and_64_documents(args: dict[str, Any]) -> None:
    assert refused({**ORDER, "kind": "tariffs", "target": "*", "args": args}, Authority.CONFIG)[1] == "malformed"


def test_an_act_is_worth_nothing_after_half_a_minute() -> None:
    args = {"action": "open", "by": "Li", "reason": "seen"}
    act = {**ORDER, "kind": "act", "target": "lock-01/outlet-03", "args": args}
    assert refused({**act, "ttl_s": 31}, Authority.SERVICE)[1] == "malformed"
    assert refused({**act, "args": {**args, "action": "reboot"}}, Authority.SERVICE)[1] == "malformed"
    assert refused({**act, "args": {"action": "open", "by": "Li"}}, Authority.SERVICE)[1] == "malformed"


def test_an_acknowledgement_of_a_settlement_needs_no_session() -> None:
    command = accepted(ACK)
    assert (command.kind, command.expires_s) == (CommandKind.SETTLED_ACK, None)
    assert command.args == {"order_id": "o-1", "digest": "0" * 64}


def test_a_wrong_tariff_is_refused_by_its_field() -> None:
    answer = verdict({**ORDER, "args": {**PAID, "tariff": {**TARIFF, "version": 0.5}}})
    assert isinstance(answer, Outcome)
    assert (answer.reason, answer.detail) == ("malformed", "args.tariff.version: must be a whole number")


def test_a_safety_off_needs_no_session_and_never_expires() -> None:
    assert accepted(OFF, Authority.SAFETY).expires_s is None
    assert accepted({**OFF, "session": "an-old-one", "ttl_s": 1}, Authority.SAFETY).expires_s is None


@pytest.mark.parametrize(
    ("args", "known"),
    [
        ({"by": "Li"}, {"by": "Li"}),
        ({}, {}),
        ({"by": "Li", "why": "a word of a later version"}, {"by": "Li"}),
        *(({"by": wrong}, {}) for wrong in ("", "x" * 201, 7, None, ["Li"])),
    ],
)
def test_a_safety_off_is_taken_whatever_it_says_of_who_pressed(args: dict[str, Any], known: dict[str, Any]) -> None:
    assert accepted({**OFF, "args": args}, Authority.SAFETY).args == known


@pytest.mark.parametrize(
    "said",
    [
        {"args": None}, {"args": []}, {"args": "x"}, {"why": "a word of a later version"}, {"session": 7},
        {"ttl_s": "soon"}, {"reply_to": 7}, {"reply_to": "$SYS/a"},
    ],
)  # fmt: skip
def test_a_safety_off_is_taken_whatever_stands_beside_it(said: dict[str, Any]) -> None:
    answer = verdict({**OFF, **said}, Authority.SAFETY)
    assert isinstance(answer, Accepted)
    assert (answer.command.target, answer.reply_to) == ("*", None)


@pytest.mark.parametrize("said", [{"target": "**"}, {"target": 7}, {"id": ""}, {"v": 2}, {"kind": "stop"}])
def test_a_safety_off_that_does_not_say_what_is_refused(said: dict[str, Any]) -> None:
    assert refused({**OFF, **said}, Authority.SAFETY)


@pytest.mark.parametrize(
    ("said", "authority", "args"),
    [
        ({"kind": "stop", "args": {"order_id": "o-1"}}, Authority.ORDER, {"order_id": "o-1"}),
        ({"kind": "reset", "target": "pile-01/outlet-07", "args": {"by": "Li", "reason": "seen"}}, Authority.SERVICE, {"by": "Li", "reason": "seen"}),
        ({"kind": "read-now", "target": "pile-01", "args": {}}, Authority.SERVICE, {}),
        ({"kind": "act", "target": "lock-01/outlet-03", "args": {"action": "open", "by": "Li", "reason": "seen"}}, Authority.SERVICE, {"action": "open", "by": "Li", "reason": "seen"}),
        ({"kind": "quote", "args": {"amount_mil": 2000}}, Authority.ORDER, {"amount_mil": 2000, "power_w": 250, "max_w": 0}),
        ({"kind": "quote", "args": {"wh": 500, "power_w": 90, "tariff": {"id": "t-1", "version": 2}}}, Authority.ORDER, {"wh": 500, "power_w": 90, "max_w": 0, "tariff": ("t-1", 2)}),
        ({"kind": "tariffs", "target": "*", "args": {"tariffs": [TARIFF]}}, Authority.CONFIG, {"tariffs": [TARIFF]}),
        ({"kind": "prices", "target": "*", "args": {"price_lists": [{"id": "p"}]}}, Authority.CONFIG, {"price_lists": [{"id": "p"}]}),
        ({"kind": "cards", "target": "*", "args": {"payload": "{}", "signature": "0" * 64}}, Authority.CONFIG, {"payload": "{}", "signature": "0" * 64}),
        ({"kind": "alarm-ack", "target": "pile-01/outlet-07", "args": {"alarm": "weld", "by": "Li"}}, Authority.SERVICE, {"alarm": "weld", "by": "Li"}),
        ({"kind": "alarm-shelve", "target": "line-1", "args": {"alarm": "link-down", "by": "Li", "reason": "works", "for_s": 600}}, Authority.SERVICE, {"alarm": "link-down", "by": "Li", "reason": "works", "for_s": 600}),
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
        ({**ORDER, "args": {**PAID, "limits": {"s": 60, "amount_mil": -1}}}, "malformed"),
        ({**ORDER, "args": {**PAID, "user_ref": "Li Lei, 138 0013 8000"}}, "malformed"),
        ({**ACK, "args": {"order_id": "o-1", "digest": "abc"}}, "malformed"),
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


BOUGHT: dict[str, Any] = {
    **ORDER,
    "kind": "purchase",
    "target": "fridge",
    "args": {"order_id": "o-1", "user_ref": "u-7", "limit_mil": 9000, "doors": [1]},
}
TRADES: dict[str, dict[str, Any]] = {
    "restock": {"order_id": "o-1", "user_ref": "s-1"},
    "declare": {"order_id": "o-1", "lines": [{"shelf": "fridge/top", "sku": "cola", "found": 3}]},
    "deposit": {"order_id": "o-1", "user_ref": "u-7", "identity": "card"},
    "collection": {"order_id": "o-1", "user_ref": "s-1"},
    "withdraw": {"order_id": "o-1"},
    "finish": {"order_id": "o-1"},
}


def test_a_purchase_names_its_cabinet_its_doors_and_the_money_that_is_held() -> None:
    command = accepted(BOUGHT)
    assert (command.kind, command.target, command.expires_s) == (CommandKind.PURCHASE, "fridge", 1030.0)
    assert command.args == {"order_id": "o-1", "user_ref": "u-7", "limit_mil": 9000, "doors": [1]}


@pytest.mark.parametrize("kind", TRADES)
def test_every_word_about_a_cabinet_or_a_bin_is_taken(kind: str) -> None:
    command = accepted({**BOUGHT, "kind": kind, "args": TRADES[kind]})
    assert command.kind == kind
    assert TRADES[kind].items() <= {**command.args, "lines": TRADES[kind].get("lines")}.items()


@pytest.mark.parametrize(
    "change",
    [
        {"limit_mil": 0},
        {"limit_mil": None},
        {"user_ref": ""},
        {"doors": [0]},
        {"doors": ["1"]},
        {"order_id": "o 1"},
        {"surprise": 1},
    ],
)
def test_a_purchase_without_money_person_or_doors_is_refused(change: dict[str, Any]) -> None:
    assert refused({**BOUGHT, "args": {**BOUGHT["args"], **change}}) == ("c-1", "malformed")


@pytest.mark.parametrize("kind", sorted({kind for kinds in KINDS.values() for kind in kinds}))
def test_a_terminal_says_who_is_there_and_what_it_has_seen_and_orders_nothing_else(kind: str) -> None:
    may = kind in {"deposit", "finish", "seen"}
    assert (refused({**ORDER, "kind": kind, "args": {}}, Authority.TERMINAL)[1] != "unknown-kind") is may


@pytest.mark.parametrize(("said", "may"), [({"identity": "face"}, True), ({"identity": "card"}, True), ({}, False)])
def test_a_terminal_does_not_speak_for_the_platform(said: dict[str, str], may: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    wish = {**ORDER, "kind": "deposit", "target": "kitchen", "args": {"user_ref": "u-81", **said}}
    assert accepted(wish).args["user_ref"] == "u-81"
    if may:
        assert accepted(wish, Authority.TERMINAL).args["identity"] == said["identity"]
    else:
        assert refused(wish, Authority.TERMINAL)[1] == "malformed"

"""What a terminal reports of an order under way is a command like any other, and says something or is none."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.model.command import CommandKind, Outcome
from tests.unit.uplink.test_judge import BOUGHT, accepted, refused, verdict

SEEN: dict[str, Any] = {**BOUGHT, "kind": "seen", "args": {"order_id": "o-1"}}
TAGS: dict[str, Any] = {"shelf": "fridge/top", "tags": ["E20001", "E20002"], "stage": "settling"}


@pytest.mark.parametrize(
    "said", [{"photo": "cam-1/2026/17.jpg"}, {"category": "kitchen"}, TAGS, TAGS | {"tags": [], "photo": "p"}]
)
def test_what_was_seen_is_taken(said: dict[str, Any]) -> None:
    command = accepted({**SEEN, "args": {"order_id": "o-1", **said}})
    assert command.kind is CommandKind.SEEN
    assert said.items() <= command.args.items()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"photo": "a picture"},
        {"photo": ""},
        {"category": "glass"},
        {name: value for name, value in TAGS.items() if name != "shelf"},
        {name: value for name, value in TAGS.items() if name != "stage"},
        {"shelf": "fridge/top", "stage": "looking"},
        TAGS | {"tags": ["E2 01"]},
        TAGS | {"tags": ["T"] * 257},
        TAGS | {"stage": "open"},
    ],
)
def test_what_says_nothing_or_half_of_it_is_refused(said: dict[str, Any]) -> None:
    assert refused({**SEEN, "args": {"order_id": "o-1", **said}}) == ("c-1", "malformed")


DEPOSIT: dict[str, Any] = {**BOUGHT, "kind": "deposit", "target": "glass"}


@pytest.mark.parametrize(
    "said",
    [
        {"card": "7a8d05dd"},
        {"card": "7a8d05dd", "identity": "card", "order_id": "o-1"},
        {"user_ref": "u-7", "identity": "face"},
        {"user_ref": "u-7", "identity": "card", "order_id": "o-1"},
    ],
)
def test_a_delivery_names_the_resident_or_a_card(said: dict[str, Any]) -> None:
    command = accepted({**DEPOSIT, "args": said})
    assert said.items() <= command.args.items()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"card": "7a8d05dd", "user_ref": "u-7"},
        {"card": "7a8d05dd", "identity": "face"},
        {"card": "7a8d05dd", "identity": "platform"},
        {"card": "7A8D05DD"},
        {"card": "7a8d05d"},
        {"card": "00" * 21},
        {"user_ref": "u-7", "identity": "guess"},
    ],
)
def test_a_delivery_of_nobody_or_of_two_is_refused_without_a_word_of_the_number(said: dict[str, Any]) -> None:
    answer = verdict({**DEPOSIT, "args": said})
    assert isinstance(answer, Outcome)
    assert answer.reason == "malformed"
    assert said.get("card", "no card") not in repr(answer)

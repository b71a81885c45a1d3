"""The card list of a gateway, and the example that its page gives."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from gateway.app.pushing import key_in
from gateway.edge.card_book import CardBook
from gateway.edge.pushed import Document, NotTaken
from gateway.model.errors import GatewayError

PAGE = Path(__file__).parents[3] / "docs/how-to/charging.md"
KEY = bytes(range(32))


def book(key: bytes | None = KEY) -> CardBook:
    def read() -> bytes:
        if key is None:
            raise GatewayError("the key file /etc/gateway/cards.key cannot be read: No such file or directory")
        return key

    return CardBook(addressee=("riverside-12", "gw-1"), key=read)


def example() -> dict[str, Any]:
    (line,) = re.findall(r"^mosquitto_pub .*\"kind\":\"cards\".*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    words = shlex.split(line)
    args: dict[str, Any] = json.loads(words[words.index("-m") + 1])["args"]
    return args


def test_the_list_on_the_page_is_taken_under_the_key_that_the_page_names() -> None:
    (draft,) = book().read(example())
    assert (draft.name, draft.version) == ("cards", 8)


def test_a_list_without_a_key_to_judge_it_is_refused_with_the_key_s_own_reason() -> None:
    with pytest.raises(NotTaken, match=r"cards\.key cannot be read") as caught:
        book(None).read(example())
    assert caught.value.reason == "no-key"


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"payload": 1, "signature": 2}'])
def test_a_stored_list_that_is_damaged_counts_for_nothing_and_says_why(body: str) -> None:
    damaged = Document(kind="cards", name="cards", version=1, digest="", body=body, at_ms=0, ts_ms=0, clock=0)
    made = book()
    made.use({"cards": damaged})
    assert made.cards is None
    assert made.standing


def test_a_card_is_known_in_records_by_a_reference_that_needs_the_key() -> None:
    assert book().reference("7a8d05dd") != book(b"x" * 32).reference("7a8d05dd")
    assert len(book().reference("7a8d05dd")) == 32
    assert book(None).reference("7a8d05dd") == ""


def test_a_key_file_is_told_by_its_name_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "cards.key"
    with pytest.raises(GatewayError, match=r"cards\.key cannot be read: No such file"):
        key_in(file)
    file.write_text("00ff")
    with pytest.raises(GatewayError, match=r"cards\.key: it must hold at least 64"):
        key_in(file)
    file.write_bytes(b"\xff" * 64)
    with pytest.raises(GatewayError, match=r"cards\.key cannot be read"):
        key_in(file)
    file.write_text(f"{KEY.hex()}\n")
    assert key_in(file) == KEY

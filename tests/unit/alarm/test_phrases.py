"""What stands beside an alarm's word is read in the reader's language; what nobody knows stays as it was said."""

from __future__ import annotations

import re

import pytest

from gateway.alarm.phrases import ELEMENTS, PHRASES, STOPS, Phrase, read_as
from gateway.orders.purchase.health import Stop
from gateway.protection.decision import Element

PLACE = re.compile(r"\{(\w+)\}")
FIGURES = iter(range(11, 10_000))


def filled(phrase: Phrase) -> tuple[str, str]:
    given = {name: f"{next(FIGURES)}" for name in PLACE.findall(phrase.en)}
    return phrase.en.format(**given), phrase.zh.format(**given)


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.en)
def test_every_sentence_is_read_in_chinese_with_its_own_figures(phrase: Phrase) -> None:
    english, chinese = filled(phrase)
    assert read_as(english, "zh-CN") == chinese
    assert read_as(english, "en") == english


def test_of_two_that_fit_the_one_counts_that_says_more() -> None:
    assert read_as("0.31 A after OFF and its repetition", "zh-CN") == "两次断电后仍有 0.31 A"
    assert read_as("141 ms late, held by the machine", "zh-CN") == "迟了 141 ms，原因：本机繁忙"
    assert read_as("141 ms late, held by bus/bus.py:7 read", "zh-CN") == "迟了 141 ms，占用者：bus/bus.py:7 read"


def test_a_list_of_words_is_read_in_both_languages() -> None:
    assert read_as("power-limit, weld", "en") == "power limit, welded contact"
    assert read_as("power-limit, weld", "zh-CN") == "功率超限、继电器粘连"
    assert read_as(", ".join(STOPS), "en") == "date unknown, expired, full, no temperature, did not get cold, too warm"


def test_every_function_of_protection_and_every_stop_of_a_sale_has_its_name() -> None:
    assert ELEMENTS.keys() == {element.value for element in Element}
    assert STOPS.keys() >= {stop.value for stop in Stop}


def test_several_sentences_are_read_one_by_one() -> None:
    said = "price list p version 2: lacks tea of shelf s-1; shelf s-2: a word that is new"
    assert read_as(said, "zh-CN") == "价目 p 版本 2：缺货架 s-1 的 tea；shelf s-2: a word that is new"


def test_a_text_that_is_too_long_to_be_ours_is_not_compared() -> None:
    assert read_as("price list  version : lacks  of shelf " * 50, "zh-CN").startswith("price list")
    assert read_as(f"{'7' * 494} g left", "zh-CN") == f"{'7' * 494} g left"
    assert read_as(f"{'7' * 493} g left", "zh-CN") == f"剩余 {'7' * 493} g"


@pytest.mark.parametrize("said", ["", "/run/memory: No space left on device", "3af1 → 77b0", "weld, a new word"])
def test_what_nobody_knows_stays_as_it_was_said(said: str) -> None:
    assert [read_as(said, language) for language in ("en", "zh-CN")] == [said, said]

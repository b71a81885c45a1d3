"""The demo's screen: everything in one terminal of 100 columns and 40 rows, in both languages."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from __future__ import annotations

import io
import re
from dataclasses import fields
from pathlib import Path

import pytest
from rich.console import Console

from gateway.app.demo_ends import RESIDENTS
from gateway.app.demo_estate import community_of
from gateway.app.demo_picture import Picture
from gateway.app.demo_view import screen
from gateway.app.demo_words import EN, ZH, Words
from gateway.site.load import load_site
from tests.unit.app.demo_day import a_day, collection, deposit, heard, purchase, restock

DEMO = Path("configs/sites/demo.yaml")
FIELD = re.compile(r"{(\w+)")


def printed(picture: Picture, words: Words) -> list[str]:
    page = io.StringIO()
    Console(file=page, width=100, color_system=None).print(screen(picture, words))
    return page.getvalue().splitlines()


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_the_fullest_screen_fits_and_shows_all_three_kinds(words: Words) -> None:
    lines = printed(a_day(load_site(DEMO)), words)
    assert len(lines) <= 40
    text = "\n".join(lines)
    assert [words.kinds[kind] in text for kind in RESIDENTS] == [True] * 3
    assert text.count("¥3.50") == 2  # the last two receipts, each in one line
    assert text.count(words.points.format(points=24)) >= 2
    assert sum("12340 g" in line for line in lines) == 4  # two shelves, two bins
    assert words.pieces.format(count=35) in text
    assert words.full.format(pct=4) in text
    assert text.count("●" * 12) == 20
    assert "…" not in text  # nothing was cut off


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_screen_of_a_demo_that_has_only_just_begun_says_so(words: Words) -> None:
    text = "\n".join(printed(Picture(community_of(load_site(DEMO))), words))
    assert words.no_trips in text
    assert words.no_events in text


def test_both_languages_have_the_same_sentences_with_the_same_facts() -> None:
    for name in (field.name for field in fields(Words)):
        ours, theirs = getattr(EN, name), getattr(ZH, name)
        if isinstance(ours, str):
            assert sorted(FIELD.findall(ours)) == sorted(FIELD.findall(theirs)), name
        elif name != "word":
            assert len(ours) == len(theirs), name
    for form in EN.said:
        assert sorted(FIELD.findall(EN.said[form])) == sorted(FIELD.findall(ZH.said[form])), form
    assert (EN.said.keys(), EN.wrong.keys()) == (ZH.said.keys(), ZH.wrong.keys())


def test_an_end_without_a_receipt_says_why() -> None:
    picture = a_day(load_site(DEMO))
    heard(picture, *purchase("buy-9", left_g=10_700), *deposit("throw-9", after_g=4_000))
    text = "\n".join(printed(picture, EN))
    assert "to a person: foreign-object" in text
    assert "to a person: negative-weight" in text
    assert "转人工：比之前轻" in "\n".join(printed(picture, ZH))


def test_what_staff_does_is_no_order_of_a_resident() -> None:
    picture = Picture(community_of(load_site(DEMO)))
    heard(picture, *restock("fill-1"), *collection("empty-1"))
    assert [picture.tallies[kind].started for kind in RESIDENTS] == [0, 0, 0]
    assert picture.finals.keys() == {"fill-1", "empty-1"}

"""The pages: both languages say the same things, nothing comes from elsewhere, and the first load is small."""

from __future__ import annotations

import gzip
import json
import re

from gateway.console.assets import FRONT, assets

FIRST_LOAD_BYTES = 100_000
FILES = assets()
TEXTS = {name: gzip.decompress(asset.body).decode() for name, asset in FILES.items()}
WORDS = {name: json.loads(text) for name, text in TEXTS.items() if name.startswith("lang/")}


def test_both_languages_have_every_word() -> None:
    chinese, english = WORDS["lang/zh-CN.json"], WORDS["lang/en.json"]
    assert chinese.keys() == english.keys()
    for key, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", chinese[key])), key
        assert bool(text) == bool(chinese[key]), key


def test_every_word_that_a_page_asks_for_is_there() -> None:
    asked = {key for text in TEXTS.values() for key in re.findall(r"""\bt\(["']([a-z][\w.-]*)["']""", text)}
    assert asked
    assert asked <= WORDS["lang/en.json"].keys(), asked - WORDS["lang/en.json"].keys()


def test_nothing_comes_from_elsewhere_and_nothing_is_inline() -> None:
    for name, text in TEXTS.items():
        assert not re.findall(r"https?://(?!www\.w3\.org/)", text), name
        assert "innerHTML" not in text, name
        assert "eval(" not in text, name
    assert "<style" not in TEXTS[FRONT]
    assert " style=" not in TEXTS[FRONT]
    assert not re.findall(r"<script(?![^>]*\bsrc=)", TEXTS[FRONT])


def test_the_first_load_is_small() -> None:
    assert sum(len(asset.body) for asset in FILES.values()) <= FIRST_LOAD_BYTES


def test_the_front_page_names_every_module_once() -> None:
    modules = [name for name in FILES if name.endswith(".js")]
    assert len(modules) > 10
    assert all(TEXTS[FRONT].count(f'<link rel="modulepreload" href="{name}">') == 1 for name in modules)

"""The catalogue of alarms has every word that the code can raise, and the pages say of each what it is and what to do.

So it is with what the code says beside a word.
"""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

import pytest

from gateway.alarm.catalogue import CATALOGUE, FAILED, about, texts
from gateway.alarm.page import page
from gateway.alarm.phrases import read_as
from gateway.protection.decision import AlarmKind
from tests.architecture.test_shape import FILES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("alarm", "word")
"""Of arguments and of keys under which a word is given."""

NOT_HERE = ("alarm", "console")
"""Packages that handle the words of others."""

LANGUAGES = ROOT / "gateway" / "console" / "web" / "lang"


def raised_in(path: Path) -> Iterator[str]:
    """Yield the words that a file raises: `alarm="…"`, `{"alarm": "…"}`, `….alarm(target, "…")`, and by constants."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for names in node.targets
        for target, value in _pairs(names, node.value)
    }
    for node in ast.walk(tree):
        for value in _given(node):
            said = constants.get(value.id, value) if isinstance(value, ast.Name) else value
            yield from _words(said)


def _pairs(names: ast.expr, value: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    if isinstance(names, ast.Tuple) and isinstance(value, ast.Tuple):
        for name, each in zip(names.elts, value.elts, strict=False):
            yield from _pairs(name, each)
    elif isinstance(names, ast.Name):
        yield names, value


def _given(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "alarm":
                    yield value
        case ast.Call(func=ast.Attribute(attr="alarm"), args=[_, second, *_]):
            yield second
        case ast.Call(func=ast.Name(id="_alarm"), args=[_, second, *_]):
            yield second
    if isinstance(node, ast.Call):
        yield from (each.value for each in node.keywords if each.arg == "alarm")
    if isinstance(node, ast.Assign) and any(isinstance(each, ast.Tuple) for each in node.targets):
        names = [name for each in node.targets for name, _ in _pairs(each, node.value)]
        values = [value for each in node.targets for _, value in _pairs(each, node.value)]
        yield from (value for name, value in zip(names, values, strict=True) if name.id.endswith("_ALARM"))


def _words(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(word)) if word:
            yield word
        case ast.JoinedStr(values=[*_, ast.Constant(value=str(end))]):
            yield end


def raised() -> dict[str, Path]:
    files = [path for path in FILES if path.relative_to(ROOT).parts[:2] not in {("gateway", each) for each in NOT_HERE}]
    found = {word: path for path in files for word in raised_in(path)}
    return found | {word.value: ROOT / "gateway/protection/decision.py" for word in AlarmKind}


def test_the_search_finds_words_of_each_form() -> None:
    known = {
        "smoke",
        "link-down",
        "loop-late",
        "lease-not-armed",
        "energy-without-order",
        "overweight",
        "bin-full",
        FAILED,
    }
    assert known <= raised().keys()


def test_every_word_that_can_be_raised_is_in_the_catalogue() -> None:
    missing = {word: str(path) for word, path in raised().items() if word not in CATALOGUE and word != FAILED}
    assert missing == {}


def test_a_word_that_nobody_knows_is_still_an_alarm() -> None:
    assert about("report-failed").momentary
    assert about("report-failed").word == "report-failed"
    assert about("of-a-later-version").severity == CATALOGUE["unknown"].severity


def test_every_word_says_in_both_languages_what_it_is_and_what_to_do() -> None:
    for word in CATALOGUE.values():
        assert all((word.en.name, word.en.todo, word.zh.name, word.zh.todo)), word.word
        assert word.en.todo.endswith((".", "?")), word.word
        assert word.zh.todo.endswith("。"), word.word
        assert all(cause in CATALOGUE for cause, _ in word.follows), word.word


def test_the_reference_is_the_catalogue() -> None:
    """Mended by `python -m gateway.app.alarm_words`."""
    assert (ROOT / "docs" / "reference" / "alarms.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_pages_have_the_words_of_the_catalogue(language: str) -> None:
    """Mended by `python -m gateway.app.alarm_words`."""
    file = LANGUAGES / language / "alarm-words.json"
    assert json.loads(file.read_text(encoding="utf-8")) == texts()[language]
    others = [path for path in file.parent.glob("*.json") if path != file]
    assert not [
        path for path in others if texts()[language].keys() & json.loads(path.read_text(encoding="utf-8")).keys()
    ]


SAYS = {"alarm", "Raise", "_weld", "LinkLost", "_lose", "_difference", "PriceListError"}
"""What makes or passes on what is said beside a word."""

OF_OTHERS = {
    "7: 7": "an error of Python for the maker, or of the system for a folder or a line",
    "7 7": "a broker's address and its own words",
    "7 → 7": "two configurations",
    "7 %": "a figure",
    "7 g before the unlock": "passed on with its order",
    "7, order 7": "what `_difference` is given, and the order",
    "device 7 dials in from 7 and is in no site file of this gateway": "an event, and no alarm",
    "price list: cannot be written as JSON (7)": "the cloud's mistake, refused before it is taken",
}


def said_beside(path: Path) -> Iterator[str]:
    """Yield samples of what a file says beside the words of alarms: sentences with a 7 where a figure or name stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(tree):
        for value in _beside(node):
            yield from _samples(value, named, depth=0)


def _beside(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords) if name in SAYS:
            yield from args[2:] if name == "alarm" else args
            yield from (each.value for each in keywords if each.arg == "detail")
        case ast.Dict(keys=keys, values=values):
            words = [key.value if isinstance(key, ast.Constant) else "" for key in keys]
            if {"alarm", "detail"} <= set(words):
                yield values[words.index("detail")]


def _samples(value: ast.expr, named: dict[str, list[ast.expr]], depth: int) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)) if " " in text:
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from _samples(one, named, depth)
            yield from _samples(other, named, depth)
        case ast.Name(id=name) if depth == 0:
            for each in named.get(name, ()):
                yield from _samples(each, named, depth + 1)


def sentences() -> dict[str, str]:
    here = [path for path in FILES if path.relative_to(ROOT).parts[:2] != ("gateway", "console")]
    return {said: str(path.relative_to(ROOT)) for path in here for said in said_beside(path)}


def test_the_search_finds_sentences_of_each_form() -> None:
    known = {
        "7 A after OFF",
        "7 A after OFF and its repetition",
        "the pile's door is open",
        "it does not answer",
        "7: takes no more bytes",
        "on, and no order explains it",
        "7 g before the unlock",
        "the pile settled 7 Wh under 7",
        "this machine's clock is not synchronised: the device's own clock stays as it is",
    }
    assert known <= sentences().keys(), known - sentences().keys()


def test_every_sentence_that_is_said_of_an_alarm_is_there_in_chinese() -> None:
    own = {said: path for said, path in sentences().items() if said not in OF_OTHERS}
    told = [f"7: {said}" if path.startswith("gateway/bus/") else said for said, path in own.items()]  # a line's name
    assert [said for said in told if read_as(said, "zh-CN") == said] == []

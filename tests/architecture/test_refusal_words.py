"""Whatever the gateway can answer to somebody at the console has words in every language."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.app.check import judge
from gateway.site.load import load_site
from gateway.site.note import NoteWord
from gateway.uplink.standing import Down

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum

ROOT = Path(__file__).resolve().parents[2] / "gateway"
FIELD = re.compile(r"\{(\w+)\}")
LANG = ROOT / "console" / "web" / "lang"
SAYING = [
    ROOT / "app" / "console_hands.py",
    ROOT / "console" / "acting.py",
    ROOT / "edge" / "carrier.py",
    ROOT / "field" / "arbiter.py",
    ROOT / "field" / "contactors.py",
    ROOT / "field" / "door.py",
    ROOT / "field" / "feeders.py",
    ROOT / "field" / "resets.py",
    ROOT / "field" / "rules.py",
    ROOT / "field" / "under_way.py",
    ROOT / "protection" / "interlock.py",
    ROOT / "protection" / "relay.py",
]
"""Where the wishes of the console (stop, safety-off, reset, read-now) are refused."""

REFUSING = {"_refuse", "refuse", "_fail", "_take_back", "take_back"}
JUDGING = {
    "_against",
    "_missing",
    "against",
    "against_closing",
    "against_reset",
    "refuse_closing",
    "refuse_command",
    "reset",
}
SAID_BY = {"Outcome": "reason", "Against": "word"}
STATES = {"failed", "refused", "done", "accepted"}


def texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts that an expression can be."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from texts(one)
            yield from texts(other)
        case ast.Tuple(elts=[first, *_]):
            yield from texts(first)


def of_call(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    for argument in call.args if name in REFUSING else ():
        yield from texts(argument)
    for keyword in call.keywords if name in SAID_BY else ():
        if keyword.arg == SAID_BY[name]:
            yield from texts(keyword.value)


def of_judge(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for each in ast.walk(function):
        if isinstance(each, ast.Return) and each.value is not None:
            yield from texts(each.value)
        elif isinstance(each, ast.Tuple) and function.name == "against_reset" and each.elts:
            yield from texts(each.elts[-1])


def said_in(source: str) -> Iterator[str]:
    """Yield the reasons that a file gives."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from of_call(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in JUDGING:
            yield from of_judge(node)
        elif isinstance(node, ast.Assign) and any(getattr(to, "id", "") in NAMED for to in node.targets):
            yield from texts(node.value)


def reasons() -> set[str]:
    found = {text for file in SAYING for text in said_in(file.read_text(encoding="utf-8"))}
    return {text for text in found - STATES - SPOKEN if text}


NAMED = {"FLOWS", "NOT_RECORDED"}
SPOKEN = {
    "adopted",  # reasons of what was done, never of a refusal
    "updated",
    "unknown-outlet",  # of starts, which the console does not make
    "a reset names one pile, one outlet or one contactor",  # details of `one-at-a-time`
}


PILE = judge(load_site(ROOT.parent / "configs" / "sites" / "single_bus.yaml")).buses[0].piles[0]


@pytest.mark.parametrize("language", sorted(folder.name for folder in LANG.iterdir()))
def test_every_refusal_has_words(language: str) -> None:
    words = json.loads((LANG / language / "act.json").read_text(encoding="utf-8"))
    assert sorted(reason for reason in reasons() if f"reason.{reason}" not in words) == []


def test_the_reasons_are_found_at_all() -> None:
    assert {"order-mismatch", "not-running", "field-away", "unknown-target", "not-latched", "silent"} <= reasons()


@pytest.mark.parametrize(("area", "prefix", "words"), [("config", "check", NoteWord), ("uplinks", "down", Down)])
def test_what_is_said_of_sites_and_sinks_has_a_text_in_every_language_with_the_same_figures(
    area: str, prefix: str, words: type[StrEnum]
) -> None:
    texts = [
        json.loads((folder / f"{area}.json").read_text(encoding="utf-8"))
        for folder in LANG.iterdir()
        if folder.is_dir()
    ]
    for word in words:
        fields = [set(FIELD.findall(each[f"{prefix}.{word}"])) for each in texts]
        assert fields[1:] == fields[:-1], word


def test_a_note_gives_every_figure_that_its_texts_show() -> None:
    slow = replace(PILE, bf_ms=10.0, needs_bf_ms=20.0, trip_within_ms=1.0)
    words = json.loads((LANG / "en" / "config.json").read_text(encoding="utf-8"))
    notes = [*slow.complaints, *replace(slow, bound=None).complaints]
    assert {note.word for note in notes} == set(NoteWord) - {NoteWord.SLOW_READS}
    for note in notes:
        assert set(FIELD.findall(words[f"check.{note.word}"])) <= note.given.keys()

"""Every word that an alarm can have. A word that is not here is still an alarm: it is shown by its own name. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.alarm import phrases
from gateway.alarm.words_edge import EDGE
from gateway.alarm.words_field import FIELD
from gateway.alarm.words_fleet import FLEET

if TYPE_CHECKING:
    from gateway.alarm.word import Word

FAILED = "-failed"
"""How the words end with which field says which of its parts has failed."""

LOCKED_OUT = "locked-out"
"""The word of a latch: made from what protection remembers, over when somebody has reset it."""

CATALOGUE: dict[str, Word] = {word.word: word for word in (*FIELD, *EDGE, *FLEET)}


def about(word: str) -> Word:
    """Return what is known of an alarm's word."""
    known = CATALOGUE.get(word)
    if known is not None:
        return known
    return replace(CATALOGUE["part-failed" if word.endswith(FAILED) else "unknown"], word=word)


def texts() -> dict[str, dict[str, str]]:
    """Return the catalogue as the pages have it, by language: names under `alarm.WORD`, acts under `alarm-do.WORD`.

    With it what is said beside a word (`gateway.alarm.phrases`).
    """
    english = {f"alarm.{word.word}": word.en.name for word in CATALOGUE.values()}
    chinese = {f"alarm.{word.word}": word.zh.name for word in CATALOGUE.values()}
    english |= {f"alarm-do.{word.word}": word.en.todo for word in CATALOGUE.values()}
    chinese |= {f"alarm-do.{word.word}": word.zh.todo for word in CATALOGUE.values()}
    beside = phrases.texts()
    return {"en": english | beside["en"], "zh-CN": chinese | beside["zh-CN"]}

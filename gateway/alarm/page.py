"""The catalogue as a page of the documentation. Pure: docs/reference/alarms.md is this text, and a test says so."""

from __future__ import annotations

from gateway.alarm.catalogue import CATALOGUE
from gateway.alarm.word import RANK

_HEAD = """\
# Alarms

Every word that an alarm of this gateway can have, the most urgent first. Made by `python -m gateway.app.alarm_words`.
*Happens* means that nobody says when it is over: it stands until it is acknowledged. *Latches* means that it stands
until a person resets it with a reason. A consequence of another alarm is suppressed as long as that one stands.

| word | severity | 名称 / name | 处理 / what to do | notes |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the page."""
    words = sorted(CATALOGUE.values(), key=lambda word: (RANK[word.severity], word.word))
    rows = []
    for word in words:
        notes = ["happens"] * word.momentary + ["latches"] * word.latches
        notes += [f"consequence of {cause}" for cause, _ in word.follows]
        name, todo = f"{word.zh.name} / {word.en.name}", f"{word.zh.todo} / {word.en.todo}"
        rows.append(f"| `{word.word}` | {word.severity} | {name} | {todo} | {', '.join(notes)} |\n")
    return _HEAD + "".join(rows)

"""What an alarm's word means: how bad it is, its name, what to do about it, of what it is a consequence. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How soon somebody has to act, the worst first: at once, within the hour, today, when convenient."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


RANK = {severity: place for place, severity in enumerate(Severity)}
"""0 is the worst."""


class Where(StrEnum):
    """Where the cause of a consequence stands."""

    SAME = "same"
    LINE = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """In one language: the alarm's name, and what to do about it."""

    name: str
    todo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of the catalogue.

    `momentary`: it happens and nobody says that it is over. `latches`: it stands until a person resets it, and cannot
    be shelved. `of_field`: field says it, and forgets it when it starts anew. `follows`: as long as one of these
    alarms stands, this one is its consequence, and suppressed.
    """

    word: str
    severity: Severity
    en: Text
    zh: Text
    momentary: bool = False
    latches: bool = False
    of_field: bool = False
    follows: tuple[tuple[str, Where], ...] = ()

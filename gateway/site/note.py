"""What is said of a site that is checked: a word with its figures, and the line that a terminal shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class NoteWord(StrEnum):
    """Everything that can be said; catalogues have a text for each."""

    NOT_PROMISED = "not-promised"
    NOT_KEPT = "not-kept"
    BF_TOO_SHORT = "bf-too-short"
    SLOW_READS = "slow-reads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`given` are the figures and names that a text in another language is filled with; `text` is the English one."""

    word: NoteWord
    given: Mapping[str, str]
    text: str

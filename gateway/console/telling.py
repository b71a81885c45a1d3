"""Which documents have changed, and what is said of that to everybody who looks. Pure.

What a person must see at once is told at once; figures that creep (power, energy, seconds, money) are told once a
second, so that a thousand charging outlets do not fill the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Document = Mapping[str, Any]

CREEPING = frozenset({"w", "a", "wh", "s", "amount_mil", "as_of", "grams", "celsius"})
CREEP_MS = 900
"""A little less than the second, which the look that comes after it fills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """From revision `revision - 1` to `revision`: fields of documents that are new, None for one that is gone."""

    revision: int
    patches: Mapping[str, Document]
    gone: tuple[str, ...]


class Teller:
    """What those who look know. `told` belongs to `revision`."""

    def __init__(self, revision: int = 0) -> None:
        self.revision = revision
        self.told: dict[str, Document] = {}
        self._source: dict[str, Document] = {}
        self._crept_ms = 0

    def delta(self, documents: Mapping[str, Document], now_ms: int) -> Delta | None:
        """Return what is to be told now of these documents; None for nothing.

        A document that is the same object has not changed.
        """
        patches, may_creep = {}, now_ms - self._crept_ms >= CREEP_MS
        for key, document in documents.items():
            if self._source.get(key) is document:
                continue
            is_new = key not in self.told
            patch = _patch(self.told.get(key, {}), document)
            if patch and not is_new and patch.keys() <= CREEPING:
                if not may_creep:
                    continue
                self._crept_ms = now_ms  # all together, so that there is one thing to send
            self._source[key] = self.told[key] = document
            if patch or is_new:
                patches[key] = patch
        gone = tuple(key for key in self.told if key not in documents)
        for key in gone:
            del self.told[key], self._source[key]
        if not patches and not gone:
            return None
        self.revision += 1
        return Delta(revision=self.revision, patches=patches, gone=gone)


def _patch(before: Document, after: Document) -> dict[str, Any]:
    patch = {name: value for name, value in after.items() if name not in before or before[name] != value}
    return patch | {name: None for name in before if name not in after}

"""A relay's contact: what it was told, and what it does some milliseconds later, or never."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf


@dataclass(slots=True, kw_only=True)
class Contact:
    """Pure; moments are given. `due_s` is when the contact moves next, infinity when it stands still."""

    relay_s: float
    commanded: bool = False
    closed: bool = False
    welded: bool = False
    due_s: float = field(default=inf, init=False)

    def command(self, at_s: float, *, on: bool) -> None:
        """Take an order; the contact follows after its own time."""
        self.commanded = on
        self._follow(at_s)

    def weld(self, at_s: float, *, on: bool) -> None:
        """Weld the contact: closed now or from its next closing on, it never opens again. Or mend it."""
        self.welded = on
        self._follow(at_s)

    def move(self) -> None:
        """Do what was due."""
        self.closed = self.commanded
        self.due_s = inf

    def _follow(self, at_s: float) -> None:
        stays = self.closed == self.commanded or (self.closed and self.welded)
        self.due_s = inf if stays else at_s + self.relay_s

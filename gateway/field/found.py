"""Outlets that are on although no grant explains it: found so after a start, or switched by something else. Pure."""

from __future__ import annotations

ORPHAN_AFTER_S = 60.0
"""How long edge has to explain an outlet that is on before it is opened (site setting in a later version)."""

FRESH_S = 5.0
"""A relay state that was read while a switch command was on its way proves nothing; the next one does."""

PUSHED_FRESH_S = 30.0
"""The same where the device tells it by itself: what it has composed before may wait long for its turn to speak."""


class FoundOn:
    """Since when each outlet has been seen on without a grant."""

    def __init__(self, after_s: float = ORPHAN_AFTER_S) -> None:
        self._after_s = after_s
        self._since_s: dict[str, float] = {}
        self._opened_s: dict[str, float] = {}

    def seen(self, outlet: str, now_s: float, *, is_on: bool, explained: bool) -> bool:
        """Take a relay state; return whether this is news: an orphan that was not known."""
        if not is_on or explained:
            self._since_s.pop(outlet, None)
            self._opened_s.pop(outlet, None)
            return False
        if outlet in self._since_s:
            return False
        self._since_s[outlet] = now_s
        return True

    def due(self, now_s: float) -> list[str]:
        """Return the orphans that are to be opened now; each again every few seconds until it is seen off."""
        due = [
            outlet
            for outlet, since_s in self._since_s.items()
            if now_s - since_s >= self._after_s and now_s - self._opened_s.get(outlet, -FRESH_S) >= FRESH_S
        ]
        for outlet in due:
            self._opened_s[outlet] = now_s
        return due

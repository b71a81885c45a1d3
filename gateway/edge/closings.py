"""How often each outlet has been switched on: what a relay's life is counted in. Pure; kept with the event that tells.

Only what this gateway has switched on counts; what a person or the pile itself has done is not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "closings/"
"""Of the names under which the counts are stored."""


class Closings:
    """The counts of all outlets."""

    def __init__(self, states: Mapping[str, bytes]) -> None:
        self._counts = {
            name.removeprefix(PREFIX): int(value)
            for name, value in states.items()
            if name.startswith(PREFIX) and value.isdigit()
        }

    def of(self, outlet: str) -> int:
        return self._counts.get(outlet, 0)

    def closed(self, outlet: str, *, is_news: bool) -> Mapping[str, bytes]:
        """Count a closing, unless it is one that is told again; return what is to be stored."""
        self._counts[outlet] = self.of(outlet) + is_news
        return {PREFIX + outlet: b"%d" % self._counts[outlet]}

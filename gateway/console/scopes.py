"""Viewers of parts: each part's changes are looked for and encoded once, and only while somebody looks at that part.

A fleet has more outlets than a page can take: who looks is sent all sheds in one line each, and the outlets of the one
shed that is on the page. The whole of the local console is one part.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Protocol

from gateway.console.live import LOOK_S, Live

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCOPE = re.compile(r"([a-z0-9-]{1,64}/[a-z0-9-]{1,64})?")
PARTS_MOST = 64
"""That are kept at a time; who looks at one that was dropped starts anew."""


APART = 1_000_000
"""Revisions between a part and the next that is made: nobody takes those of one for those of another."""


class Parts(Protocol):
    """What is looked at, in parts; an unknown one is as the whole in short."""

    def documents(self, name: str) -> Mapping[str, Any]:
        """Return the documents of a part."""


class Scopes:
    """`refresh` brings the documents up to date; `now_ms` is the wall clock. `run` must run."""

    def __init__(self, parts: Parts, refresh: Callable[[], None], now_ms: Callable[[], int]) -> None:
        self._parts = parts
        self._refresh = refresh
        self._now_ms = now_ms
        self._lives: dict[str, Live] = {}
        self._revision = 0

    @property
    def viewers(self) -> int:
        """How many look, at whichever part."""
        return sum(live.viewers for live in self._lives.values())

    def live(self, scope: str) -> Live:
        """Return what tells of a part; `SITE/GATEWAY`, or all in short with an empty name."""
        if scope in self._lives:
            self._lives[scope] = self._lives.pop(scope)  # the last one looked at is the last to go
            return self._lives[scope]
        idle = [name for name, live in self._lives.items() if not live.viewers]
        for name in idle[: max(0, len(self._lives) + 1 - PARTS_MOST)]:
            self._drop(name)
        self._revision = max([self._revision, *(live.revision for live in self._lives.values())]) + APART
        self._lives[scope] = Live(_Part(self._parts, scope), self._refresh, self._now_ms, after=self._revision)
        return self._lives[scope]

    def _drop(self, name: str) -> None:
        self._revision = max(self._revision, self._lives.pop(name).revision)

    async def run(self) -> None:
        """Look again and again at what is looked at."""
        while True:
            for live in list(self._lives.values()):
                if live.viewers:
                    live.look()
            await asyncio.sleep(LOOK_S)


class _Part:
    """One part, as `Live` wants it."""

    def __init__(self, parts: Parts, name: str) -> None:
        self._parts = parts
        self._name = name

    @property
    def documents(self) -> Mapping[str, Any]:
        return self._parts.documents(self._name)

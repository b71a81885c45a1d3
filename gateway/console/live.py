"""What changes, to everybody who looks: one look at the picture, one text, as many viewers as there are.

A viewer fetches the snapshot and then listens to what is told after its revision. Who comes back after a pause hears
what was told meanwhile, or is told to fetch the snapshot again. Nobody who looks can hold up anybody else.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from gateway.console.telling import Teller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from typing import Any

LOOK_S = 0.1
"""Of the second that a trip may take to the pixels."""

REMEMBERED = 600
"""Deltas that a viewer may have missed: a minute of the busiest site."""

QUIET_S = 10.0
"""After so long without news the line is kept alive."""

VIEWERS = 200
AGAIN = b"event: again\ndata: {}\n\n"
ALIVE = b"event: alive\ndata: {}\n\n"


class Shown(Protocol):
    """What is looked at: documents by key; one that has changed is another object."""

    @property
    def documents(self) -> Mapping[str, Any]: ...


class TooManyViewers(Exception):  # noqa: N818 - it is a state, and said as one
    """Nobody more can look now."""


class Live:
    """`refresh` brings the picture up to date; `now_ms` is the wall clock. `run` must run.

    Revisions count on from `after`.
    """

    def __init__(
        self, picture: Shown, refresh: Callable[[], None], now_ms: Callable[[], int], *, after: int = 0
    ) -> None:
        self._picture = picture
        self._refresh = refresh
        self._now_ms = now_ms
        self._teller = Teller(after)
        self._told: deque[tuple[int, bytes]] = deque(maxlen=REMEMBERED)
        self._news = asyncio.Event()
        self._snapshot: tuple[int, bytes] = (-1, b"")
        self.viewers = 0

    @property
    def revision(self) -> int:
        """Of what was told last."""
        return self._teller.revision

    async def run(self) -> None:
        """Look again and again while somebody else does."""
        while True:
            if self.viewers:
                self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Tell what is new."""
        self._refresh()
        delta = self._teller.delta(self._picture.documents, self._now_ms())
        if delta is None:
            return
        said = {"revision": delta.revision, "now_ms": self._now_ms(), "patches": delta.patches, "gone": delta.gone}
        text = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
        self._told.append((delta.revision, f"id: {delta.revision}\ndata: {text}\n\n".encode()))
        self._news.set()
        self._news = asyncio.Event()

    def snapshot(self) -> bytes:
        """Return everything as it was last told, as compressed JSON; made once for all who ask."""
        self.look()
        if self._snapshot[0] != self._teller.revision:
            said = {"revision": self._teller.revision, "now_ms": self._now_ms(), "documents": self._teller.told}
            text = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
            self._snapshot = self._teller.revision, gzip.compress(text, compresslevel=5, mtime=0)
        return self._snapshot[1]

    @contextmanager
    def _viewing(self) -> Iterator[None]:
        if self.viewers >= VIEWERS:
            raise TooManyViewers
        self.viewers += 1
        try:
            yield
        finally:
            self.viewers -= 1

    async def listen(self, after: int) -> AsyncIterator[bytes]:
        """Yield what was told after a revision, as it comes. Raises `TooManyViewers`."""
        with self._viewing():
            yield ALIVE
            while True:
                news = self._news
                missed = [told for told in self._told if told[0] > after]
                oldest = self._told[0][0] if self._told else self._teller.revision + 1
                if after > self._teller.revision or (after < self._teller.revision and after < oldest - 1):
                    yield AGAIN
                    return
                if missed:
                    after = missed[-1][0]
                    yield b"".join(text for _, text in missed)
                    continue
                try:
                    async with asyncio.timeout(QUIET_S):
                        await news.wait()
                except TimeoutError:
                    yield ALIVE

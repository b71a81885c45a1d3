"""Which commands have acted already: the same id is the same wish, however often it comes. Pure, bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.event import EventKind
from gateway.wire.frames import WireError
from gateway.wire.messages import decode_event

if TYPE_CHECKING:
    from collections.abc import Iterable

IDS_KEPT = 4096
"""Edge remembers ids durably; these only have to bridge what is on its way between the two."""


class KnownIds:
    """The newest ids, in order."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def is_new(self, command_id: str) -> bool:
        """Take an id; return whether it comes for the first time."""
        if command_id in self._ids:
            return False
        self._ids[command_id] = None
        if len(self._ids) > IDS_KEPT:
            del self._ids[next(iter(self._ids))]
        return True

    def learn(self, events: Iterable[bytes]) -> None:
        """Take the ids of the outcomes that an earlier process has told."""
        for body in events:
            try:
                event, _ = decode_event(body)
            except WireError:
                continue
            if event.kind is EventKind.OUTCOME:
                self.is_new(event.target)

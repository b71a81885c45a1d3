"""Which retained states are due: on a change, else once a minute. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERY_S = 60.0


class Schedule:
    """Knows which revision of each device was sent, and when."""

    def __init__(self) -> None:
        self._sent: dict[str, tuple[int, float]] = {}

    def due(self, revisions: Mapping[str, int], now_s: float) -> list[str]:
        """Return the devices to send now, those that changed first."""
        changed = [name for name, revision in revisions.items() if self._sent.get(name, (None, 0.0))[0] != revision]
        old = [name for name in revisions if name not in changed and now_s - self._sent[name][1] >= EVERY_S]
        return changed + old

    def sent(self, device: str, revision: int, now_s: float) -> None:
        self._sent[device] = (revision, now_s)

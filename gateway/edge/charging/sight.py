"""Until when the outlets were watched, by which field process, and with which memory. Pure.

While edge is away field goes on watching, and tells of it later. But a field process that another has followed was away
itself in between: nobody knows how long an outlet was on then.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE = "charging/sight"
"""Under this name it is stored; it changes in the transaction of every step of an order."""

AWAY_MS = 10_000
"""A restart of field takes a second or two, and interrupts no charge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """`boot` names the field process, `memory` what it shares with those that follow it; `seen_ms`: business clock."""

    boot: str = ""
    memory: str = ""
    seen_ms: int = 0

    def seen(self, at_ms: int) -> Sight:
        """Return the sight where the same process was still watching at a moment."""
        return replace(self, seen_ms=max(self.seen_ms, at_ms))

    def shares(self, memory: str) -> bool:
        """Return whether this is the memory of the process that watched, as far as anybody knows."""
        return self.memory in ("", memory)

    def is_broken(self, boot: str, at_ms: int, *, remembers: bool) -> bool:
        """Return whether a process that was there at a moment is another one, and nobody watched for long.

        One that does not remember what the other did and had not told yet has seen nothing of it, however short it was.
        """
        return self.boot not in ("", boot) and (not remembers or at_ms - self.seen_ms >= AWAY_MS)

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()


def sight_of(states: Mapping[str, bytes], stored_ms: int) -> Sight:
    """Return the sight among stored values; what cannot be read ended when something was stored last."""
    try:
        said = json.loads(states[STATE])
        boot, memory, seen_ms = str(said["boot"]), str(said.get("memory", "")), int(said["seen_ms"])
        return Sight(boot=boot, memory=memory, seen_ms=seen_ms)
    except (AttributeError, KeyError, TypeError, ValueError):
        return Sight(seen_ms=stored_ms)


def boot_of(event_id: str) -> str:
    """Return the name of the field process that has told an event."""
    return event_id.rpartition("-")[0]

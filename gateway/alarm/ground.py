"""What stands where, as far as alarms follow from one another. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.alarm.catalogue import about
from gateway.alarm.incident import key_of
from gateway.alarm.word import Where

if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One site. `line_of` names the line of each device; `places` are cabinets, bins and stations."""

    line_of: Mapping[str, str]
    places: frozenset[str] = frozenset()

    def causes(self, target: str, word: str) -> tuple[str, ...]:
        """Return the alarms of which this one is a consequence where one of them stands, the nearest first."""
        line = self.line(target)
        found = {Where.SAME: target, Where.LINE: line}
        return tuple(key_of(found[where], cause) for cause, where in about(word).follows)

    def line(self, target: str) -> str:
        """Return the line of a device or of something of it; what is on none is a line of its own."""
        device = target.partition("/")[0]
        return self.line_of.get(device, device)

    def has(self, target: str) -> bool:
        """Return whether there is such a thing, or what it is a part of."""
        whole = target.partition("/")[0]
        return whole == WHOLE or whole in self.line_of or whole in self.line_of.values() or whole in self.places

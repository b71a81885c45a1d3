"""Which gateways have vanished. Pure.

A connection that is made anew is no absence, and while our own line to the broker is down, or has just come back,
nobody can say who is there: then it stays as it was, but for those that are heard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

AWAY_S = 30.0
"""A gateway that has said goodbye, or was not heard since our start, may come back for so long."""

SETTLE_S = 25.0
"""Our line must have stood for so long: a gateway calls its echo every 10 s."""


class Absence:
    """`standings` are those of `Shed.standing`."""

    def __init__(self) -> None:
        self._since_s: dict[str, float] = {}
        self.away: frozenset[str] = frozenset()

    def look(self, standings: Mapping[str, str], line_since_s: float | None, now_s: float) -> frozenset[str]:
        """Return who is away; `line_since_s` is since when our line stands (None: it does not)."""
        there = {name for name, standing in standings.items() if standing == "online"}
        self.away -= there
        if line_since_s is None or now_s - line_since_s < SETTLE_S:
            self._since_s = {}
            return self.away
        self._since_s = {name: self._since_s.get(name, now_s) for name in standings if name not in there}
        gone = {name for name, since_s in self._since_s.items() if now_s - since_s >= AWAY_S}
        self.away |= gone | {name for name in self._since_s if standings[name] == "silent"}
        return self.away

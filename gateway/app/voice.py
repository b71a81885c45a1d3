"""What edge says on standard error of the alarms that pass through it: a line when one comes, a line when it is over.

Field itself never writes there: a terminal that takes no more would hold up protection. Alarms of single outlets are
left to the log and the uplinks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LINK_DOWN, SIGHT_LOST, SILENT = "link-down", "sight-lost", "silent"


class Voice:
    """Leaves out what follows from what it has said. `bus_of` names the bus of each device."""

    def __init__(self, bus_of: Mapping[str, str]) -> None:
        self._bus_of = bus_of
        self._said: set[tuple[str, str]] = set()

    def line(self, target: str, body: Mapping[str, object]) -> str | None:
        """Return what to say of an alarm's event; None for nothing."""
        alarm = str(body.get("alarm"))
        known = (target, alarm) in self._said
        if bool(body.get("active")) is known or "/" in target or (not known and self._follows(target, alarm)):
            return None
        (self._said.remove if known else self._said.add)((target, alarm))
        detail = body.get("detail")
        ending = " is over" if known else f": {detail}" if detail else ""
        return f"{'gateway' if target == '*' else target}: {alarm}{ending}"

    def _follows(self, target: str, alarm: str) -> bool:
        if alarm not in (SIGHT_LOST, SILENT):
            return False
        causes = {(self._bus_of.get(target, ""), LINK_DOWN), (target, SIGHT_LOST)}
        return not causes.isdisjoint(self._said)

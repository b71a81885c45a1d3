"""Which reading shows that an action had its effect: a door that is open, a scale that is at zero. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.device import Action, Role
from gateway.model.scan import Quality

if TYPE_CHECKING:
    from gateway.field.device import FieldDevice, Layout, RoleSlice
    from gateway.model.scan import Scan

OPEN = 0.5
NEAR_ZERO = {"g": 20.0, "kg": 0.02, "t": 0.00002}
"""Two divisions of a scale for 60 kg; a bin's is no finer."""

_ROLES = {Action.OPEN: Role.DOOR, Action.TARE: Role.WEIGHT, Action.ZERO: Role.WEIGHT, Action.CLEAR_TARE: Role.TARE}


@dataclass(frozen=True, slots=True)
class Proof:
    """Where the value is, and what it has to be."""

    layout: Layout
    pick: int
    action: Action

    def shown_by(self, scan: Scan | None, since_s: float) -> bool:
        """Return whether a scan that was taken after `since_s` shows the effect."""
        if scan is None or scan.quality is not Quality.GOOD or scan.taken_s <= since_s:
            return False
        value = self.layout.values(scan.raw)[self.pick]
        if value is None:
            return False
        return value > OPEN if self.action is Action.OPEN else abs(value) <= self._near_zero

    @property
    def _near_zero(self) -> float:
        return NEAR_ZERO.get(self.layout.points[self.pick].unit, 0.0)


def proof_of(device: FieldDevice, outlet: int | None, action: Action) -> Proof | None:
    """Return what shows an action of a device, or of its outlet at this position; None where nothing does."""
    for layout in device.layouts:
        for part in layout.slices:
            pick = _pick(part, outlet)
            if part.role is _ROLES[action] and pick is not None:
                return Proof(layout, pick, action)
    return None


def _pick(part: RoleSlice, outlet: int | None) -> int | None:
    if part.first is None or outlet is None:
        return part.picks[0] if part.first is outlet is None else None
    place = outlet - part.first
    return part.picks[place] if 0 <= place < len(part.picks) else None

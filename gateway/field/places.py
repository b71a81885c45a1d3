"""Where an outlet is, and whom the arbiter tells what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.field.device import FieldDevice
    from gateway.field.grants import EndReason
    from gateway.field.loop import ControlLoop
    from gateway.model.command import Grant, Outcome


@dataclass(frozen=True, slots=True)
class Place:
    """Where an outlet is: its loop, its device, its position there."""

    loop: ControlLoop
    device: FieldDevice
    outlet: int

    @property
    def name(self) -> str:
        return self.device.outlet_names[self.outlet]


class Reports(Protocol):
    """Who is told what the arbiter did."""

    def outcome(self, outcome: Outcome) -> None:
        """Take what became of a command."""

    def grant_taken(self) -> None:
        """Keep the grants as they are now, before an outlet is switched on by the new one."""

    def grant_started(self, outlet: str, grant: Grant) -> None:
        """Take that an outlet was switched on."""

    def grant_ended(self, outlet: str, grant: Grant, reason: EndReason, wh: float, seconds: float) -> None:
        """Take the end of a grant."""

    def acts_begin(self, command_ids: tuple[str, ...]) -> bool:
        """Keep which actions are under way, before the newest goes to its line; return whether they are kept."""

    def latch_reset(self, loop: ControlLoop, target: str, by: str, reason: str) -> None:
        """Take that a person has reset the latch of an outlet, or of a whole pile."""

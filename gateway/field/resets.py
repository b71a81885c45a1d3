"""A person's reset: of an outlet's latch, of a whole pile's, of a feeder's; and the one way to close a contactor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.field.rules import Closing, refuse_closing
from gateway.field.under_way import Pending
from gateway.model.command import Outcome
from gateway.model.device import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from gateway.field.contactors import Contactors
    from gateway.field.feeders import Feeders
    from gateway.field.places import Place, Reports
    from gateway.field.under_way import Writes
    from gateway.model.command import Command


class Resets:
    """The resets of one field process. `opening`: outlets that were told to open and not yet seen open."""

    def __init__(
        self,
        *,
        contactors: Contactors,
        feeders: Feeders,
        writes: Writes,
        reports: Reports,
        opening: Callable[[], Container[str]],
        events_full: Callable[[], bool],
        now: Callable[[], float],
    ) -> None:
        self._contactors = contactors
        self._feeders = feeders
        self._writes = writes
        self._reports = reports
        self._opening = opening
        self._events_full = events_full
        self._now = now

    def submit(self, command: Command, matching: Sequence[Place]) -> None:
        """Carry out a reset of what it names; `matching` are the outlets of that."""
        place = next(iter(matching), None)
        if command.target == "*":
            self._refuse(command.id, "one-at-a-time", "a reset names one pile, one outlet or one contactor")
        elif place is None:
            self._refuse(command.id, "unknown-target")
        elif place.device.pile is not None:
            self._latch(place, place.device.pile, command)
        elif place.device.model.kind is not Kind.PILE:
            self._contactor(place, command)
        else:
            self._refuse(command.id, "unknown-target")

    def _latch(self, place: Place, pile: int, command: Command) -> None:
        is_whole = command.target == place.device.name and not place.device.opens
        reason = str(command.args["reason"])
        why = place.loop.relay.reset(pile, None if is_whole else place.outlet, reason, self._now())
        if why is None:
            self._reports.latch_reset(place.loop, command.target, str(command.args.get("by", "")), reason)
            self._writes.done((command.id,))
        else:
            self._refuse(command.id, why.word, why.detail)

    def _contactor(self, place: Place, command: Command) -> None:
        """Close one contactor for a person who gives a reason; what feeds it and what it feeds must be fit for it."""
        if command.target != place.name:
            self._refuse(command.id, "one-at-a-time", f"name the contactor, as {place.name}")
            return
        reason, detail = self._feeders.against_closing(place.name, self._now())
        if not reason:
            excuses_dark = self._feeders.is_opened_by_one(place.name)
            reason, detail = self._contactors.against_closing(place.name, self._opening(), excuses_dark=excuses_dark)
        reason = reason or refuse_closing(
            Closing(
                can_switch=place.outlet in place.device.ons,
                state_known=True,
                in_sight=not place.loop.bus.planner.health[place.device.index].is_silent,
                blocked_by=("being-opened",) if self._writes.is_opening(place) else (),
                events_full=self._events_full(),
                grant_refusal="",
            )
        )
        if reason:
            self._refuse(command.id, reason, detail)
            return
        by, why = str(command.args.get("by", "")), str(command.args["reason"])
        self._reports.latch_reset(place.loop, place.name, by, why)
        write = place.device.ons[place.outlet]
        self._writes.send(Pending(place.loop, place.device, (place.outlet,), True, False, write, (command.id,)))

    def _refuse(self, command_id: str, reason: str, detail: str = "") -> None:
        if command_id:
            self._reports.outcome(Outcome(id=command_id, state="refused", reason=reason, detail=detail))

"""The only path from a wish to a write. Decisions about wishes are in `rules`, `grants` and `opening`; this acts.

A protection or local OFF is never refused, never waits behind anything but the frame on the line, and never gets lost:
it is repeated until the device has acknowledged it, and breaker failure watches what the current says.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from gateway.bus.plan import URGENT_ATTEMPTS
from gateway.field.acting import Acts
from gateway.field.contactors import Contactors
from gateway.field.feeders import Feeders
from gateway.field.found import FRESH_S, PUSHED_FRESH_S
from gateway.field.grants import EndReason, GrantBook, is_sound
from gateway.field.order_terms import on_write
from gateway.field.places import Place
from gateway.field.resets import Resets
from gateway.field.rules import Closing, refuse_closing, refuse_command
from gateway.field.under_way import Pending, Writes
from gateway.model.command import Command, CommandKind, Grant, Origin, Outcome
from gateway.model.device import Delivery, Kind, Role
from gateway.protection.decision import RungKind
from gateway.protection.readings import CLOSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gateway.bus.job import Order
    from gateway.field.device import FieldDevice
    from gateway.field.loop import ControlLoop
    from gateway.field.places import Reports
    from gateway.model.scan import Scan
    from gateway.model.transaction import Exchange
    from gateway.model.wiring import Write
    from gateway.protection.decision import Rung, Trip


class Arbiter:
    """One for each field process; all buses share it."""

    def __init__(
        self,
        *,
        reports: Reports,
        image: Callable[[int], Scan | None],
        events_full: Callable[[], bool],
        now: Callable[[], float],
    ) -> None:
        self.grants = GrantBook()
        self._reports = reports
        self._events_full = events_full
        self._now = now
        self._places: dict[str, Place] = {}
        self._state_known: set[str] = set()
        tokens = count(1)
        self._writes = Writes(grants=self.grants, reports=reports, end_grant=self._end_grant, tokens=tokens, now=now)
        self.acts = Acts(reports=reports, image=image, events_full=events_full, tokens=tokens, now=now)
        self.recheck = self._writes.recheck
        self.place((), {})

    def place(self, loops: Sequence[ControlLoop], contactors: Mapping[str, str]) -> None:
        """Learn where every outlet is, and which contactor (an outlet's name) is upstream of which device."""
        for loop in loops:
            for device in loop.devices:
                for position, name in enumerate(device.outlet_names):
                    self._places[name] = Place(loop, device, position)
        self._contactors = Contactors(loops, contactors)
        self._feeders = Feeders(loops, self._places, self._contactors)
        self._writes.place(self._contactors, self._feeders)
        self._resets = Resets(
            contactors=self._contactors,
            feeders=self._feeders,
            writes=self._writes,
            reports=self._reports,
            opening=self.opening,
            events_full=self._events_full,
            now=self._now,
        )
        self._loops = tuple(loops)
        self.acts.place(loops)

    def restore(self, kept: Iterable[Mapping[str, Any]]) -> None:
        """Take back the grants of an earlier process; its outlets may be on, and none is switched on for them."""
        self.grants.restore(kept)
        for running in self.grants:
            if running.closed_s is None:  # its ON was under way: the relay's state will tell
                running.closed_s = self._now()
            place = self._places.get(running.grant.outlet)
            if place is None:
                self.grants.end(running.grant.outlet)
            else:
                self._limit(place, running.grant)

    def opening(self) -> set[str]:
        """Return the outlets and contactors that were told to open and have not yet been seen open."""
        unverified = {
            loop.pile(pile).outlet_names[outlet] for loop in self._loops for pile, outlet in loop.relay.opening()
        }
        return unverified | self._writes.opening()

    def reopen(self, outlets: Iterable[str]) -> None:
        """Open what an earlier process was opening when it died; whoever waited for that asks again."""
        for name in outlets:
            if name in self._places:
                self._end_grant(name, EndReason.STOPPED)
                self.open_outlet(name, urgent=True)

    # ------------------------------------------------------------------ protection

    def trip(self, loop: ControlLoop, trip: Trip) -> None:
        """Open what protection wants open, with as few frames as can be, ahead of everything."""
        device = loop.pile(trip.pile)
        outlets = [cause.outlet for cause in trip.outlets]
        self._writes.open(loop, device, outlets, urgent=True)
        for outlet in outlets:
            self._end_grant(device.outlet_names[outlet], EndReason.TRIPPED)
        for name, place in self._places.items():  # what has lost its feed must be off when that comes back
            if place.device.name in device.behind and self.explains(name):
                self._end_and_open(name, EndReason.TRIPPED)

    def climb(self, loop: ControlLoop, rung: Rung) -> None:
        """Take a step of the ladder of breaker failure."""
        device = loop.pile(rung.pile)
        stuck = self._feeders.opened_by(device) or [Place(loop, device, outlet) for outlet in rung.outlets]
        if rung.rung is RungKind.UPSTREAM:
            upstream = self._places.get(self._contactors.of(device.name))
            if upstream is not None:
                self._writes.open(upstream.loop, upstream.device, [upstream.outlet], urgent=True, tried=URGENT_ATTEMPTS)
        elif rung.rung is RungKind.WHOLE_PILE and device.model.all_off is not None:
            everything = tuple(range(len(device.outlet_names)))
            write = device.model.all_off
            self._writes.send(
                Pending(loop, device, everything, False, True, write, wanted=rung.outlets), tried=URGENT_ATTEMPTS
            )
        elif rung.rung is RungKind.OTHER_FUNCTION and all(p.outlet in p.device.others for p in stuck):
            for place in stuck:
                write = place.device.others[place.outlet]
                pending = Pending(place.loop, place.device, (place.outlet,), False, True, write)
                self._writes.send(pending, tried=URGENT_ATTEMPTS)
        else:
            self._writes.open(loop, device, rung.outlets, urgent=True, tried=URGENT_ATTEMPTS)

    # ------------------------------------------------------------------ wishes

    def submit(self, command: Command) -> None:
        """Decide a command; its outcome goes to the reports, now or when the line has answered."""
        running = self.grants.of(command.target)
        order_id = running.grant.order_id if running is not None else None
        reason = refuse_command(command, self._now(), running_order=order_id)
        if reason:
            self._refuse(command.id, reason)
        elif command.kind is CommandKind.RESET:
            self._resets.submit(command, self._matching(command.target))
        elif command.kind is CommandKind.READ_NOW:
            self._read_now(command)
        elif command.kind in (CommandKind.STOP, CommandKind.SAFETY_OFF):
            self._stop(command)
        elif command.kind is CommandKind.ACT:
            self.acts.submit(command)
        else:
            self._refuse(command.id, "unknown-kind")

    def grant(self, grant: Grant, command_id: str, *, adopt: bool = False) -> None:
        """Take a grant: switch its outlet on, or (`adopt`) let one that was found on stay on."""
        if not is_sound(grant):
            self._refuse(command_id, "malformed")
            return
        place = self._places.get(grant.outlet)
        reason = "unknown-outlet" if place is None else self._refuse_grant(place, grant, adopt=adopt)
        if place is None or reason:
            self._refuse(command_id, reason)
            return
        must_close = self.grants.take(grant, self._now(), adopt=adopt)
        running = self.grants.of(grant.outlet)
        assert running is not None  # noqa: S101 - it has just been taken
        self._limit(place, running.grant)
        self._reports.grant_taken()
        if adopt or not must_close:
            self._reports.outcome(Outcome(id=command_id, state="done", reason="adopted" if adopt else "updated"))
            return
        write = on_write(place.device, place.outlet, grant, self._now())
        self._writes.send(Pending(place.loop, place.device, (place.outlet,), True, False, write, (command_id,)))

    def revoke(self, outlet: str, order_id: str, command_id: str) -> None:
        """End the grant of one order, and no other, and open its outlet."""
        running = self.grants.of(outlet)
        if running is None or running.grant.order_id != order_id:
            self._refuse(command_id, "not-running" if running is None else "order-mismatch")
            return
        place = self._places[outlet]
        self._end_grant(outlet, EndReason.REVOKED)
        self._writes.open(place.loop, place.device, [place.outlet], urgent=False, command_ids=(command_id,))

    def tell(self, loop: ControlLoop, device: FieldDevice, write: Write) -> None:
        """Write what switches nothing, once: a setting, which is read back, or the answer to what a device has told."""
        self._writes.send(Pending(loop, device, (), False, False, write))

    def written(self, loop: ControlLoop, device: FieldDevice, order: Order, exchange: Exchange) -> None:
        """Take the end of a write that this arbiter had asked for."""
        if not self.acts.written(order, exchange):
            self._writes.written(loop, device, order, exchange)

    def explains(self, outlet: str) -> bool:
        """Return whether an outlet may be on: a grant holds it."""
        return self.grants.of(outlet) is not None

    def is_opening(self, outlet: str) -> bool:
        """Return whether an OFF of it is on the way: an ON that was read before proves nothing."""
        return self._writes.is_opening(self._places[outlet])

    def found_off(self, outlet: str) -> None:
        """Take note that a granted outlet was read as open: once its ON must show in that, its grant is over."""
        running = self.grants.of(outlet)
        fresh_s = PUSHED_FRESH_S if self._places[outlet].device.model.delivery is Delivery.PUSHED else FRESH_S
        if running is not None and running.closed_s is not None and self._now() - running.closed_s > fresh_s:
            self._end_and_open(outlet, EndReason.OPENED_BY_DEVICE)

    def open_outlet(self, outlet: str, *, urgent: bool) -> None:
        """Open one outlet that nobody asked for by a command (an orphan, a limit that was reached)."""
        place = self._places[outlet]
        self._writes.open(place.loop, place.device, [place.outlet], urgent=urgent, tried=URGENT_ATTEMPTS)

    def energy(self, outlet: str, register_wh: float, taken_s: float) -> None:
        """Take an outlet's energy register, and end its grant where the limit is reached."""
        reason = self.grants.energy(outlet, register_wh, taken_s)
        if reason is not None:
            self._end_and_open(outlet, reason)

    def tick(self) -> None:
        """End the grants whose time is over."""
        for outlet, reason in self.grants.due(self._now()):
            self._end_and_open(outlet, reason)
        self.recheck()
        self.acts.tick()

    def state_read(self, device: FieldDevice, outlets: Iterable[str] | None = None) -> None:
        """Take note that relay states (all, where none is named) have been read: these outlets may be switched on."""
        self._contactors.heard(device.name)
        self._state_known.update(device.outlet_names if outlets is None else outlets)

    def state_lost(self, device: FieldDevice) -> None:
        """Take note that a device was away: what it did meanwhile must be read before anything is switched on."""
        self._state_known.difference_update(device.outlet_names)
        self._contactors.lost(device.name, self._now())
        self._writes.take_back(device, "silent")
        self.acts.take_back(device, "silent")

    def contacts_read(self, role: Role, read: Iterable[tuple[str, float]], taken_s: float) -> None:
        """Take how the contactors of a relay board were read."""
        closed = {name: value > CLOSED for name, value in read} if role is Role.RELAY else {}
        for name, is_on in closed.items():
            self._contactors.read(name, taken_s, on=is_on)
        for name in closed:
            self._feeders.read(name, taken_s)

    # ------------------------------------------------------------------ inside

    @staticmethod
    def _limit(place: Place, grant: Grant) -> None:
        if place.device.pile is not None:
            place.loop.relay.limit(place.device.pile, place.outlet, grant.max_w or None)

    def _refuse_grant(self, place: Place, grant: Grant, *, adopt: bool) -> str:
        relay, pile = place.loop.relay, place.device.pile
        blocked = () if pile is None or adopt else relay.may_close(pile, place.outlet, self._now())
        if not adopt and self._writes.is_opening(place):
            blocked = (*blocked, "an OFF of it is under way")
        if not adopt and (against := self._feeders.against_starting(place.device, self._now())):
            blocked = (*blocked, against)
        return refuse_closing(
            Closing(
                can_switch=place.outlet in place.device.ons and place.device.model.kind is Kind.PILE,
                state_known=adopt or place.name in self._state_known,
                in_sight=adopt or not place.loop.bus.planner.health[place.device.index].is_silent,
                blocked_by=tuple(blocked),
                events_full=not adopt and self._events_full(),
                grant_refusal=self.grants.refusal(grant, self._now()),
            )
        )

    def _stop(self, command: Command) -> None:
        urgent = command.kind is CommandKind.SAFETY_OFF or command.origin <= Origin.LOCAL
        matching = self._matching(command.target)
        wanted = {p.name: p for place in matching for p in self._feeders.opened_by(place.device) or (place,)}
        places = [place for place in wanted.values() if place.outlet in place.device.offs]
        if not places:
            self._refuse(command.id, "cannot-switch" if matching else "unknown-target")
            return
        by_device: dict[str, list[Place]] = {}
        for place in places:
            by_device.setdefault(place.device.name, []).append(place)
            self._end_grant(place.name, EndReason.STOPPED)
        for group in by_device.values():
            first = group[0]
            outlets = [place.outlet for place in group]
            if len(outlets) == len(first.device.outlet_names) and first.device.model.all_off is not None:
                write = first.device.model.all_off
                self._writes.send(
                    Pending(first.loop, first.device, tuple(outlets), False, urgent, write, (command.id,))
                )
            else:
                self._writes.open(first.loop, first.device, outlets, urgent=urgent, command_ids=(command.id,))

    def _read_now(self, command: Command) -> None:
        devices = {place.device.name: place for place in self._matching(command.target)}
        for place in devices.values():
            place.loop.bus.read_now(place.device.index)
        if devices:
            self._writes.done((command.id,))
        else:
            self._refuse(command.id, "unknown-target")

    def _matching(self, target: str) -> list[Place]:
        if target == "*":
            return list(self._places.values())
        return [p for name, p in self._places.items() if target in (name, p.device.name)]

    def _end_and_open(self, outlet: str, reason: EndReason) -> None:
        self._end_grant(outlet, reason)
        self.open_outlet(outlet, urgent=False)

    def _end_grant(self, outlet: str, reason: EndReason) -> None:
        ended = self.grants.end(outlet)
        if ended is not None:
            seconds = self._now() - ended.started_s
            self._reports.grant_ended(outlet, ended.grant, reason, ended.wh, seconds)

    def _refuse(self, command_id: str, reason: str, detail: str = "") -> None:
        if command_id:
            self._reports.outcome(Outcome(id=command_id, state="refused", reason=reason, detail=detail))

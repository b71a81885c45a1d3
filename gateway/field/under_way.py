"""The writes under way: handed to their lines once each, in the right order, followed to their end.

No decision about wishes is here: the arbiter has made it. What is here keeps an ON from coming after an OFF of the same
outlet, an OFF from being lost or from piling up, and an outlet from staying on without a grant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.field.contactors import Contactors
from gateway.field.feeders import Feeders
from gateway.field.grants import EndReason
from gateway.field.opening import merge_offs
from gateway.field.order_terms import off_write
from gateway.model.command import Outcome
from gateway.model.device import Kind
from gateway.model.transaction import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gateway.bus.job import Order
    from gateway.field.device import FieldDevice
    from gateway.field.grants import GrantBook
    from gateway.field.loop import ControlLoop
    from gateway.field.places import Place, Reports
    from gateway.model.transaction import Exchange
    from gateway.model.wiring import Write

ON_ATTEMPTS = 2
"""An ON that is not acknowledged twice is given up, and its outlet opened: nobody knows whether it closed."""


@dataclass(slots=True)
class Pending:
    """A write under way: which outlets it switches, and which commands wait for it.

    `wanted`: those of its outlets that must open even where this frame is refused; all of them if empty.
    """

    loop: ControlLoop
    device: FieldDevice
    outlets: tuple[int, ...]
    closes: bool
    urgent: bool
    write: Write
    command_ids: tuple[str, ...] = ()
    attempts: int = 0
    wanted: tuple[int, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether this is the OFF of one outlet in its first form; there is nothing simpler to fall back to."""
        write = replace(self.write, order=None)
        return all(write == self.device.offs.get(outlet, write) for outlet in self.outlets)

    @property
    def needs_grant(self) -> bool:
        """Whether what it closes may stay closed only under a grant: every outlet, no contactor."""
        return self.closes and self.device.model.kind is Kind.PILE

    def opens(self, device: FieldDevice, outlet: int) -> bool:
        return not self.closes and self.device is device and outlet in self.outlets


class Writes:
    """All writes under way of one field process. `end_grant` ends an outlet's grant, if it has one.

    `tokens` name writes as nothing else on the lines is named.
    """

    def __init__(
        self,
        *,
        grants: GrantBook,
        reports: Reports,
        end_grant: Callable[[str, EndReason], None],
        tokens: Iterator[int],
        now: Callable[[], float],
    ) -> None:
        self._grants = grants
        self._reports = reports
        self._end_grant = end_grant
        self._now = now
        self._pending: dict[int, Pending] = {}
        self._tokens = tokens
        self.place(Contactors(), Feeders((), {}, Contactors()))

    def place(self, contactors: Contactors, feeders: Feeders) -> None:
        """Learn which writes switch a contactor, and which meters are to hear of that."""
        self._contactors = contactors
        self._feeders = feeders

    def open(
        self,
        loop: ControlLoop,
        device: FieldDevice,
        outlets: Iterable[int],
        *,
        urgent: bool,
        command_ids: tuple[str, ...] = (),
        tried: int = 0,
    ) -> None:
        """Open outlets with as few frames as can be; for a meter its contactors, by one plain frame each."""
        for place in self._feeders.opened_by(device):
            self.open(place.loop, place.device, (place.outlet,), urgent=urgent, command_ids=command_ids, tried=tried)
        offs = {outlet: self._off(device, outlet) for outlet in outlets if outlet in device.offs}
        for write, opened in merge_offs(offs):
            self.send(Pending(loop, device, opened, False, urgent, write, command_ids), tried=tried)

    def send(self, pending: Pending, *, tried: int = 0) -> None:
        """Hand a write to its line.

        `tried`: how many of its urgent attempts an OFF has used up; one that has leaves an equal one that waits to its
        turn, instead of taking its place: what repeats itself must not keep other outlets from their cutoff.
        """
        token = next(self._tokens)
        if not pending.closes:
            self._withdraw_closing(pending)
            for older in self._waiting(pending):
                if tried:
                    self._pending[older].command_ids += pending.command_ids
                    return
                pending.loop.bus.planner.withdraw(older)
                replaced = self._pending.pop(older)
                pending.command_ids += replaced.command_ids
                pending.urgent |= replaced.urgent
        self._pending[token] = pending
        if pending.urgent:
            pending.loop.bus.off(pending.device.index, pending.write, token, tried)
        else:
            pending.loop.bus.command(pending.device.index, pending.write, token)

    def is_opening(self, place: Place) -> bool:
        """Return whether an OFF of an outlet is under way."""
        return any(pending.opens(place.device, place.outlet) for pending in self._pending.values())

    def opening(self) -> set[str]:
        """Return the outlets whose OFF is under way: those that must open, where a frame opens more than them."""
        return {
            pending.device.outlet_names[outlet]
            for pending in self._pending.values()
            if not pending.closes
            for outlet in pending.wanted or pending.outlets
        }

    def take_back(self, device: FieldDevice, reason: str) -> None:
        """Take back every ON of a device that is under way."""
        for token, pending in list(self._pending.items()):
            if pending.closes and pending.device is device:
                self._take_back(token, pending, reason)

    def recheck(self) -> None:
        """Take back every ON under way that would be refused by now: its line can have kept it waiting."""
        for token, pending in list(self._pending.items()):
            against = self._against(pending) if pending.closes else ""
            if against:
                self._take_back(token, pending, against)

    def done(self, command_ids: Iterable[str]) -> None:
        """Report success of each command whose last frame is acknowledged."""
        under_way = {command_id for pending in self._pending.values() for command_id in pending.command_ids}
        for command_id in dict.fromkeys(command_ids):
            if command_id and command_id not in under_way:
                self._reports.outcome(Outcome(id=command_id, state="done"))

    # ------------------------------------------------------------------ the line reports

    def written(self, loop: ControlLoop, device: FieldDevice, order: Order, exchange: Exchange) -> None:
        """Take the end of a write that this arbiter had asked for."""
        pending = self._pending.get(order.token)
        if pending is None:
            return
        if not pending.outlets:
            del self._pending[order.token]
            return
        pending.attempts += 1
        if exchange.failure is None:
            del self._pending[order.token]
        went_out = bool(exchange.request) and exchange.failure is not Failure.LINK
        if not pending.closes and went_out:
            loop.note_off(device, pending.outlets, exchange.request_end_s)
        if device.pile is not None and (pending.closes or went_out):
            self._tell_relay(loop, device.pile, pending, exchange)
        elif pending.closes or went_out:
            self._tell_feeders(pending, exchange)
        if pending.closes:
            self._closed(order.token, pending, exchange)
        else:
            self._opened(order.token, pending, exchange)

    def _opened(self, token: int, pending: Pending, exchange: Exchange) -> None:
        """Take the end of an OFF."""
        device, bus = pending.device, pending.loop.bus
        if exchange.failure is None:
            for outlet in pending.outlets:  # a frame for the whole pile opens what had no part in its cause
                self._end_grant(device.outlet_names[outlet], EndReason.TRIPPED)
            if pending.command_ids:  # who asked waits to see them open; what repeats itself must not take every slot
                bus.read_now(device.index, contacts_only=True)
            self.done(pending.command_ids)
        elif exchange.failure is Failure.EXCEPTION and not pending.is_plain:
            self._one_by_one(token, pending)
        elif not pending.urgent:
            # The planner repeats an OFF only among its OFFs: one that was sent as a command joins them now.
            pending.urgent = True
            bus.off(device.index, pending.write, token)

    def _tell_relay(self, loop: ControlLoop, pile: int, pending: Pending, exchange: Exchange) -> None:
        """Tell protection: an unanswered ON may have closed the contact, an unanswered OFF proves nothing."""
        if pending.closes:
            for outlet in pending.outlets:
                loop.relay.commanded(pile, outlet, True, exchange.request_end_s)
        else:
            loop.relay.off_sent(pile, pending.outlets, exchange.request_end_s)
            if exchange.failure is None:
                loop.relay.off_acknowledged(pile, pending.outlets)

    def _tell_feeders(self, pending: Pending, exchange: Exchange) -> None:
        """Tell the meters whose contactors these are: to them it is their own outlet."""
        on, at_s, acknowledged = pending.closes, exchange.request_end_s, exchange.failure is None
        names = [pending.device.outlet_names[outlet] for outlet in pending.outlets]
        news = {name: self._contactors.switched(name, at_s, on=on) for name in names}
        for name, is_news in news.items():
            self._feeders.switched(name, at_s, on=on, acknowledged=acknowledged, is_news=is_news)

    def _closed(self, token: int, pending: Pending, exchange: Exchange) -> None:
        outlet = pending.device.outlet_names[pending.outlets[0]]
        running = self._grants.of(outlet)
        if exchange.failure is None:
            self.done(pending.command_ids)
            if not pending.needs_grant:
                return
            if running is None:  # ended while the frame was on its way: nothing may stay on without a grant
                self.open(pending.loop, pending.device, pending.outlets, urgent=True)
            else:
                running.closed_s = self._now()
                self._reports.grant_started(outlet, running.grant)
        elif (running is not None or not pending.needs_grant) and pending.attempts < ON_ATTEMPTS:
            pending.loop.bus.command(pending.device.index, pending.write, token)
        else:
            del self._pending[token]
            self._fail(pending.command_ids, "failed", "no-answer")
            self._end_grant(outlet, EndReason.NOT_STARTED)
            self.open(pending.loop, pending.device, pending.outlets, urgent=True)

    # ------------------------------------------------------------------ inside

    def _waiting(self, opening: Pending) -> list[int]:
        """Return the writes that say the same and still wait for the line."""
        return [
            token
            for token, older in self._pending.items()
            if not older.closes
            and older.device is opening.device
            and older.write == opening.write
            and opening.loop.bus.planner.waits(token)
        ]

    def _one_by_one(self, token: int, pending: Pending) -> None:
        """Open the outlets of a frame that the device refuses each by its own plain OFF: it may know only that."""
        pending.loop.bus.planner.withdraw(token)
        self._pending.pop(token, None)
        for outlet in pending.wanted or pending.outlets:
            write = self._off(pending.device, outlet)
            ids = pending.command_ids
            single = Pending(pending.loop, pending.device, (outlet,), False, pending.urgent, write, ids)
            self.send(single, tried=1)

    def _off(self, device: FieldDevice, outlet: int) -> Write:
        return off_write(device, outlet, self._grants.order_nos.get(device.outlet_names[outlet], ""))

    def _against(self, pending: Pending) -> str:
        device, outlet, now_s = pending.device, pending.outlets[0], self._now()
        if device.model.kind is not Kind.PILE:
            return self._feeders.against_closing(device.outlet_names[outlet], now_s)[0]
        own = () if device.pile is None else pending.loop.relay.may_close(device.pile, outlet, now_s)
        return own[0] if own else self._feeders.against_starting(device, now_s)

    def _take_back(self, token: int, pending: Pending, reason: str) -> None:
        """Withdraw an ON and end its grant; where it may have gone out, or the outlet may be on, open it."""
        planner, outlet, pile = pending.loop.bus.planner, pending.outlets[0], pending.device.pile
        may_have_closed = pending.attempts > 0 or not planner.waits(token)
        may_have_closed = may_have_closed or (pile is not None and pending.loop.relay.may_be_on(pile, outlet))
        planner.withdraw(token)
        del self._pending[token]
        self._fail(pending.command_ids, "refused", reason)
        self._end_grant(pending.device.outlet_names[outlet], EndReason.NOT_STARTED)
        if may_have_closed:
            self.open(pending.loop, pending.device, [outlet], urgent=True)

    def _withdraw_closing(self, opening: Pending) -> None:
        """Drop an ON that still waits for the line: it must not come after an OFF of the same outlet."""
        for token, pending in list(self._pending.items()):
            if pending.closes and pending.device is opening.device and set(pending.outlets) & set(opening.outlets):
                pending.loop.bus.planner.withdraw(token)
                del self._pending[token]
                self._fail(pending.command_ids, "refused", "opened-meanwhile")
                self._end_grant(pending.device.outlet_names[pending.outlets[0]], EndReason.NOT_STARTED)

    def _fail(self, command_ids: Iterable[str], state: str, reason: str) -> None:
        for command_id in command_ids:
            if command_id:
                self._reports.outcome(Outcome(id=command_id, state=state, reason=reason))

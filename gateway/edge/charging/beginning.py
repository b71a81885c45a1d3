"""How a charge begins, whoever allows it: its outlet is judged, its order made, and both are one turn."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gateway.edge.charging.charge import Charge, free_slot
from gateway.edge.charging.hearing import at_outlet
from gateway.edge.charging.meter import counts_orders
from gateway.edge.charging.names import outcome_name
from gateway.edge.charging.starting import order_of, place_of
from gateway.edge.view import latch_of
from gateway.model.command import Outcome
from gateway.model.device import Role
from gateway.orders.charge import event as happens
from gateway.orders.charge.authorise import Denied

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.edge.book import Book
    from gateway.edge.carrier import Carrier
    from gateway.edge.charging.ledger import Ledger
    from gateway.edge.charging.passing import Passing
    from gateway.edge.charging.setup import SiteSetup
    from gateway.edge.charging.turn import Turn
    from gateway.edge.journal import Journal, Moment
    from gateway.model.command import Command
    from gateway.orders.charge.authorise import Place
    from gateway.orders.charge.order import ChargeOrder


class Beginning:
    """One site's."""

    def __init__(
        self,
        *,
        book: Book,
        journal: Journal,
        carrier: Carrier,
        ledger: Ledger,
        setup: SiteSetup,
        passing: Passing,
        new_id: Callable[[], str],
    ) -> None:
        self._book = book
        self._journal = journal
        self._carrier = carrier
        self._ledger = ledger
        self._setup = setup
        self._passing = passing
        self._new_id = new_id

    async def start(self, command: Command) -> Outcome:
        """Take a start of the platform. Raises `GatewayError` when it cannot be recorded."""
        async with self._ledger.alone:
            now, order_id = self._journal.now(), str(command.args.get("order_id", ""))
            known = await self._known(command, order_id)
            if known is not None:
                await self._carrier.record(known, {})
                return known
            reason = self.against(command, now)
            if reason:
                return await self._carrier.refuse(command, reason)
            turn = self._ledger.turn(now)
            outlet = self._setup.outlets[command.target]
            place = self.place(turn, command.target)
            order = order_of(command.args, self._setup, outlet, place, self._ledger.clock.now(now), self._new_id())
            if isinstance(order, Denied):
                return await self._carrier.refuse(command, order.reason, order.detail)
            self.begin(turn, order, command, now)
            outcome = Outcome(id=command.id, state="accepted")
            turn.tell(outcome)
            await self._ledger.commit(turn)
            return outcome

    def against(self, command: Command, now: Moment) -> str:
        """Return why nothing can begin on an outlet now, whatever it is; empty: it can."""
        if command.target not in self._setup.outlets:
            return "unknown-outlet"
        if command.expires_s is not None and command.expires_s <= now.mono_s:
            return "expired"
        held = self._book.held.get(command.target)
        if held is not None and not self._ledger.knows(held.order_id):
            return "outlet-busy"
        return self._carrier.against(command) or self._book.against_switching(command.target)

    def place(self, turn: Turn, outlet: str) -> Place:
        """Return an outlet as it stands in this turn."""
        is_taken = any(charge.holds_outlet for charge in at_outlet(turn.all().values(), outlet))
        return place_of(self._setup.outlets[outlet], partial(latch_of, self._book), is_taken=is_taken)

    def begin(self, turn: Turn, order: ChargeOrder, command: Command, now: Moment) -> None:
        """Let an order begin; it came of the wish `command`, and its first grant is worth nothing after that."""
        here = list(at_outlet(turn.all().values(), order.outlet))
        for charge in here:
            turn.step(charge.order.order_id, happens.OutletTaken(), now)
        charge = Charge(slot=free_slot(turn.all().values()), command_id=command.id, order=order)
        turn.begin(charge, self._passing.until(command.expires_s, now))
        if not here:
            self._read_first(turn, order, now)

    def _read_first(self, turn: Turn, order: ChargeOrder, now: Moment) -> None:
        """Let an order count from the last reading before its ON: an outlet that is off adds nothing to it.

        A reading from before the outlet was free may lack the last that the order before it drew.
        """
        energy = self._book.places.value(order.outlet, Role.ENERGY)
        if counts_orders(self._book.models[order.outlet.partition("/")[0]]):
            turn.step(order.order_id, happens.Sample(register_wh=0.0), now)
        elif energy is not None:
            taken_ms = turn.at_ms(replace(now, mono_s=energy[1]))
            if taken_ms >= self._ledger.free_since_ms(turn, order.outlet):
                turn.step(order.order_id, happens.Sample(register_wh=energy[0]), now)

    async def _known(self, command: Command, order_id: str) -> Outcome | None:
        """Return what to answer where an order's id was used before."""
        charge = self._ledger.charges.get(order_id)
        if charge is not None and charge.order.receipt is None:
            is_here = charge.order.outlet == command.target
            state, reason = ("done", "already-running") if is_here else ("refused", "order-elsewhere")
            return Outcome(id=command.id, state=state, reason=reason, detail=charge.order.outlet)
        found = self._book.held.get(command.target)
        if found is not None and found.order_id == order_id:  # field has it, and our log has lost it
            return Outcome(id=command.id, state="done", reason="already-running", detail=command.target)
        before = await self._journal.outcome_of(outcome_name(order_id))
        if before is None:
            return None
        return Outcome(id=command.id, state="refused", reason=f"already-{before.state}", detail=before.detail)

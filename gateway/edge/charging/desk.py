"""The charging desk: runs the order of every charge beside the log, and keeps the carrier busy with what it decides.

Something happens -> the order's machine decides -> one transaction -> only then does a grant leave. What opens leaves
first. What cannot be stored has not happened: it is taken again later.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.edge.charging.beginning import Beginning
from gateway.edge.charging.charge import resumes_itself
from gateway.edge.charging.hearing import hear, is_only_the_end_of_a_trip, trips_among
from gateway.edge.charging.ledger import Ledger
from gateway.edge.charging.names import outcome_name
from gateway.edge.charging.passing import Passing
from gateway.edge.charging.plugging import Plugs
from gateway.edge.charging.quoting import quote_of
from gateway.edge.charging.sensing import Senses
from gateway.edge.charging.settling import Settlements, total_of
from gateway.edge.charging.sight import boot_of
from gateway.edge.charging.stopping import pressed, stop_of, stopped_by
from gateway.edge.charging.strays import is_about_a_stray, take_stray
from gateway.edge.charging.swiping import Swipes, swipe_of, without_number
from gateway.edge.wishes import OPENING
from gateway.model.command import CommandKind, Outcome
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.orders.charge import event as happens
from gateway.orders.charge.record import settlement_digest
from gateway.orders.charge.stage import OVER, Stage
from gateway.orders.reason import StopReason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.edge.book import Book
    from gateway.edge.card_book import CardBook
    from gateway.edge.carrier import Carrier
    from gateway.edge.charging.charge import Charge
    from gateway.edge.charging.clock import BusinessClock
    from gateway.edge.charging.hearing import Happened
    from gateway.edge.charging.setup import SiteSetup
    from gateway.edge.charging.swiping import Swipe
    from gateway.edge.held import Held
    from gateway.edge.journal import Entry, Journal
    from gateway.edge.link import Heard
    from gateway.model.command import Command
    from gateway.model.event import Event
    from gateway.model.scan import Scan
    from gateway.orders.charge.order import ChargeOrder
    from gateway.wire.messages import Snapshot

LOOK_S = 0.25


class ChargingDesk:
    """One site's desk: field's link, the carrier and the cloud come to it. `new_id` gives names nothing else has."""

    def __init__(
        self,
        *,
        book: Book,
        journal: Journal,
        carrier: Carrier,
        setup: SiteSetup,
        states: Mapping[str, bytes],
        new_id: Callable[[], str],
        cards: CardBook | None = None,
    ) -> None:
        self._book = book
        self._journal = journal
        self._carrier = carrier
        self._setup = setup
        self._new_id = new_id
        self._ledger = Ledger(book=book, journal=journal, carrier=carrier, states=states)
        self._senses = Senses()
        self._passing = Passing(
            journal.now().mono_s,
            setup.cloud_away_s,
            had_power_cut=self._ledger.clock.had_power_cut,
        )
        self._settlements = Settlements(journal=journal, new_id=new_id)
        self._is_cloud_there = False
        self._beginning = Beginning(
            book=book,
            journal=journal,
            carrier=carrier,
            ledger=self._ledger,
            setup=setup,
            passing=self._passing,
            new_id=new_id,
        )
        self._swipes = Swipes(
            ledger=self._ledger,
            setup=setup,
            beginning=self._beginning,
            cards=cards,
            is_cloud_there=lambda: self._is_cloud_there,
            new_id=new_id,
        )
        self._plugs = Plugs(
            ledger=self._ledger,
            setup=setup,
            beginning=self._beginning,
            began_s=journal.now().mono_s,
            new_id=new_id,
        )
        carrier.owner = self

    @property
    def clock(self) -> BusinessClock:
        """The site's business clock."""
        return self._ledger.clock

    # ------------------------------------------------------------------ from the cloud

    async def seen(self, command_id: str) -> Outcome | None:
        """Return what became of a command of this id; None where it is new."""
        return await self._carrier.seen(command_id)

    async def submit(self, command: Command) -> Outcome:
        """Take a command; its last outcome comes as an event. Raises `GatewayError` when it cannot be recorded."""
        if command.kind is CommandKind.START:
            return await self._ledger.whole(self._beginning.start(command))
        if command.kind is CommandKind.QUOTE:
            return quote_of(command, self._setup, self._ledger.clock.now(self._journal.now()))
        if command.kind is CommandKind.SETTLED_ACK:
            return await self._ledger.whole(self._acknowledge(command))
        if command.kind not in OPENING:
            return await self._carrier.submit(command)
        outcome = await self._carrier.submit(command, pressed(command))
        stopped = stopped_by(command, self._ledger.charges.values())
        if stopped:
            await self._ledger.whole(self._stop(stopped, stop_of(command)))
        return outcome

    def cloud(self, *, is_there: bool) -> None:
        """Take note whether the cloud can be reached."""
        self._is_cloud_there = is_there
        self._passing.cloud(self._journal.now().mono_s, is_there=is_there)

    async def _stop(self, stopped: Sequence[str], stop: happens.StopAsked) -> None:
        """Let orders know that they were stopped: what opens their outlets has left already."""
        async with self._ledger.alone:
            now = self._journal.now()
            turn = self._ledger.turn(now)
            for order_id in stopped:
                turn.step(order_id, stop, now)
            await self._ledger.commit(turn)

    async def _acknowledge(self, command: Command) -> Outcome:
        async with self._ledger.alone:
            order_id, digest = str(command.args.get("order_id", "")), str(command.args.get("digest", ""))
            charge, now = self._ledger.charges.get(order_id), self._journal.now()
            turn = self._ledger.turn(now)
            outcome = Outcome(id=command.id, state="done")
            if charge is None:
                before = await self._journal.outcome_of(outcome_name(order_id))
                if before is None or before.detail != digest:
                    reason = "unknown-order" if before is None else "digest-mismatch"
                    outcome = Outcome(id=command.id, state="refused", reason=reason)
            elif charge.order.receipt is None:
                outcome = Outcome(id=command.id, state="refused", reason="not-settled")
            elif settlement_digest(charge.order) != digest:
                outcome = Outcome(id=command.id, state="refused", reason="digest-mismatch")
            else:
                turn.step(order_id, happens.SettlementAcknowledged(digest=digest), now)
            turn.tell(outcome)
            await self._ledger.commit(turn)
            return outcome

    def orders(self) -> dict[str, ChargeOrder]:
        """Return the orders without a settlement, by their outlet; of two the newer one."""
        return {c.order.outlet: c.order for c in self._ledger.charges.values() if c.order.receipt is None}

    def unacknowledged(self) -> list[str]:
        """Return the orders whose settlement nobody has acknowledged."""
        return [order_id for order_id, charge in self._ledger.charges.items() if charge.order.receipt is not None]

    # ------------------------------------------------------------------ from field

    def means(self, event: Event) -> Sequence[Happened]:
        """Return what an event of field means to orders, before the book has taken it."""
        return tuple(hear(event, self._ledger.charges.values(), self._book))

    async def store(self, heard: Sequence[Heard]) -> None:
        """Store events of field with what they mean to orders. Raises `GatewayError`: nothing has happened then."""
        await self._ledger.whole(self._store(heard))

    async def _store(self, heard: Sequence[Heard]) -> None:
        async with self._ledger.alone:
            now = self._journal.now()
            turn, tripped = self._ledger.turn(now), trips_among(heard)
            answers: list[tuple[Swipe, Command]] = []
            for entry, happened in heard:
                if entry.kind is not EventKind.GATEWAY:  # of one that cannot be read nobody knows who has told it
                    turn.see(boot_of(entry.id), entry.at)
                if (swipe := swipe_of(entry)) is not None:
                    told, answer = self._swipes.take(turn, swipe, now)
                    turn.entries.append(told)
                    answers += [(swipe, answer)] if answer is not None else []
                    continue
                if (total := total_of(entry)) is not None:
                    turn.entries.append(without_number(await self._settlements.take(turn, entry, total)))
                    continue
                turn.entries.append(self._as_told(entry))
                if is_about_a_stray(entry) and entry.target in self._setup.outlets:
                    take_stray(turn, entry, self._ledger, self._book, self._new_id)
                for order_id, event in happened:
                    if order_id not in tripped or not is_only_the_end_of_a_trip(event):
                        turn.step(order_id, event, entry.at)
            await self._ledger.commit(turn)
            for swipe, answer in answers:
                self._swipes.answered(swipe, answer, now)
                self._carrier.say(answer)

    def _as_told(self, entry: Entry) -> Entry:
        """Return what field says of a grant as a fact of its device, where the order itself tells its stages."""
        if entry.kind is not EventKind.ORDER or entry.body.get("order_id") not in self._ledger.charges:
            return without_number(entry)
        body = {("grant" if name == "stage" else name): value for name, value in entry.body.items()}
        return replace(entry, kind=EventKind.DEVICE, body=body)

    def scanned(self, scan: Scan) -> None:
        """Take a scan for the orders of its device."""
        if self._ledger.outlets:
            self._senses.take(scan, self._book.places, self._ledger.outlets)

    async def meet(self, snapshot: Snapshot) -> None:
        """Field has come: bring its grants and the orders together, which know of a power cut by then."""
        try:
            await self._ledger.whole(self._look())
        except GatewayError:  # it is met later; what opens in an emergency waits for no log
            self._carrier.tell_emergencies()
            raise
        await self._carrier.meet(snapshot)
        await self._ledger.whole(self._compare(snapshot))

    async def _compare(self, snapshot: Snapshot) -> None:
        """Tell orders what field's grants say about them, where its events cannot have."""
        running = {said["grant"]["order_id"]: said for said in snapshot.grants}
        async with self._ledger.alone:
            now = self._journal.now()
            turn, seen_ms = self._ledger.turn(now), self._ledger.sight.seen_ms
            turn.see(self._carrier.field_boot, now)
            for order_id, charge in self._ledger.charges.items():
                said = running.get(order_id)
                is_on = said is not None and said["closed_s"] is not None
                if said is None and charge.is_live and not self._is_carried(charge):
                    turn.step(order_id, happens.Lost(reason=StopReason.DEVICE_LOST, seen_ms=seen_ms), now)
                elif is_on and (charge.order.stage is Stage.STARTING or charge.order.stage in OVER):
                    turn.step(order_id, happens.SwitchedOn(), now)
            await self._ledger.commit(turn)

    def _is_carried(self, charge: Charge) -> bool:
        held = self._book.held.get(charge.order.outlet)
        return held is not None and held.order_id == charge.order.order_id

    # ------------------------------------------------------------------ from the carrier

    def knows(self, order_id: str) -> bool:
        """Return whether an order is a charge that is not settled."""
        return self._ledger.knows(order_id)

    def wants(self, held: Held) -> bool:
        """Return whether field is to be given a grant again: one whose order is in sight and has something left.

        A start that a field without memory may have carried out is out of sight until its outlet is read.
        """
        charge = self._ledger.charges[held.order_id]
        is_worth = held.left_s(self._journal.now(), self._book.machine) > 0 and not held.is_used_up
        unseen = {Stage.INTERRUPTED} if self._book.had_field_memory else {Stage.INTERRUPTED, Stage.STARTING}
        return is_worth and charge.is_live and (charge.order.stage not in unseen or resumes_itself(charge))

    # ------------------------------------------------------------------ time

    async def run(self) -> None:
        """Let time and readings act."""
        try:
            while True:
                await asyncio.sleep(LOOK_S)
                with contextlib.suppress(
                    GatewayError
                ):  # a log that refuses is told elsewhere; the next look tries again
                    await self._look()
        finally:
            self._ledger.end()

    async def _look(self) -> None:
        async with self._ledger.alone:
            now, is_met = self._journal.now(), self._carrier.is_met
            fresh = self._senses.fresh() if is_met else {}  # what was read counts after what was told
            turn, plugged = self._ledger.turn(now), self._plugs.due(self._book.places)
            try:
                for outlet in plugged:
                    self._plugs.begin(turn, outlet, now)
                self._passing.look(turn, now, is_met=is_met)
                self._passing.pass_time(turn, self._ledger.charges, self._book, fresh, now)
                self._passing.pass_by(turn, self._ledger.orphans, self._book, fresh, now)
                await self._ledger.commit(turn)
            except BaseException:
                self._senses.give_back(fresh)
                raise
            self._plugs.served(plugged)
            self._passing.passed(now.mono_s)

"""One transaction in the making: orders stepped, what is to be stored of it, and what leaves after the commit.

Changes no order that it was given: what it makes counts once it is stored. What opens is carried out at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.edge.carrier import said
from gateway.edge.charging.clock import STATE
from gateway.edge.charging.hearing import dated, in_its_stage
from gateway.edge.charging.meter import counts_orders
from gateway.edge.charging.names import KNOWN_S, outcome_name, run_name, wish_name
from gateway.edge.charging.sight import STATE as SIGHT
from gateway.edge.held import PREFIX as HELD
from gateway.edge.held import Held
from gateway.edge.journal import Entry
from gateway.edge.wishes import Wish
from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.event import EventKind
from gateway.orders.charge import event as happens
from gateway.orders.charge.record import settlement_digest
from gateway.orders.charge.stage import Stage
from gateway.orders.charge.table import CHARGE
from gateway.orders.effect import Open, Permit, Raise, Tell
from gateway.orders.orphan import table as stray
from gateway.orders.orphan.orphan import to_json
from gateway.orders.orphan.table import ORPHAN
from gateway.orders.reason import StopReason
from gateway.wire.messages import Revocation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.edge.book import Book
    from gateway.edge.charging.charge import Charge
    from gateway.edge.charging.clock import BusinessClock
    from gateway.edge.charging.sight import Sight
    from gateway.edge.journal import Moment
    from gateway.orders.effect import Intent
    from gateway.orders.orphan.orphan import Orphan

ORPHANS = "orphan/"
"""Of the names under which outlets that are on without an order are stored, by outlet."""

_OPENED_BY_FIELD = (happens.GrantEnded, happens.Tripped)


class Turn:
    """`off` hands an opening wish to field. `now` is the present moment."""

    def __init__(
        self,
        charges: Mapping[str, Charge],
        orphans: Mapping[str, Orphan],
        book: Book,
        clock: BusinessClock,
        sight: Sight,
        now: Moment,
        off: Callable[[Wish], None],
    ) -> None:
        self._before = charges
        self._orphans_before = orphans
        self._book = book
        self._clock = clock
        self._now = now
        self._off = off
        self.sight = sight
        self._until: Moment | None = None
        self.charges: dict[str, Charge] = {}
        self.orphans: dict[str, Orphan] = {}
        self.to_store: set[str] = set()
        self.grants: list[tuple[Wish, Held]] = []
        self.entries: list[Entry] = []
        self.given_up: list[str] = []
        self.outcomes: dict[str, Outcome] = {}
        self._state: dict[str, bytes | None] = {}

    def charge(self, order_id: str) -> Charge | None:
        """Return an order as it is by now."""
        return self.charges.get(order_id) or self._before.get(order_id)

    def all(self) -> dict[str, Charge]:
        """Return every order as it is by now, by its id."""
        return {**self._before, **self.charges}

    def at_ms(self, at: Moment) -> int:
        """Return a moment on the business clock."""
        return self._clock.now(at).at_ms

    def is_news(self, order_id: str, taken: Moment) -> bool:
        """Return whether what was read at that moment is newer than the stage of an order."""
        charge = self.charge(order_id)
        return charge is not None and self._clock.now(taken).at_ms > charge.order.entered_ms

    def is_counted(self, outlet: str) -> bool:
        """Return whether an order that is not settled counts what flows at an outlet, as its own or as a loss."""
        found = [charge for charge in self.all().values() if charge.order.outlet == outlet]
        return any(charge.order.receipt is None for charge in found)

    # ------------------------------------------------------------------ what happens

    def begin(self, charge: Charge, until: Moment | None) -> None:
        """Take a new order; its start is worth nothing any more after `until`."""
        self._until = until
        self.charges[charge.order.order_id] = charge
        self.step(charge.order.order_id, happens.Begin(), self._now)

    def see(self, boot: str, at: Moment) -> None:
        """Take that this field process was there at a moment: what nobody watched before it was lost from sight."""
        at_ms, memory = self.at_ms(at), self._book.field_memory
        remembers = self._book.had_field_memory and self.sight.shares(memory)
        if self.sight.is_broken(boot, at_ms, remembers=remembers):
            self.lose(StopReason.DEVICE_LOST, at)
        self.sight = replace(self.sight, boot=boot, memory=memory).seen(at_ms)

    def lose(self, reason: StopReason, at: Moment) -> None:
        """Lose sight of every outlet that an order has on; it was there until field was seen last."""
        for order_id, charge in self.all().items():
            if charge.is_live and charge.order.stage is not Stage.INTERRUPTED:
                self.step(order_id, happens.Lost(reason=reason, seen_ms=self.sight.seen_ms), at)

    def step(self, order_id: str, event: object, at: Moment) -> None:
        """Let something happen to an order, if it is open."""
        charge = self.charge(order_id)
        if charge is None:
            return
        before = charge.order
        event, at = dated(in_its_stage(event, before.stage), at)
        step = CHARGE.step(before, event, self._clock.now(at))
        if step.order is before:
            return
        charge = self.charges[order_id] = charge.stepped(step.order)
        passes = isinstance(event, happens.Tick | happens.Sample) and step.order.stage is before.stage
        if step.intents or not passes:
            self.to_store.add(order_id)
        for intent in step.intents:
            self._carry(intent, charge, event, at)

    def notice(self, orphan: Orphan, at: Moment) -> None:
        """Take a new incident: an outlet is on, and no order explains it."""
        self.orphans[orphan.outlet] = orphan
        self.happen_at(orphan.outlet, stray.Begin(), at)

    def happen_at(self, outlet: str, event: object, at: Moment) -> None:
        """Let something happen to the incident of an outlet, if there is one."""
        orphan = self.orphans.get(outlet) or self._orphans_before.get(outlet)
        if orphan is None:
            return
        step = ORPHAN.step(orphan, event, self._clock.now(at))
        self.orphans[outlet] = step.order
        if step.intents:
            is_over = step.order.stage in ORPHAN.finals
            self._state[ORPHANS + outlet] = None if is_over else to_json(step.order)
        for intent in step.intents:
            if isinstance(intent.effect, Tell):
                body = {"order_id": orphan.order_id, "stage": intent.effect.stage, **intent.effect.body}
                self.entries.append(Entry(id=intent.id, kind=EventKind.ORDER, target=outlet, at=at, body=body))
            elif isinstance(intent.effect, Raise):
                self._raise(intent.id, intent.effect, at)
            elif outlet not in self._book.held:
                self._send_off(self._safety_off(intent.id, outlet))

    def drop_oldest(self, most: int) -> None:
        """Tell the oldest settlement no more where there are too many that nobody acknowledges."""
        settled = [charge for charge in self._before.values() if charge.order.stage is Stage.SETTLED]
        if len(settled) > most:
            oldest = min(settled, key=lambda charge: charge.order.entered_ms).order
            acknowledged = happens.SettlementAcknowledged(digest=settlement_digest(oldest))
            body = {"what": "settlement-given-up", "order_id": oldest.order_id, "digest": acknowledged.digest}
            name = wish_name(f"{oldest.order_id} given up")
            self.entries.append(Entry(id=name, kind=EventKind.GATEWAY, target="*", at=self._now, body=body))
            self.step(oldest.order_id, acknowledged, self._now)

    def tell(self, outcome: Outcome) -> None:
        """Store what became of a command."""
        entry = Entry(
            id=wish_name(f"{outcome.id} {outcome.state}"),
            kind=EventKind.OUTCOME,
            target=outcome.id,
            at=self._now,
            body=said(outcome),
            outcome=outcome,
        )
        self.entries.append(entry)

    def forget(self, wish: Wish, reason: str, state: str = "refused") -> None:
        """Give up waiting for the answer to a start, and say what became of it, once."""
        if wish.id in self.given_up:
            return
        self.tell(Outcome(id=wish.id, state=state, reason=reason))
        self.given_up.append(wish.id)
        self._state[self._book.wish_names.of(wish.id)] = None

    # ------------------------------------------------------------------ what is stored

    def state(self) -> dict[str, bytes | None]:
        """Return what changes in the transaction."""
        found = [charge for order_id in self.to_store if (charge := self.charge(order_id)) is not None]
        orders = {charge.state: charge.to_bytes() for charge in found}
        return (
            self._state
            | orders
            | {
                STATE: self._clock.to_bytes(self._now),
                SIGHT: self.sight.to_bytes(),
            }
        )

    # ------------------------------------------------------------------ effects

    def _carry(self, intent: Intent, charge: Charge, event: object, at: Moment) -> None:
        match intent.effect:
            case Tell() as told:
                self._tell(intent.id, told, charge, at)
            case Permit() as permit:
                self._permit(intent.id, permit, charge)
            case Open():
                if not isinstance(event, _OPENED_BY_FIELD):
                    self._open(intent.id, charge)
            case Raise() as alarm:
                self._raise(intent.id, alarm, at)
            case effect:
                raise TypeError(f"no way to carry out {effect}")

    def _raise(self, name: str, alarm: Raise, at: Moment) -> None:
        body = {"alarm": alarm.alarm, "active": alarm.active, "detail": alarm.detail}
        self.entries.append(Entry(id=name, kind=EventKind.ALARM, target=alarm.target, at=at, body=body))

    def _tell(self, name: str, told: Tell, charge: Charge, at: Moment) -> None:
        order = charge.order
        body = {"order_id": order.order_id, "stage": told.stage, **told.body}
        outcome = None
        if told.stage == "accepted":
            outcome = Outcome(id=outcome_name(order.order_id), state="accepted", detail=order.outlet)
        elif told.stage == "settled":
            body["digest"] = settlement_digest(order)
            reason = "" if order.end is None else order.end.reason
            outcome = Outcome(
                id=outcome_name(order.order_id), state="settled", reason=reason, detail=str(body["digest"])
            )
        elif told.stage == "progress" and (held := self._book.held.get(order.outlet)) is not None:
            self._state[HELD + held.outlet] = held.to_bytes()
        entry = Entry(
            id=name, kind=EventKind.ORDER, target=order.outlet, at=at, body=body, outcome=outcome, keep_s=KNOWN_S
        )
        self.entries.append(entry)

    def _permit(self, name: str, permit: Permit, charge: Charge) -> None:
        is_first = permit.version == 1
        held = self._held(permit, charge, charge.command_id if is_first else wish_name(name))
        args = {"order_id": permit.order_id, "adopt": permit.adopt}
        wanted = Command(
            id=held.command_id, kind=CommandKind.START, target=permit.outlet, origin=Origin.ORDER, args=args
        )
        wish = Wish(wanted=wanted, until=self._until if is_first else None, machine=self._book.machine)
        self.grants.append((wish, held))
        if not permit.adopt:
            self._number(name, permit)
        self._state |= {self._book.wish_names.of(wish.id): wish.to_bytes(), HELD + held.outlet: held.to_bytes()}

    def _number(self, name: str, permit: Permit) -> None:
        """Record under which number a device that keeps orders gets a run: it may settle it long after the order."""
        device = permit.outlet.partition("/")[0]
        if not counts_orders(self._book.models[device]):
            return
        run = run_name(device, permit.device_order_no)
        self.outcomes[run] = Outcome(id=run, state="given", detail=permit.order_id)
        entry = Entry(
            id=wish_name(f"{name} number"),
            kind=EventKind.DEVICE,
            target=permit.outlet,
            at=self._now,
            body={"numbered": permit.device_order_no, "order_id": permit.order_id},
            outcome=self.outcomes[run],
            keep_s=KNOWN_S,
        )
        self.entries.append(entry)

    def _held(self, permit: Permit, charge: Charge, command_id: str) -> Held:
        """Return the grant as it is from now on; the first of an outlet counts from what the order has used by then."""
        before = self._book.held.get(permit.outlet)
        goes_on = before is not None and before.order_id == permit.order_id
        before_wh = before.before_wh if before is not None and goes_on else round(charge.order.wh)
        held = Held(
            outlet=permit.outlet,
            order_id=permit.order_id,
            command_id=command_id,
            until=self._clock.moment(permit.until_ms, self._now),
            machine=self._book.machine,
            started_s=self._now.mono_s,
            max_wh=max(1, permit.max_wh - before_wh) if permit.max_wh else 0,
            max_w=permit.max_w,
            version=permit.version,
            before_wh=before_wh,
            device_order_no=permit.device_order_no,
        )
        if before is not None and goes_on:
            held.started_s, held.is_on = before.started_s, before.is_on
            held.wh, held.register_wh = before.wh, before.register_wh
            held.read_s, held.doubt = before.read_s, before.doubt
        return held

    def _open(self, name: str, charge: Charge) -> None:
        """Open an outlet: by the end of its grant where field may hold one, else by itself, never another order's."""
        order = charge.order
        held = self._book.held.get(order.outlet)
        wanted: Command | Revocation
        if held is None:
            wanted = self._safety_off(name, order.outlet)
        elif held.order_id == order.order_id:
            wanted = Revocation(id=wish_name(name), outlet=order.outlet, order_id=order.order_id)
        else:
            return
        for wish in [wish for wish in self._book.wishes.values() if wish.starts and wish.order_id == order.order_id]:
            self.forget(wish, "ended-meanwhile")
        self._send_off(wanted)

    @staticmethod
    def _safety_off(name: str, outlet: str) -> Command:
        return Command(id=wish_name(name), kind=CommandKind.SAFETY_OFF, target=outlet, origin=Origin.ORDER, args={})

    def _send_off(self, wanted: Command | Revocation) -> None:
        off = Wish(wanted=wanted, until=None, machine=self._book.machine)
        self._state |= self._book.accept(off)
        self._off(off)

    @property
    def closed(self) -> list[str]:
        """The orders that nobody has to do with any more."""
        return [order_id for order_id, charge in self.charges.items() if charge.order.stage is Stage.CLOSED]

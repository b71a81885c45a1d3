"""The field process beside its control loops: what happened becomes events, what was read goes to edge, time passes.

Everything here runs after the line has been served. It decides nothing about protection.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gateway.field.acting import unknown
from gateway.field.arbiter import Arbiter
from gateway.field.events import Events
from gateway.field.found import ORPHAN_AFTER_S, FoundOn
from gateway.field.known import KnownIds
from gateway.field.lease import Leases
from gateway.field.memory import all_piles
from gateway.field.metering import Metering
from gateway.field.queries import Queries
from gateway.field.reported import Reported
from gateway.field.telling import changes_latches, tell
from gateway.field.time_asked import TimeAsked
from gateway.field.trips import Trips
from gateway.model.command import CommandKind
from gateway.model.device import Kind, Role
from gateway.model.event import EventKind
from gateway.protection.decision import Element, Trip, Verified
from gateway.wire.messages import MEMORY_ADDED, Snapshot
from gateway.wire.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from gateway.bus.driver import Report
    from gateway.field.device import FieldDevice
    from gateway.field.grants import EndReason
    from gateway.field.loop import ControlLoop
    from gateway.field.memory import Memory
    from gateway.model.command import Command, Grant, Outcome
    from gateway.model.scan import Scan
    from gateway.protection.decision import Decision
    from gateway.wire.messages import Granting, Revocation

TICK_S = 0.05
CLOSED = 0.5


class Field:
    """All loops of one process, and what they tell. Implements the loops' `Listeners` and the arbiter's `Reports`.

    `wake` is called when there is something new to tell; `settle` makes it into text, off the path to a cutoff.
    """

    def __init__(
        self,
        *,
        boot: str,
        config_hash: str,
        bounds_ms: Mapping[str, Mapping[Element, float]],
        memory: Memory | None,
        now: Callable[[], float],
        orphan_after_s: float = ORPHAN_AFTER_S,
        known_time_s: Callable[[], int | None] = lambda: None,
    ) -> None:
        self.boot = boot
        self.config_hash = config_hash
        self._outbox = Outbox(boot)
        wake = lambda: self.wake()  # noqa: E731, PLW0108 - looked up late: who listens comes after this
        self._events = Events(boot=boot, outbox=self._outbox, memory=memory, wake=wake, now=now)
        self.event = self._events.note
        self.alarm = self._events.alarm
        self.image: dict[int, Scan] = {}
        self.arbiter = Arbiter(reports=self, image=self.image.get, events_full=lambda: self._outbox.is_full, now=now)
        self._metering = Metering(events=self._events, outbox=self._outbox, grants=self.arbiter.grants, now=now)
        self._reported = Reported(
            events=self._events, answering=self.arbiter, events_full=lambda: self._outbox.is_full, now=now
        )
        self.loops: tuple[ControlLoop, ...] = ()
        self.bounds_ms = {name: each[Element.DEFINITE_TIME] for name, each in bounds_ms.items()}
        self._trips = Trips(boot=boot, bounds_ms=bounds_ms, events=self._events, now=now)
        self.wake: Callable[[], None] = lambda: None
        self.had_memory = False
        self._leases = Leases()
        self._queries = Queries(answering=self.arbiter, contact=self._leases.contact, now=now)
        self._time_asked = TimeAsked(known_time_s=known_time_s, events=self._events, answering=self.arbiter)
        self._memory = memory
        self._now = now
        self._found = FoundOn(orphan_after_s)
        self._known = KnownIds()
        self._links_down: dict[int, str] = {}
        self._silent: set[str] = set()
        self._protection_changed = True
        self._grants_changed = True
        self._acting: tuple[str, ...] = ()
        self._opening: list[str] = []
        self.faults: Counter[str] = Counter()

    def attach(self, loops: Sequence[ControlLoop], contactors: Mapping[str, str]) -> None:
        """Take the loops over, once, at start, and what an earlier process has left in memory."""
        self.loops = self._trips.loops = tuple(loops)
        self.arbiter.place(loops, contactors)
        self._leases.place(loops)
        self._queries.place(loops)
        if self._memory is None:
            return
        self.had_memory = self._memory.is_whole()
        self.arbiter.grants.order_nos |= self._memory.order_nos()
        self.arbiter.restore(self._memory.grants(self.config_hash))
        self._known.learn(self._events.restore())
        self._reported.learn(self._outbox.unacknowledged)
        self.arbiter.reopen(self._memory.opening())
        self._acting = self._memory.acting()
        for outcome in unknown(filter(self._known.is_new, self._acting)):
            self.outcome(outcome)

    # ------------------------------------------------------------------ from the loops

    def scan(self, scan: Scan) -> None:
        self.image[scan.layout] = scan
        self._outbox.scan(scan)
        for leased, is_set in self._leases.read(scan, self._now()):
            self.alarm(leased.device.name, leased.alarm, active=not is_set)

    def decided(self, loop: ControlLoop, decision: Decision) -> None:
        device = None if decision.pile is None else loop.pile(decision.pile)
        if device is not None and isinstance(decision, Trip):
            self._trips.begin(loop, device, decision)
            return
        if device is not None and isinstance(decision, Verified):
            loop.recorder.verified(device.outlet_names[decision.outlet], verified=decision.verified)
        told = tell(decision, device, loop.bus.name)
        if told is not None:
            self.event(*told, remembers=loop if changes_latches(decision) else None)

    def values(
        self, device: FieldDevice, role: Role, first: int | None, values: Sequence[float | None], taken_s: float
    ) -> None:
        if first is None:
            return
        read = [(device.outlet_names[n], value) for n, value in enumerate(values, start=first) if value is not None]
        if device.model.kind is not Kind.PILE:
            self.arbiter.contacts_read(role, read, taken_s)
        elif role is Role.ENERGY:
            for name, value in read:
                self._metering.read(name, value, taken_s)
                self.arbiter.energy(name, value, taken_s)
        elif role is Role.RELAY:
            for name, value in read:
                self._relay_read(name, is_on=value > CLOSED)
            self.arbiter.state_read(device, [name for name, _ in read])

    def health(self, device: FieldDevice, *, silent: bool) -> None:
        if silent:
            self._silent.add(device.name)
            self.arbiter.state_lost(device)
        else:
            self._silent.discard(device.name)
            self._queries.met(device)
        self.event(EventKind.ALARM, device.name, {"alarm": "silent", "active": silent})

    def reported(self, loop: ControlLoop, device: FieldDevice, report: Report, *, is_reading: bool) -> None:
        """Make it an event; what the device is answered, if anything, waits until edge has that on disk."""
        if is_reading:
            if report.answer is not None:
                self.arbiter.tell(loop, device, report.answer)
            return
        if self._time_asked.take(loop, device, report) or self._queries.take(loop, device, report):
            return
        self._reported.take(loop, device, report)
        self.alarm(
            "*",
            "reports-turned-away",
            active=self._reported.is_full,
            detail="edge has not taken what devices told: they keep it, and send it again",
        )

    def link(self, loop: ControlLoop, *, up: bool, why: str) -> None:
        known = self._links_down.get(id(loop))
        if up:
            for device in loop.devices:
                self._queries.met(device)
        if up and known is not None:
            del self._links_down[id(loop)]
            self.event(EventKind.ALARM, loop.bus.name, {"alarm": "link-down", "active": False})
        elif not up and known is None:
            self._links_down[id(loop)] = why
            for device in loop.devices:
                self.arbiter.state_lost(device)
            self.event(EventKind.ALARM, loop.bus.name, {"alarm": "link-down", "active": True, "detail": why})

    def failed(self, what: str, error: Exception) -> None:
        """Count an error in what only observes, and tell the first of its sort: it stops nothing."""
        self.faults[what] += 1
        self._protection_changed = True  # what was not told may have been a latch
        self.alarm("*", f"{what}-failed", active=True, detail=f"{type(error).__name__}: {error}")

    # ------------------------------------------------------------------ from the arbiter

    def outcome(self, outcome: Outcome) -> None:
        body = {"id": outcome.id, "state": outcome.state, "reason": outcome.reason, "detail": outcome.detail}
        self.event(EventKind.OUTCOME, outcome.id, body)

    def grant_taken(self) -> None:
        self._grants_changed = True
        self._keep_grants()

    def grant_started(self, outlet: str, grant: Grant) -> None:
        self._grants_changed = True
        self._queries.wanted(outlet.partition("/")[0])
        self.event(EventKind.ORDER, outlet, {"order_id": grant.order_id, "stage": "on"})
        self._metering.started(outlet, grant.order_id)

    def grant_ended(self, outlet: str, grant: Grant, reason: EndReason, wh: float, seconds: float) -> None:
        self._grants_changed = True
        self._queries.wanted(outlet.partition("/")[0])
        self._metering.ended(outlet, grant.order_id)
        body = {"order_id": grant.order_id, "stage": "ended", "reason": reason, "wh": round(wh), "s": round(seconds)}
        self.event(EventKind.ORDER, outlet, body)

    def acts_begin(self, command_ids: tuple[str, ...]) -> bool:
        self._acting = tuple(dict.fromkeys([*self._acting, *command_ids]))
        return self._memory is None or self._memory.keep_acting(self._acting)

    def latch_reset(self, loop: ControlLoop, target: str, by: str, reason: str) -> None:
        self.event(EventKind.TRIP, target, {"stage": "reset", "by": by, "reason": reason}, remembers=loop)

    # ------------------------------------------------------------------ from edge

    def command(self, command: Command) -> None:
        """Take a command; one whose id is known has acted already, and its outcome is on its way."""
        if command.kind is CommandKind.ANSWER:
            self._reported.decided(command)
        elif self._known.is_new(command.id):
            self.arbiter.submit(command)

    def grant(self, granting: Granting) -> None:
        """Take a grant; an adoption is harmless to repeat."""
        if self._known.is_new(granting.command_id) or granting.adopt:
            self.arbiter.grant(granting.grant, granting.command_id, adopt=granting.adopt)

    def revoke(self, revocation: Revocation) -> None:
        """End an order's grant."""
        if self._known.is_new(revocation.id):
            self.arbiter.revoke(revocation.outlet, revocation.order_id, revocation.id)

    def recall(self, protection: Mapping[str, Any]) -> None:
        """Take edge's copy of what protection remembers; it counts where field started without a memory."""
        if self.had_memory:
            return
        self.had_memory = True
        piles = all_piles(protection)
        for loop in self.loops:
            loop.relay.recall(piles, self._now())
            self.event(EventKind.GATEWAY, loop.bus.name, {"what": MEMORY_ADDED}, remembers=loop)
        self._protection_changed = True

    def acknowledged(self, seq: int) -> None:
        """Forget events that edge has on disk."""
        self._events.acknowledged(seq)

    # ------------------------------------------------------------------ events and time

    @property
    def outbox(self) -> Outbox:
        """What edge has still to be told, everything that has happened included."""
        self.settle()
        return self._outbox

    def settle(self) -> None:
        """Make what happened into text, and mirror it."""
        self._protection_changed |= self._events.settle()

    def tick(self) -> None:
        """Let time act: on protection first, then on grants, orphans and records."""
        for loop in self.loops:
            loop.tick()
        now_s = self._now()
        self.arbiter.tick()
        for outlet in self._found.due(now_s):
            if self.arbiter.explains(outlet):  # since its relay was read
                self._found.seen(outlet, now_s, is_on=True, explained=True)
            else:
                self.arbiter.open_outlet(outlet, urgent=False)
        self._leases.set(self._silent, now_s, self.arbiter.tell)
        self._queries.ask(self._silent)
        for what, observe in (("record", self._trips.close_due), ("telling", self.settle), ("memory", self.keep)):
            try:
                observe()
            except Exception as error:  # noqa: BLE001 - what only observes never stops what protects
                self.failed(what, error)

    def keep(self) -> None:
        """Write what must outlive this process, if it has changed."""
        if self._memory is None:
            return
        self._keep_grants()
        if self._acting != self.arbiter.acts.ids:  # the outcome of the others is among the events by now
            self._acting = self.arbiter.acts.ids
            self._memory.keep_acting(self._acting)
        if self._protection_changed:
            self._protection_changed = False
            self._memory.keep_protection(self.protection(), is_whole=self.had_memory)
        self.alarm("*", "memory", active=bool(self._memory.problem), detail=self._memory.problem)

    def protection(self) -> dict[str, object]:
        """Return what the relays remember, bus by bus."""
        now_s = self._now()
        return {loop.bus.name: loop.relay.snapshot(now_s) for loop in self.loops}

    def snapshot(self) -> Snapshot:
        """Return how everything stands, for an edge that has just come."""
        self.settle()
        lost = [device.name for loop in self.loops if id(loop) in self._links_down for device in loop.devices]
        return Snapshot(
            had_memory=self.had_memory,
            events_to=self._outbox.events_to,
            events_from=self._outbox.events_from,
            grants=tuple(running.to_json() for running in self.arbiter.grants),
            silent=tuple(sorted(self._silent)),
            lost=tuple(lost),
            alarms=tuple(sorted(self._events.standing)),
            bounds_ms=self.bounds_ms,
            image={str(n): [scan.taken_s, int(scan.quality), scan.raw.hex()] for n, scan in self.image.items()},
            protection=self.protection(),
        )

    def is_lost(self, loop: ControlLoop) -> bool:
        """Return whether nothing can come from a line, and that has been told."""
        return id(loop) in self._links_down or all(device.name in self._silent for device in loop.devices)

    def _relay_read(self, outlet: str, *, is_on: bool) -> None:
        explained = self.arbiter.explains(outlet)
        if not is_on:
            self.arbiter.found_off(outlet)
        elif self.arbiter.is_opening(outlet):
            return
        self._found.seen(outlet, self._now(), is_on=is_on, explained=explained)
        self.alarm(outlet, "on-without-grant", active=is_on and not explained)

    def _keep_grants(self) -> None:
        if self._memory is None:
            return
        opening = sorted(self.arbiter.opening())
        if self._grants_changed or opening != self._opening:
            self._grants_changed, self._opening = False, opening
            grants = (running.to_json() for running in self.arbiter.grants)
            self._memory.keep_grants(self.config_hash, grants, opening, self.arbiter.grants.order_nos)

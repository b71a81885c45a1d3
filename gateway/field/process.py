"""The field process beside its control loops: what happened becomes events, what was read goes to edge, time passes.

Everything here runs after the line has been served. It decides nothing about protection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.field.arbiter import Arbiter
from gateway.field.found import ORPHAN_AFTER_S, FoundOn
from gateway.field.known import KnownIds
from gateway.field.lease import Leases
from gateway.field.memory import all_piles
from gateway.field.recorder import TripRecord
from gateway.field.telling import cause_body, tell
from gateway.model.device import Kind, Role
from gateway.model.event import Event, EventKind
from gateway.protection.decision import AlarmKind, Clear, Raise, Trip, Verified
from gateway.wire.messages import Snapshot, encode_event
from gateway.wire.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

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


class Told(NamedTuple):
    """What happened, before it is made into text. `remembers`: its relay's memory has changed by it."""

    number: int
    kind: EventKind
    target: str
    at_s: float
    body: Mapping[str, object]
    remembers: ControlLoop | None


class Field:
    """All loops of one process, and what they tell. Implements the loops' `Listeners` and the arbiter's `Reports`.

    `wake` is called when there is something new to tell; `settle` makes it into text, off the path to a cutoff.
    """

    def __init__(
        self,
        *,
        boot: str,
        config_hash: str,
        bounds_ms: Mapping[str, float],
        memory: Memory | None,
        now: Callable[[], float],
        orphan_after_s: float = ORPHAN_AFTER_S,
    ) -> None:
        self.boot = boot
        self.config_hash = config_hash
        self._outbox = Outbox(boot)
        self.arbiter = Arbiter(reports=self, events_full=lambda: self._outbox.is_full, now=now)
        self.loops: tuple[ControlLoop, ...] = ()
        self.image: dict[int, Scan] = {}
        self.bounds_ms = dict(bounds_ms)
        self.wake: Callable[[], None] = lambda: None
        self.had_memory = False
        self._leases = Leases()
        self._memory = memory
        self._now = now
        self._found = FoundOn(orphan_after_s)
        self._known = KnownIds()
        self._events = 0
        self._untold: list[Told] = []
        self._links_down: dict[int, str] = {}
        self._silent: set[str] = set()
        self._alarms: set[tuple[str, str]] = set()
        self._protection_changed = True
        self._grants_changed = True

    def attach(self, loops: Sequence[ControlLoop], contactors: Mapping[str, str]) -> None:
        """Take the loops over, once, at start, and what an earlier process has left in memory."""
        self.loops = tuple(loops)
        self.arbiter.place(loops, contactors)
        self._leases.place(loops)
        if self._memory is None:
            return
        self.had_memory = self._memory.protection() is not None
        self.arbiter.restore(self._memory.grants(self.config_hash))
        mirrored = self._memory.mirrored()
        if mirrored is not None:
            self._outbox.restore(mirrored.stream, mirrored.events, mirrored.next_seq)
            self._known.learn(body for _, body in mirrored.events)
        left = self._outbox.unacknowledged
        acknowledged = left[0][0] - 1 if left else self._outbox.events_to
        self._memory.begin(self._outbox.stream, acknowledged, left)

    # ------------------------------------------------------------------ from the loops

    def scan(self, scan: Scan) -> None:
        self.image[scan.layout] = scan
        self._outbox.scan(scan)
        lease = self._leases.read(scan, self._now())
        if lease is not None:
            device, is_armed = lease
            self.alarm(device, "lease-not-armed", active=not is_armed)

    def decided(self, loop: ControlLoop, decision: Decision) -> None:
        device = None if decision.pile is None else loop.pile(decision.pile)
        if device is not None and isinstance(decision, Trip):
            self._tripped(loop, device, decision)
            return
        if device is not None and isinstance(decision, Verified):
            loop.recorder.verified(device.outlet_names[decision.outlet], verified=decision.verified)
        told = tell(decision, device, loop.bus.name)
        if told is not None:
            latch = isinstance(decision, Raise | Clear) and decision.alarm is AlarmKind.REJECTED
            self.event(*told, remembers=loop if latch else None)

    def values(self, device: FieldDevice, role: Role, first: int | None, values: Sequence[float | None]) -> None:
        if first is None or device.model.kind is not Kind.PILE:
            return
        read = [(device.outlet_names[n], value) for n, value in enumerate(values, start=first) if value is not None]
        if role is Role.ENERGY:
            for name, value in read:
                self.arbiter.energy(name, value)
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
            self._leases.contact(device)
        self.event(EventKind.ALARM, device.name, {"alarm": "silent", "active": silent})

    def link(self, loop: ControlLoop, *, up: bool, why: str) -> None:
        known = self._links_down.get(id(loop))
        if up:
            for device in loop.devices:
                self._leases.contact(device)
        if up and known is not None:
            del self._links_down[id(loop)]
            self.event(EventKind.ALARM, loop.bus.name, {"alarm": "link-down", "active": False})
        elif not up and known is None:
            self._links_down[id(loop)] = why
            for device in loop.devices:
                self.arbiter.state_lost(device)
            self.event(EventKind.ALARM, loop.bus.name, {"alarm": "link-down", "active": True, "detail": why})

    # ------------------------------------------------------------------ from the arbiter

    def outcome(self, outcome: Outcome) -> None:
        body = {"id": outcome.id, "state": outcome.state, "reason": outcome.reason, "detail": outcome.detail}
        self.event(EventKind.OUTCOME, outcome.id, body)

    def grant_taken(self) -> None:
        self._grants_changed = True
        self._keep_grants()

    def grant_started(self, outlet: str, grant: Grant) -> None:
        self._grants_changed = True
        self.event(EventKind.ORDER, outlet, {"order_id": grant.order_id, "stage": "on"})

    def grant_ended(self, outlet: str, grant: Grant, reason: EndReason, wh: float, seconds: float) -> None:
        self._grants_changed = True
        body = {"order_id": grant.order_id, "stage": "ended", "reason": reason, "wh": round(wh), "s": round(seconds)}
        self.event(EventKind.ORDER, outlet, body)

    def latch_reset(self, loop: ControlLoop, target: str, by: str, reason: str) -> None:
        self.event(EventKind.TRIP, target, {"stage": "reset", "by": by, "reason": reason}, remembers=loop)

    # ------------------------------------------------------------------ from edge

    def command(self, command: Command) -> None:
        """Take a command; one whose id is known has acted already, and its outcome is on its way."""
        if self._known.is_new(command.id):
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
        self._protection_changed = True

    def acknowledged(self, seq: int) -> None:
        """Forget events that edge has on disk."""
        self._outbox.events_acknowledged(seq)
        if self._memory is not None:
            self._memory.acknowledged(seq, self._outbox.stream, self._outbox.unacknowledged)

    # ------------------------------------------------------------------ events and time

    @property
    def outbox(self) -> Outbox:
        """What edge has still to be told, everything that has happened included."""
        self.settle()
        return self._outbox

    def event(
        self, kind: EventKind, target: str, body: Mapping[str, object], *, remembers: ControlLoop | None = None
    ) -> None:
        """Note what happened; it is kept until edge has it on disk."""
        self._events += 1
        self._untold.append(Told(self._events, kind, target, self._now(), body, remembers))
        self.wake()

    def settle(self) -> None:
        """Make what happened into text, and mirror it."""
        untold, self._untold = self._untold, []
        for told in untold:
            event = Event(
                id=f"{self.boot}-{told.number}", kind=told.kind, target=told.target, at_s=told.at_s, body=told.body
            )
            loop = told.remembers
            remembered = None if loop is None else {loop.bus.name: loop.relay.snapshot(self._now())}
            encoded = encode_event(event, remembered)
            seq = self._outbox.event(encoded)
            if self._memory is not None:
                self._memory.keep_event(seq, encoded)
            self._protection_changed |= loop is not None

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
        for loop in self.loops:
            for record in loop.recorder.close_due(now_s):
                self._recorded(record)
        for leased in self._leases.due(self._silent):
            leased.is_due, leased.sent_s = False, now_s
            self.arbiter.arm(leased.loop, leased.device)
        self.settle()
        self.keep()

    def keep(self) -> None:
        """Write what must outlive this process, if it has changed."""
        if self._memory is None:
            return
        self._keep_grants()
        if self._protection_changed:
            self._protection_changed = False
            self._memory.keep_protection(self.protection())
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
            grants=tuple(running.to_json() for running in self.arbiter.grants),
            silent=tuple(sorted(self._silent)),
            lost=tuple(lost),
            bounds_ms=self.bounds_ms,
            image={str(n): [scan.taken_s, int(scan.quality), scan.raw.hex()] for n, scan in self.image.items()},
            protection=self.protection(),
        )

    def is_lost(self, loop: ControlLoop) -> bool:
        """Return whether nothing can come from a line, and that has been told."""
        return id(loop) in self._links_down or all(device.name in self._silent for device in loop.devices)

    # ------------------------------------------------------------------ inside

    def _relay_read(self, outlet: str, *, is_on: bool) -> None:
        explained = self.arbiter.explains(outlet)
        if explained and not is_on:
            self.arbiter.found_off(outlet)
        self._found.seen(outlet, self._now(), is_on=is_on, explained=explained)
        self.alarm(outlet, "on-without-grant", active=is_on and not explained)

    def _keep_grants(self) -> None:
        if self._memory is not None and self._grants_changed:
            self._grants_changed = False
            self._memory.keep_grants(self.config_hash, (running.to_json() for running in self.arbiter.grants))

    def alarm(self, target: str, alarm: str, *, active: bool, detail: str = "") -> None:
        """Tell of an alarm when it comes and when it goes."""
        known = (target, alarm) in self._alarms
        if active is known:
            return
        (self._alarms.add if active else self._alarms.discard)((target, alarm))
        self.event(EventKind.ALARM, target, {"alarm": alarm, "active": active} | ({"detail": detail} if active else {}))

    def _recorded(self, record: TripRecord) -> None:
        self.event(EventKind.TRIP, record.device, {"stage": "recorded", **record.body()})
        measured_ms, bound_ms = record.measured_ms, record.bound_ms
        if measured_ms is not None and bound_ms is not None and measured_ms > bound_ms:
            body = {"alarm": "bound-missed", "active": True, "measured_ms": round(measured_ms, 3), "bound_ms": bound_ms}
            self.event(EventKind.ALARM, record.device, body | {"trip_id": record.trip_id})

    def _tripped(self, loop: ControlLoop, device: FieldDevice, trip: Trip) -> None:
        picked_up_s = min(cause.picked_up_s for cause in trip.outlets)
        record = TripRecord(
            trip_id=f"{self.boot}-t{self._events + 1}",
            device=device.name,
            outlets=tuple(device.outlet_names[cause.outlet] for cause in trip.outlets),
            bound_ms=self.bounds_ms.get(device.name),
            decided_s=self._now(),
            picked_up_s=picked_up_s,
            seen_below_s=loop.recorder.last_below_s(picked_up_s),
            before=[],
        )
        loop.recorder.begin(record)
        causes = [cause_body(cause, device) for cause in trip.outlets]
        body = {"stage": "tripped", "trip_id": record.trip_id, "bound_ms": record.bound_ms, "causes": causes}
        self.event(EventKind.TRIP, device.name, body, remembers=loop)

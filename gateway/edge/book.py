"""How everything stands, as edge knows it: grants, wishes, latches, sight. Pure; changed by events, read by all.

`apply` returns what has to be stored with an event. The book changes at once; where the log then refuses the event,
the same event is applied again later, and nothing is different by it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.edge.closings import Closings
from gateway.edge.held import PREFIX as HELD
from gateway.edge.held import Held, grants_of
from gateway.edge.places import Places
from gateway.edge.remembered import merged
from gateway.edge.wishes import Wish, WishNames, wishes_of
from gateway.model.device import Role
from gateway.model.event import Event, EventKind
from gateway.wire.messages import MEMORY_ADDED, Revocation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.model.site import Site
    from gateway.wire.messages import Snapshot

PROTECTION = "protection/"
"""Of the names under which the memory of each bus's protection is stored."""

FINAL = ("done", "refused", "failed")

Changes = dict[str, bytes | None]


class Book:
    """One site. `machine` names the present boot of the machine."""

    def __init__(self, site: Site, machine: str, states: Mapping[str, bytes]) -> None:
        self.machine = machine
        self.models = {device.name: device.model for device in site.devices}
        self.outlets = {
            f"{name}/{outlet.name}": name for name, model in self.models.items() for outlet in model.outlets
        }
        self.buses = {bus.name: [device.name for device in site.devices_on(bus.name)] for bus in site.buses}
        self.held: dict[str, Held] = {
            outlet: held for outlet, held in grants_of(states).items() if outlet in self.outlets
        }
        self.wishes: dict[str, Wish] = wishes_of(states)
        self.wish_names = WishNames(states)
        self.adoptions: dict[str, str] = {}
        self.protection: dict[str, Any] = {
            name.removeprefix(PROTECTION): json.loads(value)
            for name, value in states.items()
            if name.startswith(PROTECTION)
        }
        self.closings = Closings(states)
        self.places = Places((), self.models)
        self.inputs: frozenset[str] = frozenset()
        self.bounds_ms: dict[str, float] = {}
        self.silent: set[str] = set()
        self.lost: set[str] = set(self.models)
        self.is_field_here = False
        self.had_field_memory = True
        self.field_memory = ""
        self._unmerged: set[str] = set()
        self.revisions: dict[str, int] = dict.fromkeys(self.models, 0)
        self.inventory_revision = 0

    # ------------------------------------------------------------------ from field

    def take_snapshot(self, snapshot: Snapshot, places: Places, memory: str) -> None:
        """Field has come: what it says of sight and bounds counts from now on. `memory`: the name of what it keeps."""
        self.places = places
        self.silent, self.lost = set(snapshot.silent), set(snapshot.lost)
        self.had_field_memory, self.field_memory = snapshot.had_memory, memory
        self._unmerged = set() if snapshot.had_memory else set(self.buses)
        if snapshot.had_memory:
            self.protection = dict(snapshot.protection)
        if self.bounds_ms != snapshot.bounds_ms:
            self.bounds_ms = dict(snapshot.bounds_ms)
            self.inventory_revision += 1
        self.is_field_here = True
        self._touch(self.models)

    def field_gone(self) -> None:
        """Nothing more is known of any device until field is back."""
        if self.is_field_here:
            self.is_field_here = False
            self._touch(self.models)

    def apply(self, event: Event, memory: Mapping[str, Any]) -> Changes:
        """Take an event of field; return what changes in what is stored."""
        changes: Changes = {}
        for bus, told in memory.items():
            if event.body.get("what") == MEMORY_ADDED:
                self._unmerged.discard(bus)
            remembered = merged(self.protection.get(bus, {}), told) if bus in self._unmerged else told
            self.protection[bus] = remembered
            changes[PROTECTION + bus] = json.dumps(remembered, separators=(",", ":")).encode()
            self._touch(self.buses.get(bus, ()))
        if event.kind is EventKind.ORDER:
            changes |= self._order(event)
        elif event.kind is EventKind.OUTCOME and event.body.get("state") in FINAL:
            changes |= self.answered(event.target, started=event.body.get("state") == "done")
            adopted = self.held.get(self.adoptions.pop(event.target, ""))
            if adopted is not None and event.body.get("state") != "done":
                changes |= self.ended(adopted)
        elif event.kind is EventKind.ALARM:
            self._alarm(event)
        return changes

    def _order(self, event: Event) -> Changes:
        held = self.held.get(event.target)
        if held is None or event.body.get("order_id") != held.order_id:
            return {}
        self._touch((self.outlets[event.target],))
        if event.body.get("stage") == "ended":
            return self.ended(held)
        closings = self.closings.closed(held.outlet, is_news=not held.is_on)
        held.is_on = True
        return {HELD + held.outlet: held.to_bytes(), **closings}

    def _alarm(self, event: Event) -> None:
        active = bool(event.body.get("active"))
        if event.body.get("alarm") == "silent":
            (self.silent.add if active else self.silent.discard)(event.target)
            self._touch((event.target,))
        elif event.body.get("alarm") == "link-down":
            devices = self.buses.get(event.target, ())
            (self.lost.update if active else self.lost.difference_update)(devices)
            self._touch(devices)

    # ------------------------------------------------------------------ grants and wishes

    def accept(self, wish: Wish, held: Held | None = None) -> Changes:
        """Take a wish, and the grant that it asks field to take."""
        self.wishes[wish.id] = wish
        changes: Changes = {self.wish_names.of(wish.id): wish.to_bytes()}
        if held is not None:
            changes |= self.running(held)
        return changes

    def running(self, held: Held) -> Changes:
        """Hold a grant."""
        self.held[held.outlet] = held
        self._touch((self.outlets[held.outlet],))
        return {HELD + held.outlet: held.to_bytes()}

    def ended(self, held: Held) -> Changes:
        """Forget a grant."""
        self.held.pop(held.outlet, None)
        self._touch((self.outlets[held.outlet],))
        return {HELD + held.outlet: None}

    def answered(self, wish_id: str, *, started: bool) -> Changes:
        """Forget a wish that has its outcome; a grant that field could not start with it, or holds no more by it."""
        wish = self.wishes.pop(wish_id, None)
        if wish is None:
            return {}
        changes: Changes = {self.wish_names.done(wish_id): None}
        gone = wish.wanted.order_id if isinstance(wish.wanted, Revocation) else None
        for held in tuple(self.held.values()):
            failed = held.command_id == wish_id and not started and not held.is_on
            if failed or held.order_id == gone:
                changes |= self.ended(held)
        return changes

    def not_made(self, wish_ids: Iterable[str]) -> None:
        """Give the names of wishes back that could not be stored."""
        for wish_id in wish_ids:
            if wish_id not in self.wishes:
                self.wish_names.done(wish_id)

    def against_switching(self, outlet: str) -> str:
        """Return why field would refuse to switch an outlet on, as far as edge knows; empty: it might not."""
        device = self.outlets[outlet]
        if device in self.silent | self.lost:
            return "silent"
        shows_relay = any(
            Role.RELAY in each.roles for each in self.models[device].outlets if f"{device}/{each.name}" == outlet
        )
        return "state-unknown" if shows_relay and self.places.value(outlet, Role.RELAY) is None else ""

    def changed(self, outlet: str) -> None:
        """Take note that an outlet looks otherwise from outside."""
        self._touch((self.outlets[outlet],))

    # ------------------------------------------------------------------ readings

    def scanned(self, scan_device: str, *, relays_changed: bool) -> None:
        if relays_changed:
            self._touch((scan_device,))

    def count_energy(self) -> None:
        """Bring what the outlets have used up to the last readings."""
        for held in self.held.values():
            energy = self.places.value(held.outlet, Role.ENERGY)
            if energy is not None and held.is_on and energy[1] >= held.started_s:
                held.energy(*energy)

    def _touch(self, devices: Iterable[str]) -> None:
        for device in devices:
            if device in self.revisions:
                self.revisions[device] += 1

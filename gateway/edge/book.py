"""How everything stands, as edge knows it: orders, wishes, latches, sight. Pure; changed by events, read by all.

`apply` returns what has to be stored with an event. The book changes at once; where the log then refuses the event,
the same event is applied again later, and nothing is different by it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.edge.order import PREFIX as ORDER
from gateway.edge.order import Order, orders_of
from gateway.edge.places import Places
from gateway.edge.wishes import PREFIX as WISH
from gateway.edge.wishes import Wish, wishes_of
from gateway.model.device import Role
from gateway.model.event import Event, EventKind

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
        self.orders: dict[str, Order] = {
            outlet: order for outlet, order in orders_of(states).items() if outlet in self.outlets
        }
        self.wishes: dict[str, Wish] = wishes_of(states)
        self.adoptions: dict[str, str] = {}
        self.protection: dict[str, Any] = {
            name.removeprefix(PROTECTION): json.loads(value)
            for name, value in states.items()
            if name.startswith(PROTECTION)
        }
        self.places = Places((), self.models)
        self.bounds_ms: dict[str, float] = {}
        self.silent: set[str] = set()
        self.lost: set[str] = set(self.models)
        self.is_field_here = False
        self.revisions: dict[str, int] = dict.fromkeys(self.models, 0)
        self.inventory_revision = 0

    # ------------------------------------------------------------------ from field

    def take_snapshot(self, snapshot: Snapshot, places: Places) -> None:
        """Field has come: what it says of sight and bounds counts from now on."""
        self.places = places
        self.silent, self.lost = set(snapshot.silent), set(snapshot.lost)
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
        for bus, remembered in memory.items():
            self.protection[bus] = remembered
            changes[PROTECTION + bus] = json.dumps(remembered, separators=(",", ":")).encode()
            self._touch(self.buses.get(bus, ()))
        if event.kind is EventKind.ORDER:
            changes |= self._order(event)
        elif event.kind is EventKind.OUTCOME and event.body.get("state") in FINAL:
            changes |= self.answered(event.target, started=event.body.get("state") == "done")
            adopted = self.orders.get(self.adoptions.pop(event.target, ""))
            if adopted is not None and event.body.get("state") != "done":
                changes |= self.ended(adopted)
        elif event.kind is EventKind.ALARM:
            self._alarm(event)
        return changes

    def _order(self, event: Event) -> Changes:
        order = self.orders.get(event.target)
        if order is None or event.body.get("order_id") != order.order_id:
            return {}
        self._touch((self.outlets[event.target],))
        if event.body.get("stage") == "ended":
            return self.ended(order)
        order.is_on = True
        return {ORDER + order.outlet: order.to_bytes()}

    def _alarm(self, event: Event) -> None:
        active = bool(event.body.get("active"))
        if event.body.get("alarm") == "silent":
            (self.silent.add if active else self.silent.discard)(event.target)
            self._touch((event.target,))
        elif event.body.get("alarm") == "link-down":
            devices = self.buses.get(event.target, ())
            (self.lost.update if active else self.lost.difference_update)(devices)
            self._touch(devices)

    # ------------------------------------------------------------------ orders and wishes

    def accept(self, wish: Wish, order: Order | None = None) -> Changes:
        """Take a wish, and the order that it starts."""
        self.wishes[wish.id] = wish
        changes: Changes = {WISH + wish.id: wish.to_bytes()}
        if order is not None:
            changes |= self.running(order)
        return changes

    def running(self, order: Order) -> Changes:
        """Hold an order."""
        self.orders[order.outlet] = order
        self._touch((self.outlets[order.outlet],))
        return {ORDER + order.outlet: order.to_bytes()}

    def ended(self, order: Order) -> Changes:
        """Forget an order."""
        self.orders.pop(order.outlet, None)
        self._touch((self.outlets[order.outlet],))
        return {ORDER + order.outlet: None}

    def answered(self, wish_id: str, *, started: bool) -> Changes:
        """Forget a wish that has its outcome; an order that could not be started with it."""
        if self.wishes.pop(wish_id, None) is None:
            return {}
        changes: Changes = {WISH + wish_id: None}
        for order in tuple(self.orders.values()):
            if order.command_id == wish_id and not started and not order.is_on:
                changes |= self.ended(order)
        return changes

    # ------------------------------------------------------------------ readings

    def scanned(self, scan_device: str, *, relays_changed: bool) -> None:
        if relays_changed:
            self._touch((scan_device,))

    def count_energy(self) -> None:
        """Bring what running orders have used up to the last readings."""
        for order in self.orders.values():
            energy = self.places.value(order.outlet, Role.ENERGY)
            if energy is not None and order.is_on and energy[1] >= order.started_s:
                order.energy(energy[0])

    def _touch(self, devices: Iterable[str]) -> None:
        for device in devices:
            if device in self.revisions:
                self.revisions[device] += 1

"""How everything stands, as the MQTT uplink publishes it: edge's book in the shapes of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.app.alarm_board import alarm_list, is_flooded
from gateway.app.limits import limits_of, usual
from gateway.edge.view import view
from gateway.model.device import Delivery, Kind
from gateway.uplink.inventory import Inventory, InventoryDevice, InventoryDocument, InventoryOutlet
from gateway.uplink.message import DeviceState, OutletState, PlaceState, ShelfState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal

    from gateway.edge.alarming.desk import AlarmDesk
    from gateway.edge.book import Book
    from gateway.edge.journal import Moment
    from gateway.edge.pushed import Document
    from gateway.edge.trading.showing import PlaceView
    from gateway.edge.trading.trade import Trade
    from gateway.edge.view import OutletView
    from gateway.model.site import Device, Site
    from gateway.orders.charge.order import ChargeOrder
    from gateway.uplink.alarms import AlarmList


class SiteBoard:
    """A `Board` of one site. `charges` and `trades` are the open orders by outlet; `doors`: door -> cabinet or bin.

    `places`: how the cabinets and bins behind a lock board stand at a monotonic time. `documents` are those that were
    pushed; `tariff_of`: outlet -> tariff of a start that names none.
    """

    def __init__(
        self,
        *,
        site: Site,
        book: Book,
        charges: Callable[[], Mapping[str, ChargeOrder]],
        trades: Callable[[], Mapping[str, Trade]],
        doors: Mapping[str, str],
        places: Callable[[str, float], Mapping[str, PlaceView]],
        documents: Callable[[], Sequence[Document]],
        tariff_of: Callable[[str], str],
        alarms: AlarmDesk,
        now: Callable[[], Moment],
        version: str,
    ) -> None:
        self._site = site
        self._book = book
        self._charges = charges
        self._trades = trades
        self._doors = doors
        self._places = places
        self._feeds = _fed(site)
        self._documents = documents
        self._tariff_of = tariff_of
        self._alarms = alarms
        self._now = now
        self.version = version
        self.config_hash = site.digest

    def revisions(self) -> Mapping[str, int]:
        return dict(self._book.revisions)  # as they are now: what changes during a publish is told by the next

    def inventory_revision(self) -> int:
        return self._book.inventory_revision

    def state(self, device: str) -> DeviceState:
        now = self._now()
        seen = view(self._book, device, now.mono_s, self._charges(), self._trades())
        outlets = {name: _outlet(outlet, now) for name, outlet in seen.outlets.items()}
        places = {name: _place(seen) for name, seen in self._places(device, now.mono_s).items()}
        return DeviceState(ts=now.ts_ms, link=seen.link, outlets=outlets, places=places)

    def inventory(self) -> Inventory:
        devices = tuple(self._device(device) for device in self._site.devices)
        documents = tuple(_document(document) for document in self._documents())
        latitude, longitude = self._site.coordinates or (None, None)
        return Inventory(
            ts=self._now().ts_ms,
            config_hash=self.config_hash,
            label=self._site.label,
            latitude=latitude,
            longitude=longitude,
            simulated=self._site.is_simulated,
            devices=devices,
            documents=documents,
        )

    def alarms_revision(self) -> object:
        now = self._alarms.clock.now(self._now())
        return self._alarms.alarms.revision, is_flooded(self._alarms.alarms, now)

    def alarms(self) -> AlarmList:
        return alarm_list(self._alarms.alarms, self._alarms.ground, self._alarms.clock.now(self._now()))

    def _device(self, device: Device) -> InventoryDevice:
        bound_ms = self._book.bounds_ms.get(device.name)
        setups = {outlet.number: outlet for outlet in device.outlets}
        protection = _protection(device, bound_ms)
        limits = {} if protection == "none" else limits_of(device)
        usual_limits = usual(limits)
        outlets = tuple(
            InventoryOutlet(
                outlet=outlet.name,
                uid=f"{self._site.name}/{device.name}/{outlet.name}",
                code="" if outlet.number not in setups else setups[outlet.number].sticker,
                label="" if outlet.number not in setups else setups[outlet.number].label,
                feeds=self._feeds.get((device.name, outlet.number), ()),
                place=self._doors.get(f"{device.name}/{outlet.name}", ""),
                tariff=self._tariff_of(f"{device.name}/{outlet.name}"),
                protection=protection,
                bound_ms=bound_ms,
                limits=None if limits.get(outlet.number) == usual_limits else limits.get(outlet.number),
            )
            for outlet in device.model.outlets
        )
        return InventoryDevice(
            device=device.name,
            kind=device.model.kind,
            profile=device.model.name,
            bus=device.bus,
            uid=f"{self._site.name}/{device.name}",
            label=device.label,
            limits=usual_limits,
            rated_closings=device.model.rated_closings,
            outlets=outlets,
        )


def _fed(site: Site) -> Mapping[tuple[str, int], tuple[str, ...]]:
    """Return the devices behind each contactor, by its board and channel."""
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for device in site.devices:
        if (up := device.upstream) is not None:
            found[up.device, up.channel] = (*found.get((up.device, up.channel), ()), device.name)
    return found


def _document(pushed: Document) -> InventoryDocument:
    return InventoryDocument(
        kind=pushed.kind,
        name=pushed.name,
        version=pushed.version,
        digest=pushed.digest,
        ts=pushed.ts_ms if pushed.clock else None,
    )


def _protection(
    device: Device, bound_ms: float | None
) -> Literal["bounded", "monitored-only", "pile-protected", "none"]:
    if device.model.kind is not Kind.PILE and not device.opens:
        return "none"
    if bound_ms is not None:
        return "bounded"
    return "monitored-only" if device.model.delivery is Delivery.POLLED else "pile-protected"


def _place(seen: PlaceView) -> PlaceState:
    shelves = tuple(
        ShelfState(shelf=shelf.name, count=shelf.count, grams=shelf.grams, stopped=shelf.stopped)
        for shelf in seen.shelves
    )
    return PlaceState(
        kind="bin" if seen.kind == "bin" else "cabinet",
        doors=seen.doors,
        shelves=shelves,
        celsius=seen.celsius,
        most_c=seen.most_c,
        category=seen.category,
        grams=seen.grams,
        level_pct=seen.level_pct,
        stopped=seen.stopped,
    )


def _outlet(seen: OutletView, now: Moment) -> OutletState:
    return OutletState(
        state=seen.state,
        stage=seen.stage,
        order_id=seen.order_id,
        wh=seen.wh,
        s=seen.s,
        amount_mil=seen.amount_mil,
        w=seen.w,
        a=seen.a,
        closings=seen.closings,
        plugged=seen.is_plugged,
        latch=seen.latch,
        as_of=_on_the_wall(seen.as_of_s, now),
        opened_as_of=_on_the_wall(seen.opened_s, now),
    )


def _on_the_wall(at_s: float | None, now: Moment) -> int | None:
    return None if at_s is None else round(now.ts_ms - (now.mono_s - at_s) * 1000)

"""How a device stands, for those who look from outside. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gateway.model.device import Kind, Role
from gateway.orders.tariff.bill import amount_mil

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.edge.book import Book
    from gateway.edge.trading.trade import Trade
    from gateway.orders.charge.order import ChargeOrder

CLOSED = 0.5
IDLE_A, IDLE_W = 0.05, 5.0
"""Up to this nothing flows; below it lies what meters show of an open outlet."""

NO_CHARGES: Mapping[str, ChargeOrder] = MappingProxyType({})
NO_TRADES: Mapping[str, Trade] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletView:
    """`state` is latched, tripped, starting, on, off or unknown; of a door open, shut or unknown.

    `stage` is the order's.

    `as_of_s`: when the readings behind it were taken. `opened_s`: when its contact was read open and nothing flowed,
    each by its own reading; None while it is not seen so.
    """

    state: str
    stage: str = ""
    order_id: str = ""
    wh: float | None = None
    s: int | None = None
    amount_mil: int | None = None
    w: float | None = None
    a: float | None = None
    closings: int | None = None
    is_plugged: bool | None = None
    latch: str = ""
    as_of_s: float | None = None
    opened_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """`link` is ok, silent or lost."""

    link: str
    outlets: Mapping[str, OutletView]


def view(
    book: Book,
    device: str,
    now_s: float,
    charges: Mapping[str, ChargeOrder] = NO_CHARGES,
    trades: Mapping[str, Trade] = NO_TRADES,
) -> DeviceView:
    """Return how a device stands; `now_s` is edge's monotonic clock.

    `charges` are the orders by their outlet, `trades` those of cabinets and bins by each of their doors.
    """
    book.count_energy()
    link = "lost" if not book.is_field_here or device in book.lost else "silent" if device in book.silent else "ok"
    memory = _memory(book, device)
    outlets = {}
    for outlet in book.models[device].outlets:
        name = f"{device}/{outlet.name}"
        if book.models[device].kind is Kind.LOCK:
            outlets[outlet.name] = _door(book, name, trades.get(name), is_seen=link == "ok")
            continue
        seen = _outlet(book, name, memory, str(outlet.number), now_s, is_seen=link == "ok")
        seen = replace(seen, opened_s=_opened_s(book, name, tells_contact=Role.RELAY in outlet.roles))
        outlets[outlet.name] = _with_order(seen, charges.get(name))
    return DeviceView(link=link, outlets=outlets)


def latch_of(book: Book, outlet: str) -> str:
    """Return what has latched an outlet or its pile until somebody resets it; empty: nothing."""
    device, _, name = outlet.partition("/")
    number = next((str(each.number) for each in book.models[device].outlets if each.name == name), "")
    memory = _memory(book, device)
    return ", ".join(dict.fromkeys(_latches(memory, number)))


def _latches(memory: Mapping[str, Any], number: str) -> list[str]:
    return [*memory.get("latched", ()), *memory.get("outlets", {}).get(number, {}).get("latched", ())]


def _door(book: Book, door: str, trade: Trade | None, *, is_seen: bool) -> OutletView:
    contact = book.places.value(door, Role.DOOR)
    state = "unknown" if contact is None or not is_seen else "open" if contact[0] > CLOSED else "shut"
    seen = OutletView(state=state, as_of_s=None if contact is None else contact[1])
    return seen if trade is None else replace(seen, stage=trade.order.stage, order_id=trade.order_id)


def _with_order(seen: OutletView, order: ChargeOrder | None) -> OutletView:
    if order is None:
        return seen
    amount = 0 if order.is_void else min(amount_mil(order.tariff, order.usage), order.ceiling_mil)
    return replace(
        seen,
        stage=order.stage,
        order_id=order.order_id,
        wh=round(order.wh, 3),
        s=order.seconds,
        amount_mil=amount,
    )


def _outlet(
    book: Book, outlet: str, memory: Mapping[str, Any], number: str, now_s: float, *, is_seen: bool
) -> OutletView:
    relay, power = book.places.value(outlet, Role.RELAY), book.places.value(outlet, Role.POWER)
    held, plug = book.held.get(outlet), book.places.value(outlet, Role.PLUG)
    amps = book.places.value(outlet, Role.CURRENT)
    rejected = memory.get("outlets", {}).get(number, {}).get("rejected")
    latches = _latches(memory, number)
    if latches:
        state = "latched"
    elif rejected:
        state = "tripped"
    elif held is not None:  # newer than the last reading of the relay, and field ends it where they disagree
        state = "on" if held.is_on else "starting"
    elif not is_seen or relay is None:
        state = "unknown"
    else:
        state = "on" if relay[0] > CLOSED else "off"
    taken = [value[1] for value in (relay, power) if value is not None]
    return OutletView(
        state=state,
        order_id="" if held is None else held.order_id,
        wh=None if held is None else round(held.before_wh + held.wh, 3),
        s=None if held is None else max(0, round(now_s - held.started_s)),
        w=None if power is None or not is_seen else power[0],
        a=None if amps is None or not is_seen else round(amps[0], 3),
        closings=book.closings.of(outlet) or None,
        is_plugged=None if plug is None or not is_seen else plug[0] > CLOSED,
        latch=", ".join(dict.fromkeys(latches)) or str(rejected or ""),
        as_of_s=min(taken, default=None),
    )


def _opened_s(book: Book, outlet: str, *, tells_contact: bool) -> float | None:
    """Return when an outlet was last seen open, whatever edge holds of it; None where it was not.

    An outlet that does not tell its contact is seen open where nothing flows and no grant runs.
    """
    relay = book.places.value(outlet, Role.RELAY)
    amps, watts = book.places.value(outlet, Role.CURRENT), book.places.value(outlet, Role.POWER)
    flow, idle = (watts, IDLE_W) if amps is None else (amps, IDLE_A)
    if flow is not None and flow[0] > idle:
        return None
    if tells_contact:
        if relay is None or relay[0] > CLOSED:
            return None
        return min(relay[1], relay[1] if flow is None else flow[1])
    return None if flow is None or outlet in book.held else flow[1]


def _memory(book: Book, device: str) -> Mapping[str, Any]:
    for remembered in book.protection.values():
        found = remembered.get("piles", {}).get(device)
        if isinstance(found, dict):
            return found
    return {}

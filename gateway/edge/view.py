"""How a device stands, for those who look from outside. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.model.device import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.edge.book import Book

CLOSED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletView:
    """`state` is latched, tripped, starting, on, off or unknown. `as_of_s`: when the readings behind it were taken."""

    state: str
    order_id: str = ""
    wh: float | None = None
    s: int | None = None
    w: float | None = None
    latch: str = ""
    as_of_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """`link` is ok, silent or lost."""

    link: str
    outlets: Mapping[str, OutletView]


def view(book: Book, device: str, now_s: float) -> DeviceView:
    """Return how a device stands; `now_s` is edge's monotonic clock."""
    book.count_energy()
    link = "lost" if not book.is_field_here or device in book.lost else "silent" if device in book.silent else "ok"
    memory = _memory(book, device)
    outlets = {
        outlet.name: _outlet(book, f"{device}/{outlet.name}", memory, str(outlet.number), now_s, is_seen=link == "ok")
        for outlet in book.models[device].outlets
    }
    return DeviceView(link=link, outlets=outlets)


def _outlet(
    book: Book, outlet: str, memory: Mapping[str, Any], number: str, now_s: float, *, is_seen: bool
) -> OutletView:
    relay, power = book.places.value(outlet, Role.RELAY), book.places.value(outlet, Role.POWER)
    order = book.orders.get(outlet)
    of_outlet = memory.get("outlets", {}).get(number, {})
    latches = [*memory.get("latched", ()), *of_outlet.get("latched", ())]
    if latches:
        state = "latched"
    elif of_outlet.get("rejected"):
        state = "tripped"
    elif order is not None:  # newer than the last reading of the relay, and field ends it where they disagree
        state = "on" if order.is_on else "starting"
    elif not is_seen or relay is None:
        state = "unknown"
    else:
        state = "on" if relay[0] > CLOSED else "off"
    taken = [value[1] for value in (relay, power) if value is not None]
    return OutletView(
        state=state,
        order_id="" if order is None else order.order_id,
        wh=None if order is None else round(order.wh, 3),
        s=None if order is None else max(0, round(now_s - order.started_s)),
        w=None if power is None or not is_seen else power[0],
        latch=", ".join(dict.fromkeys(latches)) or str(of_outlet.get("rejected") or ""),
        as_of_s=min(taken, default=None),
    )


def _memory(book: Book, device: str) -> Mapping[str, Any]:
    for remembered in book.protection.values():
        found = remembered.get("piles", {}).get(device)
        if isinstance(found, dict):
            return found
    return {}

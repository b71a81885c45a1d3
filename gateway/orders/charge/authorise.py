"""Who may start a charge, and with which ceiling: the platform's order, a card of the list, free charging.

Pure. Each answer is an order that is ready to begin, or one stable word that says why there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.orders.charge.guards import money_buys_nothing
from gateway.orders.charge.order import Authority, ChargeOrder, Policy
from gateway.orders.tariff.quote import Limits
from gateway.orders.tariff.tariff import Tariff
from gateway.orders.tariff.usage import nothing_used

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.orders.charge.cards import Card, CardList
    from gateway.orders.charge.settings import ChargeSettings
    from gateway.orders.clock import Now

FREE = Tariff(id="free", version=1)
"""No price: the limits are the ceiling. Of free charging, and where neither the start nor the site names a tariff."""

LOCAL = "local-"
"""Begins the id of every order that no platform has given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The outlet as it stands, and what a charge there may be at most. `blocked` says why no start is allowed there."""

    outlet: str
    settings: ChargeSettings
    most: Limits
    is_taken: bool = False
    blocked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A platform's order. `valid_until_ms` is wall time (Unix, ms); limits of 0 ask for what the place allows."""

    order_id: str
    user_ref: str
    tariff: Tariff
    amount_mil: int
    valid_until_ms: int
    max_s: int = 0
    max_wh: int = 0
    max_w: int = 0
    on_power_fail: Policy = Policy.GO_ON
    on_cloud_loss: Policy = Policy.GO_ON


@dataclass(frozen=True, slots=True, kw_only=True)
class Offline:
    """What a site allows a card: how old its list may be, one ceiling for all, and the tariff."""

    tariff: Tariff
    list_age_most_s: int
    ceiling_mil: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Debts:
    """What cards owe here, by the reference of their user: an order that is open, and settlements nobody has taken."""

    open_orders: Mapping[str, str]
    owed_mil: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """No start. `reason` is one stable word for machines, `detail` a line for people."""

    reason: str
    detail: str = ""


def by_platform(start: Start, place: Place, now: Now, device_order_no: str) -> ChargeOrder | Denied:
    """Return the platform's order. Whether its id was used before is the desk's to know.

    Without wall time nothing can be called too late: the command's own time to live has judged it then.
    """
    if now.has_wall_time and now.ts_ms >= start.valid_until_ms:
        return Denied(reason="expired")
    most = Limits(
        max_s=_within(start.max_s, place.most.max_s),
        max_wh=_within(start.max_wh, place.most.max_wh),
        max_w=_within(start.max_w, place.most.max_w),
    )
    return _open(
        ChargeOrder(
            order_id=start.order_id,
            outlet=place.outlet,
            user_ref=start.user_ref,
            authority=Authority.PLATFORM,
            tariff=start.tariff,
            ceiling_mil=start.amount_mil,
            prepaid_mil=start.amount_mil,
            most=most,
            device_order_no=device_order_no,
            settings=place.settings,
            accepted=now,
            on_power_fail=start.on_power_fail,
            on_cloud_loss=start.on_cloud_loss,
        ),
        place,
    )


def by_card(
    card: str, cards: CardList, offline: Offline, debts: Debts, place: Place, now: Now, new_id: str
) -> ChargeOrder | Denied:
    """Return an order on a card of the list. One open order a card.

    The money is not held here: what the card owes already and this order together stay below the list's ceiling for
    the card, and the order below the site's. It is claimed by the settlement.
    """
    entry = holder(card, cards, offline.list_age_most_s, now)
    if isinstance(entry, Denied):
        return entry
    if entry.user_ref in debts.open_orders:
        return Denied(reason="card-in-use", detail=debts.open_orders[entry.user_ref])
    left_mil = min(entry.ceiling_mil - debts.owed_mil.get(entry.user_ref, 0), offline.ceiling_mil)
    if left_mil <= 0 and offline.tariff.rates:
        return Denied(reason="card-limit", detail="what it owes has not been taken by the platform yet")
    order = _local(Authority.CARD, offline.tariff, place, now, new_id)
    return _open(replace(order, user_ref=entry.user_ref, ceiling_mil=max(0, left_mil)), place)


def holder(card: str, cards: CardList, list_age_most_s: int, now: Now) -> Card | Denied:
    """Return whose card it is, by a list that is not too old."""
    age_s = cards.age_s(now)
    if age_s > list_age_most_s:
        return Denied(reason="card-list-too-old", detail=f"{age_s // 3600} h")
    return cards.entry(card) or Denied(reason="card-unknown")


def free(place: Place, now: Now, new_id: str) -> ChargeOrder | Denied:
    """Return an order that costs nothing: its ceiling is the place's time and energy."""
    return _open(_local(Authority.FREE, FREE, place, now, new_id), place)


def _local(authority: Authority, tariff: Tariff, place: Place, now: Now, new_id: str) -> ChargeOrder:
    return ChargeOrder(
        order_id=LOCAL + new_id,
        outlet=place.outlet,
        user_ref="",
        authority=authority,
        tariff=tariff,
        ceiling_mil=0,
        prepaid_mil=0,
        most=place.most,
        device_order_no=new_id,
        settings=place.settings,
        accepted=now,
    )


def _within(asked: int, most: int) -> int:
    return min(asked, most) if asked > 0 else most


def _open(order: ChargeOrder, place: Place) -> ChargeOrder | Denied:
    if place.blocked:
        return Denied(reason=place.blocked)
    if place.is_taken:
        return Denied(reason="outlet-busy")
    order = replace(order, usage=nothing_used(order.tariff))
    if money_buys_nothing(order, None, order.accepted):
        return Denied(reason="amount-too-small", detail=f"{order.ceiling_mil / 1000:.3f} yuan buys nothing here")
    return order

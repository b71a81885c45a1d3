"""Who may start a charge, and with which ceiling: the platform's order, a card while the cloud is away, free charging.

Pure. Each answer is an order that is ready to begin, or one stable word that says why there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.orders.charge.guards import money_buys_nothing
from gateway.orders.charge.order import Authority, ChargeOrder, Policy
from gateway.orders.tariff.quote import Limits
from gateway.orders.tariff.usage import nothing_used

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.orders.charge.cards import CardList
    from gateway.orders.charge.settings import ChargeSettings
    from gateway.orders.clock import Now
    from gateway.orders.tariff.tariff import Tariff

LOCAL = "local-"
"""Begins the id of every order that no platform has given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The outlet as it stands, and what a charge there may be at most. `blocked` says why no start is allowed there."""

    outlet: str
    settings: ChargeSettings
    most: Limits
    is_latched: bool = False
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
    """What a site allows without its cloud: how old a card list may be, one ceiling for all, and the tariff."""

    tariff: Tariff
    list_age_most_s: int
    ceiling_mil: int


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
    card: str, cards: CardList, offline: Offline, open_cards: Collection[str], place: Place, now: Now, new_id: str
) -> ChargeOrder | Denied:
    """Return an order on a card of the list. One open order a card; `open_cards` are the references in use.

    The money is not held here: it is at most the list's and the site's ceiling, and is claimed by the settlement.
    """
    if cards.age_s(now) > offline.list_age_most_s:
        return Denied(reason="card-list-too-old", detail=f"{cards.age_s(now) // 3600} h")
    entry = cards.entry(card)
    if entry is None:
        return Denied(reason="card-unknown")
    if entry.user_ref in open_cards:
        return Denied(reason="card-in-use")
    return _open(
        ChargeOrder(
            order_id=LOCAL + new_id,
            outlet=place.outlet,
            user_ref=entry.user_ref,
            authority=Authority.CARD,
            tariff=offline.tariff,
            ceiling_mil=min(entry.ceiling_mil, offline.ceiling_mil),
            prepaid_mil=0,
            most=place.most,
            device_order_no=new_id,
            settings=place.settings,
            accepted=now,
        ),
        place,
    )


def free(tariff: Tariff, place: Place, now: Now, new_id: str) -> ChargeOrder | Denied:
    """Return an order that costs nothing: its ceiling is the place's time and energy. The tariff must have no price."""
    if tariff.rates or tariff.min_mil:
        return Denied(reason="tariff-not-free", detail=tariff.id)
    return _open(
        ChargeOrder(
            order_id=LOCAL + new_id,
            outlet=place.outlet,
            user_ref="",
            authority=Authority.FREE,
            tariff=tariff,
            ceiling_mil=0,
            prepaid_mil=0,
            most=place.most,
            device_order_no=new_id,
            settings=place.settings,
            accepted=now,
        ),
        place,
    )


def _within(asked: int, most: int) -> int:
    return min(asked, most) if asked > 0 else most


def _open(order: ChargeOrder, place: Place) -> ChargeOrder | Denied:
    if place.is_latched:
        return Denied(reason="latched")
    if place.blocked:
        return Denied(reason=place.blocked)
    if place.is_taken:
        return Denied(reason="outlet-busy")
    order = replace(order, usage=nothing_used(order.tariff))
    if money_buys_nothing(order, None, order.accepted):
        return Denied(reason="amount-too-small", detail=f"{order.ceiling_mil / 1000:.3f} yuan buys nothing here")
    return order

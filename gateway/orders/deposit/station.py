"""Who may begin a delivery where: one resident a door, one door a resident, a pause between two. Pure.

Balances and caps across sites are the cloud's; this keeps one station from being played.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.orders.clock import Now

MOST_KEPT = 256
"""Deliveries that are remembered, the latest; bounds the memory of a busy station."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One that has ended: what a pause and a repeated weight are judged by."""

    user_ref: str
    net_g: int
    ended_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """The deliveries under way (door and resident) and the latest that have ended."""

    under_way: tuple[tuple[str, str], ...] = ()
    ended: tuple[Delivery, ...] = ()


def refusal(station: Station, *, user_ref: str, door: str, now: Now, cool_down_ms: int = 60_000) -> str | None:
    """Return why this resident may not begin at this door now, None where nothing stands against it."""
    if any(busy == door for busy, _user in station.under_way):
        return "door-busy"
    if any(user == user_ref for _busy, user in station.under_way):
        return "one-at-a-time"
    if any(last.user_ref == user_ref and now.at_ms - last.ended_ms < cool_down_ms for last in station.ended):
        return "cool-down"
    return None


def begun(station: Station, *, user_ref: str, door: str) -> Station:
    """Return the station with one more delivery under way."""
    return replace(station, under_way=(*station.under_way, (door, user_ref)))


def ended(station: Station, *, user_ref: str, door: str, net_g: int, now: Now) -> Station:
    """Return the station after a delivery has ended, however it did."""
    under_way = tuple(pair for pair in station.under_way if pair != (door, user_ref))
    last = Delivery(user_ref=user_ref, net_g=net_g, ended_ms=now.at_ms)
    return Station(under_way=under_way, ended=(*station.ended, last)[-MOST_KEPT:])


def recent_g(station: Station, *, user_ref: str, now: Now, within_ms: int = 86_400_000) -> tuple[int, ...]:
    """Return what this resident has delivered here lately, grams, the oldest first."""
    return tuple(
        last.net_g for last in station.ended if last.user_ref == user_ref and now.at_ms - last.ended_ms <= within_ms
    )

"""Who may begin a delivery at a station: one door a resident, a pause between two. Pure.

That a door serves one at a time, whoever runs the orders sees to.

Balances and caps across sites are the cloud's; this keeps one station from being played.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

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
    """The latest deliveries that have ended."""

    ended: tuple[Delivery, ...] = ()


def refusal(
    station: Station, *, user_ref: str, busy: Container[str], now: Now, cool_down_ms: int = 60_000
) -> str | None:
    """Return why this resident may not begin now, None where nothing stands against it.

    `busy` are the residents whose deliveries are under way at another door.
    """
    if user_ref in busy:
        return "one-at-a-time"
    if any(last.user_ref == user_ref and now.at_ms - last.ended_ms < cool_down_ms for last in station.ended):
        return "cool-down"
    return None


def ended(station: Station, *, user_ref: str, net_g: int, now: Now) -> Station:
    """Return the station after a delivery has ended for which a door was opened."""
    last = Delivery(user_ref=user_ref, net_g=net_g, ended_ms=now.at_ms)
    return Station(ended=(*station.ended, last)[-MOST_KEPT:])


def recent_g(station: Station, *, user_ref: str, now: Now, within_ms: int = 86_400_000) -> tuple[int, ...]:
    """Return what this resident has delivered here lately, grams, the oldest first."""
    return tuple(
        last.net_g for last in station.ended if last.user_ref == user_ref and now.at_ms - last.ended_ms <= within_ms
    )

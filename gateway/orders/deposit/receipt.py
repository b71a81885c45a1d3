"""What an ended delivery says of itself: the record for the ledger and the cloud, complete with its evidence. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.orders.deposit.judge import judge, net_of
from gateway.orders.deposit.points_rule import digest

if TYPE_CHECKING:
    from gateway.orders.clock import Now
    from gateway.orders.deposit.order import Deposit

Body = dict[str, object]


def facts(order: Deposit, now: Now) -> Body:
    """Return what every record of an order carries."""
    card = {"card_ref": order.card_ref} if order.card_ref else {}
    return card | {
        "station": order.station,
        "door": order.door,
        "category": order.category.value,
        "purpose": order.purpose.value,
        "identity": order.identity.value,
        "user_ref": order.user_ref,
        "made_ms": order.made_ms,
        "at_ms": now.at_ms,
        "ts_ms": now.ts_ms,
        "clock": now.clock,
        "restarts": order.restarts,
    }


def receipt(order: Deposit, now: Now) -> Body:
    """Return what a delivery credits: provisional points for the grams that the scale proves."""
    verdict = judge(order, now)
    return facts(order, now) | {
        "net_g": verdict.net_g,
        "points": verdict.points,
        "provisional": True,
        "rule": _rule(order) | {"points_per_kg_x1000": verdict.rate_x1000},
        "flags": [flag.value for flag in verdict.flags],
        "evidence": evidence(order),
    }


def review(order: Deposit, now: Now) -> Body:
    """Return what a person has to look at. It credits nothing."""
    verdict = judge(order, now)
    return facts(order, now) | {
        "net_g": verdict.net_g,
        "points": verdict.points,
        "rule": _rule(order),
        "doubts": [doubt.value for doubt in verdict.doubts],
        "flags": [flag.value for flag in verdict.flags],
        "evidence": evidence(order),
    }


def collection(order: Deposit, now: Now) -> Body:
    """Return what staff took away: the loss of weight, and what is left above the empty container."""
    left_g = (order.now_g or 0) - order.tare_g
    return facts(order, now) | {
        "collected_g": max(0, -net_of(order)),
        "left_g": left_g,
        "emptied": abs(left_g) <= order.settings.most_left_g,
        "tare_g": order.tare_g,
        "points": 0,
        "evidence": evidence(order),
    }


def evidence(order: Deposit) -> Body:
    """Return what the sensors said: both weights, the curve between them, the photos."""
    return {
        "before_g": order.before_g,
        "peak_g": order.peak_g,
        "after_g": order.now_g,
        "curve": {"step_ms": order.curve.step_ms, "points": [list(point) for point in order.curve.points]},
        "photos": list(order.photos),
        "opened": order.was_open,
        "closes": order.closes,
        "jams": order.jams,
        "unwatched": order.is_unwatched,
    }


def _rule(order: Deposit) -> Body:
    return {"id": order.rule.id, "version": order.rule.version, "digest": digest(order.rule)}

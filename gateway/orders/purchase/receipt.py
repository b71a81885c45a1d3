"""What an ended purchase says of itself: the record for the ledger and the cloud, complete with its evidence. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from gateway.orders.purchase.judge import judge
from gateway.orders.purchase.restock import differences, tag_gap, weight_gap_g

if TYPE_CHECKING:
    from gateway.orders.clock import Now
    from gateway.orders.purchase.order import Purchase

Body = dict[str, object]


def facts(order: Purchase, now: Now) -> Body:
    """Return what every record of an order carries."""
    return {
        "cabinet": order.cabinet,
        "user_ref": order.user_ref,
        "purpose": order.purpose.value,
        "prices": asdict(order.prices),
        "made_ms": order.made_ms,
        "at_ms": now.at_ms,
        "ts_ms": now.ts_ms,
        "clock": now.clock,
        "restarts": order.restarts,
    }


def receipt(order: Purchase, now: Now) -> Body:
    """Return what a settled sale charges: the pieces whose absence the sensors prove, 0.001 yuan."""
    verdict = judge(order)
    return facts(order, now) | {
        "outcome": outcome(order),
        "lines": [asdict(each) | {"amount_mil": each.count * each.price_mil} for each in verdict.taken],
        "amount_mil": verdict.amount_mil,
        "limit_mil": order.limit_mil,
        "evidence": evidence(order),
    }


def outcome(order: Purchase) -> str:
    """Return in one word how a sale without a doubt ended."""
    if judge(order).taken:
        return "bought"
    return "nothing-taken" if order.was_open else "not-opened"


def review(order: Purchase, now: Now) -> Body:
    """Return what a person has to look at. It charges nothing; `supposed` is only where to start from."""
    verdict = judge(order)
    return facts(order, now) | {
        "doubts": [doubt.value for doubt in verdict.doubts],
        "amount_mil": 0,
        "limit_mil": order.limit_mil,
        "supposed": [asdict(each) for each in verdict.taken],
        "evidence": evidence(order),
    }


def restock(order: Purchase, now: Now) -> Body:
    """Return what staff found and did, where the books differ, and what the scales cannot confirm."""
    lines = order.declared or ()
    rows = tuple(zip(order.shelves, order.before, order.readings, strict=True))
    tags = {shelf.name: tag_gap(shelf, lines, after) for shelf, _before, after in rows}
    gaps = {shelf.name: weight_gap_g(shelf, lines, before, after) for shelf, before, after in rows}
    return facts(order, now) | {
        "lines": [asdict(line) for line in lines],
        "differences": [asdict(each) for each in differences(order.shelves, lines)],
        "weight_gaps_g": {name: gap_g for name, gap_g in gaps.items() if gap_g},
        "tag_gaps": {name: gap for name, gap in tags.items() if gap},
        "amount_mil": 0,
        "evidence": evidence(order),
    }


def disagrees(body: Body) -> bool:
    """Return whether the record of a restock finds books, scales and tags at odds."""
    return bool(body["differences"] or body["weight_gaps_g"] or body["tag_gaps"])


def evidence(order: Purchase) -> Body:
    """Return what the sensors said: each shelf before and after, each door, how long it was open."""
    return {
        "shelves": [
            {"shelf": shelf.name, "before": asdict(before), "after": asdict(after)}
            for shelf, before, after in zip(order.shelves, order.before, order.readings, strict=True)
        ],
        "doors": [asdict(door) for door in order.doors],
        "forced": list(order.forced),
        "photos": list(order.photos),
        "opened_ms": order.opened_ms,
        "unlocks": order.unlocks,
        "unwatched": order.is_unwatched,
    }

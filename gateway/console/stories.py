"""What became of an order, made of its records and of the trip that ended it: what a complaint is answered with. Pure.

Times are ms since 1970, energy Wh, amounts 0.001 yuan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BEFORE_MS = 10_000
"""A trip that began so long before an order was over may have ended it."""

AFTER_MS = 2_000
ENDS = frozenset({"settled", "recorded", "review", "cancelled"})
"""The last records of orders; each is told again until somebody acknowledges it."""

OF_ORDER = ("reason", "detail", "wh", "s", "amount_mil", "ended_ts_ms", "began_ts_ms", "receipt", "outlet")
OF_CAUSE = ("element", "ansi", "measured", "pickup")


class Told(NamedTuple):
    """One record as it was stored."""

    ts_ms: int
    target: str
    body: Mapping[str, Any]


def stories(orders: Iterable[Told], trips: Sequence[Told]) -> list[dict[str, Any]]:
    """Return what is to be told of each order, the latest first. Records may come in any order, and repeated."""
    records: dict[str, list[Told]] = {}
    for told in orders:
        if "order_id" in told.body and "stage" in told.body:
            records.setdefault(str(told.body["order_id"]), []).append(told)
    made = [_story(order_id, sorted(own, key=_by_time), trips) for order_id, own in records.items()]
    return sorted(made, key=lambda story: int(story["ts"]), reverse=True)


def _by_time(told: Told) -> tuple[int, bool]:
    return told.ts_ms, told.body["stage"] in ENDS


def _story(order_id: str, own: Sequence[Told], trips: Sequence[Told]) -> dict[str, Any]:
    ends = [told for told in own if told.body["stage"] in ENDS]
    last = ends[0] if ends else own[-1]
    story: dict[str, Any] = {
        "order_id": order_id,
        "place": own[0].target,
        "stage": last.body["stage"],
        "ts": last.ts_ms,
    }
    for told in [*own, last]:
        story |= {name: told.body[name] for name in OF_ORDER if told.body.get(name) is not None}
    place, ended_ms = str(story.get("outlet", own[0].target)), story.get("ended_ts_ms")
    if isinstance(ended_ms, int) and (trip := _trip(trips, place, ended_ms)):
        story["trip"] = trip
    return story


def _trip(trips: Iterable[Told], outlet: str, ended_ms: int) -> dict[str, Any]:
    """Return the trip of an outlet at the time at which its order was over; empty where there was none."""
    near = [
        {"ts": told.ts_ms} | {name: cause[name] for name in OF_CAUSE if name in cause}
        for told in trips
        for cause in told.body.get("causes") or ()
        if cause.get("outlet") == outlet and ended_ms - BEFORE_MS <= told.ts_ms <= ended_ms + AFTER_MS
    ]
    return min(near, key=lambda trip: abs(ended_ms - int(trip["ts"])), default={})

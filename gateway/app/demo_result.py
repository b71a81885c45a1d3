"""What a demo came to: the trips against their bounds, and the log against what arrived. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.orders.tariff.text import yuan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.app.demo_view import Picture

Numbers = dict[tuple[str, str], set[int]]
"""Sequence numbers by (boot, stream)."""


@dataclass(frozen=True, slots=True)
class Result:
    """What `--json` prints. `logged`, `delivered` and `missing` count distinct (boot, seq) of each stream.

    `orders`: how many were started and settled, and what the receipts that arrived add up to, in 0.001 yuan.
    """

    ok: bool
    trips: list[dict[str, Any]]
    logged: dict[str, int]
    delivered: dict[str, int]
    missing: dict[str, int]
    orders: dict[str, int]
    pss_mb: dict[str, float]
    seconds: float
    first_trip_s: float | None


def judge(
    picture: Picture,
    *,
    logged: list[dict[str, Any]],
    seen: list[dict[str, Any]],
    receipts: Mapping[str, int],
    pss_mb: dict[str, float],
    seconds: float,
    first_trip_s: float | None,
) -> Result:
    """Return the result: good only if every trip was recorded within its bound and everything logged has arrived.

    `receipts` are the amounts of the log by order, which those that arrived must equal.
    """
    want, have = numbers(logged), numbers(seen)
    missing = {key: known - have.get(key, set()) for key, known in want.items()}
    cuts = picture.cuts
    complete = bool(cuts) and all(cut.is_kept for cut in cuts) and picture.trips <= {cut.outlet for cut in cuts}
    arrived = {order_id: body["receipt"]["total_mil"] for order_id, body in picture.receipts.items()}
    return Result(
        ok=complete and bool(logged) and not any(missing.values()) and arrived == dict(receipts),
        trips=[{"outlet": c.outlet, "measured_ms": c.measured_ms, "bound_ms": c.bound_ms} for c in cuts],
        logged=_by_stream(want),
        delivered=_by_stream(have),
        missing=_by_stream(missing),
        orders={"started": len(picture.started), "settled": len(arrived), "amount_mil": sum(arrived.values())},
        pss_mb=pss_mb,
        seconds=round(seconds, 1),
        first_trip_s=None if first_trip_s is None else round(first_trip_s, 1),
    )


def numbers(streams: list[dict[str, Any]]) -> dict[tuple[str, str], set[int]]:
    """Return the sequence numbers of each (boot, stream) from ranges."""
    found: dict[tuple[str, str], set[int]] = {}
    for entry in streams:
        known = found.setdefault((entry["boot"], entry["stream"]), set())
        for first, last in entry["ranges"]:
            known.update(range(first, last + 1))
    return found


def _by_stream(found: dict[tuple[str, str], set[int]]) -> dict[str, int]:
    totals = {"event": 0, "reading": 0}
    for (_, stream), known in found.items():
        totals[stream] += len(known)
    return totals


def in_words(result: Result) -> str:
    lines = [
        f"cut off {trip['outlet']}: at most {trip['measured_ms']:.1f} ms, bound {trip['bound_ms']:.1f} ms"
        for trip in result.trips
    ] or ["no trip was completed"]
    lines += [
        (
            f"logged {result.logged['reading']} scans and {result.logged['event']} events, "
            f"delivered {result.delivered['reading']} and {result.delivered['event']}, "
            f"missing {result.missing['reading']} and {result.missing['event']}"
        ),
        (
            f"orders: {result.orders['started']} started, {result.orders['settled']} settled, "
            f"receipts of ¥{yuan(result.orders['amount_mil'])} in all"
        ),
        "memory (PSS): " + ", ".join(f"{name} {mb:.0f} MB" for name, mb in result.pss_mb.items()),
        "every trip within its bound, nothing missing"
        if result.ok
        else f"NOT as it should be: {_what_is_wrong(result)}",
    ]
    return "\n".join(lines)


def _what_is_wrong(result: Result) -> str:
    if any(result.missing.values()):
        return "records are missing"
    if any(trip["measured_ms"] > trip["bound_ms"] for trip in result.trips):
        return "a cutoff took longer than its bound; is something else keeping this machine busy?"
    return "a trip has no measured time; let it run longer (--for), or on a machine with less to do"

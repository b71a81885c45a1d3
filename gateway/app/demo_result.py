"""What a demo came to: the trips against their bounds, the log and its receipts against what arrived. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.app.demo_ends import RESIDENTS, OrderKind
from gateway.app.demo_view import total_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.app.demo_picture import Picture
    from gateway.app.demo_words import Words

Numbers = dict[tuple[str, str], set[int]]
"""Sequence numbers by (boot, stream)."""


@dataclass(frozen=True, slots=True)
class Result:
    """What `--json` prints. `logged`, `delivered` and `missing` count distinct (boot, seq) of each stream.

    `orders`: of each kind how many were started and settled, and what the receipts that arrived add up to: in 0.001
    yuan, or in points. `first_settled_s`: when the first of each kind was seen to be settled, after the start.
    `wrong`: why it is not `ok`, in one word.
    """

    ok: bool
    wrong: str
    trips: list[dict[str, Any]]
    logged: dict[str, int]
    delivered: dict[str, int]
    missing: dict[str, int]
    orders: dict[str, dict[str, int]]
    pss_mb: dict[str, float]
    seconds: float
    first_trip_s: float | None
    first_settled_s: dict[str, float]


def judge(
    picture: Picture,
    *,
    logged: list[dict[str, Any]],
    seen: list[dict[str, Any]],
    finals: Mapping[str, str],
    pss_mb: dict[str, float],
    seconds: float,
    first_trip_s: float | None,
    first_settled_s: Mapping[str, float],
) -> Result:
    """Return the result: good only if every trip was recorded within its bound and everything logged has arrived.

    `finals`: the ends of the log's orders, each a fingerprint; those that arrived must equal them.
    """
    want, have = numbers(logged), numbers(seen)
    missing = {key: known - have.get(key, set()) for key, known in want.items()}
    is_missing, is_equal = not logged or any(missing.values()), picture.finals == finals
    wrong = _what_is_wrong(picture, is_missing=is_missing, is_equal=is_equal)
    return Result(
        ok=not wrong,
        wrong=wrong,
        trips=[{"outlet": c.outlet, "measured_ms": c.measured_ms, "bound_ms": c.bound_ms} for c in picture.cuts],
        logged=_by_stream(want),
        delivered=_by_stream(have),
        missing=_by_stream(missing),
        orders={kind.value: _orders(picture, kind) for kind in RESIDENTS},
        pss_mb=pss_mb,
        seconds=round(seconds, 1),
        first_trip_s=None if first_trip_s is None else round(first_trip_s, 1),
        first_settled_s={kind: round(at_s, 1) for kind, at_s in first_settled_s.items()},
    )


def numbers(streams: list[dict[str, Any]]) -> Numbers:
    """Return the sequence numbers of each (boot, stream) from ranges."""
    found: Numbers = {}
    for entry in streams:
        known = found.setdefault((entry["boot"], entry["stream"]), set())
        for first, last in entry["ranges"]:
            known.update(range(first, last + 1))
    return found


def _what_is_wrong(picture: Picture, *, is_missing: bool, is_equal: bool) -> str:
    cuts = picture.cuts
    if is_missing:
        return "missing"
    if not all(cut.is_kept for cut in cuts):
        return "late"
    if not is_equal:
        return "receipts"
    return "" if cuts and picture.trips <= {cut.outlet for cut in cuts} else "unmeasured"


def _orders(picture: Picture, kind: OrderKind) -> dict[str, int]:
    tally = picture.tallies[kind]
    total = {"points": tally.points} if kind is OrderKind.DEPOSIT else {"amount_mil": tally.amount_mil}
    return {"started": tally.started, "settled": tally.settled, **total}


def _by_stream(found: Numbers) -> dict[str, int]:
    totals = {"event": 0, "reading": 0}
    for (_, stream), known in found.items():
        totals[stream] += len(known)
    return totals


def in_words(result: Result, words: Words) -> str:
    """Return the result as people read it."""
    counts = {name: result.logged[name] for name in ("reading", "event")}
    counts |= {f"{name}_come": result.delivered[name] for name in ("reading", "event")}
    counts |= {f"{name}_missing": result.missing[name] for name in ("reading", "event")}
    lines = [words.cut.format(**trip) for trip in result.trips] or [words.no_cut]
    lines.append(words.logged.format(**counts))
    for kind, said in result.orders.items():
        total = total_of(kind, said.get("amount_mil", 0), said.get("points", 0), words)
        started, settled = said["started"], said["settled"]
        lines.append(words.summary.format(kind=words.kinds[kind], started=started, settled=settled, total=total))
    parts = ", ".join(f"{name} {mb:.0f} MB" for name, mb in result.pss_mb.items())
    lines.append(words.memory.format(parts=parts))
    lines.append(words.good if result.ok else words.bad.format(why=words.wrong[result.wrong]))
    return "\n".join(lines)

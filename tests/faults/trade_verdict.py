"""Purchases, restocks, deposits and collections, judged from outside: what was told against what the hardware did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.back_end import ENDS
from tests.faults.shop import PRICES_MIL, RATES_X1000

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.faults.back_end import BackEnd, Record
    from tests.faults.shop import Unlocked
    from tests.faults.visits import Visit

WEIGHED_WITHIN_G = 20.0
"""What a scale at rest may stray, and less than what counts as something."""


@dataclass
class Trading:
    """`ends`: visits by kind and end. `left_to_people` and `asked_again` are no problems, and are not hidden.

    `told_again`: ends that were told more than once, each time the same. `asked_again`: unlocks of a door after the first.
    """

    ends: Counter[str] = field(default_factory=Counter)
    why: Counter[str] = field(default_factory=Counter)
    unlocks: int = 0
    told_again: int = 0
    asked_again: int = 0
    left_to_people: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def judge_visits(visits: Sequence[Visit], unlocked: Sequence[Unlocked], back_end: BackEnd, shift_s: float) -> Trading:
    """Return the verdict. `shift_s`: what has to be added to wall time to have the monotonic clock."""
    found = Trading(unlocks=len(unlocked))
    for visit in visits:
        until_s = min((v.began_s for v in visits if v.place is visit.place and v.began_s > visit.began_s), default=None)
        heard = [
            frame
            for frame in unlocked
            if frame.board == visit.place.board
            and frame.door in visit.place.doors
            and visit.began_s <= frame.at_s
            and (until_s is None or frame.at_s < until_s)
        ]
        found.problems += (f"{visit.order_id}: {each}" for each in _problems(visit, heard, back_end, shift_s, found))
    explained = sum(any(v.began_s <= f.at_s and f.board == v.place.board for v in visits) for f in unlocked)
    if explained < len(unlocked):
        found.problems.append(f"{len(unlocked) - explained} unlocks before anybody had come")
    return found


def _problems(
    visit: Visit, heard: Sequence[Unlocked], back_end: BackEnd, shift_s: float, found: Trading
) -> Iterator[str]:
    accepted, ends = back_end.of(visit.order_id, "accepted"), back_end.of(visit.order_id, *ENDS)
    if len(accepted) > 1:
        yield f"accepted {len(accepted)} times"
    if any(end["body"] != ends[0]["body"] for end in ends):
        yield f"ended in {len(ends)} different ways"
    found.told_again += max(0, len(ends) - 1)
    if accepted and not ends:
        yield "accepted, and never ended"
    end = ends[0] if ends else None
    stage = end["body"]["stage"] if end else "unfinished" if accepted else "refused"
    found.ends[f"{visit.kind} {stage}"] += 1
    found.why[f"{visit.kind} {stage}: {_why(visit, end, back_end)}"] += 1
    per_door = Counter(frame.door for frame in heard)
    found.asked_again += sum(count - 1 for count in per_door.values())
    if not accepted and heard:
        yield f"never accepted, and unlocked {len(heard)} times"
    if end and any(frame.at_s > end["ts"] / 1000 + shift_s for frame in heard):
        yield "unlocked after its end"
    for door in visit.place.doors:
        if visit.opened(door) > 1:
            yield f"door {door} was opened {visit.opened(door)} times ({per_door[door]} unlocks), end: {stage}"
        if visit.opened(door) > per_door[door]:
            yield f"door {door} opened without an unlock"
    yield from _dispensed(visit, stage, end["body"] if end else {}, found)


def _why(visit: Visit, end: Record | None, back_end: BackEnd) -> str:
    if end is None:
        said = [back_end.outcome(command) for command in visit.commands]
        return str(next((each["reason"] for each in reversed(said) if each), "no answer"))
    body = end["body"]
    flags = [str(each) for each in (*body.get("doubts", ()), *body.get("flags", ()))]
    return str(body.get("why") or body.get("outcome") or ", ".join(flags) or "-")


def _dispensed(visit: Visit, stage: str, body: dict[str, Any], found: Trading) -> Iterator[str]:
    """Hold what was charged or credited against what was taken or thrown in."""
    match stage:
        case "settled" if visit.kind == "purchase":
            yield from _charged(visit, body)
        case "recorded" if visit.kind == "deposit":
            yield from _credited(visit, body)
        case "review":
            if body.get("amount_mil"):
                yield f"a review charges {body['amount_mil']}"
            found.left_to_people["pieces"] += sum(max(0, visit.taken(door)) for door in visit.place.doors)
            found.left_to_people["g"] += round(visit.thrown_g)
        case "cancelled" | "refused":
            if any(visit.opened(door) for door in visit.place.doors):
                yield f"{stage}, and a door was opened"
            if any(visit.taken(door) for door in visit.place.doors) or visit.thrown_g:
                yield f"{stage}, and something is gone"


def _charged(visit: Visit, body: dict[str, Any]) -> Iterator[str]:
    lines = {line["shelf"]: line for line in body["lines"]}
    truly = {
        visit.place.shelves[door]: visit.taken(door) if visit.place.has_scales else visit.opened(door)
        for door in visit.place.doors
    }
    charged = {shelf: line["count"] for shelf, line in lines.items()}
    if charged != {shelf: count for shelf, count in truly.items() if count}:
        yield f"charged {charged}, and truly {truly} were taken"
    worth_mil = sum(count * PRICES_MIL[shelf] for shelf, count in charged.items())
    if worth_mil != body["amount_mil"]:
        yield f"{charged} cost {worth_mil}, and {body['amount_mil']} were charged"


def _credited(visit: Visit, body: dict[str, Any]) -> Iterator[str]:
    if abs(body["net_g"] - visit.thrown_g) > WEIGHED_WITHIN_G:
        yield f"credited {body['net_g']} g, and {visit.thrown_g:.0f} g were thrown in"
    points = max(0, body["net_g"]) * RATES_X1000[visit.place.name] // 1_000_000
    if points != body["points"]:
        yield f"{body['net_g']} g are {points} points, and {body['points']} were credited"

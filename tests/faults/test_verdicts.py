"""The judges of a storm find what they are there for: each of these runs has one thing wrong, or none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.endtoend.watcher import Watcher
from tests.faults.back_end import BackEnd
from tests.faults.shop import PLACES, Seen, Unlocked
from tests.faults.trade_verdict import Trading, judge_visits
from tests.faults.visits import Visit

CABINET, _, BIN, _ = PLACES
Told = tuple[str, str, str, dict[str, Any]]
"""An event's id, its order, the stage that it tells, and what more."""


def told(*events: Told) -> BackEnd:
    """Return a back end that was told these."""
    watcher = Watcher()
    for seq, (name, order_id, stage, more) in enumerate(events, 1):
        body = {"order_id": order_id, "stage": stage, **more}
        message = {"id": name, "event_seq": seq, "ts": 100_000, "target": "x", "body": body}
        watcher.seen.append(("event/order", message, False))
    return BackEnd(watcher)


def seen(openings: int = 0, pieces: int = 12, grams: float = 0.0) -> Seen:
    return Seen(is_open=False, openings=openings, pieces=pieces, grams=grams)


def purchase(openings: int, taken: int) -> Visit:
    return Visit(
        place=CABINET,
        kind="purchase",
        order_id="p",
        args={},
        does={},
        before={1: seen(), 2: seen()},
        after={1: seen(openings, 12 - taken), 2: seen()},
        began_s=10.0,
    )


def deposit(grams: float) -> Visit:
    before, after = {1: seen()}, {1: seen(1, grams=grams)}
    return Visit(place=BIN, kind="deposit", order_id="d", args={}, does={}, before=before, after=after, began_s=10.0)


def judged(visit: Visit, back_end: BackEnd, *unlocks_s: float) -> Trading:
    unlocked = [Unlocked(at_s, visit.place.board, 1) for at_s in unlocks_s]
    return judge_visits([visit], unlocked, back_end, shift_s=0.0)


def sold(count: int) -> dict[str, Any]:
    return {"lines": [{"shelf": "cabinet-01/cola", "count": count}], "amount_mil": 3500 * count}


ACCEPTED: Told = ("a", "p", "accepted", {})


def test_a_purchase_that_charges_what_was_taken_is_right() -> None:
    assert judged(purchase(1, 2), told(ACCEPTED, ("b", "p", "settled", sold(2))), 11.0).problems == []


@pytest.mark.parametrize(
    ("openings", "taken", "ends", "unlocks_s", "problem"),
    [
        (
            2,
            2,
            [("b", "p", "settled", sold(2))],
            (11.0, 12.0),
            "p: door 1 was opened 2 times (2 unlocks), end: settled",
        ),
        (1, 1, [("b", "p", "settled", sold(2))], (11.0,), "p: charged {'cabinet-01/cola': 2}, and truly"),
        (1, 2, [("b", "p", "settled", {"lines": [], "amount_mil": 0})], (11.0,), "p: charged {}, and truly"),
        (1, 1, [("b", "p", "settled", sold(1) | {"amount_mil": 1})], (11.0,), "p: {'cabinet-01/cola': 1} cost 3500"),
        (
            1,
            1,
            [("b", "p", "settled", sold(1)), ("c", "p", "settled", sold(2))],
            (11.0,),
            "p: ended in 2 different ways",
        ),
        (1, 1, [], (11.0,), "p: accepted, and never ended"),
        (1, 0, [("b", "p", "cancelled", {})], (11.0,), "p: cancelled, and a door was opened"),
        (0, 0, [("b", "p", "cancelled", {})], (101.0,), "p: unlocked after its end"),
        (1, 1, [("b", "p", "settled", sold(1))], (), "p: door 1 opened without an unlock"),
        (1, 1, [("b", "p", "review", {"amount_mil": 3500})], (11.0,), "p: a review charges 3500"),
        (1, 1, [("b", "p", "settled", sold(1))], (11.0, 9.0), "1 unlocks before anybody had come"),
    ],
)
def test_whatever_is_wrong_with_a_purchase_is_named(
    openings: int, taken: int, ends: list[Any], unlocks_s: tuple[float, ...], problem: str
) -> None:
    found = judged(purchase(openings, taken), told(ACCEPTED, *ends), *unlocks_s).problems
    assert [each for each in found if each.startswith(problem)] == found != []


def test_a_deposit_credits_what_was_thrown_in_and_no_more() -> None:
    accepted: Told = ("a", "d", "accepted", {})
    right, wrong = {"net_g": 505, "points": 404}, {"net_g": 600, "points": 480}
    assert judged(deposit(500.0), told(accepted, ("b", "d", "recorded", right)), 11.0).problems == []
    assert judged(deposit(500.0), told(accepted, ("b", "d", "recorded", wrong)), 11.0).problems == [
        "d: credited 600 g, and 500 g were thrown in"
    ]
    assert judged(deposit(500.0), told(accepted, ("b", "d", "recorded", {"net_g": 505, "points": 808})), 11.0).problems


def test_an_end_may_be_told_again_as_it_was() -> None:
    ends = [(name, "p", "settled", sold(1)) for name in "bcd"]
    found = judged(purchase(1, 1), told(ACCEPTED, *ends), 11.0)
    assert (found.problems, found.told_again) == ([], 2)


def test_the_same_event_told_again_is_one_event_and_told_otherwise_a_contradiction() -> None:
    end = ("b", "p", "settled", sold(1))
    again = told(ACCEPTED, end)
    again._watcher.seen.append(again._watcher.seen[-1])
    assert judged(purchase(1, 1), again, 11.0).problems == []
    assert again.contradictions == []
    otherwise = told(ACCEPTED, end, ("b", "p", "settled", sold(2)))
    assert judged(purchase(1, 1), otherwise, 11.0).problems == []
    assert otherwise.contradictions == ["event b was told as two different things"]

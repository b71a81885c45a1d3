"""A delivery from the card to the points: what weights prove, and what speaks against them."""

from __future__ import annotations

import pytest

from gateway.orders.deposit.event import (
    BinStopped,
    DoorSeen,
    Identified,
    PhotoTaken,
    Refused,
    StrangerIdentified,
    Weighed,
    Withdrawn,
)
from gateway.orders.deposit.order import Identity, Stage
from gateway.orders.deposit.points_rule import Category, PointsRule, Rate
from tests.unit.orders.deposit.bin_run import BinRun

# ---------------------------------------------------------------------- put in


@pytest.mark.parametrize("identity", list(Identity))
def test_net_grams_become_provisional_points(identity: Identity) -> None:
    run = BinRun(identity=identity).opened().shut()
    assert run.hold(7_155) is Stage.RECORDED
    record = run.told("recorded")
    assert (record["net_g"], record["points"], record["provisional"]) == (2_155, 21, True)
    assert record["rule"]["version"] == 3
    assert (record["user_ref"], record["identity"], record["flags"]) == ("u", identity.value, [])
    assert run.unlocks() == 1


def test_the_weight_before_is_taken_behind_a_door_seen_shut() -> None:
    run = BinRun()
    run.door(is_open=False)
    run(Identified(user_ref="u"))
    assert run.weigh(5_000) is Stage.TARING
    assert run.looks() == ["d1", "w1"]
    assert run.door(is_open=False) is Stage.OPENING


def test_too_little_is_nothing() -> None:
    run = BinRun().opened().shut()
    run.hold(5_019)
    assert (run.told("recorded")["net_g"], run.told("recorded")["points"]) == (0, 0)


def test_a_category_without_a_rate_is_recorded_without_points() -> None:
    run = BinRun(category=Category.KITCHEN).opened().shut()
    run.hold(7_000)
    assert (run.told("recorded")["net_g"], run.told("recorded")["points"]) == (2_000, 0)


def test_a_dated_rate_without_a_clock_gives_the_grams_and_leaves_the_points_to_the_cloud() -> None:
    rule = PointsRule(
        id="r",
        version=1,
        community="c",
        rates=(Rate(category=Category.RECYCLABLE, points_per_kg_x1000=1_000, from_ts_ms=1),),
    )
    run = BinRun(rule=rule, has_clock=False).opened().shut()
    run.hold(7_000)
    record = run.told("recorded")
    assert (record["net_g"], record["points"], record["flags"]) == (2_000, 0, ["clock-unset"])


def test_evidence_is_the_curve_and_the_photos() -> None:
    run = BinRun().opened()
    run(*(PhotoTaken(ref=f"p{number}") for number in range(20)))
    run.shut().hold(7_000)
    evidence = run.told("recorded")["evidence"]
    assert evidence["photos"] == [f"p{number}" for number in range(8)]
    assert (evidence["before_g"], evidence["after_g"]) == (5_000, 7_000)
    assert evidence["curve"]["points"][0] == [0, 5_000]


# ---------------------------------------------------------------------- the weight speaks against it


def test_weight_that_was_taken_away_credits_nothing() -> None:
    run = BinRun().opened().shut()
    assert run.hold(4_500) is Stage.REVIEW
    assert run.doubts() == ["negative-weight"]


def test_a_weight_that_cannot_be_true_credits_nothing() -> None:
    run = BinRun().opened().shut()
    assert run.hold(5_000 + 50_001) is Stage.REVIEW
    assert run.doubts() == ["impossible-weight"]


def test_put_in_and_taken_out_credits_what_stays_and_says_so() -> None:
    run = BinRun().opened()
    run.weigh(9_000)
    run.weigh(6_000)
    run.shut().hold(6_000)
    record = run.told("recorded")
    assert (record["net_g"], record["flags"], record["evidence"]["peak_g"]) == (1_000, ["taken-out"], 9_000)


def test_who_leans_on_the_bin_is_credited_what_is_left() -> None:
    run = BinRun().opened().shut()
    assert run.weigh(25_000) is Stage.CONFIRMING
    assert run(Weighed(grams=15_000), after_ms=700) is Stage.WEIGHING, "the weight moves"
    assert run.weigh(7_000) is Stage.CONFIRMING
    assert run.hold(7_000) is Stage.RECORDED
    assert (run.told("recorded")["net_g"], run.told("recorded")["flags"]) == (2_000, ["leaned-on"])


def test_a_weight_has_to_stay_for_five_seconds() -> None:
    run = BinRun().opened().shut()
    assert run.weigh(7_000) is Stage.CONFIRMING
    assert run(Weighed(grams=7_000), Weighed(grams=7_000), after_ms=2_499) is Stage.CONFIRMING
    assert run(Weighed(grams=7_000), after_ms=2) is Stage.RECORDED


def test_one_stray_sample_is_no_leaning() -> None:
    run = BinRun().opened().shut()
    run.weigh(7_000)
    run(Weighed(grams=5_000), after_ms=700)
    run.weigh(7_000)
    run.hold(7_000)
    assert run.told("recorded")["flags"] == []


def test_a_scale_that_falls_silent_confirms_nothing() -> None:
    run = BinRun().opened().shut()
    run.weigh(7_000)
    assert run.tick(20_000) is Stage.CONFIRMING
    assert run.tick(10_000) is Stage.REVIEW
    assert run.doubts() == ["unstable-weight"]


def test_who_never_stands_still_is_not_weighed() -> None:
    run = BinRun().opened().shut()
    for number in range(40):
        run(Weighed(grams=7_000 + 300 * (number % 2)), after_ms=700)
    assert run(Weighed(grams=7_000, moving=True)) is Stage.WEIGHING
    assert run.tick(2_000) is Stage.REVIEW
    assert run.doubts() == ["unstable-weight"]


def test_the_same_weight_again_and_again_is_pointed_out() -> None:
    run = BinRun(recent_g=(2_004, 500, 1_996)).opened().shut()
    run.hold(7_000)
    assert run.told("recorded")["flags"] == ["repeated-weight"]


def test_weight_that_came_through_a_door_that_was_not_seen_open() -> None:
    run = BinRun().opening()
    assert run.tick(15_000) is Stage.CLOSING
    assert run.alarms() == ["door-not-opened"]
    run.door(is_open=False)
    assert run.hold(7_000) is Stage.REVIEW
    assert run.doubts() == ["door-not-opened"]


# ---------------------------------------------------------------------- before the door opens


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (Refused(), "refused"),
        (Refused(why="unknown card"), "refused: unknown card"),
        (Withdrawn(), "withdrawn"),
        (BinStopped(why="full"), "bin-stopped: full"),
        (StrangerIdentified(user_ref="v"), "two-residents"),
        (DoorSeen(is_open=True), "door-not-closed"),
    ],
)
def test_what_ends_an_order_before_the_door_opens(event: object, why: str) -> None:
    run = BinRun()
    run(Identified(user_ref="u"))
    assert run(event) is Stage.CANCELLED
    assert run.told("cancelled")["why"] == why
    assert run.unlocks() == 0


def test_a_bin_that_is_too_heavy_stays_shut() -> None:
    run = BinRun()
    run(Identified(user_ref="u"))
    run.door(is_open=False)
    assert run.weigh(150_000) is Stage.CANCELLED
    assert run.alarms() == ["overweight"]


def test_no_answer_and_no_weight_end_it_too() -> None:
    assert BinRun().tick(30_000) is Stage.CANCELLED
    run = BinRun()
    run(Identified(user_ref="u"))
    assert run.tick(10_000) is Stage.CANCELLED
    assert run.told("cancelled")["why"] == "no-weight-before"

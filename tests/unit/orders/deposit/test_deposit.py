"""A delivery from the card to the points, and everything that goes wrong on the way."""

from __future__ import annotations

import pytest

from gateway.orders.deposit.event import (
    BinStopped,
    CategorySensed,
    DoorSeen,
    Finished,
    HandSeen,
    Identified,
    Jammed,
    PhotoTaken,
    Refused,
    StrangerIdentified,
    Weighed,
    Withdrawn,
)
from gateway.orders.deposit.order import Identity, Settings, Stage
from gateway.orders.deposit.points_rule import Category, PointsRule, Rate
from tests.unit.orders.deposit.bin_run import BinRun, collection

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


# ---------------------------------------------------------------------- the door


def test_a_door_shut_by_hand_is_as_good() -> None:
    assert BinRun().opened().door(is_open=False) is Stage.WEIGHING


def test_nobody_says_done_and_the_door_closes_by_itself() -> None:
    run = BinRun().opened()
    assert run.tick(119_000) is Stage.OPEN
    assert run.tick(1_000) is Stage.CLOSING
    assert run.closes() == 1


def test_called_off_with_the_door_open_or_opening_closes_and_weighs() -> None:
    for run in (BinRun().opened(), BinRun().opening()):
        assert run(Withdrawn()) is Stage.CLOSING
        assert run.closes() == 1


def test_a_hand_in_the_door_is_waited_for() -> None:
    run = BinRun().opened()
    run(HandSeen(present=True))
    assert run(Finished()) is Stage.OPEN
    assert run.tick(120_000) is Stage.CLOSING
    assert run.closes() == 0
    assert run.tick(60_000) is Stage.CLOSING
    assert run.closes() == 0
    run(HandSeen(present=False))
    assert run.closes() == 1


def test_a_hand_that_never_goes_is_a_person_s_business() -> None:
    run = BinRun().opened()
    run(HandSeen(present=True))
    run.tick(120_000)
    assert run.tick(120_000) is Stage.REVIEW
    assert run.closes() == 0
    assert run.doubts() == ["door-jammed"]


def test_a_jammed_door_waits_and_tries_again_a_few_times() -> None:
    run = BinRun().opened()
    run(Finished())
    for tries in range(1, 4):
        assert run(Jammed()) is Stage.CLOSING
        run.tick(4_999)
        assert run.closes() == tries
        run.tick(1)
    assert run.closes() == 4
    assert run(Jammed()) is Stage.REVIEW
    assert (run.doubts(), run.alarms()) == (["door-jammed"], ["door-jammed"])


def test_a_door_that_says_nothing_is_closed_again_and_then_given_up() -> None:
    run = BinRun().opened()
    run(Finished())
    for _ in range(4):
        run.tick(5_000)
    assert (run.closes(), run.order.stage) == (4, Stage.REVIEW)


@pytest.mark.parametrize("confirming", [True, False])
def test_a_door_that_opens_again_begins_the_weighing_anew(confirming: bool) -> None:  # noqa: FBT001 - a case
    run = BinRun().opened().shut()
    if confirming:
        run.weigh(7_000)
    assert run.door(is_open=True) is Stage.OPEN
    run.shut().hold(8_000)
    assert run.told("recorded")["net_g"] == 3_000


# ---------------------------------------------------------------------- others


def test_somebody_else_at_the_same_door_makes_it_nobody_s() -> None:
    run = BinRun().opened()
    run(StrangerIdentified(user_ref="u"), StrangerIdentified(user_ref="v"), StrangerIdentified(user_ref="v"))
    assert run.shut().hold(7_000) is Stage.REVIEW
    assert run.doubts() == ["two-residents"]


def test_the_wrong_category_credits_nothing() -> None:
    run = BinRun().opened()
    run(CategorySensed(category=Category.RECYCLABLE), CategorySensed(category=Category.HAZARDOUS))
    assert run.shut().hold(7_000) is Stage.REVIEW
    assert run.doubts() == ["wrong-category"]


def test_a_bin_that_gets_full_meanwhile_is_only_noted() -> None:
    run = BinRun().opened()
    run(BinStopped(why="full"), BinStopped(why="full"))
    run.shut().hold(7_000)
    assert (run.told("recorded")["points"], run.told("recorded")["flags"]) == (20, ["bin-stopped"])


# ---------------------------------------------------------------------- power cuts


@pytest.mark.parametrize("stage", ["opening", "open", "closing", "weighing", "confirming"])
def test_a_short_cut_at_any_stage_credits_the_same_once(stage: str) -> None:
    run = BinRun().opening()
    course = (DoorSeen(is_open=True), Finished(), DoorSeen(is_open=False), *[Weighed(grams=7_000)] * 3, None)
    for event in course:
        if run.order.stage == stage and not run.order.restarts:
            run.restart(away_ms=20_000)
        if event is not None:
            run(event, after_ms=700)
    assert run.order.restarts == 1
    run.door(is_open=False)
    run.weigh(7_000)
    assert run.hold(7_000) is Stage.RECORDED
    assert (run.told("recorded")["points"], run.told("recorded")["flags"]) == (20, ["restarted"])
    assert run.unlocks() == 1


@pytest.mark.parametrize("away_ms", [60_001, None])
def test_weight_that_came_while_nobody_watched_is_a_person_s_business(away_ms: int | None) -> None:
    run = BinRun().opening()
    assert run.restart(away_ms=away_ms) is Stage.CLOSING
    run.door(is_open=False)
    assert run.hold(7_000) is Stage.REVIEW
    assert run.doubts() == ["unwatched"]


def test_no_weight_while_nobody_watched_is_recorded_as_nothing() -> None:
    run = BinRun().opening()
    run.restart(away_ms=None)
    run.door(is_open=False)
    assert run.hold(5_000) is Stage.RECORDED


@pytest.mark.parametrize("stage", [Stage.IDENTIFYING, Stage.TARING])
def test_a_restart_before_the_door_opens_ends_it(stage: Stage) -> None:
    run = BinRun()
    if stage is Stage.TARING:
        run(Identified(user_ref="u"))
    assert run.restart() is Stage.CANCELLED


def test_a_gateway_that_keeps_on_restarting_comes_to_an_end() -> None:
    run = BinRun().opened().shut()
    for _ in range(6):
        run.restart()
        run.tick(29_000)
    assert run.order.stage is Stage.REVIEW


# ---------------------------------------------------------------------- collection


def test_staff_empties_the_bin_and_the_tare_shows_it() -> None:
    run = collection().opened(grams=160_000)
    run(Finished())
    assert run.locks() == 1
    run.door(is_open=False)
    assert run.hold(1_000) is Stage.RECORDED
    record = run.told("recorded")
    assert (record["collected_g"], record["left_g"], record["emptied"], record["points"]) == (159_000, 100, True, 0)
    assert run.alarms() == []


def test_a_bin_that_is_not_empty_after_the_collection_says_so() -> None:
    run = collection().opened(grams=60_000)
    run.door(is_open=False)
    run.hold(20_000)
    assert run.alarms() == ["not-emptied"]
    assert run.told("recorded")["collected_g"] == 40_000


def test_a_collection_takes_its_time_and_never_adds_weight() -> None:
    run = collection().opened()
    assert run.tick(3_599_000) is Stage.OPEN
    assert run.tick(1_000) is Stage.CLOSING
    run.door(is_open=False)
    assert run.hold(9_000) is Stage.REVIEW
    assert run.doubts() == ["impossible-weight"]


def test_what_holds_for_a_small_bin_is_its_own() -> None:
    run = BinRun(settings=Settings(full_g=4_000))
    run(Identified(user_ref="u"))
    run.door(is_open=False)
    assert run.weigh(5_000) is Stage.CANCELLED

"""The door of a bin, others at it, power cuts behind it, and the collection that empties it."""

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
    StrangerIdentified,
    Weighed,
    Withdrawn,
)
from gateway.orders.deposit.order import Settings, Stage
from gateway.orders.deposit.points_rule import Category
from tests.unit.orders.deposit.bin_run import BinRun, collection

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


def test_a_door_that_closes_by_itself_and_gives_way_is_counted_while_it_is_open() -> None:
    run = BinRun().opened()
    for _ in range(3):
        assert run(Jammed()) is Stage.OPEN
    assert run.shut().hold(7_000) is Stage.RECORDED
    assert run.told("recorded")["evidence"]["jams"] == 3
    run = BinRun().opened()
    run(*[Jammed()] * 4)
    assert (run.order.stage, run.doubts(), run.alarms()) == (Stage.REVIEW, ["door-jammed"], ["door-jammed"])


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


def test_a_contact_that_only_says_no_credits_nothing_either() -> None:
    run = BinRun().opened()
    run(CategorySensed(category=None))
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


@pytest.mark.parametrize("event", [BinStopped(why="full"), StrangerIdentified(user_ref="v")])
def test_neither_a_full_bin_nor_a_resident_stops_a_collection(event: object) -> None:
    run = collection()
    run(event, Identified(user_ref="staff"), event)
    run.door(is_open=False)
    run.weigh(60_000)
    run(event)
    run.door(is_open=True)
    run(event)
    run.shut().hold(1_000)
    assert (run.told("recorded")["collected_g"], run.order.flags, run.order.doubts) == (59_000, (), ())


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

"""Every delivery that can be reached, by every event from every state: each limit a second or two, two weights.

States that differ only in what no row of their stage looks at, or in how long ago something was beyond the last limit,
count as one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from gateway.orders.clock import SYNCHRONISED, Now
from gateway.orders.deposit.curve import EMPTY
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
    Restarted,
    StrangerIdentified,
    Tick,
    Weighed,
    Withdrawn,
)
from gateway.orders.deposit.order import (
    Deposit,
    Doubt,
    Identity,
    Purpose,
    Settings,
    Stage,
    from_json,
    open_deposit,
    to_json,
)
from gateway.orders.deposit.points_rule import Category
from gateway.orders.deposit.table import DEPOSIT
from gateway.orders.drawing import diagram, table
from gateway.orders.effect import CloseDoor, Tell, Unlock
from gateway.orders.stability import Stillness
from tests.unit.orders.deposit.bin_run import RULE

SECOND = 1_000
SETTINGS = Settings(
    answer_ms=SECOND,
    tare_ms=SECOND,
    open_within_ms=SECOND,
    most_open_ms=2 * SECOND,
    collect_open_ms=SECOND,
    close_again_ms=SECOND,
    most_closes=2,
    settle_ms=2 * SECOND,
    confirm_ms=SECOND,
    full_g=2_500,
    still=Stillness(within_g=0, for_ms=0),
)
OLD_MS = 2 * SECOND
EVENTS = (
    Identified(user_ref="u"),
    Refused(),
    Withdrawn(),
    BinStopped(why="full"),
    StrangerIdentified(user_ref="v"),
    CategorySensed(category=Category.HAZARDOUS),
    PhotoTaken(ref="p"),
    Weighed(grams=1_000),
    Weighed(grams=2_500),
    Weighed(grams=2_500, moving=True),
    DoorSeen(is_open=True),
    DoorSeen(is_open=False),
    HandSeen(present=True),
    HandSeen(present=False),
    Jammed(),
    Finished(),
    Tick(),
    Restarted(away_ms=0),
    Restarted(away_ms=None),
)
NOT_OF_A_COLLECTION = (HandSeen, Jammed, CategorySensed, BinStopped, StrangerIdentified, Refused, PhotoTaken)
OF_A_COLLECTION = tuple(event for event in EVENTS if not isinstance(event, NOT_OF_A_COLLECTION))


def new(purpose: Purpose) -> Deposit:
    return open_deposit(
        order_id="o",
        station="s",
        door="d1",
        scale="w1",
        category=Category.RECYCLABLE,
        identity=Identity.CARD,
        rule=RULE,
        at_ms=0,
        purpose=purpose,
        settings=SETTINGS,
    )


def age(since_ms: int, at_ms: int) -> int:
    return max(since_ms, at_ms - OLD_MS) - at_ms


def at_zero(order: Deposit, at_ms: int) -> Deposit:
    """The order as if it were now 0: two that are the same from here on become equal."""
    if order.stage in DEPOSIT.finals:
        return replace(new(order.purpose), stage=order.stage)
    is_over = order.stage in {Stage.WEIGHING, Stage.CONFIRMING}
    run, is_confirming = order.run, order.stage is Stage.CONFIRMING
    if run is not None:
        last_ms = age(run.last_ms, at_ms) if is_confirming else 0
        run = replace(run, since_ms=last_ms, last_ms=last_ms, sum_g=run.low_g, count=1)
    return replace(
        order,
        effects_made=0,
        entered_ms=0 if order.stage is Stage.WEIGHING else age(order.entered_ms, at_ms),
        closes=order.closes if order.stage is Stage.CLOSING else 0,
        close_ms=age(order.close_ms, at_ms) if order.stage is Stage.CLOSING else 0,
        shut_ms=None if order.shut_ms is None or order.stage is Stage.CLOSING else age(order.shut_ms, at_ms),
        restarts=min(order.restarts, 1),
        has_hand=order.has_hand and not is_over,
        run=run,
        curve=EMPTY,
        photos=(),
        peak_g=None,
        doubts=(Doubt.TWO_RESIDENTS,) if order.doubts else (),
        flags=(),
    )


@cache
def walked(purpose: Purpose) -> tuple[dict[Deposit, dict[object, Deposit]], set[str]]:
    """Return every state with the states that follow it, and the rows that were taken, each step checked."""
    events = EVENTS if purpose is Purpose.DEPOSIT else OF_A_COLLECTION
    ways: dict[Deposit, dict[object, Deposit]] = {}
    rows: set[str] = set()
    ahead = [new(purpose)]
    while ahead:
        order = ahead.pop()
        if order in ways:
            continue
        ways[order] = {event: follow(order, event, rows) for event in events}
        ahead += ways[order].values()
    return ways, rows


def follow(order: Deposit, event: object, rows: set[str]) -> Deposit:
    at_ms = SECOND if isinstance(event, Tick) else 0
    step = DEPOSIT.step(order, event, Now(at_ms=at_ms, ts_ms=0, clock=SYNCHRONISED))
    effects = [intent.effect for intent in step.intents]
    ends = [made for made in effects if isinstance(made, Tell) and made.stage in DEPOSIT.finals]
    assert len(ends) == (step.order.stage in DEPOSIT.finals and order.stage not in DEPOSIT.finals)
    if any(isinstance(made, Unlock) for made in effects):
        assert (order.stage, step.order.stage) == (Stage.TARING, Stage.OPENING)
        assert order.restarts == 0
        assert order.user_ref
        assert step.order.before_g is not None
        assert step.order.is_open is False
    if any(isinstance(made, CloseDoor) for made in effects):
        assert not step.order.has_hand, "no door closes on a hand"
    for end in ends:
        is_credit = end.stage == Stage.RECORDED and not order.is_collection
        net_g = (step.order.now_g or 0) - (step.order.before_g or 0)
        assert end.body["points"] == (max(0, net_g) // 100 if is_credit else 0)
    if step.row is not None:
        rows.add(f"{order.stage}/{step.row.on.__name__}/{step.row.says}")
    return at_zero(step.order, at_ms)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_state_comes_to_an_end_by_time_alone(purpose: Purpose) -> None:
    ways, _rows = walked(purpose)
    assert len(ways) > 500
    for order in ways:
        late = order
        for _ in range(20):
            late = ways[late][Tick()]
        # a door that nobody sees shut ends in review, one that is seen shut and weighed nowhere too
        assert late.stage in DEPOSIT.finals, order


@pytest.mark.parametrize("purpose", list(Purpose))
def test_an_end_is_an_end(purpose: Purpose) -> None:
    ways, _rows = walked(purpose)
    assert all(set(ways[order].values()) == {order} for order in ways if order.stage in DEPOSIT.finals)


def test_every_row_is_taken() -> None:
    taken = walked(Purpose.DEPOSIT)[1] | walked(Purpose.COLLECTION)[1]
    assert {f"{stage}/{row.on.__name__}/{row.says}" for row in DEPOSIT.rows for stage in row.stages} == taken


def test_every_state_comes_back_from_its_disk() -> None:
    for purpose in Purpose:
        for order in list(walked(purpose)[0])[::50]:
            assert from_json(to_json(order)) == order


def test_the_table_can_be_drawn() -> None:
    assert "weighing --> confirming : less is left#58; somebody leant on it" in diagram(DEPOSIT)
    assert "| open | Finished | hand in the door | stays | done, but a hand is in the door |" in table(DEPOSIT)

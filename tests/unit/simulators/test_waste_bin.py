"""A station of bins: motor doors that give way to a hand, and people who throw, lean and take out."""

from __future__ import annotations

import pytest

from simulators.physics.motor_door import HOLD_S, LOCK_S, MOST_TRIES, TRAVEL_S, Leaf, MotorDoor
from simulators.physics.waste_bin import EMPTY_MM, FULL_G, FULL_MM, Bin, BinStation, Throw

OPEN_S = LOCK_S + TRAVEL_S


def station(*, comes: bool = False) -> BinStation:
    return BinStation(seed=3, bins={number: Bin(door=MotorDoor()) for number in (1, 2)}, comes=comes)


def test_a_door_opens_stands_and_shuts_by_itself() -> None:
    one = station()
    one.unlock(1, 10.0)
    leaves = []
    for at_s, leaf in (
        (10.0 + LOCK_S / 2, Leaf.SHUT),
        (10.0 + LOCK_S + 0.1, Leaf.OPENING),
        (10.0 + OPEN_S + 0.1, Leaf.OPEN),
        (10.0 + OPEN_S + HOLD_S + 0.1, Leaf.CLOSING),
        (10.0 + OPEN_S + HOLD_S + TRAVEL_S + 0.1, Leaf.SHUT),
    ):
        one.settle(at_s)
        leaves.append((one.bins[1].door.leaf, leaf))
    assert all(found is wanted for found, wanted in leaves)
    assert list(one.moved) == [1, 1]


def test_a_hand_sends_the_door_back_and_in_the_end_it_stands_still_until_somebody_comes() -> None:
    one = station()
    one.hand([1], on=True)
    one.unlock(1, 0.0)
    one.settle(600.0)
    assert (one.bins[1].door.leaf, one.open_doors) == (Leaf.STUCK, {1})
    one.clear([2], 600.0)
    assert one.open_doors == {1}
    one.clear([1], 600.0)
    one.settle(610.0)
    assert one.open_doors == set()


def test_a_hand_that_goes_in_time_costs_one_more_try() -> None:
    assert MOST_TRIES > 1
    one = station()
    one.unlock(1, 0.0)
    one.settle(OPEN_S + HOLD_S - 0.1)
    one.hand([1], on=True)
    one.settle(OPEN_S + HOLD_S + TRAVEL_S)
    assert one.bins[1].door.leaf is Leaf.OPENING
    one.hand([1], on=False)
    one.settle(60.0)
    assert (one.bins[1].door.leaf, one.bins[1].door.openings) == (Leaf.SHUT, 1)


@pytest.mark.parametrize(
    ("throw", "content_g"),
    [
        (Throw(throws_g=2500.0), 2500.0),
        (Throw(throws_g=2500.0, leans_g=8000.0), 2500.0),
        (Throw(throws_g=2500.0, out_g=2500.0), 0.0),
        (Throw(throws_g=500.0, out_g=9000.0), 0.0),
        (Throw(throws_g=1000.0, people=2), 2000.0),
    ],
)
def test_what_is_left_in_the_bin_is_what_was_thrown_and_not_taken_out(throw: Throw, content_g: float) -> None:
    one = station()
    one.expect(throw, 0.0)
    one.unlock(2, 1.0)
    one.settle(60.0)
    assert (one.bins[2].content_g, one.bins[1].content_g, one.open_doors) == (content_g, 0.0, set())
    assert one.bins[2].lying.shown_g(60.0) == pytest.approx(content_g)


def test_who_leans_is_weighed_for_as_long_as_he_leans() -> None:
    one = station()
    one.expect(Throw(throws_g=1000.0, leans_g=8000.0, leans_s=4.0), 0.0)
    one.unlock(1, 0.0)
    one.settle(OPEN_S + 4.0)
    assert one.bins[1].lying.to_g == 9000.0
    one.settle(OPEN_S + 6.0)
    assert one.bins[1].lying.to_g == 1000.0


def test_nobody_throws_into_a_door_that_is_not_his_or_not_open() -> None:
    one = station()
    one.expect(Throw(door=2, throws_g=700.0), 0.0)
    one.unlock(1, 0.0)
    one.settle(60.0)
    assert [b.content_g for b in one.bins.values()] == [0.0, 0.0]
    one.jam([2], on=True)
    one.unlock(2, 60.0)
    one.settle(120.0)
    assert one.bins[2].content_g == 0.0
    one.jam([2], on=False)
    one.unlock(2, 120.0)
    one.settle(180.0)
    assert one.bins[2].content_g == 700.0


def test_the_sensor_in_the_lid_sees_it_fill() -> None:
    one = Bin(door=MotorDoor())
    assert one.distance_mm == EMPTY_MM
    one.add(FULL_G / 2, 1.0)
    assert one.distance_mm == (EMPTY_MM + FULL_MM) / 2
    one.level_share = 1.0
    assert one.distance_mm == FULL_MM


def test_the_same_seed_brings_the_same_waste_however_often_somebody_looks() -> None:
    often, seldom = station(comes=True), station(comes=True)
    for at_s in range(0, 400, 40):
        for one in (often, seldom):
            one.settle(at_s)
            one.unlock(1 + at_s // 40 % 2, at_s)
        for tick in range(at_s, at_s + 40):
            often.settle(tick)
    for one in (often, seldom):
        one.settle(1000.0)
    assert often.bins == seldom.bins
    assert min(b.content_g for b in often.bins.values()) > 1000

"""A cabinet and those who come to it: what they take is what is missing, whatever they do to the door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulators.physics.cabinet import Cabinet, Errand
from simulators.physics.cooling import CHILLED, Cooling
from simulators.physics.latch import LOCK_S, Latch
from simulators.physics.shelf import PIECES, Piece, Shelf

if TYPE_CHECKING:
    from collections.abc import Mapping

UNIT_G = 350.0


def shelf() -> Shelf:
    made = Shelf(pieces=[Piece("cola", UNIT_G, f"tag-{number}") for number in range(PIECES)])
    made.lying = made.lying.changed(made.weight_g, 0.0)
    return made


def cabinet(
    *, comes: bool = False, seed: int = 1, behind: Mapping[int, tuple[str, ...]] = {1: ("a",), 2: ("b",)}
) -> Cabinet:
    return Cabinet(
        seed=seed,
        doors={number: Latch() for number in (1, 2, 3)},
        shelves={"a": shelf(), "b": shelf()},
        behind=behind,
        cooling=Cooling(band=CHILLED, born_s=0.0),
        comes=comes,
    )


def pieces(one: Cabinet, name: str = "a") -> int:
    return len(one.shelves[name].pieces)


def test_a_door_springs_open_a_moment_after_its_order_and_stays_open() -> None:
    one = cabinet()
    one.unlock(1, 10.0)
    one.settle(10.0 + LOCK_S / 2)
    assert one.open_doors == set()
    one.settle(11.0)
    assert (one.open_doors, pieces(one)) == ({1}, PIECES)
    one.settle(10_000.0)
    assert one.open_doors == {1}
    assert one.cooling.warmth.at(10_000.0) > 15.0


@pytest.mark.parametrize(
    ("errand", "missing"), [(Errand(takes=1), 1), (Errand(takes=2), 2), (Errand(takes=2, back=1), 1)]
)
def test_who_waits_takes_his_pieces_and_shuts_the_door(errand: Errand, missing: int) -> None:
    one = cabinet()
    one.expect(errand, 9.0)
    one.unlock(1, 10.0)
    one.settle(30.0)
    assert (PIECES - pieces(one), pieces(one, "b"), one.open_doors) == (missing, PIECES, set())
    assert one.shelves["a"].lying.shown_g(30.0) == pytest.approx(UNIT_G * (PIECES - missing))
    assert list(one.moved) == [1, 1]


def test_pieces_go_astray_lose_their_tags_or_leave_through_a_gap() -> None:
    one = cabinet()
    one.expect(Errand(door=1, takes=2, peels=1), 9.0)
    one.unlock(1, 10.0)
    one.settle(30.0)
    assert (pieces(one), len(one.shelves["a"].tags)) == (PIECES - 2, PIECES - 1)
    one.sneak(Errand(door=2, takes=1), 30.0)
    one.settle(31.0)
    assert (pieces(one, "b"), one.doors[2].openings) == (PIECES - 1, 0)


def test_a_piece_that_goes_astray_lies_on_another_shelf_behind_the_door() -> None:
    one = cabinet(behind={1: ("a", "b")})
    one.expect(Errand(door=1, takes=2, astray=1), 9.0)
    one.unlock(1, 10.0)
    one.settle(30.0)
    assert sorted((pieces(one), pieces(one, "b"))) == [PIECES - 2, PIECES + 1]


def test_who_forgets_leaves_the_door_open_until_the_next_one_shuts_it() -> None:
    one = cabinet()
    one.expect(Errand(takes=1, shuts_after_s=None), 9.0)
    one.unlock(2, 10.0)
    one.settle(500.0)
    assert one.open_doors == {2}
    one.expect(Errand(door=2, back=1), 500.0)
    one.settle(510.0)
    assert (one.open_doors, pieces(one, "b")) == (set(), PIECES)


def test_two_at_once_take_twice_as_much_and_the_door_waits_for_both() -> None:
    one = cabinet()
    one.expect(Errand(door=1, takes=2, people=2), 9.0)
    one.unlock(2, 10.0)
    one.unlock(1, 20.0)
    one.settle(40.0)
    assert (pieces(one), pieces(one, "b"), one.open_doors) == (PIECES - 4, PIECES, {2})


def test_a_forced_door_needs_no_order_and_a_jammed_one_takes_none() -> None:
    one = cabinet()
    one.jam([1], on=True)
    one.unlock(1, 10.0)
    one.settle(20.0)
    assert one.open_doors == set()
    one.force(1, 20.0)
    assert (one.open_doors, one.doors[1].openings) == ({1}, 1)
    one.clear([1, 2], 30.0)
    one.unlock(1, 31.0)
    one.settle(32.0)
    assert one.doors[1].openings == 2


def test_something_foreign_stays_on_the_shelf_until_it_is_cleared_away() -> None:
    one = cabinet()
    one.expect(Errand(takes=1, leaves_g=900.0), 0.0)
    one.unlock(1, 1.0)
    one.settle(20.0)
    assert one.shelves["a"].weight_g == (PIECES - 1) * UNIT_G + 900
    one.clear([2], 20.5)
    assert one.shelves["a"].foreign_g == 900.0, "it lies behind another door"
    one.clear([1], 21.0)
    assert one.shelves["a"].weight_g == (PIECES - 1) * UNIT_G


def test_a_shelf_that_is_empty_gives_nothing_and_takes_back_no_more_than_was_taken() -> None:
    one = cabinet()
    for at_s in range(0, 2000, 100):
        one.expect(Errand(takes=2), at_s)
        one.unlock(1, at_s)
        one.settle(at_s + 50)
    assert pieces(one) == 0
    one.expect(Errand(back=20), 3000.0)
    one.unlock(1, 3000.0)
    one.settle(3100.0)
    assert (pieces(one), one.shelves["a"].taken) == (PIECES, [])


def test_the_same_seed_brings_the_same_people_however_often_somebody_looks() -> None:
    often, seldom = cabinet(comes=True, seed=9), cabinet(comes=True, seed=9)
    for at_s in range(0, 400, 40):
        for one in (often, seldom):
            one.settle(at_s)
            one.unlock(1 + at_s // 40 % 2, at_s)
        for tick in range(at_s, at_s + 40):
            often.settle(tick)
    for one in (often, seldom):
        one.settle(1000.0)
    assert often.shelves == seldom.shelves
    assert pieces(often) + pieces(often, "b") < 2 * PIECES
    assert often.open_doors == set()

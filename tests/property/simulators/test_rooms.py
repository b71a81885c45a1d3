"""Whatever people do to a cabinet or a bin, nothing appears or vanishes, and nobody who looks changes it."""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.physics.cabinet import Cabinet, Errand
from simulators.physics.cooling import CHILLED, Cooling
from simulators.physics.latch import Latch
from simulators.physics.motor_door import MotorDoor
from simulators.physics.shelf import Piece, Shelf
from simulators.physics.waste_bin import Bin, BinStation, Throw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Room = TypeVar("Room", Cabinet, BinStation)

DOORS = st.sampled_from([1, 2])
PIECES = [Piece("x", 100.0 + number) for number in range(6)]
GRID_S = 0.25
END = 400

errands = st.builds(
    Errand,
    door=st.none() | DOORS,
    takes=st.integers(0, 4),
    back=st.integers(0, 3),
    leaves_g=st.sampled_from([0.0, 250.0]),
    people=st.integers(1, 3),
    shuts_after_s=st.none() | st.floats(0.1, 5.0),
)
throws = st.builds(
    Throw,
    door=st.none() | DOORS,
    throws_g=st.floats(0, 5000),
    out_g=st.floats(0, 6000),
    leans_g=st.sampled_from([0.0, 8000.0]),
    people=st.integers(1, 3),
)
ticks = st.integers(0, END - 1)
cabinet_acts = st.lists(
    st.tuples(ticks, st.sampled_from(["unlock", "force", "shut"]), DOORS) | st.tuples(ticks, errands)
)
bin_acts = st.lists(
    st.tuples(ticks, st.sampled_from(["unlock", "force", "hand", "no hand"]), DOORS) | st.tuples(ticks, throws)
)


def cabinet(seed: int) -> Cabinet:
    shelves = {name: Shelf(pieces=list(PIECES)) for name in ("a", "b", "c")}
    return Cabinet(
        seed=seed,
        doors={1: Latch(), 2: Latch()},
        shelves=shelves,
        behind={1: ("a", "b"), 2: ("c",)},
        cooling=Cooling(band=CHILLED, born_s=0.0),
        comes=True,
    )


def station(seed: int) -> BinStation:
    return BinStation(seed=seed, bins={1: Bin(door=MotorDoor()), 2: Bin(door=MotorDoor())}, comes=True)


def in_cabinet(one: Cabinet, act: tuple[object, ...], at_s: float) -> None:
    match act:
        case (Errand() as errand,):
            one.expect(errand, at_s)
        case ("unlock", int(door)):
            one.unlock(door, at_s)
        case ("force", int(door)):
            one.force(door, at_s)
        case (_, int(door)):
            one.shut([door], at_s)


def at_bins(one: BinStation, act: tuple[object, ...], at_s: float) -> None:
    match act:
        case (Throw() as throw,):
            one.expect(throw, at_s)
        case ("unlock", int(door)):
            one.unlock(door, at_s)
        case ("force", int(door)):
            one.force(door, at_s)
        case (what, int(door)):
            one.hand([door], on=what == "hand")


def play(
    one: Room,
    acts: Sequence[tuple[object, ...]],
    do: Callable[[Room, tuple[object, ...], float], None],
    looks: set[int],
) -> Room:
    for tick in range(END):
        due = [act for act in acts if act[0] == tick]
        if due or tick in looks:
            one.settle(tick * GRID_S)
        for act in due:
            do(one, act[1:], tick * GRID_S)
    one.settle(END * GRID_S)
    return one


@settings(max_examples=60, deadline=None)
@given(cabinet_acts, st.sets(ticks), st.integers(0, 9))
def test_no_piece_is_lost_and_every_scale_rests_at_what_stands_on_it(
    acts: list[tuple[object, ...]], looks: set[int], seed: int
) -> None:
    watched = play(cabinet(seed), acts, in_cabinet, looks)
    alone = play(cabinet(seed), acts, in_cabinet, set())
    assert watched.shelves == alone.shelves
    assert watched.doors == alone.doors
    assert isclose(watched.cooling.warmth.at(200.0), alone.cooling.warmth.at(200.0), rel_tol=1e-9, abs_tol=1e-9)
    for shelf in watched.shelves.values():
        assert sorted(shelf.pieces + shelf.taken) == PIECES
        if shelf.lying.to_g:
            assert isclose(shelf.lying.to_g, shelf.weight_g, abs_tol=1e-6)
    assert watched.cooling.doors_open == len(watched.open_doors)


@settings(max_examples=60, deadline=None)
@given(bin_acts, st.sets(ticks), st.integers(0, 9))
def test_no_waste_vanishes_and_every_door_shuts_where_no_hand_is(
    acts: list[tuple[object, ...]], looks: set[int], seed: int
) -> None:
    watched = play(station(seed), acts, at_bins, looks)
    alone = play(station(seed), acts, at_bins, set())
    assert watched.bins == alone.bins
    watched.clear([1, 2], END * GRID_S)
    watched.settle(END * GRID_S + 120.0)
    for bin_ in watched.bins.values():
        assert bin_.content_g >= 0
        assert not bin_.door.is_open
        assert isclose(bin_.lying.to_g, bin_.content_g + bin_.leaning_g, abs_tol=1e-6)

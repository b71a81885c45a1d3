"""A socket's accounts hold whatever happens to it, and however seldom somebody looks."""

from __future__ import annotations

from itertools import pairwise
from math import isclose
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.physics.charger import some_charger
from simulators.physics.contact import Contact
from simulators.physics.course import Course, Piece
from simulators.physics.outlet import Outlet
from tests.depth import examples

if TYPE_CHECKING:
    from collections.abc import Callable

GRID_S = 0.01
ROUNDING_S = 1e-8  # a relay that moves on the grid may move a rounding error after it
END = 1500
Happening = tuple[int, int, float]

watts = st.floats(0, 4000)
pieces = st.builds(
    Piece,
    duration_s=st.floats(0.01, 5000),
    from_w=watts,
    to_w=watts,
    tau_s=st.one_of(st.just(0.0), st.floats(100, 5000)),
)
happenings = st.lists(
    st.tuples(st.integers(1, END - 5), st.integers(0, 7), st.floats(0.5, 30)),
    max_size=12,
    unique_by=lambda item: item[0],
).map(sorted)


def outlet(refresh_s: float = 0.0) -> Outlet:
    return Outlet(seed=7, contact=Contact(relay_s=0.02), refresh_s=refresh_s)


def happen(to: Outlet, item: Happening) -> None:
    tick, kind, number = item
    at_s = tick * GRID_S
    acts: list[Callable[[], None]] = [
        lambda: to.command(at_s, on=True),
        lambda: to.command(at_s, on=False),
        lambda: to.plug_in(at_s, some_charger(Random(int(number))), 600 * number),  # noqa: S311 - repeatable chance
        lambda: to.plug_out(at_s),
        lambda: to.overload(at_s, number),
        lambda: to.overload(at_s, number, over_s=1.0),
        lambda: to.overload(at_s, None),
        lambda: to.supply(at_s, on=int(number) % 2 == 0),
    ]
    to.settle(at_s)
    acts[kind]()


@given(st.lists(pieces, max_size=4), watts, st.lists(st.floats(0, 20_000), min_size=2, max_size=2).map(sorted))
def test_energy_of_a_course_is_the_integral_of_its_power(parts: list[Piece], rest_w: float, span: list[float]) -> None:
    course, (start_s, end_s) = Course(tuple(parts), rest_w), span
    breaks = [start_s, *_inner_breaks(parts, start_s, end_s), end_s]
    integral = sum(_simpson(course.power_w, a, b) for a, b in pairwise(breaks))
    energy_ws = 3600 * (course.energy_wh(end_s) - course.energy_wh(start_s))
    assert isclose(energy_ws, integral, rel_tol=1e-5, abs_tol=1e-2)


@given(st.lists(pieces, min_size=1, max_size=4), watts, st.floats(0, 10_000), st.floats(0, 10_000))
def test_what_is_left_of_a_course_goes_on_as_before(
    parts: list[Piece], rest_w: float, at_s: float, more_s: float
) -> None:
    course = Course(tuple(parts), rest_w)
    left = Course(course.after(at_s), rest_w)
    edges = [0.0, *_inner_breaks(parts, 0, 1e9)]
    if all(abs(at_s + more_s - edge) > 1e-6 for edge in edges):
        assert isclose(left.power_w(more_s), course.power_w(at_s + more_s), rel_tol=1e-6, abs_tol=1e-6)


@settings(max_examples=examples(20), deadline=None)
@given(happenings)
def test_energy_is_the_integral_of_power_and_never_falls(items: list[Happening]) -> None:
    socket = outlet()
    counted_ws, last_wh, waiting = 0.0, 0.0, list(items)
    for tick in range(END):
        while waiting and waiting[0][0] == tick:
            happen(socket, waiting.pop(0))
        socket.settle(tick * GRID_S + ROUNDING_S)
        counted_ws += GRID_S * _mean_w(socket, tick * GRID_S)
        wh = socket.energy_wh(tick * GRID_S + ROUNDING_S)
        assert wh >= last_wh - 1e-12
        last_wh = wh
    socket.settle(END * GRID_S)
    assert isclose(3600 * socket.energy_wh(END * GRID_S), counted_ws, rel_tol=1e-6, abs_tol=1e-3)


@settings(max_examples=examples(30), deadline=None)
@given(happenings, st.sampled_from([0.0, 0.08, 0.4]), st.sets(st.integers(0, END - 1), max_size=40))
def test_what_is_seen_depends_on_nobody_having_looked(
    items: list[Happening], refresh_s: float, looks: set[int]
) -> None:
    watched, left_alone = outlet(refresh_s), outlet(refresh_s)
    waiting = list(items)
    for tick in sorted(looks | {item[0] for item in items}):
        while waiting and waiting[0][0] <= tick:
            item = waiting.pop(0)
            happen(watched, item)
            happen(left_alone, item)
        if tick in looks:
            at_s = (tick + 0.5) * GRID_S
            watched.settle(at_s)
            watched.metered_current_a(at_s)
            watched.metered_power_w(at_s)
            watched.temperature_c(at_s)
    end_s = END * GRID_S
    for socket in (watched, left_alone):
        socket.settle(end_s)
    assert watched.metered_current_a(end_s) == left_alone.metered_current_a(end_s)
    assert isclose(watched.energy_wh(end_s), left_alone.energy_wh(end_s), rel_tol=1e-9, abs_tol=1e-9)
    assert isclose(watched.temperature_c(end_s), left_alone.temperature_c(end_s), abs_tol=0.5)


def _mean_w(socket: Outlet, at_s: float) -> float:
    """Two-point Gauss rule over one tick of the grid: changes lie on the grid, and a soft start may begin between."""
    offset_s = 0.5 * GRID_S / 3**0.5
    middle_s = at_s + GRID_S / 2
    return (socket.power_w(middle_s - offset_s) + socket.power_w(middle_s + offset_s)) / 2


def _inner_breaks(parts: list[Piece], start_s: float, end_s: float) -> list[float]:
    found, at_s = [], 0.0
    for part in parts:
        at_s += part.duration_s
        if start_s < at_s < end_s:
            found.append(at_s)
    return found


def _simpson(power_w: Callable[[float], float], start_s: float, end_s: float, count: int = 400) -> float:
    """Just inside the ends, where a piece may jump."""
    inset = (end_s - start_s) * 1e-9
    start_s, end_s = start_s + inset, end_s - inset
    step_s = (end_s - start_s) / count
    values = [power_w(start_s + index * step_s) for index in range(count + 1)]
    inner = 4 * sum(values[1:-1:2]) + 2 * sum(values[2:-1:2])
    return step_s / 3 * (values[0] + inner + values[-1])

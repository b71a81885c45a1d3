"""The air of a cabinet: a band that is kept, firmware's limits of the compressor, doors, a supply that goes away."""

from __future__ import annotations

from itertools import pairwise

import pytest

from simulators.physics.cooling import CHILLED, FROZEN, LEAST_STOP_S, MOST_RUN_S, Band, Cooling
from simulators.physics.mains import AMBIENT_C

DAY_S = 86_400


def course(cooling: Cooling, until_s: int, step_s: int = 10) -> list[tuple[float, bool]]:
    """Return temperature and compressor at each step."""
    seen = []
    for at_s in range(0, until_s, step_s):
        cooling.settle(at_s)
        seen.append((cooling.warmth.at(at_s), cooling.running))
    return seen


@pytest.mark.parametrize(("band", "most_c"), [(CHILLED, 5.0), (FROZEN, -18.0)])
def test_a_closed_cabinet_keeps_food_cold_for_a_day(band: Band, most_c: float) -> None:
    seen = course(Cooling(band=band, born_s=0.0), DAY_S)
    assert max(degrees for degrees, _ in seen) < most_c
    assert min(degrees for degrees, _ in seen) > band.low_c - 0.1


def test_the_compressor_never_runs_too_long_nor_starts_too_soon() -> None:
    cooling = Cooling(band=CHILLED, born_s=0.0)
    cooling.change(0.0, doors_open=1)
    turned = []
    while (at_s := cooling.next_s) < DAY_S:
        cooling.settle(at_s)
        turned.append((at_s, cooling.running))
    assert len(turned) > 20
    for (was_s, was_on), (then_s, is_on) in pairwise(turned):
        assert was_on is not is_on
        assert then_s - was_s <= MOST_RUN_S + 1e-6 if was_on else then_s - was_s >= LEAST_STOP_S - 1e-6


def test_an_open_door_warms_it_past_the_limit_within_minutes_and_a_shut_one_lets_it_cool() -> None:
    cooling = Cooling(band=CHILLED, born_s=0.0)
    cooling.change(100.0, doors_open=1)
    cooling.settle(100.0 + 180)
    assert cooling.warmth.at(280.0) > 8.0
    cooling.change(280.0, doors_open=0)
    cooling.settle(280.0 + 2 * 3600)
    assert cooling.warmth.at(280.0 + 2 * 3600) < 5.0


@pytest.mark.parametrize("what", ["supplied", "broken"])
def test_without_its_compressor_it_ends_at_the_room_and_recovers(what: str) -> None:
    cooling = Cooling(band=FROZEN, born_s=0.0)
    cooling.change(50.0, **{what: what == "broken"})
    cooling.settle(DAY_S)
    assert not cooling.running
    assert cooling.warmth.at(DAY_S) == pytest.approx(AMBIENT_C, abs=0.1)
    cooling.change(DAY_S, **{what: what != "broken"})
    cooling.settle(2 * DAY_S)
    assert cooling.warmth.at(2 * DAY_S) < -18.0


def test_what_it_is_does_not_depend_on_how_often_somebody_looks() -> None:
    often, seldom = Cooling(band=CHILLED, born_s=0.0), Cooling(band=CHILLED, born_s=0.0)
    course(often, 50_000, 7)
    often.settle(50_000)
    seldom.settle(50_000)
    assert often.warmth == seldom.warmth
    assert often.running is seldom.running


def test_a_defrost_of_ten_minutes_warms_the_air_with_the_compressor_off_and_half_an_hour_later_it_is_cold() -> None:
    cooling = Cooling(band=FROZEN, born_s=0.0)
    cooling.change(0.0, defrosting=True)
    seen = course(cooling, 600)
    assert not any(running for _, running in seen)
    assert -18.0 < seen[-1][0] < -14.0
    cooling.change(600.0, defrosting=False)
    cooling.settle(600.0 + 1800.0)
    assert cooling.warmth.at(2400.0) < -18.0

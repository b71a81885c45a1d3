"""A load cell: it swings, comes to rest, creeps and drifts within its share, and says when it moves."""

from __future__ import annotations

from itertools import pairwise

import pytest

from simulators.physics.load_cell import NOTHING, SETTLE_S, Lying, Scale

CAPACITY_G = 30_000.0


def scale(lying: Lying, capacity_g: float = CAPACITY_G) -> Scale:
    return Scale(seed=5, capacity_g=capacity_g, lies=lambda: lying)


def test_a_step_begins_where_the_cell_was_and_swings_into_rest() -> None:
    before = NOTHING.changed(1000.0, 10.0)
    during = before.changed(3000.0, 10.05)
    assert during.shown_g(10.05) == pytest.approx(before.shown_g(10.05))
    swing = [during.shown_g(10.05 + 0.01 * tick) for tick in range(200)]
    assert max(swing) > 3100, "it overshoots"
    assert all(abs(grams - 3000) < 10 for grams in swing[-50:])
    assert max(abs(later - grams) for grams, later in pairwise(swing)) < 1000, "it never jumps"


def test_it_says_that_it_moves_until_it_is_at_rest_and_is_right_then() -> None:
    resting = scale(NOTHING.changed(2000.0, 10.0))
    assert not resting.is_moving(9.9)
    assert resting.is_moving(10.1)
    assert not resting.is_moving(10.0 + 12 * SETTLE_S)
    assert resting.gross_g(13.0) == pytest.approx(2000.0, abs=2.0)


def test_creep_drift_and_noise_stay_within_their_share_for_a_day() -> None:
    resting = scale(NOTHING.changed(10_000.0, 0.0))
    seen = [resting.gross_g(10.0 + 61 * tick) for tick in range(1400)]
    assert 9_999 < min(seen) < max(seen) < 10_000 + 2.0 + 0.5 + 0.3
    assert max(seen) - min(seen) > 0.3, "a cell that never strays is none"


def test_tare_and_zero_take_away_what_is_shown_and_an_overload_is_one_without_them() -> None:
    loaded = scale(Lying(to_g=29_000.0))
    loaded.tare(100.0)
    assert loaded.net_g(100.0) == pytest.approx(0.0)
    assert loaded.gross_g(100.0) == pytest.approx(29_000.0, abs=10)
    assert not loaded.is_over(100.0)
    loaded.own = loaded.own.changed(5_000.0, 101.0)
    assert loaded.is_over(110.0)
    loaded.set_zero(110.0)
    assert (round(loaded.gross_g(110.0)), loaded.tare_g) == (0, 0.0)


def test_shaking_moves_it_and_leaves_the_mean() -> None:
    shaken = scale(Lying(5000.0, 5000.0, 0.0, 50.0, 100.0))
    seen = [shaken.gross_g(20.0 + 0.02 * tick) for tick in range(500)]
    assert max(seen) - min(seen) > 60
    assert sum(seen) / len(seen) == pytest.approx(5000.0, abs=8)
    assert sum(shaken.is_moving(20.0 + 0.1 * tick) for tick in range(100)) > 60
    assert not shaken.is_moving(101.0)


def test_a_zero_that_wanders_takes_its_time_and_goes_on_from_where_it_was() -> None:
    idle = scale(NOTHING)
    idle.stray(0.0, 100.0, 60.0)
    assert idle.gross_g(30.0) == pytest.approx(50.0, abs=2)
    idle.stray(30.0, 0.0, 10.0)
    assert idle.gross_g(30.0) == pytest.approx(50.0, abs=2)
    assert idle.gross_g(35.0) == pytest.approx(25.0, abs=2)
    assert idle.gross_g(50.0) == pytest.approx(0.0, abs=2)


def test_a_frozen_display_shows_what_it_showed() -> None:
    lying = NOTHING
    frozen = Scale(seed=5, capacity_g=CAPACITY_G, lies=lambda: lying)
    frozen.hold(10.0, on=True)
    shown_g = frozen.gross_g(10.0)
    lying = NOTHING.changed(9000.0, 11.0)
    assert (frozen.gross_g(20.0), frozen.is_moving(11.1)) == (shown_g, False)
    frozen.hold(21.0, on=False)
    assert frozen.gross_g(21.0) == pytest.approx(9000.0, abs=5)

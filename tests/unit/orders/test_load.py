"""What the power says about a load, and when the named methods call it full."""

from __future__ import annotations

import pytest

from gateway.orders.charge import load as loads
from gateway.orders.charge.full import AP3000, JUY, X10P, FloatPower, Low, Method, Power, RelativeTaper, is_full, watch
from gateway.orders.charge.load import Load, LoadSettings


def minutes_to_full(methods: tuple[Method, ...], powers_w: list[float], began_min: float = 0.0) -> float | None:
    """A sample of each power every minute, after 200 W were reached; None where nothing is full."""
    lows = [Low() for _ in methods]
    for minute, power_w in enumerate(powers_w):
        power = Power(at_ms=60_000 * minute, w=power_w, charging_w=200.0, began_ms=round(-60_000 * began_min))
        lows = [watch(method, low, power) for method, low in zip(methods, lows, strict=True)]
        if any(is_full(method, low, power) for method, low in zip(methods, lows, strict=True)):
            return minute
    return None


def test_the_ap3000_needs_half_an_hour_early_and_five_minutes_late() -> None:
    assert minutes_to_full(AP3000, [39.0] * 40) == 30
    assert minutes_to_full(AP3000, [39.0] * 40, began_min=180) == 5
    assert minutes_to_full(AP3000, [41.0] * 200, began_min=180) is None


def test_the_x10p_needs_a_power_that_stands_still() -> None:
    assert minutes_to_full(X10P, [30.0] * 60) == 45
    assert minutes_to_full(X10P, [30.0] * 20 + [20.0] * 60) == 65
    assert minutes_to_full(X10P, [46.0] * 60) is None


def test_juy_needs_its_float_power_for_two_hours() -> None:
    assert minutes_to_full(JUY, [14.0] * 130) == 120
    assert minutes_to_full(JUY, [14.0] * 100 + [25.0] + [14.0] * 100) is None


def test_noise_at_the_threshold_restarts_nothing() -> None:
    noisy = [14.0, 16.0] * 10
    assert minutes_to_full((FloatPower(below_w=15.0, for_s=480),), noisy) == 8
    assert minutes_to_full((FloatPower(below_w=15.0, for_s=480),), [16.0, *noisy]) == 9
    assert minutes_to_full((RelativeTaper(share=0.1, for_s=600),), [19.0, 25.0] * 10) == 10


def fed(powers_w: list[float], settings: LoadSettings, every_s: float = 1.0, judged: bool = True) -> Load:  # noqa: FBT001, FBT002
    load = Load()
    for number, power_w in enumerate(powers_w, 1):
        load = loads.take(load, settings, round(1000 * every_s * number), power_w)
        if judged:
            load = loads.judge(load, settings, 0)
    return load


def test_nothing_is_known_before_the_first_sample() -> None:
    settings = LoadSettings()
    load = loads.judge(Load(), settings, 0)
    assert load == Load()
    assert not loads.is_gone(load, settings, 10**9)
    assert not loads.is_back(load, settings)
    assert loads.full_by(load, settings, 0) == ""


def test_a_sample_that_is_not_newer_is_not_taken() -> None:
    load = fed([200.0], LoadSettings())
    assert loads.take(load, LoadSettings(), 1000, 0.0) is load


def test_either_unplug_rule_is_enough() -> None:
    settings = LoadSettings()
    assert not loads.is_gone(fed([200.0] * 20 + [0.3] * 10, settings), settings, 0)
    assert loads.is_gone(fed([200.0] * 20 + [0.3] * 11, settings), settings, 0)
    assert not loads.is_gone(fed([200.0] * 20 + [0.8] * 300, settings), settings, 0)
    assert loads.is_gone(fed([200.0] * 20 + [0.8] * 301, settings), settings, 0)


@pytest.mark.parametrize(("every_s", "gone"), [(30.0, True), (61.0, False)])
def test_what_nobody_saw_counts_for_nothing(every_s: float, gone: bool) -> None:  # noqa: FBT001
    settings = LoadSettings(gone=(loads.Gone(below_w=1.0, for_s=120),))
    assert loads.is_gone(fed([0.0] * 10, settings, every_s), settings, 0) is gone


def test_a_jump_in_the_power_is_a_second_load_only_when_it_lasts() -> None:
    settings = LoadSettings()
    short = fed([200.0] * 600 + [400.0] * 40 + [200.0] * 60, settings)
    assert short.steps == 0
    assert short.charging_w == pytest.approx(200.0, abs=10)
    long = fed([200.0] * 600 + [400.0] * 120, settings)
    assert (long.steps, long.step_since_ms) == (1, None)
    assert long.charging_w == pytest.approx(390.0, abs=10)


def test_a_charger_that_only_begins_is_no_second_load() -> None:
    assert fed([20.0] * 60 + [400.0] * 200, LoadSettings()).steps == 0


def test_a_load_that_rose_while_nobody_looked_is_no_second_load() -> None:
    settings = LoadSettings()
    load = fed([400.0] * 60, settings)
    assert load.charging_w < 400 - settings.step_w
    for at_s in range(1000, 1200):
        load = loads.judge(loads.take(load, settings, 1000 * at_s, 400.0), settings, 0)
    assert load.steps == 0


def test_a_long_taper_is_remembered_after_the_load_has_gone() -> None:
    settings = LoadSettings()
    tapered = fed([200.0] * 900 + [50.0] * 700 + [0.0] * 5, settings)
    pulled = fed([200.0] * 900 + [50.0] * 300 + [0.0] * 700, settings)
    assert tapered.tapered
    assert not pulled.tapered


def test_the_load_that_comes_back_is_compared_with_the_one_that_went() -> None:
    settings = LoadSettings()
    same = fed([200.0] * 600 + [0.0] * 30 + [185.0] * 16, settings)
    other = fed([200.0] * 600 + [0.0] * 30 + [400.0] * 16, settings)
    assert loads.is_back(same, settings)
    assert loads.is_same(same, settings)
    assert not loads.is_same(other, settings)

"""51's curves against the published formula, worked out by hand where that is possible."""

import math

import pytest

from gateway.protection.curve import PUBLISHED, Constants, Curve, operate_s

# IEC 60255-151 annex A: t / TMS in seconds at multiples of the setting. VI, EI and LTI are exact fractions;
# SI is 0.14 / (M ** 0.02 - 1), to four digits.
TABLE = [
    (Curve.SI, 2.0, 10.0290),
    (Curve.SI, 5.0, 4.2797),
    (Curve.SI, 10.0, 2.9706),
    (Curve.SI, 20.0, 2.2674),
    (Curve.VI, 1.5, 27.0),
    (Curve.VI, 2.0, 13.5),
    (Curve.VI, 10.0, 1.5),
    (Curve.VI, 20.0, 13.5 / 19),
    (Curve.EI, 1.1, 80 / 0.21),
    (Curve.EI, 2.0, 80 / 3),
    (Curve.EI, 3.0, 10.0),
    (Curve.EI, 9.0, 1.0),
    (Curve.EI, 20.0, 80 / 399),
    (Curve.LTI, 2.0, 120.0),
    (Curve.LTI, 7.0, 20.0),
    (Curve.LTI, 11.0, 12.0),
]


@pytest.mark.parametrize(("curve", "multiple", "seconds"), TABLE)
def test_times_are_the_published_ones(curve: Curve, multiple: float, seconds: float) -> None:
    assert operate_s(multiple, 1.0, PUBLISHED[curve]) == pytest.approx(seconds, rel=2e-5)


def test_the_time_multiplier_multiplies() -> None:
    assert operate_s(3.0, 0.05, PUBLISHED[Curve.EI]) == pytest.approx(0.5)


@pytest.mark.parametrize("curve", list(PUBLISHED))
def test_above_twenty_times_nothing_gets_faster(curve: Curve) -> None:
    assert operate_s(500.0, 1.0, PUBLISHED[curve]) == operate_s(20.0, 1.0, PUBLISHED[curve])


def test_at_the_setting_it_never_trips() -> None:
    assert operate_s(1.0, 1.0, PUBLISHED[Curve.VI]) == math.inf


def test_custom_constants_are_used_as_they_are() -> None:
    assert operate_s(3.0, 2.0, Constants(k=8.0, alpha=2.0)) == pytest.approx(2.0)

"""The elements alone, one reading at a time."""

import math

import pytest

from gateway.protection.curve import Curve
from gateway.protection.definite_time import DefiniteTime
from gateway.protection.inverse_time import RESET_S, InverseTime
from gateway.protection.residual import contact, residual
from gateway.protection.settings import InverseSettings, ThermalSettings
from gateway.protection.temperature import over_temperature
from gateway.protection.thermal import HOT_START, Thermal
from gateway.protection.voltage import UnderVoltage, over_voltage


def fifty(*, samples: int = 2, delay_s: float = 0.0, refresh_s: float = 0.0) -> DefiniteTime:
    return DefiniteTime(pickup=10.0, drop_off=9.5, samples=samples, delay_s=delay_s, refresh_s=refresh_s)


def test_50_operates_at_the_second_sample_above() -> None:
    element = fifty()
    assert not element.step(11.0, 1100, 1.0)
    assert element.pending
    assert element.step(11.0, 1100, 1.1)
    assert element.picked_up_s == 1.0
    assert not element.pending


def test_50_at_exactly_the_pickup_is_not_above() -> None:
    element = fifty(samples=1)
    assert not element.step(10.0, 1000, 1.0)


def test_50_two_readings_of_one_metering_window_are_one() -> None:
    element = fifty(refresh_s=0.4)
    assert not element.step(11.0, 1100, 1.0)
    assert not element.step(11.0, 1100, 1.2)
    assert element.due_s == 1.4
    assert element.step(11.0, 1100, 1.4)


def test_50_a_changed_raw_value_is_a_new_window() -> None:
    element = fifty(refresh_s=0.4)
    element.step(11.0, 1100, 1.0)
    assert element.step(11.01, 1101, 1.05)


def test_50_a_sample_between_drop_off_and_pickup_breaks_the_row_but_holds_the_timer() -> None:
    element = fifty(delay_s=0.3)
    element.step(11.0, 1100, 1.0)
    assert not element.step(9.7, 970, 1.1)
    assert element.picked_up_s == 1.0
    assert not element.step(11.0, 1100, 1.3), "one sample above in a row is not two"
    assert element.step(11.0, 1100, 1.4)


def test_50_below_drop_off_everything_starts_over() -> None:
    element = fifty()
    element.step(11.0, 1100, 1.0)
    assert not element.step(9.4, 940, 1.1)
    assert not element.step(11.0, 1100, 1.2)
    assert element.picked_up_s == 1.2


def test_50_waits_for_its_delay() -> None:
    element = fifty(delay_s=0.5)
    element.step(11.0, 1100, 1.0)
    assert element.due_s == 1.5
    assert not element.step(11.0, 1100, 1.2)
    assert element.step(11.0, 1100, 1.5)


def test_50_once_operated_holds_until_drop_off() -> None:
    element = fifty()
    element.step(11.0, 1100, 1.0)
    element.step(11.0, 1100, 1.1)
    assert element.step(9.7, 970, 1.2)
    assert not element.step(9.0, 900, 1.3)


def test_50_an_old_reading_changes_nothing() -> None:
    element = fifty()
    element.step(11.0, 1100, 1.0)
    assert not element.step(11.5, 1150, 1.0)
    assert not element.step(0.0, 0, 0.5)
    assert element.pending


def test_50_with_three_samples_is_due_at_the_refresh_first() -> None:
    element = fifty(samples=3, delay_s=9.0, refresh_s=0.4)
    element.step(11.0, 1100, 1.0)
    assert element.due_s == 1.4


def fifty_one(**more: float) -> InverseTime:
    return InverseTime(InverseSettings(curve=Curve.EI, setting_a=10.0, tms=0.1), **more)


def test_51_holds_between_pickup_and_hold() -> None:
    element = fifty_one()
    element.step(0.0, 30.0, 0.0, 0.0)
    element.step(30.0, 10.5, 0.5, 0.5)
    half = element.progress
    assert half == pytest.approx(0.5)
    element.step(10.5, 10.5, 100.0, 100.5)
    assert element.progress == half
    assert element.picked_up_s == 0.0


def test_51_unwinds_evenly_below_hold() -> None:
    element = fifty_one()
    element.step(30.0, 8.0, 0.5, 0.5)
    element.step(8.0, 8.0, RESET_S / 4, 1.0)
    assert element.progress == pytest.approx(0.25)
    assert element.busy
    element.step(8.0, 8.0, RESET_S, 2.0)
    assert element.progress == 0.0
    assert element.picked_up_s is None
    assert not element.busy


def test_51_one_false_reading_never_trips() -> None:
    element = fifty_one()
    assert not element.step(0.0, 500.0, 0.0, 0.0)
    assert not element.step(500.0, 0.0, 60.0, 60.0)


def test_51_two_readings_of_one_window_are_no_confirmation() -> None:
    element = fifty_one(refresh_s=0.4)
    element.step(0.0, 500.0, 0.0, 0.0)
    assert not element.step(500.0, 500.0, 0.2, 0.2)
    assert element.step(500.0, 500.0, 0.2, 0.4)


def test_51_below_pickup_nothing_ever_happens() -> None:
    element = fifty_one()
    assert not element.step(10.9, 10.9, 1e9, 1e9)
    assert element.progress == 0.0


def forty_nine(theta: float = 0.0, refresh_s: float = 0.0) -> Thermal:
    return Thermal(ThermalSettings(base_a=10.0, k=1.05, tau_s=600.0), theta=theta, refresh_s=refresh_s)


def test_49_starts_hot_where_nothing_was_restored() -> None:
    assert Thermal(ThermalSettings(base_a=10.0, tau_s=600.0)).theta == HOT_START
    assert not Thermal(ThermalSettings(base_a=10.0, tau_s=600.0)).hot


def test_49_settles_where_the_load_says() -> None:
    element = forty_nine()
    element.step(10.5 / math.sqrt(2), 1e6)
    assert element.theta == pytest.approx(0.5)


def test_49_a_lost_interval_neither_heats_nor_cools() -> None:
    element = forty_nine(theta=0.7)
    element.step(1000.0, 0.0)
    assert element.theta == 0.7


def test_49_one_false_reading_never_trips() -> None:
    element = forty_nine(theta=0.9)
    assert not element.operated(1000.0, 1.0)
    element.step(1000.0, 60.0)
    assert element.theta == 1.0
    assert element.hot
    assert not element.operated(5.0, 61.0)
    assert not element.operated(1000.0, 62.0)


def test_49_trips_at_a_second_sample_of_another_window() -> None:
    element = forty_nine(theta=1.0, refresh_s=0.4)
    assert not element.operated(11.0, 1.0)
    assert not element.operated(11.0, 1.2)
    assert element.operated(11.0, 1.4)


def test_59_and_27_have_hysteresis_on_their_own_side() -> None:
    over, under = over_voltage(270.0, 0.95, 1, 0.0), UnderVoltage(100.0, 0.95, 1, 0.0)
    assert over.step(271.0, 1, 1.0)
    assert over.step(260.0, 1, 2.0)
    assert not over.step(256.0, 1, 3.0)
    assert under.step(99.0, 1, 1.0)
    assert under.step(104.0, 1, 2.0)
    assert not under.step(106.0, 1, 3.0)
    assert under.pickup_v == 100.0


def test_26_drops_off_five_kelvin_below() -> None:
    element = over_temperature(80.0, 1, 0.0)
    assert element.step(80.1, 1, 1.0)
    assert element.step(75.1, 1, 2.0)
    assert not element.step(74.9, 1, 3.0)


def test_a_contact_needs_two_readings() -> None:
    element = contact(2, 0.0)
    assert not element.step(1.0, 1, 1.0)
    assert element.step(1.0, 1, 2.0)
    assert not element.step(0.0, 0, 3.0)


def test_residual_supervision_drops_off_at_half() -> None:
    element = residual(30.0, 1, 0.0)
    assert element.step(31.0, 31, 1.0)
    assert element.step(16.0, 16, 2.0)
    assert not element.step(14.0, 14, 3.0)

"""What a load does while it charges: full, floating, pulled out, another one."""

from __future__ import annotations

import pytest

from gateway.orders.charge.event import (
    Tick,
)
from gateway.orders.charge.load import LoadSettings
from gateway.orders.charge.settings import ChargeSettings
from gateway.orders.charge.stage import Stage
from gateway.orders.tariff.quote import Limits
from tests.unit.orders.charging import Run, ended, new_order


def test_full_floats_and_the_float_ends_it() -> None:
    run = Run().charging(200.0, 3600)
    assert run.draw(10.0, 600) is Stage.FLOATING
    assert run.draw(10.0, 3590) is Stage.FLOATING
    assert run.draw(10.0, 20) is Stage.ENDING
    assert ended(run) == ("full", "user")


def test_a_charger_that_only_paused_charges_again() -> None:
    run = Run().charging(200.0, 3600)
    assert run.draw(12.0, 600) is Stage.FLOATING
    assert run.draw(12.0, 120) is Stage.FLOATING
    assert run.told("progress")
    assert run.draw(190.0, 60) is Stage.CHARGING
    assert len(run.told("charging-again")) == 1


@pytest.mark.parametrize("limit", ["wh", "s"])
def test_limits_hold_while_floating(limit: str) -> None:
    most = Limits(max_s=4500 if limit == "s" else 36_000, max_wh=203 if limit == "wh" else 3000, max_w=1000)
    run = Run(new_order(most=most)).charging(200.0, 3600)
    assert run.draw(10.0, 600) is Stage.FLOATING
    run.draw(10.0, 3000)
    assert ended(run)[0] == {"wh": "set-limit", "s": "max-time"}[limit]


def test_what_is_taken_away_after_full_was_full() -> None:
    run = Run().charging(200.0, 3600)
    assert run.draw(10.0, 600) is Stage.FLOATING
    assert run.draw(0.0, 60) is Stage.ENDING
    assert ended(run)[0] == "full"


def test_an_unplug_waits_for_the_same_plug_and_then_ends() -> None:
    run = Run().charging()
    assert run.draw(0.0, 60) is Stage.UNPLUGGED
    assert run.draw(0.0, 55) is Stage.UNPLUGGED
    assert run.draw(0.0, 10) is Stage.ENDING
    assert ended(run) == ("unplugged", "user")


def test_a_plug_that_comes_back_goes_on_charging() -> None:
    run = Run().charging()
    assert run.draw(0.0, 60) is Stage.UNPLUGGED
    assert run.draw(195.0, 14) is Stage.UNPLUGGED
    assert run.draw(195.0, 5) is Stage.CHARGING
    assert run.draw(195.0, 100) is Stage.CHARGING


def test_a_second_bike_never_charges_on_the_first_one_s_order() -> None:
    run = Run().charging()
    run.draw(0.0, 60)
    run.draw(500.0, 30)
    assert ended(run) == ("second-load", "user")


def test_without_a_window_an_unplug_ends_at_once() -> None:
    run = Run(new_order(ChargeSettings(replug_s=0))).charging()
    assert run.draw(0.0, 60) is Stage.UNPLUGGED
    assert run(Tick()) is Stage.ENDING


def test_a_charger_that_comes_back_derated_is_the_same_and_a_stronger_one_is_not() -> None:
    derated, stronger = Run().charging(), Run().charging()
    for run in (derated, stronger):
        run.draw(0.0, 60)
    assert derated.draw(110.0, 30) is Stage.CHARGING
    assert stronger.draw(270.0, 30) is Stage.ENDING


def test_a_charger_that_comes_back_weak_is_given_time_to_come_up() -> None:
    recovering, weaker = Run().charging(400.0), Run().charging(400.0)
    for run in (recovering, weaker):
        run.draw(0.0, 20)
        assert run.draw(40.0, 60) is Stage.UNPLUGGED
    assert recovering.draw(400.0, 20) is Stage.CHARGING
    assert weaker.draw(40.0, 70) is Stage.ENDING
    assert ended(weaker) == ("second-load", "user")


def test_a_plug_sensor_is_believed_where_nothing_draws() -> None:
    run = Run().charging(20.0)
    assert run.draw(2.0, 2, plugged=False) is Stage.CHARGING
    assert run.draw(2.0, 3, plugged=False) is Stage.UNPLUGGED
    stuck = Run().charging()
    assert stuck.draw(200.0, 60, plugged=False) is Stage.CHARGING


def test_a_splitter_s_second_load_is_an_event_and_not_an_end() -> None:
    run = Run().charging(200.0, 600)
    assert run.draw(450.0, 200) is Stage.CHARGING
    assert len(run.told("power-step")) == 1


def test_a_charger_that_switches_itself_off_after_its_taper_was_full() -> None:
    settings = ChargeSettings(load=LoadSettings(full=()))
    run = Run(new_order(settings)).charging(200.0, 3600)
    run.draw(50.0, 900)
    assert run.draw(0.1, 30) is Stage.UNPLUGGED
    assert run.draw(0.1, 70) is Stage.ENDING
    assert ended(run)[0] == "full"


def test_what_never_draws_more_than_a_lamp_is_no_load() -> None:
    run = Run(new_order(ChargeSettings(load=LoadSettings(full=())))).charging(20.0)
    assert run.draw(20.0, 2000) is Stage.ENDING
    assert ended(run)[0] == "no-load"

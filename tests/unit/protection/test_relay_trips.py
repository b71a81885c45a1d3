"""What the relay opens, when, and what it says about it."""

import math
from dataclasses import replace

import pytest

from gateway.model.device import Role
from gateway.protection.curve import Curve
from gateway.protection.decision import Confirm, Element, ReadAgain, Trip
from gateway.protection.settings import InverseSettings, ThermalSettings
from tests.unit.protection.injector import OUTLET, PILE, Injector, bus, cleared, raised, trips


def test_a_quiet_scan_says_nothing() -> None:
    rig = Injector(bus())
    rig.found(True, True, True)
    assert rig.currents(2.0, 0.0, 9.9) == []
    assert rig.currents(2.0, 0.0, 9.9) == []


def test_a_pick_up_asks_for_a_second_reading_and_that_one_trips() -> None:
    rig = Injector(bus())
    rig.found(True, True, True)
    assert rig.currents(2.0, 12.0, 0.0) == [Confirm(pile=0, not_before_s=rig.now_s)]
    first_s = rig.now_s
    (trip,) = rig.currents(2.0, 12.5, 0.0)
    assert isinstance(trip, Trip)
    (cause,) = trip.outlets
    assert (cause.outlet, cause.element, cause.element.ansi) == (1, Element.DEFINITE_TIME, "50")
    assert (cause.measured, cause.pickup, cause.picked_up_s, cause.latches) == (12.5, 10.0, first_s, True)
    assert dict(cause.inputs) == {"samples": 2, "delay_s": 0.0, "taken_s": rig.now_s}


def test_trips_of_one_scan_are_one_trip_and_come_first() -> None:
    rig = Injector(bus())
    rig.currents(12.0, 0.0, 13.0)
    said = rig.currents(12.0, 14.0, 13.0)
    assert isinstance(said[0], Trip)
    assert [cause.outlet for cause in said[0].outlets] == [0, 2]
    assert isinstance(said[1], Confirm)


def test_the_second_reading_of_one_metering_window_does_not_count() -> None:
    rig = Injector(bus(pile=replace(PILE, refresh_ms=400.0)))
    said = rig.currents(12.0, 0.0, 0.0)
    due_s = rig.now_s + 0.4
    assert said == [Confirm(pile=0, not_before_s=due_s)]
    assert rig.currents(12.0, 0.0, 0.0) == [Confirm(pile=0, not_before_s=due_s)]
    rig.wait(0.3)
    assert len(trips(rig.currents(12.0, 0.0, 0.0))) == 1


def test_a_lost_reading_between_two_above_does_not_undo_the_first() -> None:
    rig = Injector(bus())
    rig.currents(12.0, 0.0, 0.0)
    rig.missed()
    assert len(trips(rig.currents(12.0, 0.0, 0.0))) == 1


def test_a_start_excuses_inrush_but_only_for_the_arming_delay() -> None:
    rig = Injector(bus(replace(OUTLET, arming_delay_ms=300.0)))
    rig.idle()
    rig.on()
    assert rig.currents(30.0, 0.0, 0.0) == []
    rig.on()  # a repeated ON excuses nothing
    rig.currents(30.0, 0.0, 0.0)
    rig.wait(0.1)
    rig.currents(30.0, 0.0, 0.0)
    assert len(trips(rig.currents(30.0, 0.0, 0.0))) == 1


def test_an_outlet_found_on_is_protected_at_once() -> None:
    rig = Injector(bus(replace(OUTLET, arming_delay_ms=60_000.0)))
    rig.found(True, True, True)
    rig.currents(12.0, 0.0, 0.0)
    assert len(trips(rig.currents(12.0, 0.0, 0.0))) == 1


def test_an_outlet_of_unknown_state_is_protected_and_an_on_from_there_excuses_nothing() -> None:
    rig = Injector(bus(replace(OUTLET, arming_delay_ms=60_000.0)))
    rig.on()
    rig.currents(12.0, 11.0, 0.0)
    assert len(trips(rig.currents(12.0, 11.0, 0.0))) == 2


def test_the_current_of_a_single_piece_reaches_its_outlets() -> None:
    rig = Injector(bus())
    assert rig.read(Role.CURRENT, 12.0, first=2) != []
    (cause,) = trips(rig.read(Role.CURRENT, 12.0, first=2))
    assert cause.outlet == 2


def test_a_reversed_transformer_does_not_hide_a_current() -> None:
    rig = Injector(bus())
    rig.currents(-12.0, 0.0, 0.0)
    assert len(trips(rig.currents(-12.0, 0.0, 0.0))) == 1


def test_51_ends_the_order_but_does_not_latch() -> None:
    inverse = InverseSettings(curve=Curve.EI, setting_a=5.0, tms=0.05)
    rig = Injector(bus(replace(OUTLET, inverse=inverse)))
    rig.found(True, True, True)
    rig.currents(0.0, 0.0, 0.0)
    start_s = rig.now_s
    while not (causes := trips(rig.currents(8.0, 0.0, 0.0))):
        assert rig.now_s < start_s + 60
    (cause,) = causes
    assert (cause.element, cause.element.ansi, cause.latches) == (Element.INVERSE_TIME, "51", False)
    expected_s = 0.05 * 80 / (1.6**2 - 1)
    assert cause.picked_up_s == pytest.approx(start_s + rig.step_s)
    assert expected_s - 0.01 <= rig.now_s - cause.picked_up_s <= expected_s + rig.step_s + 0.01
    assert "rejected" in raised(rig.said)


def test_51_makes_no_progress_over_lost_readings() -> None:
    inverse = InverseSettings(curve=Curve.EI, setting_a=5.0, tms=0.05)
    rig = Injector(bus(replace(OUTLET, inverse=inverse)))
    rig.found(True, True, True)
    rig.currents(8.0, 0.0, 0.0)
    rig.missed()
    rig.wait(30.0)
    assert trips(rig.currents(8.0, 0.0, 0.0)) == []
    rig.wait(30.0)  # nobody said that a reading was lost, but one so late cannot be believed either
    assert trips(rig.currents(8.0, 0.0, 0.0)) == []


def test_49_trips_by_memory_of_the_load_before() -> None:
    rig = Injector(bus(replace(OUTLET, thermal=ThermalSettings(base_a=5.0, k=1.0, tau_s=60.0))), step_s=1.0)
    rig.found(True, True, True)
    rig.currents(0.0, 0.0, 0.0)
    for _ in range(600):
        rig.currents(0.0, 0.0, 0.0)
    for _ in range(600):
        rig.currents(4.0, 0.0, 0.0)
    start_s = rig.now_s + 1
    while not (causes := trips(rig.currents(8.0, 0.0, 0.0))):
        assert rig.now_s < start_s + 600
    assert (causes[0].element.ansi, causes[0].latches) == ("49", False)
    expected_s = 60.0 * math.log((8.0**2 - 4.0**2) / (8.0**2 - 5.0**2))
    assert expected_s - 0.01 <= rig.now_s - start_s <= expected_s + 1.01


def test_voltage_out_of_band_opens_what_is_on_without_a_latch() -> None:
    rig = Injector(bus())
    rig.found(True, False, True)
    rig.wait(5.0)
    rig.read(Role.VOLTAGE, 280.0, 280.0, 90.0)
    causes = trips(rig.read(Role.VOLTAGE, 280.0, 280.0, 90.0))
    assert [(cause.outlet, cause.element.ansi, cause.latches) for cause in causes] == [
        (0, "59", False),
        (2, "27", False),
    ]
    assert causes[1].pickup == 100.0


def test_no_voltage_behind_an_open_relay_is_no_under_voltage() -> None:
    rig = Injector(bus())
    rig.idle()
    rig.read(Role.VOLTAGE, 0.0, 0.0, 0.0)
    rig.on()
    rig.read(Role.VOLTAGE, 0.0, 0.0, 0.0)
    assert trips(rig.read(Role.VOLTAGE, 0.0, 0.0, 0.0)) == []
    rig.wait(5.0)
    rig.read(Role.VOLTAGE, 0.0, 0.0, 0.0)
    assert len(trips(rig.read(Role.VOLTAGE, 0.0, 0.0, 0.0))) == 1


def test_one_voltage_of_a_pile_is_that_of_all_its_outlets() -> None:
    rig = Injector(bus())
    rig.found(True, True, False)
    rig.read(Role.VOLTAGE, 280.0)
    assert [cause.outlet for cause in trips(rig.read(Role.VOLTAGE, 280.0))] == [0, 1]


def test_a_hot_outlet_opens_and_latches_and_its_neighbours_do_not() -> None:
    rig = Injector(bus())
    rig.found(True, True, False)
    rig.read(Role.TEMPERATURE, 85.0, 40.0, 85.0)
    (cause,) = trips(rig.read(Role.TEMPERATURE, 85.0, 40.0, 85.0))
    assert (cause.outlet, cause.element.ansi, cause.latches) == (0, "26", True)
    assert rig.relay.latched(0, 2) == (Element.OVER_TEMPERATURE,), "it is OFF already, but not fit to be closed"
    rig.read(Role.TEMPERATURE, 40.0, 40.0, 40.0)
    assert cleared(rig.said) == ["over-temperature", "over-temperature"]
    assert rig.relay.latched(0, 0) == (Element.OVER_TEMPERATURE,)


READ_SLOWLY = [
    (Role.SMOKE, 1.0, 0.0),
    (Role.TEMPERATURE, 95.0, 20.0),
    (Role.RESIDUAL_CURRENT, 60.0, 0.0),
    (Role.VOLTAGE, 300.0, 230.0),
    (Role.POWER, 5_000.0, 500.0),
]


@pytest.mark.parametrize(("role", "bad", "good"), READ_SLOWLY)
def test_one_bad_sample_of_what_is_read_slowly_asks_for_the_next_at_once(role: Role, bad: float, good: float) -> None:
    rig = Injector(bus(replace(OUTLET, max_power_w=1_000.0), replace(PILE, residual_ma=30.0)))
    rig.found(True, True, True)
    rig.currents(2.0, 2.0, 2.0)
    rig.wait(30.0)  # past every inrush
    asked = ReadAgain(pile=0, role=role, not_before_s=rig.now_s + rig.step_s)
    assert [each for each in rig.read(role, bad) if isinstance(each, ReadAgain)] == [asked]
    assert not [each for each in rig.read(role, good) if isinstance(each, ReadAgain)]
    rig.read(role, bad)
    assert not [each for each in rig.read(role, bad) if isinstance(each, ReadAgain)], "it has operated"


@pytest.mark.parametrize(("role", "value"), [(Role.SMOKE, 1.0), (Role.TEMPERATURE, 95.0)])
def test_smoke_and_a_hot_pile_open_everything_and_latch_the_pile(role: Role, value: float) -> None:
    rig = Injector(bus())
    rig.found(True, False, True)
    assert trips(rig.read(role, value)) == []
    causes = trips(rig.read(role, value))
    assert [(cause.outlet, cause.latches) for cause in causes] == [(0, True), (2, True)]
    assert rig.relay.latched(0, None) == (causes[0].element,)
    assert rig.relay.latched(0, 0) == ()
    assert trips(rig.read(role, value)) == []
    rig.read(role, 0.0)
    assert len(cleared(rig.said)) == 1


def test_the_only_temperature_of_a_pile_with_one_outlet_can_be_said_to_be_the_piles() -> None:
    rig = Injector(bus(count=1))
    rig.found(True)
    rig.whole(Role.TEMPERATURE, 95.0)
    rig.read(Role.TEMPERATURE, 20.0)  # the outlet's own: another element
    assert len(trips(rig.whole(Role.TEMPERATURE, 95.0))) == 1


def test_leakage_alarms_and_blocks_but_opens_nothing() -> None:
    rig = Injector(bus())
    rig.idle()
    rig.on()
    rig.read(Role.RESIDUAL_CURRENT, 45.0)
    rig.read(Role.RESIDUAL_CURRENT, 45.0)
    rig.read(Role.RESIDUAL_CURRENT, 45.0)
    rig.tick(60.0)
    assert trips(rig.said) == []
    assert raised(rig.said)[:1] == ["leakage"]
    assert rig.relay.latched(0, None) == (Element.LEAKAGE,)
    assert sum("residual current" in str(said) for said in rig.said) == 1


def test_an_open_door_is_an_alarm() -> None:
    rig = Injector(bus())
    rig.read(Role.DOOR, 1.0)
    rig.read(Role.DOOR, 1.0)
    rig.read(Role.DOOR, 0.0)
    assert (raised(rig.said), cleared(rig.said)) == (["door"], ["door"])


def test_what_cannot_be_used_is_passed_over() -> None:
    rig = Injector(bus())
    assert rig.read(Role.SMOKE, None) == []
    assert rig.read(Role.CURRENT) == []
    assert rig.read(Role.DOOR) == []
    assert rig.read(Role.DOOR, 1.0, 1.0, 1.0) == []
    assert rig.whole(Role.PLUG, 1.0) == []
    assert rig.read(Role.POWER, math.nan, math.inf, None) == []


def test_a_reading_from_the_past_changes_nothing() -> None:
    rig = Injector(bus())
    rig.currents(1.0, 0.0, 0.0)
    rig.currents(1.0, 0.0, 0.0)
    now_s = rig.now_s
    for _ in range(3):
        assert rig.relay.sample(0, Role.CURRENT, [20.0, 0.0, 0.0], [2000, 0, 0], now_s - 5, now_s) == ()
        assert rig.relay.sample(0, Role.POWER, [20.0, 0.0, 0.0], [20, 0, 0], now_s - 5, now_s) == ()
    assert rig.relay.sample(0, Role.CURRENT, [1.0, 0.0, 0.0], [100, 0, 0], now_s - 5, now_s) == ()


def test_without_raw_words_the_values_tell_one_window_from_another() -> None:
    rig = Injector(bus(pile=replace(PILE, refresh_ms=400.0)))
    rig.currents(12.0, 0.0, 0.0, raw=[])
    assert trips(rig.currents(12.0, 0.0, 0.0, raw=[])) == []
    assert len(trips(rig.currents(12.1, None, 0.0, raw=[]))) == 1


def test_50_is_sent_again_if_the_current_rises_while_an_order_is_being_ended() -> None:
    rig = Injector(bus())
    rig.found(True, True, True)
    rig.currents(5.0, 0.0, 0.0)
    rig.off(0)
    rig.currents(12.0, 0.0, 0.0)
    (cause,) = trips(rig.currents(12.0, 0.0, 0.0))
    assert cause.latches
    assert trips(rig.currents(13.0, 0.0, 0.0)) == [], "once for each opening; the rest is breaker failure's"


def test_a_scan_that_trips_by_two_elements_names_the_first_one_that_latches() -> None:
    thermal = ThermalSettings(base_a=5.0, k=1.0, tau_s=0.1)
    rig = Injector(bus(replace(OUTLET, thermal=thermal)))
    rig.found(True, True, True)
    rig.currents(12.0, 0.0, 0.0)
    (cause,) = trips(rig.currents(12.0, 0.0, 0.0))
    assert cause.element is Element.DEFINITE_TIME


def test_elements_that_are_off_never_trip() -> None:
    off = replace(OUTLET, pickup_a=None, over_voltage_v=None, under_voltage_v=None, over_temperature_c=None)
    rig = Injector(bus(off, replace(PILE, over_temperature_c=None, residual_ma=None)))
    rig.found(True, True, True)
    rig.wait(5.0)
    for _ in range(3):
        rig.currents(1e6, 1e6, 1e6)
        rig.read(Role.VOLTAGE, 1e6, 0.0, 0.0)
        rig.read(Role.TEMPERATURE, 1e6, 1e6, 1e6)
        rig.read(Role.TEMPERATURE, 1e6)
        rig.read(Role.RESIDUAL_CURRENT, 1e6)
    assert rig.said == []


def test_49_neither_heats_nor_cools_over_a_gap_that_nobody_reported() -> None:
    rig = Injector(bus(replace(OUTLET, thermal=ThermalSettings(base_a=5.0, tau_s=60.0))))
    rig.currents(4.0, 0.0, 0.0)
    rig.currents(4.0, 0.0, 0.0)
    thermal = rig.relay._piles[0].circuits[0].thermal
    assert thermal is not None
    before = thermal.theta
    rig.wait(30.0)
    rig.currents(4.0, 0.0, 0.0)
    assert thermal.theta == before
    rig.currents(4.0, 0.0, 0.0)
    assert thermal.theta < before


def test_51_unwinds_at_rest_and_starts_over() -> None:
    inverse = InverseSettings(curve=Curve.EI, setting_a=5.0, tms=0.1)
    rig = Injector(bus(replace(OUTLET, inverse=inverse)))
    rig.found(True, True, True)
    full_s = 0.1 * 80 / (1.6**2 - 1)
    for _ in range(int(0.8 * full_s / rig.step_s)):
        rig.currents(8.0, 0.0, 0.0)
    for _ in range(int(60 / rig.step_s)):
        rig.currents(1.0, 0.0, 0.0)
    start_s = rig.now_s + rig.step_s
    while not trips(rig.currents(8.0, 0.0, 0.0)):
        assert rig.now_s - start_s < full_s + rig.step_s
    assert rig.now_s - start_s >= full_s


def test_49_records_the_pick_up_that_led_to_the_trip() -> None:
    rig = Injector(bus(replace(OUTLET, thermal=ThermalSettings(base_a=5.0, k=1.0, tau_s=60.0))))
    rig.found(True, True, True)
    rig.currents(6.0, 0.0, 0.0)
    rig.currents(1.0, 0.0, 0.0)
    start_s = rig.now_s + rig.step_s
    while not (causes := trips(rig.currents(8.0, 0.0, 0.0))):
        assert rig.now_s < start_s + 60.0
    assert causes[0].picked_up_s == start_s

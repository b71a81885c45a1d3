"""Loss of sight: silent, answering badly, implausible, frozen."""

from dataclasses import replace

import pytest

from gateway.model.device import Role
from gateway.protection.curve import Curve
from gateway.protection.decision import BlockStarts, Element, Rung, RungKind, SightBack, SightLost
from gateway.protection.settings import InverseSettings, ThermalSettings
from tests.unit.protection.injector import OUTLET, PILE, Injector, bus, cleared, raised, rungs, trips, verdicts


def seen() -> Injector:
    rig = Injector(bus())
    rig.found(True, True, False)
    rig.currents(2.0, 0.0, 0.0)
    return rig


def test_four_misses_within_a_second_are_not_yet_a_loss() -> None:
    rig = seen()
    assert rig.missed(7) == []
    (lost, block) = rig.missed(1)
    assert isinstance(lost, SightLost)
    assert (lost.misses, lost.answering) == (8, False)
    assert isinstance(block, BlockStarts)


def test_a_second_without_four_misses_is_not_yet_a_loss() -> None:
    rig = seen()
    rig.step_s = 1.0
    assert rig.missed(3) == []
    assert rig.tick(1.0) == []
    assert isinstance(rig.missed(1)[0], SightLost)


def test_a_silent_pile_is_not_opened_but_its_contactor_is_after_its_time_and_once() -> None:
    rig = seen()
    rig.missed(20)
    assert trips(rig.said) == []
    assert rungs(rig.tick(7.25)) == []
    assert rig.tick(0.25) == [Rung(pile=0, outlets=(0, 1), rung=RungKind.UPSTREAM)]
    assert rig.tick(60.0) == []


def test_one_reading_brings_sight_back_and_the_contactors_time_starts_over() -> None:
    rig = seen()
    rig.missed(200)
    assert SightBack(pile=0) in rig.currents(2.0, 0.0, 0.0)
    assert rungs(rig.missed(200)) == ["upstream"]


def test_a_pile_at_rest_needs_no_contactor() -> None:
    rig = Injector(bus())
    rig.idle()
    rig.missed(20)
    assert rungs(rig.tick(60.0)) == []


def test_a_pile_of_which_nobody_brings_anything_is_lost_too() -> None:
    rig = Injector(bus())
    assert rig.tick() == []
    assert rig.tick(9.9) == []
    assert {type(said) for said in rig.tick(0.25)} == {SightLost, BlockStarts, Rung}


def test_a_pile_that_answers_badly_is_opened_where_it_may_be_on() -> None:
    rig = seen()
    rig.missed(7)
    said = rig.bad(1)
    assert [(cause.outlet, cause.element, cause.latches) for cause in trips(said)] == [
        (0, Element.SIGHT, False),
        (1, Element.SIGHT, False),
    ]
    assert trips(rig.bad(5)) == []


def test_a_silent_pile_that_begins_to_answer_badly_is_opened_then() -> None:
    rig = seen()
    rig.missed(20)
    assert [cause.outlet for cause in trips(rig.bad(1))] == [0, 1]


def test_what_was_picked_up_when_sight_was_lost_is_opened_blind() -> None:
    inverse = InverseSettings(curve=Curve.EI, setting_a=5.0, tms=10.0)
    thermal = ThermalSettings(base_a=6.0, k=1.0, tau_s=600.0)
    rig = Injector(bus(replace(OUTLET, inverse=inverse, thermal=thermal)))
    rig.found(True, True, True)
    rig.currents(2.0, 0.0, 0.0)
    rig.currents(12.0, 5.6, 2.0)
    said = rig.missed(20)
    assert [(cause.outlet, cause.element) for cause in trips(said)] == [(0, Element.SIGHT), (1, Element.SIGHT)]


def test_implausible_currents_open_that_outlet_only() -> None:
    rig = seen()
    for _ in range(8):
        assert rig.currents(None, 0.0, 0.0) == []
    said = rig.currents(None, 0.0, 0.0)
    assert [(cause.outlet, cause.element, cause.latches) for cause in trips(said)] == [(0, Element.SIGHT, False)]
    assert raised(said) == ["implausible"]
    rig.off(0)
    rig.currents(None, 0.0, 0.0)
    assert verdicts(rig.tick(3.0)) == [False], "nobody can see whether it opened"
    assert cleared(rig.currents(0.0, 0.0, 0.0)) == ["implausible"]


def test_implausible_currents_of_an_outlet_that_is_off_are_an_alarm_only() -> None:
    rig = seen()
    for _ in range(15):
        rig.currents(2.0, 0.0, None)
    assert trips(rig.said) == []
    assert raised(rig.said) == ["implausible"]


def test_an_outlet_whose_block_is_never_read_is_not_left_on() -> None:
    rig = Injector(bus())
    rig.found(True, True, True)
    for _ in range(105):
        rig.read(Role.CURRENT, 1.0, 1.0, first=0)
        rig.tick()
    (cause,) = trips(rig.said)
    assert (cause.outlet, cause.element) == (2, Element.SIGHT)


WATCHED = replace(PILE, frozen_after_s=30.0)


def test_a_device_is_frozen_when_voltage_energy_and_heartbeat_stand_still() -> None:
    rig = Injector(bus(pile=WATCHED), step_s=1.0)
    rig.found(True, False, True)
    rig.currents(2.0, 0.0, 0.0)
    beat = 0.0
    for _ in range(40):  # the heartbeat moves: all is well
        beat += 1
        rig.currents(2.0, 0.0, 0.0)
        rig.read(Role.VOLTAGE, 220.0)
        rig.read(Role.ENERGY, 5.0, 0.0, 0.0)
        rig.read(Role.HEARTBEAT, beat)
    assert rig.said == []
    for _ in range(12):
        rig.currents(2.0, 0.0, 0.0)
        rig.read(Role.VOLTAGE, 220.0)
        rig.read(Role.ENERGY, 5.0, 0.0, 0.0)
        rig.read(Role.HEARTBEAT, beat)
    assert raised(rig.said) == ["frozen"]
    assert [(cause.outlet, cause.element) for cause in trips(rig.said)] == [(0, Element.SIGHT), (2, Element.SIGHT)]
    assert any("frozen" in reason for reason in rig.relay.may_close(0, 1, rig.now_s))
    assert cleared(rig.read(Role.HEARTBEAT, beat + 1)) == ["frozen"]


def test_a_current_that_moves_acquits_the_device() -> None:
    rig = Injector(bus(pile=WATCHED), step_s=1.0)
    rig.found(True, True, True)
    for step in range(60):
        rig.currents(2.0 + 0.01 * (step % 2), 0.0, 0.0)
        rig.read(Role.HEARTBEAT, 1.0)
    assert rig.said == []


def test_without_a_heartbeat_an_idle_device_is_never_frozen_but_a_drawing_one_can_be() -> None:
    rig = Injector(bus(pile=WATCHED), step_s=1.0)
    rig.found(False, False, False)
    for _ in range(40):
        rig.currents(0.0, 0.0, 0.0)
        rig.read(Role.VOLTAGE, 220.0)
        rig.read(Role.ENERGY, 5.0, 0.0, 0.0)
    assert rig.said == []
    rig.on()
    for _ in range(40):
        rig.currents(2.0, 0.0, 0.0)
        rig.read(Role.VOLTAGE, 220.0)
        rig.read(Role.ENERGY, 5.0, 0.0, 0.0)
    assert raised(rig.said) == ["frozen"]


def frozen_outlet(**more: float) -> Injector:
    rig = Injector(bus(replace(OUTLET, frozen_after_s=30.0, **more)), step_s=1.0)  # type: ignore[arg-type]
    rig.found(True, True, False)
    return rig


def test_an_outlet_is_frozen_only_while_on_above_the_noise_floor() -> None:
    rig = frozen_outlet()
    for _ in range(20):
        rig.currents(2.0, 0.0, 0.0)
        rig.read(Role.POWER, 440.0, 0.0, 0.0)
    (cause,) = trips(rig.said)
    assert (cause.outlet, cause.element, cause.latches) == (0, Element.SIGHT, False)
    assert raised(rig.said) == ["frozen"]
    rig.off(0)
    assert cleared(rig.currents(0.0, 0.0, 0.0)) == ["frozen"]


def test_energy_that_counts_on_acquits_the_outlet() -> None:
    rig = frozen_outlet()
    for step in range(40):
        rig.currents(2.0, 0.0, 0.0)
        rig.read(Role.ENERGY, float(step), 0.0, 0.0)
    assert rig.said == []


def test_a_coarse_current_alone_proves_nothing() -> None:
    rig = frozen_outlet()
    for _ in range(80):
        rig.currents(2.0, 0.0, 0.0)
    assert rig.said == []


def test_a_frozen_outlet_is_neither_welded_nor_verified_by_its_old_value() -> None:
    rig = frozen_outlet()
    for _ in range(20):
        rig.currents(2.0, 0.0, 0.0)
        rig.read(Role.POWER, 440.0, 0.0, 0.0)
    rig.off(0)
    for _ in range(10):
        rig.currents(2.0, 0.0, 0.0)
        rig.read(Role.POWER, 440.0, 0.0, 0.0)
    assert verdicts(rig.said) == []
    assert verdicts(rig.tick()) == [False]
    for _ in range(10):
        rig.currents(2.0, 0.0, 0.0)
    assert len(trips(rig.said)) == 1
    assert raised(rig.said) == ["frozen"]
    assert any("frozen" in reason for reason in rig.relay.may_close(0, 0, rig.now_s))
    assert cleared(rig.currents(0.0, 0.0, 0.0)) == ["frozen"]


def test_an_outlet_is_not_frozen_for_what_it_read_before_it_was_known_to_be_on() -> None:
    rig = Injector(bus(replace(OUTLET, frozen_after_s=30.0)), step_s=1.0)
    for _ in range(20):
        rig.currents(2.0, 0.0, 0.0)
        rig.read(Role.POWER, 440.0, 0.0, 0.0)
    rig.found(True, False, False)
    rig.currents(2.0, 0.0, 0.0)
    assert rig.said == []


def test_one_bad_answer_among_the_misses_shows_that_the_pile_listens() -> None:
    rig = seen()
    rig.bad(1)
    assert [cause.outlet for cause in trips(rig.missed(7))] == [0, 1]


def test_a_pick_up_from_before_the_loss_of_sight_does_not_count() -> None:
    rig = seen()
    rig.currents(2.0, 12.0, 0.0)
    rig.missed(20)
    assert [cause.element for cause in trips(rig.said)] == [Element.SIGHT]
    assert trips(rig.currents(2.0, 12.0, 0.0)) == []
    assert [cause.element for cause in trips(rig.currents(2.0, 12.0, 0.0))] == [Element.DEFINITE_TIME]


def test_a_time_from_the_future_blinds_nobody() -> None:
    rig = seen()
    rig.relay.sample(0, Role.CURRENT, [2.0, 0.0, 0.0], [200, 0, 0], rig.now_s + 1e6, rig.now_s)
    rig.currents(12.0, 0.0, 0.0)
    assert len(trips(rig.currents(12.0, 0.0, 0.0))) == 1


def floats(watts: float, *, minutes: int, energy_step_wh: float = 1.0) -> Injector:
    """Let an outlet draw one steady power for minutes, in registers of 0.01 A, 0.1 W and a step of energy."""
    rig = frozen_outlet(step_w=0.1, step_wh=energy_step_wh)
    shown_a = round(watts / 220.0 / 0.6, 2)
    for second in range(60 * minutes):
        rig.currents(shown_a, 0.0, 0.0)
        rig.wait(-rig.step_s)
        rig.read(Role.POWER, watts, 0.0, 0.0)
        rig.wait(-rig.step_s)
        rig.read(Role.ENERGY, watts * second / 3600.0 // energy_step_wh, 0.0, 0.0)
    return rig


@pytest.mark.parametrize(("watts", "step_wh"), [(0.0, 1.0), (12.0, 1.0), (40.0, 10.0), (200.0, 10.0)])
def test_a_steady_float_in_coarse_registers_is_no_frozen_meter(watts: float, step_wh: float) -> None:
    assert floats(watts, minutes=20, energy_step_wh=step_wh).said == []


def held(watts: float, seconds: int, *, volts: float | None = None, **more: float) -> Injector:
    """Let everything of an outlet stand still, but for its voltage where `volts` says by how much that moves."""
    rig = frozen_outlet(**more)
    for second in range(seconds):
        rig.currents(round(watts / 200.0, 2), 0.0, 0.0)
        rig.read(Role.POWER, watts, 0.0, 0.0)
        if "step_wh" in more:
            rig.read(Role.ENERGY, 7.0, 0.0, 0.0)
        if volts is not None:
            rig.read(Role.VOLTAGE, 220.0 + volts * (second % 2))
    return rig


def test_an_energy_that_stands_still_under_load_is_proof_whatever_else_the_pile_says() -> None:
    assert [cause.outlet for cause in trips(held(300.0, 60, volts=0.1, step_w=0.1, step_wh=1.0).said)] == [0]
    assert held(100.0, 20, volts=0.1, step_w=0.1, step_wh=1.0).said == [], "2.2 Wh are no 3 steps"


def test_without_an_energy_only_a_fine_power_is_proof_and_a_moving_voltage_acquits() -> None:
    assert [cause.outlet for cause in trips(held(300.0, 40, volts=0.0, step_w=0.1).said)] == [0]
    assert held(300.0, 40, volts=0.1, step_w=0.1).said == [], "the meter is renewed"
    assert held(300.0, 40, volts=0.0, step_w=1.0).said == [], "one step is 0.3 %"
    assert held(12.0, 40, volts=0.0, step_w=0.001).said == [], "a float"

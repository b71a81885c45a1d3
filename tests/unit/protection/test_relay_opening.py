"""An OFF is believed by its effect: verified, unverified, welded, failed."""

import itertools
from dataclasses import replace

from gateway.model.device import Role
from gateway.protection.decision import Element, Rung, RungKind, Verified
from gateway.protection.interlock import Against
from gateway.protection.settings import ThermalSettings
from tests.unit.protection.injector import OUTLET, PILE, Injector, bus, cleared, raised, rungs, trips, verdicts


def charging(amps: float = 2.0, **more: float) -> Injector:
    rig = Injector(bus(replace(OUTLET, **more)))  # type: ignore[arg-type]
    rig.idle()
    rig.on()
    rig.currents(amps, 0.0, 0.0)
    rig.wait(5.0)
    rig.currents(amps, 0.0, 0.0)
    return rig


def tripped() -> Injector:
    rig = charging()
    rig.currents(12.0, 0.0, 0.0)
    rig.currents(12.0, 0.0, 0.0)
    return rig


def test_an_end_of_the_current_verifies_the_off() -> None:
    rig = charging()
    rig.off(0)
    rig.relay.off_acknowledged(0, [0])
    assert rig.currents(0.03, 0.0, 0.0) == [Verified(pile=0, outlet=0, verified=True, acknowledged=True)]


def test_where_no_current_flowed_before_the_off_stays_unverified() -> None:
    rig = charging(0.02)
    rig.off(0)
    assert rig.currents(0.0, 0.0, 0.0) == [Verified(pile=0, outlet=0, verified=False, acknowledged=False)]


def test_a_reading_from_before_the_off_proves_nothing() -> None:
    rig = charging()
    rig.currents(12.0, 0.0, 0.0)
    rig.currents(12.0, 0.0, 0.0)  # the trip: from here the outlet is to open
    assert verdicts(rig.currents(0.0, 0.0, 0.0)) == []
    rig.off(0)
    assert verdicts(rig.currents(0.0, 0.0, 0.0)) == [False], "the load had gone by itself before"


def test_a_power_that_still_flows_keeps_the_off_from_being_verified() -> None:
    rig = charging()
    rig.off(0)
    rig.read(Role.POWER, 400.0, 0.0, 0.0)
    assert rig.currents(0.0, 0.0, 0.0) == []
    rig.read(Role.POWER, 1.0, 0.0, 0.0)
    assert verdicts(rig.currents(0.0, 0.0, 0.0)) == [True]


def test_the_ladder_is_climbed_rung_by_rung_and_starts_over_slowly() -> None:
    rig = tripped()
    rig.off(0)
    climbed = []
    for _ in range(7 * 16):
        rig.currents(12.0, 0.0, 0.0)
        for rung in rungs(rig.tick()):
            climbed.append((rung, rig.now_s))
            rig.off(0)
    assert [rung for rung, _ in climbed[:4]] == ["repeat", "other-function", "whole-pile", "upstream"]
    gaps = [later[1] - earlier[1] for earlier, later in itertools.pairwise(climbed)]
    assert all(2.0 <= gap <= 2.2 for gap in gaps[:3])
    assert all(gap >= 10.0 for gap in gaps[3:4])


def test_a_failed_breaker_latches_and_alarms_beyond_the_repetition() -> None:
    rig = charging()
    rig.off(0)
    rig.currents(11.0, 0.0, 0.0)
    rig.tick(2.0)
    assert (rungs(rig.said), raised(rig.said)) == (["repeat"], [])
    rig.off(0)
    rig.currents(11.0, 0.0, 0.0)
    rig.tick(2.0)
    assert rungs(rig.said) == ["repeat", "other-function"]
    assert "breaker-failure" in raised(rig.said)
    assert Element.BREAKER_FAILURE in rig.relay.latched(0, 0)


def test_sending_off_again_and_again_does_not_put_the_ladder_off() -> None:
    rig = tripped()
    for _ in range(20):
        rig.off(0)
        rig.currents(12.0, 0.0, 0.0)
        rig.tick()
    assert rungs(rig.said) == ["repeat"]


def test_an_off_that_is_never_sent_is_asked_for_again() -> None:
    rig = tripped()
    assert rig.tick(2.0) == [Rung(pile=0, outlets=(0,), rung=RungKind.REPEAT)]
    assert rungs(rig.tick(1.0)) == []
    assert rungs(rig.tick(1.0)) == ["repeat"]


def test_what_was_not_seen_to_open_counts_as_closed() -> None:
    rig = tripped()
    rig.off(0)
    assert rungs(rig.missed(15)) == []
    assert rungs(rig.tick(2.0)) == ["repeat"]
    assert rungs(rig.tick(2.0)) == ["other-function"]


def test_a_load_between_residue_and_pickup_is_a_weld_after_three_refreshed_samples_and_climbs_nothing() -> None:
    rig = charging()
    rig.off(0)
    for _ in range(16 + 1):
        rig.currents(2.0, 0.0, 0.0)
        rig.tick()
    assert rig.said == []
    said = rig.currents(2.0, 0.0, 0.0)
    assert (raised(said), verdicts(said), trips(said)) == (["weld"], [False], [])
    assert rig.relay.latched(0, 0) == (Element.WELD,)
    assert rig.relay.latched(0, 1) == ()
    for _ in range(40):
        rig.currents(2.0, 0.0, 0.0)
        assert rungs(rig.tick()) == []
    assert raised(rig.said) == ["weld"]


def test_residues_of_one_metering_window_are_one() -> None:
    rig = Injector(bus(pile=replace(PILE, refresh_ms=800.0)))
    rig.idle()
    rig.on()
    rig.wait(5.0)
    rig.currents(2.0, 0.0, 0.0)
    rig.off(0)
    rig.wait(2.0)
    for _ in range(13):
        rig.currents(2.0, 0.0, 0.0)
    assert raised(rig.said) == []
    for _ in range(2):
        rig.currents(2.0, 0.0, 0.0)
    assert raised(rig.said) == ["weld"]


def test_a_power_without_a_current_is_a_weld_too() -> None:
    rig = charging()
    rig.off(0)
    rig.read(Role.POWER, 40.0, 0.0, 0.0)
    rig.wait(2.0)
    for _ in range(2):
        rig.read(Role.POWER, 40.0, 0.0, 0.0)
    assert raised(rig.said) == []
    assert raised(rig.read(Role.POWER, 40.0, 0.0, 0.0)) == ["weld"]


def test_a_weld_that_lets_go_is_said_but_stays_latched_until_reset() -> None:
    rig = charging()
    rig.off(0)
    rig.wait(2.0)
    for _ in range(3):
        rig.currents(2.0, 0.0, 0.0)
    assert rig.relay.reset(0, 0, "looked at it", rig.now_s) == Against(word="opening-not-seen")
    assert verdicts(rig.currents(0.0, 0.0, 0.0)) == [True]
    assert rig.relay.latched(0, 0) == (Element.WELD,)
    assert rig.relay.reset(0, 0, "relay replaced", rig.now_s) is None
    assert cleared(rig.tick()) == ["weld"]


def test_a_current_that_appears_where_off_was_believed_is_sent_off_before_it_is_called_a_weld() -> None:
    rig = Injector(bus())
    rig.idle()
    for _ in range(2):
        assert rig.currents(2.0, 0.0, 0.0) == []
    (cause,) = trips(rig.currents(2.0, 0.0, 0.0))
    assert (cause.element, cause.latches) == (Element.UNCOMMANDED, False)
    rig.off(0)
    rig.wait(2.0)
    for _ in range(3):
        rig.currents(2.0, 0.0, 0.0)
    assert raised(rig.said) == ["weld"]


def test_a_pile_that_closed_a_relay_by_itself_is_not_welded() -> None:
    rig = Injector(bus())
    rig.idle()
    rig.currents(2.0, 0.0, 0.0)
    rig.read(Role.RELAY, 1.0, 0.0, 0.0)
    for _ in range(20):
        rig.currents(2.0, 0.0, 0.0)
    assert rig.said == []


def test_a_relays_read_back_is_no_evidence_while_an_off_is_judged() -> None:
    rig = charging()
    rig.off(0)
    rig.read(Role.RELAY, 1.0, 0.0, 0.0)
    rig.wait(3.0)
    rig.read(Role.RELAY, 1.0, 0.0, 0.0)
    for _ in range(3):
        rig.currents(2.0, 0.0, 0.0)
    assert raised(rig.said) == ["weld"]


def test_after_smoke_any_residue_climbs_the_ladder() -> None:
    rig = charging()
    rig.read(Role.SMOKE, 1.0)
    rig.read(Role.SMOKE, 1.0)
    rig.off(0)
    rig.currents(2.0, 0.0, 0.0)
    assert rungs(rig.tick(2.0)) == ["repeat"]


def test_smoke_lowers_the_threshold_of_an_opening_under_way() -> None:
    rig = charging()
    rig.currents(12.0, 0.0, 0.0)
    rig.currents(12.0, 0.0, 0.0)
    rig.read(Role.SMOKE, 1.0)
    rig.read(Role.SMOKE, 1.0)
    rig.off(0)
    rig.currents(2.0, 0.0, 0.0)
    assert rungs(rig.tick(2.0)) == ["repeat"]


def test_after_49_a_current_above_its_own_limit_climbs_the_ladder() -> None:
    rig = Injector(bus(replace(OUTLET, thermal=ThermalSettings(base_a=5.0, k=1.0, tau_s=0.5))))
    rig.found(True, True, True)
    for _ in range(3):
        rig.currents(7.0, 0.0, 0.0)
    assert [cause.element for cause in trips(rig.said)] == [Element.THERMAL]
    rig.off(0)
    rig.currents(7.0, 0.0, 0.0)
    assert rungs(rig.tick(2.0)) == ["repeat"]


def test_without_a_50_the_rating_says_what_is_dangerous() -> None:
    rig = Injector(bus(replace(OUTLET, pickup_a=None, rating_a=6.0)))
    rig.found(True, True, True)
    rig.currents(7.0, 5.0, 0.0)
    rig.off(0, 1)
    rig.currents(7.0, 5.0, 0.0)
    assert rig.tick(2.0) == [Rung(pile=0, outlets=(0,), rung=RungKind.REPEAT)]


def test_an_opening_that_nobody_can_watch_ends_unverified() -> None:
    rig = charging()
    rig.off(0)
    rig.missed(10)
    assert verdicts(rig.tick(2.0)) == [False]
    assert rungs(rig.said) == []


def test_commanded_off_is_an_off_that_was_sent() -> None:
    rig = charging()
    rig.relay.commanded(0, 0, False, rig.now_s)
    assert verdicts(rig.currents(0.0, 0.0, 0.0)) == [True]


def test_a_reading_that_was_taken_before_the_off_arrives_too_late_to_verify_it() -> None:
    rig = charging()
    rig.wait(1.0)
    rig.off(0)
    values = [0.0, 0.0, 0.0]
    assert rig.relay.sample(0, Role.CURRENT, values, values, rig.now_s - 0.5, rig.now_s + 0.1) == ()


def test_a_power_from_before_the_off_does_not_hold_its_verification_up() -> None:
    rig = charging()
    rig.read(Role.POWER, 400.0, 0.0, 0.0)
    rig.off(0)
    assert verdicts(rig.currents(0.0, 0.0, 0.0)) == [True]


def test_an_old_metering_window_after_a_verified_off_is_no_current_without_command() -> None:
    rig = charging()
    rig.off(0)
    rig.currents(0.0, 0.0, 0.0)
    for _ in range(10):
        rig.currents(2.0, 0.0, 0.0)
    assert trips(rig.said) == []


def test_single_residues_do_not_add_up() -> None:
    rig = Injector(bus())
    rig.idle()
    for _ in range(10):
        rig.currents(0.06, 0.0, 0.0)
        rig.currents(0.0, 0.0, 0.0)
    assert rig.said == []


def test_a_read_back_that_does_not_show_the_last_switching_yet_is_not_believed() -> None:
    rig = Injector(bus())
    rig.idle()
    rig.on()
    rig.read(Role.RELAY, 0.0, 0.0, 0.0)
    for _ in range(40):
        rig.currents(2.0, 0.0, 0.0)
    assert rig.said == []


def test_an_off_from_outside_after_a_reset_still_lets_50_latch() -> None:
    rig = tripped()
    rig.off(0)
    rig.currents(0.0, 0.0, 0.0)
    assert rig.relay.reset(0, 0, "looked", rig.now_s) is None
    rig.off(0)
    rig.currents(12.0, 0.0, 0.0)
    rig.currents(12.0, 0.0, 0.0)
    assert rig.relay.latched(0, 0) == (Element.DEFINITE_TIME,)


def test_a_repeated_off_does_not_forget_that_a_current_flowed_before_the_first() -> None:
    rig = charging()
    rig.off(0)
    rig.read(Role.POWER, 400.0, 0.0, 0.0)
    rig.currents(0.0, 0.0, 0.0)
    rig.off(0)
    rig.read(Role.POWER, 0.0, 0.0, 0.0)
    assert verdicts(rig.currents(0.0, 0.0, 0.0)) == [True]

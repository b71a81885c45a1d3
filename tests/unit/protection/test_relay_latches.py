"""What stays open, until when, and what must hold before closing."""

from dataclasses import replace

import pytest

from gateway.model.device import Role
from gateway.protection.curve import Curve
from gateway.protection.decision import Element
from gateway.protection.interlock import FLOWS, Against
from gateway.protection.latch import Latch
from gateway.protection.settings import InverseSettings, ThermalSettings
from tests.unit.protection.injector import OUTLET, PILE, Injector, bus, cleared, trips

FAST = InverseSettings(curve=Curve.CUSTOM, setting_a=5.0, k=0.1, alpha=1.0)


def ready(**more: object) -> Injector:
    rig = Injector(bus(replace(OUTLET, **more)))  # type: ignore[arg-type]
    rig.idle()
    return rig


def reject(rig: Injector) -> bool:
    """Run outlet 0 into its 51; return whether that latched."""
    rig.on()
    rig.currents(8.0, 0.0, 0.0)
    rig.currents(8.0, 0.0, 0.0)
    latched = trips(rig.currents(8.0, 0.0, 0.0)) or trips(rig.said[-3:])
    rig.off(0)
    rig.currents(0.0, 0.0, 0.0)
    rig.wait(80.0)
    rig.currents(0.0, 0.0, 0.0)
    return latched[-1].latches


def trip(rig: Injector) -> None:
    """Trip outlet 0 by 50 and see it open."""
    rig.on()
    rig.currents(12.0, 0.0, 0.0)
    rig.currents(12.0, 0.0, 0.0)
    rig.off(0)
    rig.currents(0.0, 0.0, 0.0)
    rig.wait(5.0)
    rig.currents(0.0, 0.0, 0.0)


def why_not(rig: Injector, outlet: int = 0, pile: int = 0) -> str:
    return "; ".join(rig.relay.may_close(pile, outlet, rig.now_s))


def test_an_outlet_at_rest_may_be_closed() -> None:
    assert why_not(ready()) == ""


def test_a_facility_trip_latches_until_a_person_resets_it_with_a_reason() -> None:
    rig = ready()
    trip(rig)
    assert "latched until reset: definite-time" in why_not(rig)
    rig.wait(9.0)
    rig.currents(0.0, 0.0, 0.0)
    assert "latched" in why_not(rig), "time alone frees nothing"
    assert rig.relay.reset(0, 0, "  ", rig.now_s) == Against(word="reason-missing")
    assert rig.relay.reset(0, 0, "cable was damaged, replaced", rig.now_s) is None
    assert why_not(rig) == ""
    assert rig.relay.reset(0, 0, "again", rig.now_s) == Against(word="not-latched")


def test_a_plug_that_was_out_does_not_end_a_facility_trip() -> None:
    rig = ready(plug_out_s=0.0)
    trip(rig)
    rig.read(Role.PLUG, 0.0, 0.0, 0.0)
    rig.read(Role.PLUG, 0.0, 0.0, 0.0)
    assert "latched" in why_not(rig)


def test_a_load_rejection_ends_when_the_plug_has_been_out_long_enough() -> None:
    rig = ready(inverse=FAST)
    assert not reject(rig)
    assert "load rejected (inverse-time)" in why_not(rig)
    for out in (0.0, 1.0, 0.0):
        rig.read(Role.PLUG, out, None, None)
        rig.wait(6.0)
    rig.read(Role.PLUG, 0.0, None, None)
    assert "load rejected" in why_not(rig), "it was put back in between"
    rig.wait(4.0)
    rig.read(Role.PLUG, 0.0, None, None)
    rig.currents(0.0, 0.0, 0.0)
    assert why_not(rig) == ""
    assert cleared(rig.said) == ["rejected"]


def test_the_plugs_time_starts_over_when_it_was_out_of_sight() -> None:
    rig = ready(inverse=FAST)
    reject(rig)
    rig.read(Role.PLUG, 0.0, None, None)
    rig.missed(20)
    rig.wait(8.0)
    rig.read(Role.PLUG, 0.0, None, None)
    rig.currents(0.0, 0.0, 0.0)
    assert "load rejected" in why_not(rig)


def test_a_second_rejection_starts_the_plugs_time_over() -> None:
    latch = Latch(plug_out_s=10.0, rejections_to_latch=3)
    latch.apply(Element.INVERSE_TIME, 0.0)
    assert not latch.plug(0.0, out=True)
    latch.apply(Element.INVERSE_TIME, 5.0)
    assert not latch.plug(10.0, out=True)
    assert latch.plug(20.0, out=True)


def test_a_person_can_end_a_load_rejection() -> None:
    rig = ready(inverse=FAST)
    reject(rig)
    assert rig.relay.reset(0, 0, "customer called", rig.now_s) is None
    assert why_not(rig) == ""
    assert cleared(rig.tick()) == ["rejected"]


def free(rig: Injector) -> None:
    rig.read(Role.PLUG, 0.0, None, None)
    rig.wait(10.0)
    rig.read(Role.PLUG, 0.0, None, None)
    rig.currents(0.0, 0.0, 0.0)


def test_the_third_rejection_in_a_day_latches() -> None:
    rig = ready(inverse=FAST)
    assert not reject(rig)
    free(rig)
    assert not reject(rig)
    free(rig)
    assert reject(rig)
    free(rig)
    assert "latched until reset: inverse-time" in why_not(rig)
    assert "load rejected" not in why_not(rig)


def test_rejections_older_than_a_day_do_not_count() -> None:
    rig = ready(inverse=FAST)
    reject(rig)
    free(rig)
    rig.wait(24 * 3600.0)
    rig.currents(0.0, 0.0, 0.0)
    reject(rig)
    free(rig)
    assert not reject(rig)


def test_an_outlet_that_is_on_under_its_latch_is_opened() -> None:
    rig = ready()
    trip(rig)
    rig.wait(5.0)
    rig.read(Role.RELAY, 1.0, 0.0, 0.0)
    (cause,) = trips(rig.tick())
    assert (cause.element, cause.element.ansi) == (Element.LOCK_OUT, "86")
    assert trips(rig.tick()) == []


def test_an_outlet_that_is_on_in_a_latched_pile_is_opened() -> None:
    rig = ready()
    rig.read(Role.SMOKE, 1.0)
    rig.read(Role.SMOKE, 1.0)
    rig.tick()
    rig.on(1)
    rig.wait(1.0)
    assert [cause.outlet for cause in trips(rig.tick())] == [1]


@pytest.mark.parametrize(
    ("role", "bad", "good", "condition", "refusal"),
    [
        (Role.SMOKE, 1.0, 0.0, "the pile reports smoke", "still-smoke"),
        (Role.TEMPERATURE, 90.0, 20.0, "the pile is too hot", "still-too-hot"),
        (Role.RESIDUAL_CURRENT, 50.0, 1.0, "residual current is too high", "still-leaking"),
    ],
)
def test_the_piles_own_latch(role: Role, bad: float, good: float, condition: str, refusal: str) -> None:
    rig = ready()
    rig.read(role, bad)
    assert condition in why_not(rig), "one reading is enough to refuse a start"
    rig.read(role, bad)
    assert "the pile is latched until reset" in why_not(rig)
    assert rig.relay.reset(0, None, "looked", rig.now_s) == Against(word=refusal)
    rig.read(role, good)
    assert rig.relay.reset(0, None, "looked", rig.now_s) is None
    assert why_not(rig) == ""
    assert rig.relay.reset(0, None, "looked", rig.now_s) == Against(word="not-latched")


def test_a_pile_out_of_sight_cannot_be_reset() -> None:
    rig = ready()
    trip(rig)
    rig.read(Role.SMOKE, 1.0)
    rig.read(Role.SMOKE, 1.0)
    rig.read(Role.SMOKE, 0.0)
    rig.missed(20)
    assert rig.relay.reset(0, None, "looked", rig.now_s) == Against(word="out-of-sight")
    assert rig.relay.reset(0, 0, "looked", rig.now_s) == Against(word="current-not-seen")


def test_an_outlet_that_is_on_or_hot_cannot_be_reset() -> None:
    rig = ready()
    rig.on()
    rig.read(Role.TEMPERATURE, 90.0, 90.0, 20.0)
    rig.read(Role.TEMPERATURE, 90.0, 90.0, 20.0)
    assert rig.relay.reset(0, 0, "looked", rig.now_s) == Against(word="opening-not-seen")
    assert rig.relay.reset(0, 1, "looked", rig.now_s) == Against(word="still-too-hot")
    rig.read(Role.TEMPERATURE, 20.0, 20.0, 20.0)
    assert rig.relay.reset(0, 1, "looked", rig.now_s) is None
    trip(rig)
    rig.on()
    assert rig.relay.reset(0, 0, "looked", rig.now_s) == Against(word="not-known-off")


def test_a_current_that_flows_through_an_open_outlet_forbids_its_reset() -> None:
    rig = ready()
    trip(rig)
    rig.currents(0.4, 0.0, 0.0)
    assert rig.relay.reset(0, 0, "looked", rig.now_s) == Against(word=FLOWS, detail="0.40 A")


def test_nothing_may_be_closed_before_everything_was_read() -> None:
    rig = Injector(bus())
    assert "its current was not read yet" in why_not(rig)
    assert "its relay's state was not read yet" in why_not(rig)
    rig.currents(0.0, 0.0, 0.0)
    assert why_not(rig) == "its relay's state was not read yet"
    rig.read(Role.RELAY, 0.0, 0.0, 0.0)
    assert why_not(rig) == ""


def test_each_condition_forbids_closing() -> None:
    rig = ready(thermal=ThermalSettings(base_a=5.0, k=1.0, tau_s=600.0))
    rig.currents(0.0, 12.0, 0.0)
    assert "its current is 12.00 A" in why_not(rig, 1)
    rig.read(Role.VOLTAGE, 0.0, 0.0, 280.0)
    assert "voltage" in why_not(rig, 2)
    rig.read(Role.TEMPERATURE, 90.0, 0.0, 0.0)
    assert "too hot" in why_not(rig, 0)
    rig.read(Role.DOOR, 1.0)
    assert "door" in why_not(rig, 0)
    rig.off(2)
    assert "not verified yet" in why_not(rig, 2)


def test_a_hot_replica_forbids_closing_until_it_has_cooled() -> None:
    rig = ready(thermal=ThermalSettings(base_a=5.0, k=1.0, tau_s=60.0))
    rig.on()
    for _ in range(160):
        rig.currents(8.0, 0.0, 0.0)
    rig.off(0)
    rig.currents(0.0, 0.0, 0.0)
    rig.relay.reset(0, 0, "customer called", rig.now_s)
    assert why_not(rig) == "its thermal replica is still hot"
    rig.wait(9.0)
    rig.currents(0.0, 0.0, 0.0)
    assert why_not(rig) == ""


def test_a_pile_that_was_not_read_lately_may_not_be_started() -> None:
    rig = ready()
    rig.wait(11.0)
    assert why_not(rig) == "the pile is out of sight"


def test_implausible_values_forbid_closing() -> None:
    rig = ready()
    for _ in range(12):
        rig.currents(None, 0.0, 0.0)
    assert why_not(rig) == "its current reads implausible"


def test_a_full_pile_takes_no_more() -> None:
    rig = Injector(bus(pile=replace(PILE, total_pickup_a=20.0)))
    rig.idle()
    rig.on(0)
    rig.on(1)
    rig.currents(9.0, 9.1, 0.0)
    assert "the pile's total of 18.1 A leaves no room below 20.0 A" in why_not(rig, 2)

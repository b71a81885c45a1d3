"""A metered feed to its relay: the highest phase counts, its sight opens nothing, and it counts in no total."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.model.device import Role
from gateway.protection.curve import Curve
from gateway.protection.decision import AlarmKind, Decision, Element, Raise, Rung, SightLost, Trip
from gateway.protection.phases import highest
from gateway.protection.relay import Relay
from gateway.protection.settings import BusSettings, InverseSettings, OutletSettings, PileSettings
from tests.unit.protection.injector import Injector

OUTLET = OutletSettings(
    number=1,
    pickup_a=63.0,
    rating_a=63.0,
    arming_delay_ms=0.0,
    residue_a=0.5,
    bf_ms=4000.0,
    rejections_to_latch=1,
    over_voltage_v=None,
    under_voltage_v=None,
    over_temperature_c=None,
)
FEEDER = PileSettings(name="feeder", outlets=(OUTLET,), total_pickup_a=None, refresh_ms=1000.0, is_feeder=True)
phases = st.lists(st.one_of(st.none(), st.floats(-1000.0, 1000.0)), min_size=1, max_size=3)


def injector(outlet: OutletSettings = OUTLET, pile: PileSettings = FEEDER) -> Injector:
    made = Injector(BusSettings(piles=(replace(pile, outlets=(outlet,)),)))
    made.relay.commanded(0, 0, True, made.now_s, found=True)
    return made


def sampled(made: Injector, *values: float | None) -> list[Decision]:
    made.now_s += made.step_s
    raw = [0.0 if value is None else value for value in values]
    return list(made.relay.sample_phases(0, values, raw, made.now_s, made.now_s))


def trips(decisions: list[Decision]) -> list[Element]:
    return [cause.element for decision in decisions if isinstance(decision, Trip) for cause in decision.outlets]


@given(phases, st.floats(0.1, 500.0))
def test_the_highest_known_phase_is_never_hidden(values: list[float | None], alert_a: float) -> None:
    top_a, word = highest(values, [0.0 if value is None else 10 * value for value in values], alert_a)
    known = [abs(value) for value in values if value is not None]
    if len(known) == len(values):
        assert top_a == max(known)
        assert abs(word) == 10 * max(known)
    elif known and max(known) >= alert_a:
        assert top_a == max(known)
    else:
        assert top_a is None, "a phase that is not read is not taken for low"


@given(st.lists(st.floats(0.0, 62.9), min_size=3, max_size=3), st.integers(0, 2))
def test_one_phase_above_trips_whatever_the_others_carry(others: list[float], phase: int) -> None:
    made = injector()
    values = [*others]
    values[phase] = 80.0
    assert trips(sampled(made, *values)) == []
    made.wait(1.0)
    assert trips(sampled(made, *values)) == [Element.DEFINITE_TIME]
    assert made.relay.latched(0, 0) == (Element.DEFINITE_TIME,)


def test_the_same_value_of_one_renewal_is_one_sample() -> None:
    made = injector()
    assert [trips(sampled(made, 80.0, 1.0, 1.0)) for _ in range(7)] == [[]] * 7  # 0.875 s
    assert trips(sampled(made, 80.0, 1.0, 1.0)) == []
    assert trips(sampled(made, 80.0, 1.0, 1.0)) == [Element.DEFINITE_TIME]


def test_losing_sight_opens_nothing_unless_something_had_been_picked_up() -> None:
    made = injector()
    sampled(made, 20.0, 20.0, 20.0)
    said = [decision for _ in range(100) for decision in made.missed()] + made.tick(20.0)
    assert any(isinstance(decision, SightLost) for decision in said)
    assert trips(said) == []
    assert made.relay.may_close(0, 0, made.now_s)
    over = injector()
    sampled(over, 80.0, 20.0, 20.0)
    assert trips([decision for _ in range(100) for decision in over.missed()]) == [Element.SIGHT]


def test_a_meter_that_answers_with_nonsense_or_not_for_a_phase_opens_nothing() -> None:
    made = injector()
    sampled(made, 20.0, 20.0, 20.0)
    said = [decision for _ in range(60) for decision in made.bad()]
    assert trips(said) == []
    said = [decision for _ in range(60) for decision in sampled(made, 20.0, None, 20.0)]
    assert trips(said) == []
    assert any(isinstance(decision, Raise) and decision.alarm is AlarmKind.IMPLAUSIBLE for decision in said)


def test_what_lies_before_it_may_go_dark_after_its_time() -> None:
    made = injector()
    sampled(made, 20.0, 20.0, 20.0)
    said = [decision for _ in range(100) for decision in made.missed()]
    assert [decision.rung for decision in said if isinstance(decision, Rung)] == ["upstream"]


def test_inverse_time_latches_because_no_plug_can_be_pulled() -> None:
    made = injector(replace(OUTLET, inverse=InverseSettings(curve=Curve.EI, setting_a=20.0, tms=0.1)))
    said = [decision for _ in range(200) for decision in sampled(made, 60.0, 1.0, 1.0)]
    assert trips(said)[0] is Element.INVERSE_TIME
    assert Element.INVERSE_TIME in made.relay.latched(0, 0)
    made.relay.off_sent(0, (0,), made.now_s)
    for _ in range(20):
        sampled(made, 0.0, 0.0, 0.0)
    assert made.relay.reset(0, 0, "looked at it", made.now_s) is None
    assert made.relay.may_close(0, 0, made.now_s) == ()


def test_it_counts_in_no_total_of_its_bus() -> None:
    pile = PileSettings(name="pile", outlets=(replace(OUTLET, pickup_a=None),), total_pickup_a=None, rating_a=1.0)
    made = Injector(BusSettings(piles=(FEEDER, pile), bus_total_pickup_a=40.0))
    for index in (0, 1):
        made.relay.commanded(index, 0, True, made.now_s, found=True)
    said = []
    for _ in range(40):
        said += sampled(made, 50.0, 50.0, 50.0)
        said += made.currents(30.0, pile=1)
    assert trips(said) == []
    said = []
    for _ in range(40):
        said += sampled(made, 50.0, 50.0, 50.0)
        said += made.currents(45.0, pile=1)
    assert trips(said) == [Element.BUS_TOTAL]
    assert all(decision.pile == 1 for decision in said if isinstance(decision, Trip)), "and is not shed for it"


@given(st.lists(st.one_of(st.none(), st.floats(0.0, 100.0), st.just(math.nan)), min_size=1, max_size=40))
def test_a_restart_keeps_the_latch_whatever_was_read(values: list[float | None]) -> None:
    made = injector()
    for value in values:
        sampled(made, value, 1.0, 1.0)
        made.wait(1.0)
    again = Relay.restore(made.settings, made.relay.snapshot(made.now_s), 5.0)
    assert again.latched(0, 0) == made.relay.latched(0, 0)


def test_smoke_and_the_like_are_nothing_that_a_meter_tells() -> None:
    made = injector()
    assert made.whole(Role.VOLTAGE, 80.0) == []
    assert made.whole(Role.VOLTAGE, 400.0) == []

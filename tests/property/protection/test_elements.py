"""Claims about the elements that must hold for every sequence of readings, judged through the whole relay."""

import math
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.model.device import Role
from gateway.protection.curve import Curve, operate_s
from gateway.protection.decision import Confirm, Element, TripCause
from gateway.protection.relay import Relay
from gateway.protection.settings import InverseSettings, OutletSettings, ThermalSettings
from tests.unit.protection.injector import OUTLET, PILE, bus, trips

PICKUP_A = 10.0
DROP_OFF_A = 9.5
above = st.integers(1001, 6000)
band = st.integers(950, 1000)
below = st.integers(0, 949)
untimed = settings(deadline=None)  # a loaded machine must not fail a claim about logic
gaps_s = st.integers(1, 2000).map(lambda ms: ms / 1024)  # exact in binary, so that sums of them are exact too


def feed(relay: Relay, readings: Sequence[tuple[float, int]]) -> tuple[int, list[TripCause], list[Confirm]]:
    """Inject (gap, raw) one after the other until something trips; return where, what, and what was asked for."""
    now_s = 50.0
    asked: list[Confirm] = []
    for index, (gap_s, raw) in enumerate(readings):
        now_s += gap_s
        said = relay.sample(0, Role.CURRENT, [raw / 100], [raw], now_s, now_s)
        asked += [decision for decision in said if isinstance(decision, Confirm)]
        if found := trips(said):
            return index, found, asked
    return -1, [], asked


def relay_of(outlet: OutletSettings, refresh_ms: float = 0.0) -> Relay:
    relay = Relay(bus(outlet, replace(PILE, refresh_ms=refresh_ms), count=1))
    relay.commanded(0, 0, True, 0.0, found=True)
    return relay


@untimed
@given(
    st.lists(st.tuples(gaps_s, above), min_size=1, max_size=40),
    st.integers(1, 5),
    st.integers(0, 3000),
    st.integers(0, 800),
)
def test_above_pickup_in_every_sample_trips_at_the_earliest_that_qualifies(
    readings: list[tuple[float, int]], samples: int, delay: int, refresh: int
) -> None:
    delay_s, refresh_s = delay / 1024, refresh / 1024
    relay = relay_of(
        replace(OUTLET, samples=samples, trip_delay_ms=delay_s * 1e3, under_voltage_v=None), refresh_s * 1e3
    )
    where, causes, _ = feed(relay, readings)

    times = [50.0 + sum(gap for gap, _ in readings[: index + 1]) for index in range(len(readings))]
    counted: list[int] = []
    earliest = -1
    for index, time_s in enumerate(times):
        if not counted or time_s >= times[counted[-1]] + refresh_s or readings[index][1] != readings[counted[-1]][1]:
            counted.append(index)
            if len(counted) >= samples and time_s >= times[0] + delay_s:
                earliest = index
                break
    assert where == earliest
    assert [cause.element for cause in causes] == [Element.DEFINITE_TIME] * (earliest >= 0)
    assert all(cause.latches and cause.picked_up_s == times[0] for cause in causes)


@untimed
@given(
    st.lists(
        st.one_of(
            st.tuples(gaps_s, below).map(lambda one: [one]),
            st.tuples(gaps_s, band).map(lambda one: [one]),
            st.tuples(gaps_s, above, gaps_s, st.one_of(below, band)).map(lambda two: [two[:2], two[2:]]),
        ),
        max_size=40,
    ),
    st.integers(0, 800),
)
def test_50_never_trips_where_no_two_samples_in_a_row_are_above(
    groups: list[list[tuple[float, int]]], refresh_ms: int
) -> None:
    readings = [reading for group in groups for reading in group]
    assert feed(relay_of(OUTLET, refresh_ms), readings)[0] == -1


@untimed
@given(above, st.lists(gaps_s, min_size=1, max_size=40), st.integers(2, 5))
def test_readings_of_one_metering_window_are_one_sample(raw: int, gaps: list[float], samples: int) -> None:
    window_ms = sum(gaps[1:]) * 1e3 + 1.0
    relay = relay_of(replace(OUTLET, samples=samples), window_ms)
    where, _, asked = feed(relay, [(gap, raw) for gap in gaps])
    assert where == -1
    assert {confirm.not_before_s for confirm in asked} == {50.0 + gaps[0] + window_ms / 1e3}


@untimed
@given(above, st.integers(0, 800), st.integers(0, 2000))
def test_a_reading_at_the_moment_that_confirm_names_always_trips(raw: int, refresh_ms: int, delay_ms: int) -> None:
    relay = relay_of(replace(OUTLET, trip_delay_ms=delay_ms), refresh_ms)
    (confirm,) = relay.sample(0, Role.CURRENT, [raw / 100], [raw], 3.3, 3.4)
    assert isinstance(confirm, Confirm)
    due_s = max(confirm.not_before_s, math.nextafter(3.3, 4))
    assert len(trips(relay.sample(0, Role.CURRENT, [raw / 100], [raw], due_s, due_s + 0.1))) == 1


@untimed
@given(
    st.sampled_from([Curve.SI, Curve.VI, Curve.EI, Curve.LTI]),
    st.floats(1.12, 30.0),
    st.floats(0.01, 2.0),
    st.floats(0.02, 2.0),
)
def test_51_trips_within_one_period_of_the_formula(curve: Curve, multiple: float, tms: float, period_s: float) -> None:
    inverse = InverseSettings(curve=curve, setting_a=5.0, tms=tms)
    expected_s = operate_s(multiple, tms, inverse.constants)
    assume(expected_s / period_s < 2000)
    relay = relay_of(replace(OUTLET, pickup_a=None, inverse=inverse))
    raw = round(multiple * 500)
    expected_s = operate_s(raw / 500, tms, inverse.constants)
    where, causes, _ = feed(relay, [(period_s, raw)] * (int(expected_s / period_s) + 4))
    elapsed_s = where * period_s  # since the first sample above, which is the first of all
    assert causes[0].element is Element.INVERSE_TIME
    assert elapsed_s >= expected_s * (1 - 1e-6)
    assert elapsed_s <= max(expected_s, period_s) * (1 + 1e-6) + period_s


@untimed
@given(st.floats(0.0, 0.99), st.floats(1.02, 15.0), st.floats(5.0, 900.0), st.floats(0.05, 5.0))
def test_49_trips_within_one_period_of_the_formula(
    preload: float, multiple: float, tau_s: float, period_s: float
) -> None:
    base_a, k = 10.0, 1.05
    limit_a = k * base_a
    before_a, current_a = preload * limit_a, multiple * limit_a
    expected_s = tau_s * math.log((current_a**2 - before_a**2) / (current_a**2 - limit_a**2))
    assume(expected_s / period_s < 2000)
    relay = Relay.restore(
        bus(replace(OUTLET, pickup_a=None, thermal=ThermalSettings(base_a=base_a, k=k, tau_s=tau_s)), count=1),
        {"piles": {"pile-01": {"outlets": {"1": {"theta": preload**2}}}}},
        0.0,
    )
    relay.commanded(0, 0, True, 0.0, found=True)
    readings = [(period_s, round(current_a * 1e6))] * (int(expected_s / period_s) + 4)
    now_s, where = 50.0, -1
    for index, (gap_s, raw) in enumerate(readings):
        now_s += gap_s
        if trips(relay.sample(0, Role.CURRENT, [current_a], [raw], now_s, now_s)):
            where = index
            break
    elapsed_s = where * period_s
    assert elapsed_s >= expected_s * (1 - 1e-6)
    assert elapsed_s <= max(expected_s, period_s) * (1 + 1e-6) + period_s


@untimed
@given(st.lists(st.tuples(gaps_s, st.one_of(above, band, below), st.booleans()), max_size=60))
def test_an_interval_with_a_lost_sample_in_it_changes_neither_51_nor_49(
    readings: list[tuple[float, int, bool]],
) -> None:
    inverse = InverseSettings(curve=Curve.SI, setting_a=5.0, tms=50.0)
    relay = relay_of(replace(OUTLET, pickup_a=None, inverse=inverse, thermal=ThermalSettings(base_a=9.0, tau_s=600.0)))
    now_s, holed = 50.0, True
    for gap_s, raw, is_lost in readings:
        now_s += gap_s
        before = heat(relay), progress(relay)
        if is_lost:
            relay.missed(0, now_s)
        else:
            relay.sample(0, Role.CURRENT, [raw / 100], [raw], now_s, now_s)
        if is_lost or holed:
            assert (heat(relay), progress(relay)) == before
        holed = is_lost


def heat(relay: Relay) -> float:
    thermal = relay._piles[0].circuits[0].thermal
    assert thermal is not None
    return thermal.theta


def progress(relay: Relay) -> float:
    inverse = relay._piles[0].circuits[0].inverse
    assert inverse is not None
    return inverse.progress

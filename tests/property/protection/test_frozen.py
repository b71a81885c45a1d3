"""Claims about frozen meters: one that lives is never called frozen, however coarse; one that stopped is found in time."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.device import Role
from gateway.protection.frozen import COUNTS, LEAST_W
from tests.depth import examples
from tests.unit.protection.injector import OUTLET, Injector, bus, raised

AFTER_S, EACH_S = 60.0, 5.0
steps_w, steps_wh = st.sampled_from([0.1, 1.0, 5.0]), st.sampled_from([1.0, 10.0])
deep = settings(deadline=None, max_examples=examples(60))


def rig_of(step_w: float, step_wh: float) -> Injector:
    outlet = replace(OUTLET, frozen_after_s=AFTER_S, step_w=step_w, step_wh=step_wh)
    rig = Injector(bus(outlet, count=1), step_s=0.0)
    rig.found(True)
    return rig


def show(rig: Injector, watts: float, wh: float, *, step_w: float, step_wh: float) -> None:
    """Let the registers show what flows, cut to their steps."""
    rig.wait(EACH_S)
    rig.currents(round(watts / 220.0 / 0.6, 2))
    rig.read(Role.POWER, round(watts / step_w) * step_w)
    rig.read(Role.ENERGY, wh // step_wh * step_wh)


@deep
@given(st.lists(st.tuples(st.floats(0.0, 500.0), st.integers(1, 150)), min_size=1, max_size=4), steps_w, steps_wh)
def test_a_meter_that_counts_what_flows_is_never_frozen(
    course: list[tuple[float, int]], step_w: float, step_wh: float
) -> None:
    rig, wh = rig_of(step_w, step_wh), 0.0
    for watts, times in course:
        for _ in range(times):
            wh += watts * EACH_S / 3600.0
            show(rig, watts, wh, step_w=step_w, step_wh=step_wh)
    assert rig.said == []


@deep
@given(st.floats(LEAST_W + 5.0, 500.0), steps_w, steps_wh, st.integers(0, 20))
def test_a_meter_that_stopped_is_found_once_its_energy_should_have_moved(
    watts: float, step_w: float, step_wh: float, lived: int
) -> None:
    rig, wh = rig_of(step_w, step_wh), 0.0
    for _ in range(lived):
        wh += watts * EACH_S / 3600.0
        show(rig, watts, wh, step_w=step_w, step_wh=step_wh)
    shown_w = round(watts / step_w) * step_w
    due_s = max(AFTER_S, COUNTS * step_wh * 3600.0 / shown_w)
    for _ in range(round(due_s / EACH_S) + 3):
        show(rig, watts, wh, step_w=step_w, step_wh=step_wh)
    assert raised(rig.said) == ["frozen"]

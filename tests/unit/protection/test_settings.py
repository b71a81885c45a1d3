from collections.abc import Callable

import pytest

from gateway.protection.curve import PUBLISHED, Constants, Curve
from gateway.protection.settings import BusSettings, InverseSettings, OutletSettings, PileSettings, ThermalSettings

IMPOSSIBLE: list[tuple[str, Callable[[], object]]] = [
    ("pickup_a = 0.0", lambda: OutletSettings(number=1, pickup_a=0.0)),
    ("samples = 0", lambda: OutletSettings(number=1, samples=0)),
    ("drop_off_ratio = 1.1", lambda: OutletSettings(number=1, drop_off_ratio=1.1)),
    ("bf_ms = 0.0", lambda: OutletSettings(number=1, bf_ms=0.0)),
    ("rejections_to_latch = 0", lambda: OutletSettings(number=1, rejections_to_latch=0)),
    ("sight_loss_misses = 3", lambda: PileSettings(name="p", outlets=(), sight_loss_misses=3)),
    ("sight_loss_s = 0.9", lambda: PileSettings(name="p", outlets=(), sight_loss_s=0.9)),
    ("bus_total_pickup_a = -1", lambda: BusSettings(piles=(), bus_total_pickup_a=-1)),
    ("k = 0.9", lambda: ThermalSettings(base_a=9.0, tau_s=60.0, k=0.9)),
    ("k = None, alpha = None", lambda: InverseSettings(curve=Curve.CUSTOM, setting_a=9.0)),
    ("k = 1.0", lambda: InverseSettings(curve=Curve.EI, setting_a=9.0, k=1.0)),
    ("tms = 0.0", lambda: InverseSettings(curve=Curve.EI, setting_a=9.0, tms=0.0)),
]


@pytest.mark.parametrize(("what", "make"), IMPOSSIBLE, ids=[what for what, _ in IMPOSSIBLE])
def test_an_impossible_setting_is_refused_by_name(what: str, make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=what):
        make()


def test_constants_come_from_the_curve_or_are_its_own() -> None:
    assert InverseSettings(curve=Curve.VI, setting_a=1.0).constants == PUBLISHED[Curve.VI]
    custom = InverseSettings(curve=Curve.CUSTOM, setting_a=1.0, k=2.0, alpha=3.0)
    assert custom.constants == Constants(k=2.0, alpha=3.0)


def test_the_defaults_protect() -> None:
    outlet, pile = OutletSettings(number=1), PileSettings(name="p", outlets=())
    assert None not in (outlet.pickup_a, outlet.over_temperature_c, outlet.over_voltage_v, outlet.frozen_after_s)
    assert None not in (pile.total_pickup_a, pile.over_temperature_c, pile.residual_ma)
    assert outlet.samples >= 2

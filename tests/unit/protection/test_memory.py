"""What outlives a restart."""

import json
from dataclasses import replace

import pytest

from gateway.model.device import Role
from gateway.protection.curve import Curve
from gateway.protection.decision import Element
from gateway.protection.relay import Relay
from gateway.protection.settings import InverseSettings, ThermalSettings
from tests.unit.protection.injector import OUTLET, Injector, bus, trips

SETTINGS = bus(
    replace(
        OUTLET,
        inverse=InverseSettings(curve=Curve.CUSTOM, setting_a=5.0, k=0.1, alpha=1.0),
        thermal=ThermalSettings(base_a=50.0, tau_s=600.0),
    ),
    count=3,
)


def lived() -> Injector:
    """Outlet 0 latched by 50, outlet 1 rejected by 51, the pile latched by smoke."""
    rig = Injector(SETTINGS)
    rig.idle()
    rig.on(0)
    rig.on(1)
    for _ in range(3):
        rig.currents(12.0, 8.0, 0.0)
    rig.off(0, 1)
    rig.read(Role.SMOKE, 1.0)
    rig.read(Role.SMOKE, 1.0)
    return rig


def reborn(kept: object, now_s: float = 7.0) -> Relay:
    return Relay.restore(SETTINGS, json.loads(json.dumps(kept)), now_s)


def test_latches_rejections_and_heat_come_back() -> None:
    before = lived()
    kept = before.relay.snapshot(before.now_s)
    after = reborn(kept)
    assert after.latched(0, 0) == (Element.DEFINITE_TIME,)
    assert after.latched(0, None) == (Element.SMOKE,)
    assert any("load rejected (inverse-time)" in reason for reason in after.may_close(0, 1, 7.0))
    assert after.snapshot(7.0) == kept


def test_a_rejection_before_the_restart_still_counts() -> None:
    kept = {"version": 1, "piles": {"pile-01": {"outlets": {"1": {"rejections_ago_s": [10, 20.0]}}}}}
    rig = Injector(SETTINGS, relay=reborn(kept, 100.0))
    rig.found(True, True, True)
    for _ in range(3):
        rig.currents(8.0, 0.0, 0.0)
    assert trips(rig.said)[0].latches


def test_an_outlet_found_on_under_a_restored_latch_is_opened() -> None:
    before = lived()
    rig = Injector(SETTINGS, relay=reborn({"piles": {"pile-01": {"outlets": {"1": {"latched": ["weld"]}}}}}))
    assert before.relay.latched(0, 0)
    rig.found(True, True, False)
    assert [(cause.outlet, cause.element) for cause in trips(rig.tick())] == [(0, Element.LOCK_OUT)]


@pytest.mark.parametrize(
    "kept",
    [
        None,
        [],
        {"piles": []},
        {"piles": {"pile-01": 3}},
        {"piles": {"pile-01": {"latched": "smoke", "outlets": [1]}}},
        {"piles": {"pile-01": {"latched": ["no-such-element", 3, []], "outlets": {"1": None, "2": 2}}}},
        {"piles": {"pile-01": {"outlets": {"1": {"theta": "hot", "rejections_ago_s": [True, None, -1]}}}}},
        {"piles": {"pile-09": {"latched": ["smoke"]}}},
    ],
)
def test_what_cannot_be_read_is_as_after_a_cold_start(kept: object) -> None:
    assert reborn(kept).snapshot(7.0) == Relay(SETTINGS).snapshot(7.0)


def test_heat_of_an_outlet_that_has_no_replica_any_more_is_dropped() -> None:
    settings = bus()
    relay = Relay.restore(settings, {"piles": {"pile-01": {"outlets": {"1": {"theta": 0.5}}}}}, 0.0)
    assert relay.snapshot(0.0) == Relay(settings).snapshot(0.0)

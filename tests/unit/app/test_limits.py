"""What protects an outlet is told with the inventory: once for each device, and apart where an outlet differs."""

from __future__ import annotations

from dataclasses import replace

from gateway.app.limits import limits_of, usual
from gateway.protection.curve import PUBLISHED, Curve
from gateway.site.settings import outlet_settings
from tests.scenario.house import shipped_shed


def test_the_limits_told_are_those_that_protection_is_set_to() -> None:
    (pile, *_) = [device for device in shipped_shed().devices if device.outlets]
    own = {"pickup_a": 6.0, "inverse": {"curve": "VI", "setting_a": 4.0, "tms": 0.5}, "over_voltage_v": None}
    special = replace(pile.outlets[2], protection={**pile.outlets[2].protection, **own})
    pile = replace(pile, outlets=(*pile.outlets[:2], special, *pile.outlets[3:]))
    told = limits_of(pile)
    assert told.keys() == {outlet.number for outlet in pile.outlets}
    for outlet in pile.outlets:
        set_to = outlet_settings(outlet)
        for name in ("pickup_a", "samples", "trip_delay_ms", "max_power_w", "over_temperature_c", "over_voltage_v"):
            assert getattr(told[outlet.number], name) == getattr(set_to, name)
    inverse = told[special.number].inverse
    assert inverse is not None
    constants = PUBLISHED[Curve.VI]
    assert (inverse.setting_a, inverse.tms, inverse.k_s, inverse.alpha) == (4.0, 0.5, constants.k, constants.alpha)
    assert [number for number, each in told.items() if each != usual(told)] == [special.number]


def test_a_device_without_outlets_has_no_limits() -> None:
    assert usual({}) is None

"""The limit of an outlet's power: an order's and the outlet's own, measured or made of current and voltage."""

from dataclasses import replace

import pytest

from gateway.model.device import Role
from gateway.protection.decision import Element
from tests.unit.protection.injector import OUTLET, Injector, bus, trips


def test_the_orders_power_limit_is_judged_on_power() -> None:
    rig = Injector(bus())
    rig.found(True, True, True)
    rig.relay.limit(0, 1, 500.0)
    rig.read(Role.POWER, 900.0, 501.0, None)
    (cause,) = trips(rig.read(Role.POWER, 900.0, 502.0, None))
    assert (cause.outlet, cause.element, cause.element.ansi, cause.latches) == (1, Element.POWER_LIMIT, "32", False)


def test_the_power_limit_works_where_a_pile_brings_no_power() -> None:
    rig = Injector(bus())
    rig.found(True, True, True)
    rig.relay.limit(0, 0, 500.0)
    rig.currents(2.2, 0.0, 0.0)
    assert trips(rig.currents(2.2, 0.0, 0.0)) == []
    rig.read(Role.VOLTAGE, 240.0, 240.0, 240.0)
    rig.currents(2.2, 0.0, 0.0)
    (cause,) = trips(rig.currents(2.2, 0.0, 0.0))
    assert cause.measured == pytest.approx(528.0)


def test_an_order_never_exceeds_the_outlets_own_limit() -> None:
    rig = Injector(bus(replace(OUTLET, max_power_w=1000.0)))
    rig.found(True, True, True)
    rig.relay.limit(0, 0, 5000.0)
    rig.relay.limit(0, 0, None)
    rig.read(Role.POWER, 1100.0, 0.0, 0.0)
    assert len(trips(rig.read(Role.POWER, 1100.0, 0.0, 0.0))) == 1


def test_a_power_above_the_limit_before_an_off_says_nothing_of_what_is_switched_on_after_it() -> None:
    rig = Injector(bus(replace(OUTLET, max_power_w=1_000.0)))
    rig.on()
    rig.wait(30.0).currents(2.0, 0.0, 0.0)
    rig.read(Role.POWER, 1_200.0)
    rig.off(0)
    rig.on()
    rig.wait(30.0)
    assert trips(rig.read(Role.POWER, 1_200.0)) == [], "the first of two samples"
    assert len(trips(rig.read(Role.POWER, 1_200.0))) == 1


def test_a_start_excuses_the_power_limit_too() -> None:
    rig = Injector(bus(replace(OUTLET, arming_delay_ms=300.0)))
    rig.idle()
    rig.relay.limit(0, 0, 500.0)
    rig.on()
    rig.read(Role.POWER, 900.0, 0.0, 0.0)
    assert trips(rig.read(Role.POWER, 900.0, 0.0, 0.0)) == []
    rig.read(Role.POWER, 900.0, 0.0, 0.0)
    assert len(trips(rig.read(Role.POWER, 900.0, 0.0, 0.0))) == 1

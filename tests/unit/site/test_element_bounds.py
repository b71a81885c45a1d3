"""What each protective function of a site may take: a current by the ring, the rest by how often it is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gateway.app.lines import driver_of, timing_of
from gateway.protection.decision import Element
from gateway.site.check import check_site
from gateway.site.element_bounds import element_bounds_ms
from gateway.site.load import load_site
from gateway.site.plan import BusPlan, plan_bus

if TYPE_CHECKING:
    from gateway.bus.driver import Driver, Request
    from gateway.model.wiring import Block

SITES = Path(__file__).parents[3] / "configs/sites"
WITHOUT = {Element.INVERSE_TIME, Element.THERMAL, Element.SIGHT, Element.LOCK_OUT, Element.UNCOMMANDED}


def plans_of(name: str) -> list[BusPlan]:
    site = load_site(SITES / name)
    return [plan_bus(site, bus, driver_of(site, bus), timing_of(bus.link)) for bus in site.buses]


def test_a_current_has_the_bound_of_the_check_and_what_is_read_slowly_one_of_its_period() -> None:
    plans = plans_of("single_bus.yaml")
    bounds_ms = element_bounds_ms(plans, plans[0], 0)
    promised = check_site(load_site(SITES / "single_bus.yaml"), plans).buses[0].piles[0].bound
    assert promised is not None
    assert bounds_ms[Element.DEFINITE_TIME] == promised.total_one_lost_ms < 500
    assert 10_000 + promised.total_one_lost_ms < bounds_ms[Element.SMOKE] < 17_000, "read every 10 s, and at once again"
    assert bounds_ms[Element.PILE_TOTAL] > 2 * 10_000, "two samples, each when it is due"
    assert bounds_ms[Element.OVER_VOLTAGE] > 20_000, "telemetry, read every 20 s"
    assert not WITHOUT & set(bounds_ms), "their delay is meant, or no reading begins it"


def test_fewer_devices_on_a_line_act_sooner_on_what_is_read_slowly() -> None:
    plans = plans_of("single_bus.yaml")
    (plan,) = plans
    alone = replace(plan, devices=plan.devices[:1], units=plan.units[:1], planned=plan.planned[:1])
    four, one = element_bounds_ms(plans, plan, 0), element_bounds_ms([alone], alone, 0)
    assert {element for element in four if one[element] >= four[element]} == set()


def test_a_meter_that_opens_contactors_has_one_bound_and_a_pile_that_tells_its_currents_none() -> None:
    plans = plans_of("dny_shed.yaml")
    found = [element_bounds_ms(plans, plan, index) for plan in plans for index in range(len(plan.devices))]
    assert [set(bounds) for bounds in found if bounds] == [{Element.DEFINITE_TIME}]


class Counting:
    """A driver that counts the requests that it makes for reads."""

    def __init__(self, driver: Driver) -> None:
        self._driver, self.made = driver, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def read(self, unit: int, block: Block) -> Request:
        self.made += 1
        return self._driver.read(unit, block)


def test_a_line_s_requests_are_made_once_however_many_sums_are_asked_of_it() -> None:
    """A field that starts anew sums everything up first, and while it does nobody watches the outlets."""
    site = load_site(SITES / "demo.yaml")
    drivers = [Counting(driver_of(site, bus)) for bus in site.buses]
    plans = [
        plan_bus(site, bus, cast("Driver", driver), timing_of(bus.link))
        for bus, driver in zip(site.buses, drivers, strict=True)
    ]
    planned = [driver.made for driver in drivers]
    for plan in plans:
        assert [element_bounds_ms(plans, plan, index) for index in range(len(plan.devices))]
    assert check_site(site, plans).ok
    assert [driver.made for driver in drivers] == planned

"""Smoke is read when its poll group is due: it is acted on within the bound of that, and no miss is told of a shorter."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from gateway.app.lines import driver_of, timing_of
from gateway.protection.decision import Element
from gateway.site.element_bounds import element_bounds_ms
from gateway.site.plan import plan_bus
from gateway.testing.clock import run_virtual
from tests.scenario.house import PileBank, running, shipped_shed
from tests.scenario.test_house import POSITION, UNIT, charging, now_s

SMOKE = 52


@dataclass(slots=True)
class SmokyBank(PileBank):
    smoke: set[int] = field(default_factory=set)

    def _word(self, unit: int, function: int, address: int) -> int:
        if function != 4 and address == SMOKE:
            return int(unit in self.smoke)
        return PileBank._word(self, unit, function, address)


def smoke_bound_ms() -> float:
    site = shipped_shed()
    (plan,) = (plan_bus(site, bus, driver_of(site, bus), timing_of(bus.link)) for bus in site.buses)
    return element_bounds_ms([plan], plan, UNIT - 1)[Element.SMOKE]


@pytest.mark.parametrize("after_s", [1.7, 4.4, 7.1, 9.8])  # over the period in which it is read
def test_smoke_opens_within_its_own_bound_and_no_shorter_one_is_called_missed(after_s: float) -> None:
    async def story() -> None:
        bank = SmokyBank()
        async with running(bank) as shed:
            await charging(shed)
            await asyncio.sleep(after_s)
            bank.smoke.add(UNIT)
            began_s = now_s()
            await asyncio.sleep(smoke_bound_ms() / 1000)
            is_on, *_ = [is_on for when_s, is_on in bank.switched(UNIT, POSITION) if when_s > began_s]
            assert not is_on
            await asyncio.sleep(10.0)
            (tripped,) = shed.told("trip", stage="tripped")
            assert tripped["body"]["bound_ms"] == smoke_bound_ms()
            assert not shed.told("alarm", alarm="bound-missed")

    run_virtual(story())

"""Meters on a 2400 baud line, read through the real bus owner in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.bus.timing import LineTiming
from gateway.model.transaction import Failure
from gateway.testing.clock import run_virtual
from simulators.vendor.meter_dlt645 import Meter
from tests.scenario.vendor_line import vendor_line

if TYPE_CHECKING:
    from simulators.vendor.said import Said

LINE = LineTiming.serial(2400, char_bits=11)
PROFILE = "meter/generic_dlt645"


def meter(number: str = "000000123456") -> Meter:
    return Meter(
        number,
        {
            "00000000": "00012345",
            "00010000": "00031776",
            "02010100": "2301",
            "02020100": "005250",
            "02030000": "-001208",
        },
    )


def test_every_item_of_two_meters_arrives_in_its_unit_and_nothing_is_lost() -> None:
    async def watch() -> None:
        one, two = meter(), meter("202107072529")
        two.wakes = 0
        two.digits["02010100"] = "2299"

        def both(frame: bytes) -> list[Said]:
            return one.hear(frame) + two.hear(frame)

        async with vendor_line(LINE, both, [(123456, PROFILE), (202107072529, PROFILE)]) as (bus, _, notes):
            await asyncio.sleep(120)
            first = [h for (job, _), h in zip(notes.exchanges, notes.values, strict=True) if job.device == 0]
            expected = {
                "combined-energy": 123450.0,
                "import-energy": 317760.0,
                "voltage": 230.1,
                "current": 5.25,
                "power": -120.8,
            }
            assert {h.name: h.value for h in first} == pytest.approx(expected)
            assert notes.last("voltage") == pytest.approx(229.9)
            assert all(not device.noise and not device.failures for device in bus.statistics.devices)
            assert one.asked.count("02010100") >= 11

    run_virtual(watch())


def test_an_item_that_a_meter_does_not_have_is_refused_and_the_rest_is_read() -> None:
    async def watch() -> None:
        one = meter()
        del one.digits["02020100"]
        async with vendor_line(LINE, one.hear, [(123456, PROFILE)], echo=True) as (_, _, notes):
            await asyncio.sleep(30)
            refused = {e.exception_code for _, e in notes.exchanges if e.failure is Failure.EXCEPTION}
            assert refused == {2}
            assert {h.name for h in notes.values} == {"combined-energy", "import-energy", "voltage", "power"}
            assert not notes.silent

    run_virtual(watch())


def test_a_silent_meter_is_given_up_and_found_again() -> None:
    async def watch() -> None:
        one = meter()
        async with vendor_line(LINE, one.hear, [(123456, PROFILE)]) as (_, _, notes):
            await asyncio.sleep(5)
            one.silent = True
            await asyncio.sleep(60)
            assert notes.silent == {0}
            one.silent = False
            await asyncio.sleep(15)
            assert not notes.silent
            assert notes.values[-1].known_s > 1000 + 60

    run_virtual(watch())

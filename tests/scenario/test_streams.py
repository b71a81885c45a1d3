"""Devices that talk by themselves, listened to through the real bus owner in virtual time."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest

from gateway.bus.budget import BusBudget
from gateway.bus.timing import LineTiming
from gateway.model.device import Action
from gateway.model.transaction import Failure
from gateway.testing.clock import run_virtual
from simulators.vendor.streams import TextTerminal, ToledoIndicator, Ultrasonic
from tests.scenario.vendor_line import vendor_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.testing.line import MemoryLine

LINE = LineTiming.serial(9600)
TOLEDO, TEXT, LEVEL = "weigher/toledo_continuous", "weigher/generic_ascii", "level/dfrobot_a02yyuw"
SEVENTH_S = 1 / 7


async def stream(link: MemoryLine, frame: Callable[[int], bytes], count: int, period_s: float) -> list[float]:
    """Send frames at a steady rate; return when each began."""
    began_s = []
    for number in range(count):
        began_s.append(asyncio.get_running_loop().time())
        link.say(frame(number))
        await asyncio.sleep(period_s)
    return began_s


def test_a_toledo_stream_at_seven_frames_a_second_is_read_frame_by_frame_and_dated_by_each_start() -> None:
    async def watch() -> None:
        indicator = ToledoIndicator()

        def frame(number: int) -> bytes:
            indicator.load_g = number
            return indicator.frame()

        async with vendor_line(LINE, indicator.hear, [(1, TOLEDO)]) as (_, link, notes):
            began_s = await stream(link, frame, 100, SEVENTH_S)
            weights = [heard for heard in notes.values if heard.name == "weight"]
            assert [heard.value for heard in weights] == list(range(100)), "each frame once, in order"
            assert [heard.taken_s for heard in weights] == pytest.approx(began_s, abs=1e-6)
            assert all(exchange.asked_s >= exchange.sent_s for _, exchange in notes.exchanges)
            assert link.heard == [], "nothing is ever sent"

    run_virtual(watch())


def test_garbage_and_half_frames_are_passed_over_and_no_value_is_wrong() -> None:
    async def watch() -> None:
        indicator, random = ToledoIndicator(load_g=1234), Random(5)  # noqa: S311 - repeatable damage, not secrets

        def frame(number: int) -> bytes:
            good = indicator.frame()
            if number % 3 == 0:
                return good
            if number % 3 == 1:
                return good[: random.randrange(1, 18)]
            return random.randbytes(random.randrange(1, 12)) + good[random.randrange(1, 18) :]

        async with vendor_line(LINE, indicator.hear, [(1, TOLEDO)]) as (bus, link, notes):
            await stream(link, frame, 300, SEVENTH_S)
            weights = [heard.value for heard in notes.values if heard.name == "weight"]
            assert set(weights) == {1234.0}
            assert 95 <= len(weights) <= 100
            assert bus.statistics.devices[0].noise["garbage"] > 50
            assert not notes.silent

    run_virtual(watch())


def test_what_came_before_the_window_never_counts() -> None:
    """The stream stops with a frame half sent; what is heard later is new, and dated so."""

    async def watch() -> None:
        indicator = ToledoIndicator(load_g=500)
        async with vendor_line(LINE, indicator.hear, [(1, TOLEDO)]) as (_, link, notes):
            await stream(link, lambda _: indicator.frame(), 5, SEVENTH_S)
            link.say(indicator.frame()[:9])
            await asyncio.sleep(5)
            assert notes.silent == {0}
            silent_until_s = asyncio.get_running_loop().time()
            indicator.load_g = 700
            await stream(link, lambda _: indicator.frame(), 100, SEVENTH_S)
            fresh = [h for h in notes.values if h.name == "weight" and h.known_s > silent_until_s]
            assert {heard.value for heard in fresh} == {700.0}
            assert min(heard.taken_s for heard in fresh) >= silent_until_s
            assert not notes.silent

    run_virtual(watch())


def test_an_adapter_that_holds_bytes_back_makes_a_value_older_never_newer() -> None:
    async def watch() -> None:
        late = LineTiming.serial(9600, latency_s=0.016)
        indicator = ToledoIndicator(load_g=1)
        async with vendor_line(late, indicator.hear, [(1, TOLEDO)]) as (_, link, notes):
            began_s = await stream(link, lambda _: indicator.frame(), 20, SEVENTH_S)
            taken_s = [heard.taken_s for heard in notes.values if heard.name == "weight"]
            assert len(taken_s) == len(began_s)
            for taken, began in zip(taken_s, began_s, strict=True):
                assert began - 0.0161 <= taken <= began + 1e-6

    run_virtual(watch())


def test_a_stream_without_a_pause_is_read_too() -> None:
    async def watch() -> None:
        indicator = ToledoIndicator(load_g=42)
        frame_s = 18 * LINE.char_s
        async with vendor_line(LINE, indicator.hear, [(1, TOLEDO)]) as (_, link, notes):
            await stream(link, lambda _: indicator.frame(), 500, frame_s)
            taken_s = [heard.taken_s for heard in notes.values if heard.name == "weight"]
            assert len(taken_s) > 80, "as often as its group wishes"
            assert all(0.09 < b - a < 0.15 for a, b in pairwise(taken_s))

    run_virtual(watch())


def test_tare_and_overload_of_an_indicator_are_seen_in_its_frames() -> None:
    async def watch() -> None:
        indicator = ToledoIndicator(load_g=1500, capacity_g=30_000)
        async with vendor_line(LINE, indicator.hear, [(1, TOLEDO)]) as (bus, link, notes):
            await stream(link, lambda _: indicator.frame(), 10, SEVENTH_S)
            assert (notes.last("weight"), notes.last("tare"), notes.last("stable")) == (1500.0, 0.0, 1.0)
            bus.command(0, notes.models[0].actions[Action.TARE], token=1)
            await stream(link, lambda _: indicator.frame(), 10, SEVENTH_S)
            assert [heard.frame for heard in link.heard] == [b"T\r\n"]
            assert (notes.last("weight"), notes.last("tare"), notes.last("net")) == (0.0, 1500.0, 1.0)
            indicator.load_g = 40_000
            heard = len(notes.values)
            await stream(link, lambda _: indicator.frame(), 10, SEVENTH_S)
            assert len(notes.values) - heard <= 6, "at most the frame that was under way"
            assert notes.exchanges[-1][1].failure is Failure.EXCEPTION
            assert not notes.silent, "an overload is an answer"

    run_virtual(watch())


def test_lines_of_text_are_read_and_a_damaged_line_is_passed_over() -> None:
    async def watch() -> None:
        terminal = TextTerminal(load_g=1250)

        def frame(number: int) -> bytes:
            good = terminal.frame()
            return good if number % 2 else good.replace(b"ST", b"S\x94")

        async with vendor_line(LINE, lambda _: [], [(1, TEXT)]) as (_, link, notes):
            await stream(link, frame, 40, 0.1)
            assert {heard.value for heard in notes.values if heard.name == "weight"} == {1250.0}
            terminal.load_g, terminal.moving = -3, True
            await stream(link, frame, 10, 0.1)
            assert (notes.last("weight"), notes.last("stable")) == (-3.0, 0.0)

    run_virtual(watch())


def test_a_level_sensor_is_heard_as_often_as_its_profile_wishes() -> None:
    async def watch() -> None:
        sensor = Ultrasonic(1953)
        async with vendor_line(LINE, lambda _: [], [(1, LEVEL)]) as (_, link, notes):
            await stream(link, lambda _: sensor.frame(), 300, 0.1)
            assert {heard.value for heard in notes.values} == {1953.0}
            assert 3 <= len(notes.values) <= 4
            sensor.blind = True
            await stream(link, lambda _: sensor.frame(), 150, 0.1)
            assert {e.exception_code for _, e in notes.exchanges if e.failure is Failure.EXCEPTION} == {0xFE}

    run_virtual(watch())


def test_the_budget_counts_the_wait_for_the_next_frame_and_gives_no_bound() -> None:
    async def watch() -> None:
        async with vendor_line(LINE, lambda _: [], [(1, TOLEDO)]) as (bus, _, notes):
            units, planned = [(1, notes.models[0])], bus.planner._devices
            budget = BusBudget(units, planned, bus._driver, LINE)
            assert budget.bound(0, samples=2) is None
            wait_ms, frame_ms, silence_ms = 200.0, 18 * LINE.char_s * 1000, LINE.t35_s * 1000
            assert budget.refresh.slow_ms == pytest.approx(wait_ms + frame_ms + silence_ms, abs=1.1)

    run_virtual(watch())

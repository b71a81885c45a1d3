"""A DianChuan board, read, started and stopped through the real bus owner in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.bus.budget import BusBudget
from gateway.bus.timing import LineTiming
from gateway.model.transaction import Failure
from gateway.testing.clock import run_virtual
from simulators.vendor.pile_dianchuan import Board
from simulators.vendor.said import Said
from tests.scenario.vendor_line import Notes, vendor_line

if TYPE_CHECKING:
    from gateway.model.wiring import Write

LINE = LineTiming.serial(9600)
PROFILE = "pile/dianchuan_board_10"


def switch_of(notes: Notes, number: int, *, on: bool) -> Write:
    switch = notes.models[0].outlet(number).switch
    assert switch is not None
    return switch.on if on else switch.off


def test_an_outlet_is_started_measured_and_stopped() -> None:
    async def watch() -> None:
        board = Board()
        board.ports[2].plugged_w = 460.0
        async with vendor_line(LINE, board.hear, [(1, PROFILE)]) as (bus, _, notes):
            await asyncio.sleep(1)
            assert (notes.last("outlet-03/power"), notes.last("outlet-03/relay")) == (0.0, 0.0)
            bus.command(0, switch_of(notes, 3, on=True), token=1)
            await asyncio.sleep(1)
            assert notes.last("outlet-03/power") == pytest.approx(460.0)
            assert notes.last("total-current") == pytest.approx(2.0)
            assert notes.last("outlet-03/minutes-left") == 720.0
            assert [notes.last(f"outlet-{n:02d}/relay") for n in (2, 3, 4)] == [0.0, 1.0, 0.0]
            assert (notes.last("temperature"), notes.last("max-power")) == (31.0, 1000.0)
            bus.off(0, switch_of(notes, 3, on=False), token=2)
            await asyncio.sleep(1)
            assert (notes.last("outlet-03/power"), notes.last("outlet-03/relay")) == (0.0, 0.0)
            assert not bus.statistics.devices[0].failures

    run_virtual(watch())


def test_a_start_that_fails_is_a_refusal() -> None:
    async def watch() -> None:
        board = Board()
        board.ports[0].fails = True
        async with vendor_line(LINE, board.hear, [(1, PROFILE)]) as (bus, _, notes):
            await asyncio.sleep(1)
            bus.command(0, switch_of(notes, 1, on=True), token=1)
            await asyncio.sleep(1)
            told = [(e.failure, e.exception_code) for job, e in notes.exchanges if job.order is not None]
            assert told == [(Failure.EXCEPTION, 2)]
            assert not notes.silent

    run_virtual(watch())


def test_what_the_board_cuts_off_itself_is_told_and_seen_in_the_next_reading() -> None:
    async def watch() -> None:
        board = Board(max_power_w=500)
        board.ports[4].plugged_w, board.ports[4].left_min = 600.0, 90
        told: list[bytes] = []

        def hear(frame: bytes) -> list[Said]:
            reports, told[:] = [Said(report, 0.02 * place) for place, report in enumerate(told)], []
            return [*reports, *[Said(s.data, s.after_s + 0.02 * len(reports)) for s in board.hear(frame)]]

        async with vendor_line(LINE, hear, [(1, PROFILE)]) as (bus, _, notes):
            await asyncio.sleep(1)
            assert notes.last("outlet-05/power") == pytest.approx(600.0)
            told += [*board.pass_minutes(1), board.fault(0xFF, 2)]
            await asyncio.sleep(1)
            assert (notes.last("outlet-05/power"), notes.last("outlet-05/relay")) == (0.0, 0.0)
            assert bus.statistics.devices[0].reports == {"charge-complete": 1, "fault": 1}
            assert [(device, report.outlet) for device, report in notes.reports] == [(0, 5), (0, None)]
            assert not bus.statistics.devices[0].failures

    run_virtual(watch())


def test_a_reply_that_comes_after_its_window_is_known_by_its_session_and_never_taken() -> None:
    async def watch() -> None:
        board = Board(turnaround_s=0.09)
        late = iter(range(1000))

        def hear(frame: bytes) -> list[Said]:
            slow = next(late) % 10 == 9
            return [Said(said.data, 0.15 if slow else said.after_s) for said in board.hear(frame)]

        async with vendor_line(LINE, hear, [(1, PROFILE)]) as (bus, _, notes):
            await asyncio.sleep(20)
            device = bus.statistics.devices[0]
            assert device.failures[Failure.TIMEOUT] > 5
            assert device.noise["late"] == device.failures[Failure.TIMEOUT]
            assert set(device.failures) == {Failure.TIMEOUT}
            assert not notes.silent

    run_virtual(watch())


def test_no_bound_in_amperes_is_given_for_a_board_that_tells_none() -> None:
    async def watch() -> None:
        async with vendor_line(LINE, Board().hear, [(1, PROFILE)]) as (bus, _, notes):
            budget = BusBudget([(1, notes.models[0])], bus.planner._devices, bus._driver, LINE)
            assert budget.bound(0, samples=2) is None
            assert budget.ring_s() * 1000 == pytest.approx(100 + (10 + 55 + 3.5) * LINE.char_s * 1000, abs=1.1)

    run_virtual(watch())

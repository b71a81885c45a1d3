"""Lock boards on a line, opened and watched through the real bus owner in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.bus.timing import LineTiming
from gateway.model.device import Action
from gateway.model.transaction import Failure
from gateway.testing.clock import run_virtual
from simulators.vendor.lock_boards import Board8A, BoardWkly
from simulators.vendor.said import Said
from tests.scenario.vendor_line import Notes, vendor_line

if TYPE_CHECKING:
    from gateway.bus.bus import Bus

LINE = LineTiming.serial(9600)


async def between_polls(bus: Bus) -> None:
    while bus._window is not None:  # noqa: ASYNC110 - a bus has no event to wait for
        await asyncio.sleep(0.001)


def open_now(notes: Notes) -> set[str]:
    """Return the doors that the newest readings show open."""
    newest = {heard.name: heard.value for heard in notes.values}
    return {name for name, value in newest.items() if value}


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("open_is_11", [False, True])
def test_an_8a_board_opens_one_door_and_shows_it_whatever_its_polarity(*, echo: bool, open_is_11: bool) -> None:
    async def watch() -> None:
        board = Board8A(7, open_is_11=open_is_11, open_doors={24})
        profile = f"lock/generic_8a_open_{'11' if open_is_11 else '00'}"
        async with vendor_line(LINE, board.hear, [(7, profile)], echo=echo) as (bus, link, notes):
            await asyncio.sleep(2)
            assert open_now(notes) == {"outlet-24/door"}
            assert len(notes.values) == 24 * len(notes.exchanges), "one question for all doors"
            bus.command(0, notes.models[0].outlet(9).actions[Action.OPEN], token=1)
            await asyncio.sleep(2.5)
            assert open_now(notes) == {"outlet-09/door", "outlet-24/door"}
            written = [exchange for job, exchange in notes.exchanges if job.order is not None]
            assert [exchange.failure for exchange in written] == [None]
            assert written[0].reply_end_s - written[0].request_end_s > 1.0, "the board's answer, not our echo"
            sent = [heard.frame for heard in link.heard]
            assert sent.count(bytes.fromhex("8A 07 09 11 95")) == 1
            assert not notes.silent

    run_virtual(watch())


def test_a_jammed_8a_lock_is_heard_and_its_door_stays_shut() -> None:
    async def watch() -> None:
        board = Board8A(1, jammed={3})
        async with vendor_line(LINE, board.hear, [(1, "lock/generic_8a_open_11")]) as (bus, _, notes):
            await asyncio.sleep(1)
            bus.command(0, notes.models[0].outlet(3).actions[Action.OPEN], token=1)
            await asyncio.sleep(3)
            assert open_now(notes) == set()
            assert [e.failure for job, e in notes.exchanges if job.order is not None] == [None]

    run_virtual(watch())


def test_two_wkly_boards_share_a_line_and_a_failed_opening_is_a_refusal() -> None:
    async def watch() -> None:
        boards = [BoardWkly(0, blind={2}), BoardWkly(1, channels=24, jammed={4})]

        def hear(frame: bytes) -> list[Said]:
            return [said for board in boards for said in board.hear(frame)]

        units = [(0, "lock/wkly_board_12"), (1, "lock/wkly_board_12")]
        async with vendor_line(LINE, hear, units) as (bus, _, notes):
            await asyncio.sleep(2)
            assert {h.name for h in notes.values if h.value} == {"outlet-02/door"}, "what is not known is not shut"
            bus.command(0, notes.models[0].outlet(5).actions[Action.OPEN], token=1)
            bus.command(1, notes.models[1].outlet(4).actions[Action.OPEN], token=2)
            await asyncio.sleep(3)
            assert {h.name for h in notes.values if h.value} == {"outlet-02/door", "outlet-05/door"}
            told = [(job.device, e.failure) for job, e in notes.exchanges if job.order is not None]
            assert told == [(0, None), (1, Failure.EXCEPTION)]

    run_virtual(watch())


def test_what_a_wkly_board_pushes_is_told_and_disturbs_no_reading() -> None:
    async def watch() -> None:
        board = BoardWkly(0)

        def hear(frame: bytes) -> list[Said]:
            answers = board.hear(frame)
            return [Said(board.push(6), 0.005), *answers]

        async with vendor_line(LINE, hear, [(0, "lock/wkly_board_12")]) as (bus, _, notes):
            await asyncio.sleep(5)
            device = bus.statistics.devices[0]
            assert device.reports["door-moved"] == device.answers > 5
            assert {(index, report.outlet, report.values["state"]) for index, report in notes.reports} == {
                (0, 6, "closed")
            }
            assert not device.failures
            assert not notes.silent

    run_virtual(watch())


def test_a_push_between_two_polls_is_told_and_one_of_a_board_that_is_not_ours_is_only_counted() -> None:
    async def watch() -> None:
        board = BoardWkly(0)
        async with vendor_line(LINE, board.hear, [(0, "lock/wkly_board_12")]) as (bus, link, notes):
            for number in range(1, 6):
                await asyncio.sleep(1)
                await between_polls(bus)
                link.say(board.push(number))
            await asyncio.sleep(1)
            assert [report.outlet for _, report in notes.reports] == [1, 2, 3, 4, 5]
            assert bus.statistics.stray_bytes == 0
            await between_polls(bus)
            link.say(BoardWkly(9).push(1))
            await asyncio.sleep(1)
            assert len(notes.reports) == 5
            assert bus.statistics.stray_bytes == 10

    run_virtual(watch())

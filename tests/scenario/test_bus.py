"""The whole bus owner in virtual time: what it costs, what it survives, what it says."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from itertools import pairwise

import pytest

from gateway.bus.job import Why
from gateway.bus.timing import LineTiming
from gateway.model.device import GroupClass
from gateway.model.transaction import Failure
from gateway.model.wiring import Table, Timing, Write
from gateway.testing.clock import run_virtual
from gateway.testing.line import Answer
from tests.scenario.shed import (
    CURRENTS,
    Asked,
    Piles,
    Shed,
    Silent,
    broken_silences,
    group,
    off_write,
    pile,
    polling,
)

BOTH = pytest.mark.parametrize(
    ("baud", "turnaround_ms", "period_s", "within_s"), [(9600, 4.0, 4.4, 5.0), (115200, 2.0, 0.8, 1.0)]
)


def now() -> float:
    return asyncio.get_running_loop().time()


def piles_of(turnaround_s: float = 0.004) -> Piles:
    return Piles(lambda: turnaround_s)


@BOTH
def test_with_one_of_four_dead_every_register_of_the_others_is_fresh(
    baud: int, turnaround_ms: float, period_s: float, within_s: float
) -> None:
    async def watch() -> Piles:
        piles = piles_of(turnaround_ms / 1000)
        piles.dead = {3}
        shed = Shed.cutoff(baud, turnaround_ms, period_s)
        async with polling(shed, piles, Silent()) as (_, link):
            await asyncio.sleep(30)
            piles.asked.clear()
            await asyncio.sleep(6 * within_s)
            assert not broken_silences(link, shed)
        return piles

    read_s: dict[tuple[int, int, int], list[float]] = defaultdict(list)
    for asked in run_virtual(watch()).asked:
        if asked.unit != 3 and asked.function == 3 and asked.address != CURRENTS.address:
            for address in range(asked.address, asked.address + asked.count):
                read_s[asked.unit, asked.function, address].append(asked.end_s)
    assert len(read_s) == 3 * 60
    assert max(b - a for times_s in read_s.values() for a, b in pairwise(times_s)) <= within_s


@BOTH
def test_a_dead_device_costs_at_most_two_percent(
    baud: int, turnaround_ms: float, period_s: float, within_s: float
) -> None:
    del within_s

    async def watch() -> float:
        piles, listener = piles_of(turnaround_ms / 1000), Silent()
        piles.dead = {3}
        async with polling(Shed.cutoff(baud, turnaround_ms, period_s), piles, listener) as (bus, _):
            await asyncio.sleep(30)
            listener.exchanges.clear()
            bus.off(2, off_write(4), token=1)  # and it has an outlet to be opened
            await asyncio.sleep(30)
        spent = [(job, exchange) for job, exchange in listener.exchanges if job.device == 2]
        assert {job.why for job, _ in spent} <= {Why.PROBE, Why.OFF}
        return len(spent) * (8 * 10 / baud + turnaround_ms / 1000 + 0.030) / 30

    assert run_virtual(watch()) <= 0.02


def test_the_silence_is_kept_whatever_the_slaves_do() -> None:
    async def watch() -> None:
        turn = iter(range(10**9))
        piles = Piles(lambda: (next(turn) * 37 % 100) / 20_000)
        piles.disturb = lambda asked, answer: (
            [answer, Answer(b"\x00\x55", answer.after_s + 0.0325)] if asked.number % 7 == 0 else [answer]
        )
        shed = Shed.cutoff(9600, 5.0, 1.0)
        async with polling(shed, piles, Silent(), chunk=1) as (bus, link):
            await asyncio.sleep(30)
        assert not broken_silences(link, shed)
        assert bus.statistics.broken_silences == 0
        assert bus.statistics.stray_bytes > 0

    run_virtual(watch())


class TestLink:
    def test_gone_and_back_every_device_is_asked_again_and_the_listener_told(self) -> None:
        async def watch() -> None:
            piles, listener = piles_of(), Silent()
            async with polling(Shed.cutoff(9600, 4.0, 5.0), piles, listener) as (bus, link):
                await asyncio.sleep(3.01)
                link.lose("unplugged")
                await asyncio.sleep(10)
                assert listener.ups == 1
                assert listener.downs
                assert set(listener.downs) == {"unplugged"}
                bus.off(1, off_write(7), token=1)
                before = len(piles.asked)
                link.refuse = ""
                await asyncio.sleep(3)
                assert listener.ups == 2
                fresh = piles.asked[before:]
                assert {asked.unit for asked in fresh} == {1, 2, 3, 4}
                assert [asked.function for asked in fresh[:2]] == [3, 5], "one read to know the adapter, then the OFF"
                assert [asked.unit for asked in piles.writes] == [2]

        run_virtual(watch())

    def test_lost_in_the_silence_before_an_off_it_costs_no_attempt(self) -> None:
        async def watch() -> None:
            piles, listener = piles_of(), Silent()
            async with polling(Shed.cutoff(9600, 4.0, 5.0), piles, listener) as (bus, link):
                await asyncio.sleep(0.020)
                bus.off(0, off_write(1), token=1)
                await asyncio.sleep((3.5 + 8 + 29) * 10 / 9600 + 0.004 + 0.001 - 0.020)  # an answer, then silence
                assert len(listener.exchanges) == 1
                link.lose("unplugged")
                await asyncio.sleep(1)
                assert [order.attempts for order in bus.planner._offs] == [0]

        run_virtual(watch())

    def test_lost_in_a_transaction_it_is_told_as_that(self) -> None:
        async def watch() -> None:
            listener = Silent()
            async with polling(Shed.cutoff(9600, 4.0, 5.0), piles_of(), listener) as (_, link):
                await asyncio.sleep(0.02)
                link.lose("unplugged")
                await asyncio.sleep(0.01)
                assert [exchange.failure for _, exchange in listener.exchanges] == [Failure.LINK]

        run_virtual(watch())

    def test_never_there_it_is_tried_for_at_growing_distances(self) -> None:
        async def watch() -> None:
            listener = Silent()
            async with polling(Shed.cutoff(9600, 4.0, 5.0), piles_of(), listener) as (_, link):
                link.refuse = "no such port"
                await asyncio.sleep(61)
                assert 30 <= len(listener.downs) <= 40

        run_virtual(watch())


class TestEcho:
    @pytest.mark.parametrize("dead", [False, True])
    def test_an_adapter_that_hears_itself_never_acknowledges_an_off(self, *, dead: bool) -> None:
        async def watch() -> None:
            piles, listener = piles_of(0.004), Silent()
            piles.dead = {1, 2, 3, 4} if dead else set()
            shed = Shed.cutoff(115200, 4.0, 5.0)
            async with polling(shed, piles, listener) as (bus, link):
                answer = link.responder
                link.responder = lambda frame, end_s: [Answer(frame, 0.0), *answer(frame, end_s)]
                bus.off(0, off_write(3), token=1)  # before anything has been read
                await asyncio.sleep(5)
            ends = [exchange.ok for job, exchange in listener.exchanges if job.why is Why.OFF]
            assert ends
            assert all(ok is not dead for ok in ends)
            assert next(exchange.ok for job, exchange in listener.exchanges if job.why is Why.RING) is not dead

        run_virtual(watch())


class TestBadLines:
    def test_a_babbling_line_is_used_as_far_as_it_goes_and_recovers(self) -> None:
        async def watch() -> None:
            piles, listener = piles_of(0.002), Silent()
            shed = Shed.cutoff(115200, 2.0, 1.0)
            async with polling(shed, piles, listener) as (bus, link):
                await asyncio.sleep(5)
                listener.exchanges.clear()
                for _ in range(300):
                    link.say(b"\x55" * 115)
                    await asyncio.sleep(0.01)
                tried = len(listener.exchanges)
                assert tried > 10
                assert bus.statistics.broken_silences > 10
                await asyncio.sleep(15)
                listener.exchanges.clear()
                await asyncio.sleep(2)
                assert all(exchange.ok for _, exchange in listener.exchanges)
                assert {job.device for job, _ in listener.exchanges} == {0, 1, 2, 3}

        run_virtual(watch())

    def test_silence_of_a_device_is_told_and_its_return_too(self) -> None:
        async def watch() -> None:
            piles, listener = piles_of(), Silent()
            async with polling(Shed.cutoff(9600, 4.0, 5.0), piles, listener):
                await asyncio.sleep(5)
                piles.dead = {2}
                await asyncio.sleep(5)
                assert listener.changes == [(1, False)]
                piles.dead = set()
                await asyncio.sleep(11)
                assert listener.changes == [(1, False), (1, True)]

        run_virtual(watch())


class TestWishes:
    @staticmethod
    def slow_shed() -> Shed:
        model = pile(Timing(turnaround_max_ms=4.0), group("currents", GroupClass.PROTECTION, 5000, CURRENTS))
        return Shed.of(LineTiming.serial(9600), model)

    def test_an_idle_line_opens_an_outlet_at_once(self) -> None:
        async def watch() -> None:
            piles = piles_of()
            async with polling(self.slow_shed(), piles, Silent()) as (bus, _):
                await asyncio.sleep(7.1)
                asked_s = now()
                bus.off(0, off_write(2), token=1)
                await asyncio.sleep(0.1)
                assert [write.end_s for write in piles.writes] == [pytest.approx(asked_s + 8 * 10 / 9600)]

        run_virtual(watch())

    @pytest.mark.parametrize("is_off", [True, False])
    @pytest.mark.parametrize("after_s", [0.0, 0.0005, 0.001, 0.003, 0.006, 0.02])
    def test_one_that_is_withdrawn_at_any_moment_harms_nobody(self, after_s: float, *, is_off: bool) -> None:
        async def watch() -> None:
            piles, listener = piles_of(), Silent()
            async with polling(Shed.cutoff(9600, 4.0, 5.0), piles, listener) as (bus, _):
                for trial in range(60):
                    await asyncio.sleep(0.0137 * (1 + trial % 7))
                    wish = bus.off if is_off else bus.command
                    wish(trial % 4, off_write(trial % 12), token=trial)
                    await asyncio.sleep(after_s)
                    bus.planner.withdraw(trial)
                before = len(listener.exchanges)
                await asyncio.sleep(1)
                assert len(listener.exchanges) > before + 10

        run_virtual(watch())

    def test_a_write_that_is_refused_is_told_as_refused(self) -> None:
        async def watch() -> None:
            piles, listener = piles_of(), Silent()

            def refuse(asked: Asked, answer: Answer) -> list[Answer]:
                if asked.function != 5:
                    return [answer]
                crc = {1: b"\x01\x85\x02\xc3\x51"}
                return [Answer(crc[asked.unit], answer.after_s)]

            piles.disturb = refuse
            async with polling(Shed.cutoff(9600, 4.0, 5.0), piles, listener) as (bus, _):
                await asyncio.sleep(1)
                bus.command(0, Write(Table.COIL, 1, (1,)), token=1)
                await asyncio.sleep(1)
            (exchange,) = [exchange for job, exchange in listener.exchanges if job.why is Why.COMMAND]
            assert (exchange.failure, exchange.exception_code) == (Failure.EXCEPTION, 2)

        run_virtual(watch())

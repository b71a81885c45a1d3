from __future__ import annotations

import copy
import pickle
from itertools import pairwise

import pytest

from gateway.bus.job import End, Order, Wait, Why
from tests.unit.bus.planning import CLOSE_IT, COST_S, OPEN_IT, Hand, device, hand, whys


def three(**more: float) -> Hand:
    return hand(*(device(index, telemetry=1, slow_s=0.0, **more) for index in range(3)))  # type: ignore[arg-type]


class TestRing:
    def test_devices_are_read_in_turn_with_one_slow_read_between_two_rings(self) -> None:
        jobs = three().steps(12)
        # The very first ring has no slot before it.
        assert [job.device for job in jobs if job.why is Why.RING] == [0, 1, 2] * 3
        assert whys(jobs) == [Why.RING, Why.RING, Why.RING, Why.SLOW] * 3

    def test_slow_reads_take_turns_by_deadline(self) -> None:
        jobs = three().steps(24)
        assert [job.device for job in jobs if job.why is Why.SLOW] == [0, 1, 2, 0, 1, 2]

    def test_a_ring_waits_for_its_period(self) -> None:
        plan = hand(device(0, ring_s=1.0))
        starts = [when_s for when_s, _ in plan.until(4.5, set())][:5]
        assert starts == pytest.approx([0.0, 1.0, 2.0, 3.0, 4.0])

    def test_idle_time_before_a_ring_is_used_by_reads_that_end_before_it(self) -> None:
        plan = hand(device(0, telemetry=3, ring_s=0.2, slow_s=0.0))
        jobs = plan.until(2.0, set())
        ring_s = [when_s for when_s, job in jobs if job.why is Why.RING]
        assert [b - a for a, b in pairwise(ring_s)] == pytest.approx([0.2] * (len(ring_s) - 1))
        assert len(jobs) > 2 * len(ring_s)

    def test_looking_at_the_next_job_changes_nothing(self) -> None:
        plan = three()
        plan.planner.off(1, OPEN_IT, 1, 0.0)
        plan.planner.confirm(2, [0], 0.0)
        plan.planner.command(0, CLOSE_IT, 2, 0.0)
        for step in range(60):
            before = pickle.dumps(copy.deepcopy(plan.planner))
            first = plan.planner.next(plan.now_s)
            assert pickle.dumps(copy.deepcopy(plan.planner)) == before
            assert plan.planner.next(plan.now_s) == first
            plan.step(End.SILENT if step % 3 == 0 else End.ANSWERED)


class TestOff:
    def test_it_is_the_next_frame(self) -> None:
        for done in range(8):
            plan = three()
            plan.steps(done)
            plan.planner.confirm(2, [0], 0.0)
            plan.planner.command(2, CLOSE_IT, 1, plan.now_s)
            order = plan.planner.off(1, OPEN_IT, 7, plan.now_s)
            assert plan.step().order is order

    def test_once_obeyed_it_is_not_sent_again(self) -> None:
        plan = three()
        plan.planner.off(1, OPEN_IT, 7, 0.0)
        assert whys(plan.steps(30)).count(Why.OFF) == 1

    @pytest.mark.parametrize("end", [End.SILENT, End.DAMAGED, End.REFUSED])
    def test_two_attempts_are_urgent_and_the_others_take_slots_a_second_apart(self, end: End) -> None:
        plan = three()
        order = plan.planner.off(1, OPEN_IT, 7, 0.0)
        assert [plan.step(end).order for _ in range(2)] == [order, order]
        jobs = []
        while plan.now_s < 6.0:
            job = plan.look()
            jobs.append((plan.now_s, job))
            plan.step(end if job.order is not None else End.ANSWERED)
        sent_s = [when_s for when_s, job in jobs if job.order is order]
        assert len(sent_s) >= 4
        assert all(1.0 <= b - a <= 1.5 for a, b in pairwise(sent_s))
        assert whys([job for _, job in jobs]) == [
            Why.RING if index % 4 != 3 else jobs[index][1].why for index in range(len(jobs))
        ]

    def test_to_a_silent_device_it_takes_slots_backs_off_and_is_never_dropped(self) -> None:
        plan = three()
        plan.silence(1)
        order = plan.planner.off(1, OPEN_IT, 7, plan.now_s)
        jobs = plan.until(plan.now_s + 100.0, {1})
        sent_s = [when_s for when_s, job in jobs if job.order is order]
        gaps_s = [b - a for a, b in pairwise(sent_s)]
        assert max(gaps_s) <= 10.5
        assert min(gaps_s[3:]) >= 9.5
        assert sent_s[-1] >= plan.now_s - 11
        order_of = whys([job for _, job in jobs])
        assert all(order_of[index + 1] is Why.RING for index, why in enumerate(order_of[:-1]) if why is Why.OFF)

    def test_a_device_that_is_back_gets_its_waiting_offs_at_once(self) -> None:
        plan = three()
        plan.silence(1)
        offs = [plan.planner.off(1, OPEN_IT, token, plan.now_s) for token in (7, 8, 9)]
        plan.until(plan.now_s + 60.0, {1})
        back_s = first_s = plan.now_s
        sent: list[Order] = []
        while len(sent) < len(offs):
            job = plan.step()
            if job.order is not None:
                sent.append(job.order)
                first_s = plan.now_s if len(sent) == 1 else first_s
            assert plan.now_s - back_s < 12.0
        assert {order.token for order in sent} == {7, 8, 9}
        assert plan.now_s - first_s < 1.0

    def test_after_the_link_was_away_it_does_not_wait_out_its_back_off(self) -> None:
        plan = three()
        plan.silence(1)
        order = plan.planner.off(1, OPEN_IT, 7, plan.now_s)
        plan.until(plan.now_s + 40.0, {1})
        plan.planner.link_restored(plan.now_s)
        assert order in [job.order for job in plan.steps(5)]

    def test_withdrawn_while_it_waits_it_is_not_sent(self) -> None:
        plan = three()
        plan.planner.off(1, OPEN_IT, 7, 0.0)
        version = plan.planner.version
        plan.planner.withdraw(7)
        assert plan.planner.version != version  # a bus that has looked already must look again
        assert Why.OFF not in whys(plan.steps(20))

    def test_withdrawn_while_it_is_on_the_line_it_is_not_repeated(self) -> None:
        plan = three()
        plan.planner.off(1, OPEN_IT, 7, 0.0)
        job = plan.look()
        plan.planner.started(job, 0.0)
        plan.planner.withdraw(7)
        plan.planner.finished(job, End.SILENT, 0.04)
        assert Why.OFF not in whys(plan.steps(20))


class TestConfirm:
    def test_it_goes_ahead_of_the_ring_but_not_before_its_time(self) -> None:
        plan = three()
        plan.steps(2)
        due_s = plan.now_s + 0.1
        plan.planner.confirm(0, [0], due_s)
        jobs = plan.until(due_s + 0.2, set())
        (at,) = [index for index, (_, job) in enumerate(jobs) if job.why is Why.CONFIRM]
        assert jobs[at][0] >= due_s
        assert jobs[at - 1][0] < due_s

    def test_a_waiting_ring_is_interrupted_by_it(self) -> None:
        plan = hand(device(0, ring_s=1.0))
        plan.step()
        plan.planner.confirm(0, [0], 0.3)
        assert plan.planner.next(plan.now_s) == Wait(0.3)

    def test_asked_for_twice_it_is_read_once(self) -> None:
        plan = three()
        plan.planner.confirm(0, [0], 0.0)
        plan.planner.confirm(0, [0], 0.0)
        assert whys(plan.steps(10)).count(Why.CONFIRM) == 1


class TestMisses:
    @pytest.mark.parametrize("end", [End.SILENT, End.DAMAGED])
    def test_the_first_is_followed_by_the_same_read_at_once_and_only_once(self, end: End) -> None:
        plan = three()
        missed = plan.step(end)
        again = plan.step(end)
        assert (again.why, again.piece) == (Why.RETRY, missed.piece)
        assert plan.step().why is Why.RING

    def test_a_confirming_read_is_repeated_too(self) -> None:
        plan = three()
        plan.planner.confirm(2, [0], 0.0)
        plan.step(End.SILENT)
        job = plan.step()
        assert (job.why, job.device) == (Why.RETRY, 2)

    def test_a_slow_read_that_is_never_answered_is_repeated_once_and_leaves_the_slots_to_others(self) -> None:
        mixed = device(0, control=1, telemetry=1, slow_s=2.0)
        plan = hand(mixed)
        jobs = []
        while plan.now_s < 20.0:
            job = plan.look()
            jobs.append(job)
            plan.step(End.SILENT if job.why is Why.SLOW and job.piece is mixed.pieces[1] else End.ANSWERED)
        layouts = [job.piece.layout for job in jobs if job.why is Why.SLOW and job.piece is not None]
        assert layouts.count(1) in range(9, 13)
        assert layouts.count(2) in range(9, 13)

    def test_a_missed_slow_read_comes_before_those_that_wait_because_its_value_is_the_oldest(self) -> None:
        plan = hand(device(0, telemetry=6, slow_s=0.5))
        jobs: list[int] = []
        while len(jobs) < 20:
            job = plan.look()
            if job.why is Why.SLOW and job.piece is not None:
                jobs.append(job.piece.layout)
            plan.step(End.DAMAGED if len(jobs) == 9 and job.why is Why.SLOW else End.ANSWERED)
        assert jobs[9] == jobs[8]
        assert len(set(jobs[9:15])) == 6

    def test_a_slow_read_is_not_repeated_ahead_of_the_ring(self) -> None:
        plan = three()
        plan.steps(3)
        assert plan.step(End.SILENT).why is Why.SLOW
        assert plan.step().why is Why.RING

    def test_a_refusal_is_no_miss(self) -> None:
        plan = three()
        plan.step(End.REFUSED)
        assert plan.planner.health[0].misses == 0
        assert plan.step().device == 1


class TestSilence:
    def test_it_takes_four_misses_and_a_second(self) -> None:
        plan = hand(device(0), device(1))
        jobs = []
        while not plan.planner.health[0].is_silent:
            job = plan.step_with({0})
            jobs += [plan.now_s] if job.device == 0 else []
        assert jobs[-1] - jobs[0] >= 1.0
        assert jobs[-2] - jobs[0] < 1.0
        slow = hand(device(0, ring_s=2.0))
        while not slow.planner.health[0].is_silent:
            slow.step(End.SILENT)
        assert slow.planner.health[0].misses == 4

    def test_a_silent_device_leaves_the_ring_and_is_probed_further_and_further_apart(self) -> None:
        plan = three()
        plan.silence(1)
        silent_s = plan.now_s
        jobs = plan.until(silent_s + 60, {1})
        assert {job.why for _, job in jobs if job.device == 1} == {Why.PROBE}
        at_s = [silent_s, *(when_s for when_s, job in jobs if job.why is Why.PROBE)]
        gaps_s = [b - a for a, b in pairwise(at_s)]
        for gap_s, due_s in zip(gaps_s, [1, 2, 4, 8, 10, 10, 10], strict=False):
            assert due_s <= gap_s <= due_s + 0.3

    def test_a_device_that_answers_a_probe_is_in_the_ring_again(self) -> None:
        plan = three()
        plan.silence(1)
        while plan.step().why is not Why.PROBE:
            pass
        assert [job.device for job in plan.steps(9) if job.why is Why.RING][:3] == [0, 1, 2]
        assert not plan.planner.health[1].is_silent

    def test_a_bus_whose_devices_are_all_silent_wakes_for_the_next_probe(self) -> None:
        plan = hand(device(0, telemetry=1))
        plan.silence(0)
        wait = plan.planner.next(plan.now_s)
        assert wait == Wait(plan.planner.health[0].probe_s)

    def test_a_change_is_told_once(self) -> None:
        plan = hand(device(0))
        changes = []
        for step in range(200):
            job = plan.look()
            plan.planner.started(job, plan.now_s)
            plan.now_s += COST_S
            end = End.SILENT if step < 150 else End.ANSWERED
            changes.append(plan.planner.finished(job, end, plan.now_s))
        assert changes.count(True) == 2

    def test_after_the_link_was_away_every_device_is_asked_at_once(self) -> None:
        plan = hand(device(0, ring_s=5.0), device(1, ring_s=5.0))
        plan.silence(1)
        plan.planner.link_restored(plan.now_s)
        now_s = plan.now_s
        assert [job.device for job in plan.steps(2)] == [0, 1]
        assert plan.now_s == pytest.approx(now_s + 2 * COST_S)


class TestLateLock:
    def test_after_a_timeout_no_other_slow_piece_of_that_device_is_asked_for(self) -> None:
        plan = hand(device(0, ring=0, telemetry=3, slow_s=0.2, late_s=0.5))
        missed = plan.step(End.SILENT)
        until_s = plan.now_s + 0.5
        for when_s, job in plan.until(until_s, {0}):
            assert job.piece is missed.piece, when_s

    def test_when_nothing_can_be_late_any_more_the_others_go_on(self) -> None:
        plan = hand(device(0, ring=0, telemetry=3, slow_s=10.0, late_s=0.5))
        missed, again = plan.steps(2, End.SILENT)
        assert again.piece is missed.piece
        free_s = plan.now_s + 0.5
        job = plan.look()
        assert job.piece is not missed.piece
        assert plan.now_s == pytest.approx(free_s)

    def test_protection_and_writes_go_on(self) -> None:
        plan = hand(device(0, telemetry=2, slow_s=0.0))
        plan.step()
        assert plan.step(End.SILENT).why is Why.SLOW
        plan.planner.off(0, OPEN_IT, 1, plan.now_s)
        assert plan.look().why is Why.OFF
        plan.planner.withdraw(1)
        assert plan.look().why is Why.RING

    def test_a_damaged_reply_locks_nothing(self) -> None:
        plan = hand(device(0, ring=0, telemetry=2, slow_s=5.0))
        plan.step(End.DAMAGED)
        assert plan.now_s < 0.1
        plan.step()
        assert plan.now_s < 0.1


class TestSlot:
    def test_a_command_takes_it_and_is_not_repeated(self) -> None:
        plan = three()
        plan.planner.command(1, CLOSE_IT, 5, 0.0)
        assert whys(plan.steps(8)) == [Why.RING] * 3 + [Why.COMMAND] + [Why.RING] * 3 + [Why.SLOW]
        plan.planner.command(1, CLOSE_IT, 5, 0.0)
        assert whys(plan.steps(8, End.REFUSED)).count(Why.COMMAND) == 1

    def test_devices_that_refuse_every_off_do_not_starve_telemetry(self) -> None:
        plan = three()
        for token in range(30):
            plan.planner.off(0, OPEN_IT, token, 0.0)
        jobs = []
        while plan.now_s < 20.0:
            job = plan.look()
            jobs.append(job)
            plan.step(End.REFUSED if job.order is not None else End.ANSWERED)
        slow = [job for job in jobs[100:] if job.why is Why.SLOW]
        assert len(slow) >= (len(jobs) - 100) // 9
        assert {job.device for job in slow} == {0, 1, 2}

    def test_many_silent_devices_do_not_starve_telemetry(self) -> None:
        dead = set(range(1, 40))
        plan = hand(device(0, telemetry=1, slow_s=0.0), *(device(index) for index in dead))
        for index in dead:
            plan.planner.off(index, OPEN_IT, index, 0.0)
        while not all(plan.planner.health[index].is_silent for index in dead):
            plan.step_with(dead)
        jobs = [job for _, job in plan.until(plan.now_s + 30, dead)]
        slots = [why for why in whys(jobs) if why is not Why.RING]
        assert slots.count(Why.SLOW) >= len(slots) // 2 - 1

    def test_reading_now_makes_slow_pieces_due(self) -> None:
        plan = hand(device(0, telemetry=2, slow_s=100.0))
        plan.steps(20)
        assert Why.SLOW not in whys(plan.steps(10))
        plan.planner.read_now(0, plan.now_s)
        assert whys(plan.steps(10)).count(Why.SLOW) == 2

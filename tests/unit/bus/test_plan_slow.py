"""Who gets the slot between two rings: safety, contacts, telemetry, what is asked for again, and commands beside them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gateway.bus.job import End, Why
from tests.unit.bus.planning import CLOSE_IT, device, hand


class TestSlot:
    def test_control_goes_before_telemetry_of_an_earlier_deadline(self) -> None:
        plan = hand(device(0, telemetry=1, slow_s=0.1), device(1, control=1, slow_s=9.0))
        plan.now_s = 5.0
        slow = [job.device for job in plan.steps(6) if job.why is Why.SLOW]
        assert slow == [1, 0]

    def test_safety_goes_before_control_and_control_before_telemetry_whatever_their_deadlines(self) -> None:
        plan = hand(
            device(0, telemetry=1, slow_s=0.1), device(1, safety=1, slow_s=9.0), device(2, control=1, slow_s=9.0)
        )
        plan.now_s = 5.0
        slow = [job.device for job in plan.steps(12) if job.why is Why.SLOW]
        assert slow[:3] == [1, 2, 0]

    def test_telemetry_that_is_due_has_one_slow_read_in_four_however_much_the_others_want(self) -> None:
        plan = hand(device(0, control=2, telemetry=2, slow_s=0.0))
        slow = [job.piece.layout for job in plan.steps(80) if job.why is Why.SLOW and job.piece]
        telemetry = [place for place, layout in enumerate(slow) if layout in {3, 4}]
        assert [later - earlier for earlier, later in pairwise(telemetry)] == [4] * (len(telemetry) - 1)
        assert {slow[place] for place in telemetry} == {3, 4}

    @pytest.mark.parametrize("commands", [0, 40])
    def test_safety_has_every_second_slot_where_it_wants_it_whatever_waits(self, commands: int) -> None:
        plan = hand(device(0, control=2, safety=2, telemetry=2, slow_s=0.0))
        for token in range(commands):
            plan.planner.command(0, CLOSE_IT, token, 0.0)
        slots = [job for job in plan.steps(80) if job.why is not Why.RING]
        safety = [job.piece is not None and job.piece.layout in {3, 4} for job in slots]
        assert safety == [True, False] * (len(slots) // 2) + [True] * (len(slots) % 2)
        if commands:
            assert {job.why for job in slots[1::2]} == {Why.COMMAND}

    def test_what_is_asked_for_again_takes_the_next_slot_and_never_the_ring(self) -> None:
        plan = hand(*(device(index, control=1, safety=1, telemetry=1, slow_s=100.0) for index in range(3)))
        plan.until(5.0, set())
        plan.planner.read_again(1, [0, 2], plan.now_s)  # layout 0 goes round in the ring: it needs no asking
        jobs = plan.steps(8)
        assert [(job.device, job.piece.layout) for job in jobs if job.why is Why.SLOW and job.piece] == [(1, 2)]
        plan.planner.read_again(2, [3], plan.now_s + 5.0)
        assert not [job for job in plan.steps(8) if job.why is Why.SLOW], "not before its moment"
        assert [job.device for _, job in plan.until(plan.now_s + 6.0, set()) if job.why is Why.SLOW] == [2]

    def test_asking_for_a_later_moment_postpones_nothing(self) -> None:
        plan = hand(device(0, telemetry=1, slow_s=2.0))
        plan.until(3.0, set())
        plan.planner.read_again(0, [1], plan.now_s + 60.0)
        assert [job for _, job in plan.until(plan.now_s + 3.0, set()) if job.why is Why.SLOW]

    def test_what_is_asked_for_again_and_missed_is_repeated_in_the_slot_after_the_next(self) -> None:
        plan = hand(*(device(index, control=1, safety=1, slow_s=0.1) for index in range(3)))
        plan.until(5.0, set())
        plan.planner.read_again(1, [2], plan.now_s)
        slow: list[tuple[int, int]] = []
        while len(slow) < 6:
            piece = plan.look().piece
            is_first = piece is not None and (piece.device, piece.layout) == (1, 2) and (1, 2) not in slow
            job = plan.step(End.DAMAGED if is_first else End.ANSWERED)
            slow += [(job.device, job.piece.layout)] if job.why is Why.SLOW and job.piece else []
        first = slow.index((1, 2))
        assert first <= 1
        assert slow[first + 1] != (1, 2), "no two slots in a row"
        assert slow[first + 2] == (1, 2)

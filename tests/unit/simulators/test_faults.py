from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.arguments import Arguments
from simulators.errors import SimulatorError
from simulators.faults import MOST_FAULTS, Fault, FaultKind, FaultQueue, Segment, flip_bits, read_fault, spoil

REPLY = bytes(range(1, 30))
FOREIGN = b"foreign"


def chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - repeatable faults, not secrets


def spoilt(fault: Fault | None, seed: int = 1) -> tuple[Segment, ...]:
    return spoil(fault, REPLY, FOREIGN, 0.00175, chance(seed))


@pytest.mark.parametrize(
    ("fault", "segments"),
    [
        (None, (Segment(0.0, REPLY),)),
        (Fault(kind=FaultKind.LATE, ms=250), (Segment(0.25, REPLY),)),
        (Fault(kind=FaultKind.LOSE), ()),
        (Fault(kind=FaultKind.MUTE), ()),
        (Fault(kind=FaultKind.FOREIGN), (Segment(0.0, FOREIGN), Segment(0.00175, REPLY))),
        (Fault(kind=FaultKind.DUPLICATE), (Segment(0.0, REPLY), Segment(0.00175, REPLY))),
        (Fault(kind=FaultKind.TRUNCATE, count=3), (Segment(0.0, REPLY[:-3]),)),
        (Fault(kind=FaultKind.TRUNCATE, count=200), (Segment(0.0, b""),)),
        (Fault(kind=FaultKind.EXCEPTION), (Segment(0.0, REPLY),)),
    ],
)
def test_a_fault_puts_this_on_the_wire(fault: Fault | None, segments: tuple[Segment, ...]) -> None:
    assert spoilt(fault) == segments


def test_garbage_stands_directly_before_the_reply() -> None:
    (segment,) = spoilt(Fault(kind=FaultKind.GARBAGE, count=4))
    assert len(segment.data) == 4 + len(REPLY)
    assert segment.data.endswith(REPLY)


@given(st.binary(min_size=1, max_size=64), st.integers(1, 600), st.integers())
def test_flips_are_exactly_so_many_bits_and_repeat_with_the_seed(data: bytes, count: int, seed: int) -> None:
    flipped = flip_bits(data, count, chance(seed))
    wrong = sum((a ^ b).bit_count() for a, b in zip(data, flipped, strict=True))
    assert wrong == min(count, 8 * len(data))
    assert flipped == flip_bits(data, count, chance(seed))


@pytest.mark.parametrize("kind", [FaultKind.FLIP, FaultKind.GARBAGE])
def test_chance_repeats_with_the_seed_and_only_with_it(kind: FaultKind) -> None:
    fault = Fault(kind=kind, count=5)
    assert spoilt(fault, 7) == spoilt(fault, 7)
    assert spoilt(fault, 7) != spoilt(fault, 8)


def test_a_fault_waits_for_its_unit_and_function_and_is_used_up() -> None:
    queue = FaultQueue()
    queue.add(Fault(kind=FaultKind.LATE, unit=3, function=3))
    assert queue.take(2, 3) is None
    assert queue.take(3, 4) is None
    assert queue.take(3, 3) == Fault(kind=FaultKind.LATE, unit=3, function=3)
    assert queue.take(3, 3) is None


def test_faults_come_in_the_order_in_which_they_were_queued_as_often_as_they_say() -> None:
    queue = FaultQueue()
    queue.add(Fault(kind=FaultKind.LATE, times=2))
    queue.add(Fault(kind=FaultKind.MUTE))
    taken = [queue.take(1, 3) for _ in range(4)]
    assert [fault.kind if fault else None for fault in taken] == [FaultKind.LATE, FaultKind.LATE, FaultKind.MUTE, None]


def test_the_queue_has_an_end() -> None:
    queue = FaultQueue()
    for _ in range(MOST_FAULTS):
        queue.add(Fault(kind=FaultKind.LATE))
    with pytest.raises(SimulatorError, match="waiting already"):
        queue.add(Fault(kind=FaultKind.LATE))


@pytest.mark.parametrize(
    ("given_arguments", "problem"),
    [
        ({}, "fault: kind is missing"),
        ({"kind": "tired"}, "fault: kind must be one of late, lose"),
        ({"kind": "late", "ms": -1}, "fault: ms must be a number from 0 to 60000, not -1"),
        ({"kind": "flip", "count": 0}, "fault: count must be a whole number"),
        ({"kind": "flip", "bits": 2}, "fault: unknown argument bits"),
        ({"kind": "late", "unit": -4}, "fault: unit must be a whole number from 0 to 999999999999"),
        ({"kind": "late", "times": True}, "fault: times must be a whole number"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_one_line(given_arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(SimulatorError) as error:
        read_fault(Arguments("fault", given_arguments))
    assert str(error.value).startswith(problem)
    assert "\n" not in str(error.value)


def test_a_fault_reads_with_its_usual_values() -> None:
    assert read_fault(Arguments("fault", {"kind": "exception"})) == Fault(kind=FaultKind.EXCEPTION, ms=100.0, code=4)

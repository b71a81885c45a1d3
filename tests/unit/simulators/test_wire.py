from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.wire import GROUP_S, Wire, char_time_s, frame_silence_s, release_schedule

FRAMES = st.binary(min_size=1, max_size=256)
BAUDS = st.sampled_from([1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 921600])
STARTS = st.floats(0, 1e6)


@given(FRAMES, BAUDS, STARTS)
def test_a_schedule_hands_over_the_frame_in_order_and_never_a_byte_early(
    frame: bytes, baud: int, start_s: float
) -> None:
    char_s = char_time_s(baud, 10)
    releases = release_schedule(frame, start_s, char_s)
    assert b"".join(release.data for release in releases) == frame
    passed = 0
    for release in releases:
        passed += len(release.data)
        assert release.due_s == start_s + passed * char_s
    assert [release.due_s for release in releases] == sorted(release.due_s for release in releases)


@given(st.binary(min_size=2, max_size=256), BAUDS, STARTS)
def test_the_first_and_the_last_byte_go_alone_and_exactly_and_groups_stay_short(
    frame: bytes, baud: int, start_s: float
) -> None:
    char_s = char_time_s(baud, 10)
    first, *middle, last = release_schedule(frame, start_s, char_s)
    assert (len(first.data), first.exact) == (1, True)
    assert (len(last.data), last.exact) == (1, True)
    assert not any(release.exact for release in middle)
    assert all(len(release.data) == 1 or len(release.data) * char_s <= GROUP_S for release in middle)


@given(FRAMES, STARTS)
def test_without_a_baud_rate_the_frame_goes_whole_and_at_once(frame: bytes, start_s: float) -> None:
    (release,) = release_schedule(frame, start_s, 0.0)
    assert (release.due_s, release.data) == (start_s, frame)


@given(st.binary(min_size=2, max_size=256), BAUDS, STARTS)
def test_with_economy_a_reply_begins_and_ends_in_time_and_wakes_nobody_between(
    frame: bytes, baud: int, start_s: float
) -> None:
    char_s = char_time_s(baud, 10)
    first, rest = release_schedule(frame, start_s, char_s, economy=True)
    assert first.data + rest.data == frame
    assert (first.due_s, rest.due_s) == (start_s + char_s, start_s + len(frame) * char_s)
    assert not first.exact
    assert not rest.exact


def test_nothing_is_scheduled_for_nothing() -> None:
    assert release_schedule(b"", 5.0, 0.001) == ()


@pytest.mark.parametrize(
    ("baud", "bits", "silence_s"),
    [
        (9600, 11, 3.5 * 11 / 9600),
        (19200, 10, 3.5 * 10 / 19200),
        (19201, 11, 0.00175),
        (115200, 10, 0.00175),
        (0, 10, 0.0),
    ],
)
def test_the_silence_is_that_of_the_specification(baud: int, bits: int, silence_s: float) -> None:
    assert frame_silence_s(baud, bits) == silence_s


def test_bytes_from_the_host_queue_up_behind_those_still_on_the_wire() -> None:
    wire = Wire(0.001, 0.0035)
    assert wire.arrive(10.0, 8).end_s == pytest.approx(10.008)
    second = wire.arrive(10.002, 4)
    assert (second.start_s, second.end_s) == pytest.approx((10.008, 10.012))
    assert wire.arrive(11.0, 1).start_s == 11.0


@given(st.lists(st.tuples(st.floats(0, 0.02), st.integers(1, 40)), min_size=2, max_size=20))
def test_host_bytes_never_overlap_and_never_start_before_they_come(chunks: list[tuple[float, int]]) -> None:
    wire, now_s, until_s = Wire(0.001, 0.0035), 0.0, 0.0
    for gap_s, count in chunks:
        now_s += gap_s
        arrival = wire.arrive(now_s, count)
        assert arrival.start_s >= max(now_s, until_s)
        assert arrival.end_s == pytest.approx(arrival.start_s + count * 0.001)
        until_s = arrival.end_s


def test_the_silence_counts_from_the_last_byte_of_either_side() -> None:
    wire = Wire(0.001, 0.0035)
    assert wire.arrive(1.0, 8).silence_s is None
    wire.send(1.010, 5)
    wire.released(1.015)
    assert wire.arrive(1.020, 8).silence_s == pytest.approx(0.005)
    assert wire.arrive(1.030, 8).silence_s == pytest.approx(0.002)


def test_a_request_during_a_reply_collides_and_its_silence_is_negative() -> None:
    wire = Wire(0.001, 0.0035)
    wire.arrive(1.0, 8)
    wire.send(1.010, 20)
    wire.released(1.012)
    arrival = wire.arrive(1.015, 8)
    assert arrival.collides
    assert arrival.silence_s == pytest.approx(-0.015)


def test_a_request_that_runs_into_a_reply_collides() -> None:
    wire = Wire(0.001, 0.0035)
    wire.send(1.010, 20)
    assert wire.arrive(1.005, 8).collides
    assert not Wire(0.001, 0.0035).arrive(1.005, 8).collides


@given(st.lists(st.tuples(st.floats(0, 0.1), st.integers(1, 60)), min_size=2, max_size=20))
def test_replies_never_overlap_and_never_start_early(replies: list[tuple[float, int]]) -> None:
    wire = Wire(0.001, 0.0035)
    windows: list[tuple[float, float]] = []
    for wanted_s, count in replies:
        start_s, _ = wire.send(wanted_s, count)
        assert start_s >= wanted_s
        windows.append((start_s, start_s + count * 0.001))
    windows.sort()
    for (_, end_s), (next_s, _) in pairwise(windows):
        assert next_s >= end_s


def test_a_reply_that_starts_while_the_host_sends_collides() -> None:
    wire = Wire(0.001, 0.0035)
    wire.arrive(1.0, 8)
    assert wire.send(1.004, 5) == (1.004, True)
    assert wire.send(1.020, 5) == (1.020, False)

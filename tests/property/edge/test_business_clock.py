"""The business clock never runs backwards, whatever the clocks of the machine do and however often edge starts."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from gateway.edge.charging.clock import STATE, BusinessClock
from gateway.edge.journal import Moment

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Restart:
    """Edge starts again `away_ms` later: on the same boot of the machine or on another, its wall clock stepped."""

    away_ms: int
    same_machine: bool
    clock: int
    stepped_ms: int


RESTARTS = st.builds(
    Restart,
    away_ms=st.integers(0, DAY_MS),
    same_machine=st.booleans(),
    clock=st.sampled_from((0, 1, 2)),
    stepped_ms=st.integers(-DAY_MS, DAY_MS),
)


@given(st.lists(RESTARTS, max_size=6), st.lists(st.integers(0, 10_000_000), min_size=1, max_size=4))
def test_it_never_runs_backwards_and_counts_what_is_known_to_have_passed(
    restarts: list[Restart], runs: list[int]
) -> None:
    machine, mono_ms, ts_ms, clock = 0, 1_000_000, 1_800_000_000_000, 2
    now = Moment(ts_ms=ts_ms, clock=clock, mono_s=mono_ms / 1000)
    ours = BusinessClock({}, now, str(machine))
    shown = [ours.now(now).at_ms]
    for restart in restarts:
        for run_ms in runs:
            mono_ms, ts_ms = mono_ms + run_ms, ts_ms + run_ms
            now = Moment(ts_ms=ts_ms, clock=clock, mono_s=mono_ms / 1000)
            assert ours.now(now).at_ms == shown[-1] + run_ms
            shown.append(ours.now(now).at_ms)
        stored, clock_before = {STATE: ours.to_bytes(now)}, clock
        ts_ms, clock = ts_ms + restart.away_ms + restart.stepped_ms, restart.clock
        if restart.same_machine:
            mono_ms += restart.away_ms
        else:
            machine, mono_ms = machine + 1, restart.away_ms
        now = Moment(ts_ms=ts_ms, clock=clock, mono_s=mono_ms / 1000)
        ours = BusinessClock(stored, now, str(machine))
        passed_ms = ours.now(now).at_ms - shown[-1]
        if restart.same_machine:
            assert passed_ms == restart.away_ms
        elif clock and clock_before:
            assert passed_ms == max(0, restart.away_ms + restart.stepped_ms)
        else:
            assert passed_ms == 0
        assert ours.had_power_cut is not restart.same_machine
        shown.append(ours.now(now).at_ms)
    assert shown == sorted(shown)


@given(st.integers(-DAY_MS, DAY_MS))
def test_a_moment_ahead_comes_when_the_clock_shows_it(ahead_ms: int) -> None:
    now = Moment(ts_ms=1_800_000_000_000, clock=2, mono_s=500_000.0)
    clock = BusinessClock({}, now, "a")
    then = clock.moment(clock.now(now).at_ms + ahead_ms, now)
    assert round((then.mono_s - now.mono_s) * 1000) == then.ts_ms - now.ts_ms == ahead_ms


@given(st.binary(max_size=60))
def test_what_cannot_be_read_begins_anew(stored: bytes) -> None:
    now = Moment(ts_ms=5, clock=0, mono_s=1.0)
    assert BusinessClock({STATE: stored}, now, "a").now(now).at_ms == 0


@given(st.integers(0, DAY_MS), st.integers(0, DAY_MS), st.integers(-2 * DAY_MS, DAY_MS))
def test_what_is_told_of_a_time_before_edge_began_is_dated_on_the_same_clock(
    ran_ms: int, away_ms: int, at_ms: int
) -> None:
    """Field told of it to an earlier edge, or to this one: the clock shows the same."""

    def moment(ms: int) -> Moment:
        return Moment(ts_ms=1_800_000_000_000 + ms, clock=2, mono_s=200_000 + ms / 1000)

    first = BusinessClock({}, moment(0), "a")
    stored = {STATE: first.to_bytes(moment(ran_ms))}
    again = BusinessClock(stored, moment(ran_ms + away_ms), "a")
    assert again.stored_ms == ran_ms
    assert again.now(moment(at_ms)).at_ms == first.now(moment(at_ms)).at_ms == max(0, at_ms)
    other = BusinessClock(stored, moment(ran_ms + away_ms), "b")
    assert other.now(moment(at_ms)).at_ms >= ran_ms, "nothing of before the power cut is told after it"

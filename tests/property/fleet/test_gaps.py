"""Whatever is lost on the way: what a gateway still has is asked for and comes, and asking ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.fleet.gaps import Ask, Gaps, News, Run


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[tuple[str, int]], set[int], set[int]]:
    """Return a log's events, the numbers that are lost on the way, and those that the gateway has dropped."""
    lengths = draw(st.lists(st.integers(1, 12), min_size=1, max_size=4))
    boots = [f"{place}-b" for place, length in enumerate(lengths, 1) for _ in range(length)]
    first = draw(st.integers(1, 1000))
    events = list(zip(boots, range(first, first + len(boots)), strict=True))
    numbers = [seq for _, seq in events]
    lost = draw(st.sets(st.sampled_from(numbers)))
    return events, lost, draw(st.sets(st.sampled_from(numbers)))


def answer(gaps: Gaps, events: list[tuple[str, int]], gone: set[int], wish: Ask) -> set[int]:
    """Send again what the gateway has of a range, as `replay` does."""
    here = {seq for boot, seq in events if boot == wish.boot and wish.first <= seq <= wish.last and seq not in gone}
    for seq in sorted(here):
        gaps.take(wish.boot, seq, seq)
    gaps.answered(wish)
    return here


@given(logs())
def test_what_can_be_had_comes_and_asking_ends(given_: tuple[list[tuple[str, int]], set[int], set[int]]) -> None:
    events, lost, gone = given_
    gaps, here = Gaps(), set()
    for boot, seq in events:
        if seq not in lost:
            assert gaps.take(boot, seq, seq) is News.NEW
            here.add(seq)
    heard_boots = {boot for boot, seq in events if seq not in lost}
    asked = 0
    while (wish := gaps.ask()) is not None:
        asked += 1
        assert asked <= 4 * len(events)
        here |= answer(gaps, events, gone, wish)
    assert gaps.missing == 0
    if not here:
        return
    between = [(boot, seq) for boot, seq in events if min(here) <= seq <= max(here)]
    owed = {seq for boot, seq in between if seq not in gone and boot in heard_boots}
    assert owed <= here
    assert gaps.gone == len(between) - len(here)
    assert [(run.first, run.last) for run in gaps.runs] == [(min(here), max(here))]


@given(logs())
def test_a_repeated_event_is_known(given_: tuple[list[tuple[str, int]], set[int], set[int]]) -> None:
    events, lost, _ = given_
    gaps = Gaps()
    kept = [(boot, seq) for boot, seq in events if seq not in lost]
    for boot, seq in kept:
        gaps.take(boot, seq, seq)
    assert all(gaps.take(boot, seq, seq) is News.KNOWN for boot, seq in kept)


@given(logs())
def test_what_was_stored_goes_on_as_it_was(given_: tuple[list[tuple[str, int]], set[int], set[int]]) -> None:
    events, lost, _ = given_
    gaps = Gaps()
    for boot, seq in events:
        if seq not in lost:
            gaps.take(boot, seq, seq)
    again = Gaps.of(gaps.runs, gaps.newest_ts)
    assert (again.runs, again.missing, again.ask()) == (gaps.runs, gaps.missing, gaps.ask())


def test_a_new_log_begins_anew_and_an_old_boot_that_somebody_else_asks_for_does_not() -> None:
    gaps = Gaps()
    gaps.take("4-a", 100, 1000)
    assert gaps.take("1-older", 50, 500) is News.LATE
    assert gaps.runs == (Run(first=100, last=100, first_boot="4-a", last_boot="4-a"),)
    assert gaps.take("1-new", 1, 2000) is News.NEW
    assert gaps.runs == (Run(first=1, last=1, first_boot="1-new", last_boot="1-new"),)


def test_what_the_gateway_says_it_has_lost_is_not_asked_for() -> None:
    gaps = Gaps()
    gaps.take("1-a", 1, 1)
    gaps.take("1-a", 10, 10)
    gaps.dropped(1, 7)
    assert gaps.ask() == Ask(boot="1-a", first=8, last=9)
    assert (gaps.missing, gaps.gone) == (2, 6)

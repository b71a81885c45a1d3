"""Who of those that dial in may stay."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.bus.doorman import (
    MOST_UNKNOWN,
    UNITS_REMEMBERED,
    UNKNOWN_BYTES,
    UNKNOWN_S,
    Doorman,
    Known,
    Stranger,
    Turned,
)

SEVEN, EIGHT = 7, 8
NEVER_S = 1e9


def who(said: bytes) -> int | None:
    """A protocol in which `#` and a letter name a unit: `#a` is 0."""
    at = said.find(b"#")
    return said[at + 1] - ord("a") if 0 <= at < len(said) - 1 else None


def doorman() -> Doorman:
    return Doorman({SEVEN, EIGHT}, who)


def test_a_known_device_comes_in_with_everything_that_it_has_said() -> None:
    door = doorman()
    door.came(1, 0.0)
    assert door.heard(1, b"89860link#", 0.0) is None
    assert door.heard(1, b"h and more", 0.0) == Known(SEVEN, b"89860link#h and more")
    assert door.overdue(NEVER_S) == []
    assert not door.turned_away


def test_two_devices_with_one_number_do_not_throw_each_other_out_without_end() -> None:
    door = doorman()
    let_in = 0
    for second in range(100):
        door.came(second, float(second))
        let_in += isinstance(door.heard(second, b"#h", float(second)), Known)
    assert let_in == 10
    assert door.turned_away == {Turned.TOO_SOON: 90}


def test_a_device_whose_connection_is_gone_is_let_in_at_once() -> None:
    door = doorman()
    for key in range(3):
        door.came(key, 0.1 * key)
        assert isinstance(door.heard(key, b"#h", 0.1 * key), Known)
        door.out(SEVEN)


def test_a_stranger_is_refused_counted_and_told_of_once() -> None:
    door = doorman()
    for key in range(3):
        door.came(key, 0.0)
        assert door.heard(key, b"#c", 0.0) == Stranger(2, is_new=key == 0)
    assert door.turned_away == {Turned.STRANGER: 3}
    assert door.overdue(NEVER_S) == []


def test_strangers_are_remembered_within_a_limit() -> None:
    units = iter(range(100, 100 + 2 * UNITS_REMEMBERED))
    door = Doorman((), lambda _said: next(units))
    news = 0
    for key in range(2 * UNITS_REMEMBERED):
        door.came(key, 0.0)
        judged = door.heard(key, b"x", 0.0)
        news += isinstance(judged, Stranger) and judged.is_new
    assert news == UNITS_REMEMBERED


def test_nonsense_is_hung_up_before_it_fills_the_memory() -> None:
    door = doorman()
    door.came(1, 0.0)
    assert door.heard(1, bytes(UNKNOWN_BYTES), 0.0) is None
    assert door.heard(1, b"\x00", 0.0) is Turned.NONSENSE
    assert door.turned_away == {Turned.NONSENSE: 1}


def test_who_says_nothing_is_hung_up_in_time_and_not_before() -> None:
    door = doorman()
    door.came(1, 0.0)
    door.came(2, 100.0)
    assert door.overdue(UNKNOWN_S - 0.1) == []
    assert door.overdue(UNKNOWN_S) == [1]
    assert door.overdue(UNKNOWN_S + 100) == [2]
    assert door.turned_away == {Turned.SPEECHLESS: 2}


def test_a_crowd_that_says_nothing_makes_room_for_a_device() -> None:
    door = doorman()
    crowded_out = [door.came(key, 0.0) for key in range(MOST_UNKNOWN + 3)]
    assert crowded_out == [*[None] * MOST_UNKNOWN, 0, 1, 2]
    assert door.heard(MOST_UNKNOWN + 2, b"#i", 0.0) == Known(EIGHT, b"#i")
    assert door.turned_away == {Turned.CROWDED: 3}


def test_who_leaves_by_himself_is_not_counted() -> None:
    door = doorman()
    door.came(1, 0.0)
    door.left(1)
    assert door.overdue(NEVER_S) == []
    assert not door.turned_away


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from([b"", b"#", b"h", b"c", b"\xff" * 200])), max_size=300))
def test_whatever_is_said_each_connection_ends_once_and_no_more_than_a_few_wait(steps: list[tuple[int, bytes]]) -> None:
    door, waiting, ended = doorman(), set[int](), 0
    came = 0
    for moment, (key, said) in enumerate(steps):
        if key not in waiting:
            came += 1
            gone = door.came(key, float(moment))
            waiting.add(key)
            if gone is not None:
                waiting.remove(gone)
                ended += 1
        if key in waiting and door.heard(key, said, float(moment)) is not None:
            waiting.remove(key)
            ended += 1
        assert len(waiting) <= MOST_UNKNOWN
    assert came == ended + len(waiting)
    assert sorted(door.overdue(NEVER_S)) == sorted(waiting)

"""What nobody watched is not billed: a field process that remembers nothing has seen nothing of what was before it."""

from __future__ import annotations

import pytest

from gateway.edge.charging.sight import AWAY_MS, STATE, Sight, sight_of

SIGHT = Sight(boot="field-1", seen_ms=50_000)


@pytest.mark.parametrize(
    ("boot", "after_ms", "remembers", "is_broken"),
    [
        ("field-1", 10 * AWAY_MS, False, False),
        ("field-2", AWAY_MS - 1, True, False),
        ("field-2", AWAY_MS, True, True),
        ("field-2", 1, False, True),
    ],
)
def test_sight_is_broken_by_another_process_that_was_long_in_coming_or_remembers_nothing(
    boot: str, after_ms: int, *, remembers: bool, is_broken: bool
) -> None:
    assert SIGHT.is_broken(boot, SIGHT.seen_ms + after_ms, remembers=remembers) is is_broken


def test_where_nobody_had_watched_yet_nothing_is_broken() -> None:
    assert not Sight().is_broken("field-1", AWAY_MS, remembers=False)


def test_a_sight_knows_its_memory_again_and_one_of_before_its_day_fits_every_memory() -> None:
    sight = Sight(boot="field-1", memory="stream-1", seen_ms=7)
    assert sight_of({STATE: sight.to_bytes()}, 0) == sight
    assert sight.shares("stream-1")
    assert not sight.shares("stream-2")
    assert sight_of({STATE: b'{"boot": "field-1", "seen_ms": 7}'}, 0).shares("stream-2")


@pytest.mark.parametrize("stored", [b"", b"[]", b'{"boot": 1}', b'{"boot": "x", "seen_ms": "soon"}'])
def test_what_cannot_be_read_ended_when_something_was_stored_last(stored: bytes) -> None:
    assert sight_of({STATE: stored}, 40) == Sight(seen_ms=40)

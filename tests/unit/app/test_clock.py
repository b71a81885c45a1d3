"""What is told of the time to those that ask for it."""

from __future__ import annotations

import time

import pytest

from gateway.app import clock


@pytest.mark.parametrize(("quality", "is_known"), [(clock.UNSET, False), (clock.HELD, False), (clock.SYNCED, True)])
def test_only_a_synchronised_clock_is_told(quality: int, is_known: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a parameter
    monkeypatch.setattr(clock, "clock_quality", lambda: quality)
    told = clock.known_time_s()
    assert (told is not None) is is_known
    assert told is None or abs(told - time.time()) < 2

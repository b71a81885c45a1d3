from __future__ import annotations

import pytest

from gateway.bus.job import Job, Why
from gateway.bus.statistics import TURNAROUNDS, BusStatistics
from gateway.model.transaction import Exchange, Failure


def exchange(first_byte_s: float = 0.0, failure: Failure | None = None) -> Exchange:
    return Exchange(unit=1, request=b"", sent_s=10.0, request_end_s=10.0, first_byte_s=first_byte_s, failure=failure)


def test_turnaround_is_from_the_request_s_end_to_the_first_byte_and_is_bounded() -> None:
    statistics = BusStatistics(1)
    for _ in range(2 * TURNAROUNDS):
        statistics.count(Job(Why.RING, 0), exchange(10.004))
    assert len(statistics.devices[0].turnarounds_s) == TURNAROUNDS
    assert statistics.devices[0].turnarounds_s[0] == pytest.approx(0.004)
    assert statistics.devices[0].answers == 2 * TURNAROUNDS


def test_what_nobody_answers_has_no_turnaround() -> None:
    statistics = BusStatistics(1)
    statistics.count(Job(Why.COMMAND, 0), exchange())
    assert not statistics.devices[0].turnarounds_s


def test_failures_are_counted_by_kind_and_device() -> None:
    statistics = BusStatistics(2)
    statistics.count(Job(Why.RING, 1), exchange(failure=Failure.CRC))
    assert statistics.devices[0].failures == {}
    assert statistics.devices[1].failures == {Failure.CRC: 1}
    assert statistics.transactions == {Why.RING: 1}

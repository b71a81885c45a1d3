"""Field's report of a line: counters as they are, turnarounds one device at a time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from gateway.bus.statistics import BusStatistics
from gateway.field.report import BusReporter

DEVICES = 3


def loop_of(statistics: BusStatistics) -> Any:
    planner = SimpleNamespace(ring_count=0, health=[SimpleNamespace(is_silent=False)] * DEVICES)
    devices = [SimpleNamespace(name=f"pile-{number}", index=number) for number in range(DEVICES)]
    return SimpleNamespace(bus=SimpleNamespace(statistics=statistics, planner=planner), devices=devices)


def test_every_device_has_its_percentiles_after_as_many_reports_as_there_are_devices() -> None:
    statistics = BusStatistics(DEVICES)
    for counted in statistics.devices[:2]:
        counted.turnarounds_s.extend(milliseconds / 1000 for milliseconds in range(1, 101))
        counted.answers = 100
    reporter = BusReporter(loop_of(statistics))
    first = cast("dict[str, Any]", reporter.report(1.0)["turnarounds_ms"])
    assert len(first) == 1
    for second in range(2, DEVICES + 1):
        reported = reporter.report(float(second))
    assert reported["turnarounds_ms"] == {"pile-0": (51.0, 100.0), "pile-1": (51.0, 100.0)}
    assert reported["answers"] == {"pile-0": 100, "pile-1": 100, "pile-2": 0}


def test_a_line_without_devices_has_none() -> None:
    loop = loop_of(BusStatistics(0))
    loop.devices = []
    assert BusReporter(loop).report(1.0)["turnarounds_ms"] == {}

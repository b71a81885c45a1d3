"""What a scraper reads is the text format of Prometheus, whatever a device or a reason is called."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.console.metrics import metrics

SAMPLE = re.compile(r'^[a-z_0-9]+(\{[a-z]+="(\\.|[^"\\\n])*"(,[a-z]+="(\\.|[^"\\\n])*")*\})? (NaN|-?[0-9.e+-]+)$')

BUS = {
    "load": 0.5,
    "ring_ms": 250.0,
    "link_losses": 1,
    "answers": {"pile-01": 10, "pile-02": 0},
    "failures": {"pile-01": {"crc": 2}},
    "silent": ["pile-02"],
    "turnarounds_ms": {"pile-01": [4.0, 9.0]},
}
LINES: dict[str, Any] = {"age_s": 0.4, "buses": {"line-1": BUS, "line-2": BUS}, "bounds_ms": {"pile-01": 437.1}}
SINK = {"name": "mqtt", "state": "online", "event_lag": 3, "reading_lag": 0, "records": 9, "refused_records": 0}


def test_each_bus_device_bound_and_sink_has_its_figures() -> None:
    text = metrics("1.0", LINES, [SINK], {"o/s/g/d/o": {"condition": "free"}, "a/x": {}})
    for sample in (
        'gateway_bus_load_ratio{bus="line-1"} 0.5',
        'gateway_device_failures_total{bus="line-2",device="pile-01",kind="crc"} 2',
        'gateway_device_up{bus="line-1",device="pile-02"} 0',
        'gateway_cutoff_bound_seconds{device="pile-01"} 0.4371',
        'gateway_uplink_event_lag{sink="mqtt"} 3',
        'gateway_outlets{condition="free"} 1',
        "gateway_alarms 1",
    ):
        assert sample in text.splitlines()


def test_all_samples_of_a_metric_stand_together_behind_one_head() -> None:
    names = [re.split(r"[{ ]", line)[0] for line in metrics("1", LINES, [SINK], {}).splitlines() if line[0] != "#"]
    groups = [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]
    assert len(groups) == len(set(groups))


def test_without_field_it_says_so() -> None:
    assert "gateway_field_up 0" in metrics("1", None, [], {}).splitlines()


@given(st.text(max_size=20))
def test_no_name_breaks_a_line(name: str) -> None:
    lines = {**LINES, "buses": {name: {**BUS, "answers": {name: 1}}}}
    for line in metrics(name, lines, [{**SINK, "name": name}], {}).split("\n")[:-1]:
        assert line.startswith("# ") or SAMPLE.fullmatch(line), line

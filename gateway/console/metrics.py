"""Figures for Prometheus, in its text format 0.0.4 (prometheus.io, "Exposition formats"). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Document = Mapping[str, Any]
    Sample = tuple[Mapping[str, str], float | None]

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def metrics(
    version: str, lines: Document | None, uplinks: Sequence[Document], documents: Mapping[str, Document]
) -> str:
    """Return everything that can be scraped; `lines` is field's report, `documents` those of the picture."""
    text = list(_metric("gateway_info", "gauge", "Which program this is.", [({"version": version}, 1)]))
    text += _metric("gateway_field_up", "gauge", "Whether field reports.", [({}, 0 if lines is None else 1)])
    if lines is not None:
        text += _of_field(lines)
        for name, bus in lines.get("buses", {}).items():
            text += _of_bus(name, bus)
    text += _of_uplinks(uplinks)
    text += _of_outlets(documents)
    return "\n".join(_grouped(text)) + "\n"


def _of_field(lines: Document) -> Iterator[str]:
    yield from _metric(
        "gateway_field_report_age_seconds", "gauge", "Age of field's report.", [({}, lines.get("age_s"))]
    )
    late_ms = lines.get("loop_late_worst_ms")
    late_s = None if late_ms is None else late_ms / 1000
    yield from _metric("gateway_loop_late_worst_seconds", "gauge", "The latest that the loop ever was.", [({}, late_s)])
    unsent = lines.get("unsent_events")
    yield from _metric("gateway_field_unsent_events", "gauge", "Events that edge has not stored yet.", [({}, unsent)])
    bounds = [({"device": name}, ms / 1000) for name, ms in lines.get("bounds_ms", {}).items()]
    yield from _metric("gateway_cutoff_bound_seconds", "gauge", "Guaranteed cutoff, one frame lost.", bounds)
    faults = [({"part": name}, count) for name, count in lines.get("faults", {}).items()]
    yield from _metric("gateway_field_faults_total", "counter", "Faults that field lived through.", faults)


def _of_bus(name: str, bus: Document) -> Iterator[str]:
    on = {"bus": name}
    yield from _metric(
        "gateway_bus_load_ratio", "gauge", "Share of time that the line is used.", [(on, bus.get("load"))]
    )
    ring_ms = bus.get("ring_ms")
    ring_s = None if ring_ms is None else ring_ms / 1000
    yield from _metric("gateway_bus_round_seconds", "gauge", "Time of a round over all devices.", [(on, ring_s)])
    losses = bus.get("link_losses")
    yield from _metric("gateway_bus_link_losses_total", "counter", "How often the line was lost.", [(on, losses)])
    answers = [(on | {"device": device}, count) for device, count in bus.get("answers", {}).items()]
    yield from _metric("gateway_device_answers_total", "counter", "Good answers.", answers)
    failures = [
        (on | {"device": device, "kind": kind}, count)
        for device, kinds in bus.get("failures", {}).items()
        for kind, count in kinds.items()
    ]
    yield from _metric("gateway_device_failures_total", "counter", "Transactions that brought nothing.", failures)
    silent = set(bus.get("silent", ()))
    up = [(on | {"device": device}, 0 if device in silent else 1) for device in bus.get("answers", {})]
    yield from _metric("gateway_device_up", "gauge", "Whether a device answers.", up)
    late = [(on | {"device": device}, ms[1] / 1000) for device, ms in bus.get("turnarounds_ms", {}).items()]
    yield from _metric("gateway_device_turnaround_p99_seconds", "gauge", "99th percentile of turnarounds.", late)


def _of_uplinks(uplinks: Sequence[Document]) -> Iterator[str]:
    def each(name: str) -> Iterator[Sample]:
        return (({"sink": sink["name"]}, sink.get(name)) for sink in uplinks)

    up: Iterator[Sample] = (({"sink": sink["name"]}, int(sink["state"] == "online")) for sink in uplinks)
    yield from _metric("gateway_uplink_up", "gauge", "Whether a sink takes records.", up)
    yield from _metric("gateway_uplink_event_lag", "gauge", "Events that wait for a sink.", each("event_lag"))
    yield from _metric("gateway_uplink_reading_lag", "gauge", "Readings that wait for a sink.", each("reading_lag"))
    yield from _metric("gateway_uplink_records_total", "counter", "Records that a sink has taken.", each("records"))
    refused = each("refused_records")
    yield from _metric(
        "gateway_uplink_refused_records_total", "counter", "Records that a sink would not take.", refused
    )


def _of_outlets(documents: Mapping[str, Document]) -> Iterator[str]:
    counts: dict[str, int] = {}
    for key, document in documents.items():
        if key.startswith("o/"):
            condition = document["condition"]
            counts[condition] = counts.get(condition, 0) + 1
    found: list[Sample] = [({"condition": name}, count) for name, count in sorted(counts.items())]
    yield from _metric("gateway_outlets", "gauge", "Outlets and doors in each condition.", found)
    alarms = sum(key.startswith("a/") for key in documents)
    yield from _metric("gateway_alarms", "gauge", "Alarms that are shown.", [({}, alarms)])


def _metric(name: str, kind: str, what: str, samples: Iterable[Sample]) -> Iterator[str]:
    known = [(labels, value) for labels, value in samples if value is not None]
    if known:
        yield f"# HELP {name} {what}"
        yield f"# TYPE {name} {kind}"
    for labels, value in known:
        said = ",".join(f'{label}="{text.translate(_ESCAPES)}"' for label, text in labels.items())
        yield f"{name}{{{said}}} {value:.12g}" if said else f"{name} {value:.12g}"


def _grouped(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines with all samples of a metric in one group behind its head, as the format wants them."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        name = line.split(" ")[2] if line.startswith("#") else line.replace("{", " ").split(" ")[0]
        group = groups.setdefault(name, [])
        if not line.startswith("#") or line not in group:
            group.append(line)
    for group in groups.values():
        yield from group

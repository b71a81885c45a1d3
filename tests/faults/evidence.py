"""What is kept of a charge that was judged wrong: told, read, switched, used and killed, on one line of time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.faults.gateway_under_test import Gateway

BEFORE_S, AFTER_S = 20.0, 10.0
"""How much is shown of the time before an order was accepted, and after it was settled."""

Line = tuple[float, str]


def course_of(shed: Gateway, order_id: str, shift_s: float, kills: Sequence[Line]) -> list[str]:
    """Return what happened at the outlet of an order, in s from its acceptance.

    `shift_s`: what has to be added to wall time to have the monotonic clock. `kills`: when (monotonic) who was killed.
    """
    accepted = shed.told("accepted").get(order_id)
    if accepted is None:
        return []
    target, zero_s = accepted[0]["target"], accepted[0]["ts"] / 1000 + shift_s
    settled = shed.told("settled").get(order_id)
    end_s = AFTER_S + (settled[-1]["ts"] / 1000 + shift_s if settled else zero_s)
    lines = [*_told(shed, target, shift_s), *_read(shed, target, shift_s), *_true(shed, target), *kills]
    return [f"{at_s - zero_s:+9.3f} {what}" for at_s, what in sorted(lines) if zero_s - BEFORE_S <= at_s <= end_s]


def _told(shed: Gateway, target: str, shift_s: float) -> Iterator[Line]:
    for event in shed.back_end.records():
        if event["target"] in (target, target.partition("/")[0]):
            said = json.dumps(event["body"], sort_keys=True)
            yield event["ts"] / 1000 + shift_s, f"told {event['kind']} {event['event_seq']}: {said[:400]}"


def _read(shed: Gateway, target: str, shift_s: float) -> Iterator[Line]:
    device, _, outlet = target.partition("/")
    for message in shed.watcher.of(f"telemetry/{device}"):
        values: dict[str, list[Any]] = message.get("values") or {}
        shown = {
            name: values[f"{outlet}/{name}"] for name in ("relay", "power", "energy") if f"{outlet}/{name}" in values
        }
        for place, ts in enumerate(message["ts"] if shown else ()):
            yield ts / 1000 + shift_s, "read " + ", ".join(f"{name} {found[place]}" for name, found in shown.items())


def _true(shed: Gateway, target: str) -> Iterator[Line]:
    name = "pile-{:02d}/outlet-{:02d}".format
    for switched in shed.switched():
        if name(switched.unit, switched.outlet + 1) == target:
            yield switched.at_s, f"the pile was told {'ON' if switched.on else 'OFF'}"
    for used in shed.used:
        if name(used.unit, used.outlet + 1) == target:
            yield used.at_s, "1 Wh has flowed"

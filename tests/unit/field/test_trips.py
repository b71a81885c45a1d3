"""Which bound a trip is held against, and what is told where it was not kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.alarm.phrases import read_as
from gateway.field.recorder import LONGEST_S, Recorder
from gateway.field.trips import Trips
from gateway.protection.decision import Element, Trip, TripCause

BOUNDS_MS = {"pile-01": {Element.DEFINITE_TIME: 300.0, Element.SMOKE: 12_000.0}}
NAMES = ("pile-01/outlet-01", "pile-01/outlet-02")
PICKED_UP_S = 9.0


class Shed:
    """A pile whose outlets trip at once; what is told of it."""

    def __init__(self, *elements: Element) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.now_s, self.recorder = 10.0, Recorder()
        events = SimpleNamespace(count=0, note=lambda kind, _, body, **__: self.told.append((kind, body)))
        self.trips = Trips(boot="b", bounds_ms=BOUNDS_MS, events=cast("Any", events), now=lambda: self.now_s)
        device = SimpleNamespace(name="pile-01", outlet_names=NAMES, behind=())
        causes = tuple(
            TripCause(outlet=n, element=element, measured=1.0, pickup=0.5, picked_up_s=PICKED_UP_S, latches=True)
            for n, element in enumerate(elements)
        )
        loop = cast("Any", SimpleNamespace(recorder=self.recorder))
        self.trips.loops = (loop,)
        self.trips.begin(loop, cast("Any", device), Trip(pile=0, outlets=causes))


@pytest.mark.parametrize(
    ("elements", "bound_ms"),
    [
        ((Element.DEFINITE_TIME, Element.DEFINITE_TIME), 300.0),
        ((Element.SMOKE,), 12_000.0),
        ((Element.DEFINITE_TIME, Element.SMOKE), 12_000.0),
        ((Element.SIGHT,), None),
        ((Element.DEFINITE_TIME, Element.INVERSE_TIME), None),
    ],
)
def test_a_trip_is_held_against_the_bound_of_what_tripped(
    elements: tuple[Element, ...], bound_ms: float | None
) -> None:
    assert [body["bound_ms"] for _, body in Shed(*elements).told] == [bound_ms]


@pytest.mark.parametrize(("took_ms", "element"), [(299.5, Element.DEFINITE_TIME), (12_000.5, Element.SIGHT)])
def test_a_bound_that_is_kept_or_was_never_given_is_no_alarm(took_ms: float, element: Element) -> None:
    assert alarms_after(took_ms, element) == []


def test_a_bound_that_was_not_kept_is_an_alarm_with_both_figures() -> None:
    (alarm,) = alarms_after(300.5, Element.DEFINITE_TIME)
    assert (alarm["alarm"], alarm["measured_ms"], alarm["bound_ms"]) == ("bound-missed", 300.5, 300.0)
    assert read_as(alarm["detail"], "zh-CN") == "300.5 ms，保证值 300.0 ms"


def alarms_after(took_ms: float, element: Element) -> list[dict[str, Any]]:
    shed = Shed(element)
    shed.recorder.sent(NAMES, PICKED_UP_S + took_ms / 1000)
    for record in shed.recorder._open:
        record.seen_below_s = PICKED_UP_S
    shed.now_s += LONGEST_S + 0.1
    shed.trips.close_due()
    return [body for kind, body in shed.told if kind == "alarm"]

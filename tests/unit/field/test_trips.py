"""Which bound a trip is held against."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.field.recorder import Recorder
from gateway.field.trips import Trips
from gateway.protection.decision import Element, Trip, TripCause

BOUNDS_MS = {"pile-01": {Element.DEFINITE_TIME: 300.0, Element.SMOKE: 12_000.0}}


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
    told: list[Any] = []
    events = SimpleNamespace(count=0, note=lambda *said, **_: told.append(said[2]))
    trips = Trips(boot="b", bounds_ms=BOUNDS_MS, events=cast("Any", events), now=lambda: 10.0)
    device = SimpleNamespace(name="pile-01", outlet_names=("pile-01/outlet-01", "pile-01/outlet-02"), behind=())
    causes = tuple(
        TripCause(outlet=n, element=element, measured=1.0, pickup=0.5, picked_up_s=9.0, latches=True)
        for n, element in enumerate(elements)
    )
    loop = SimpleNamespace(recorder=Recorder())
    trips.begin(cast("Any", loop), cast("Any", device), Trip(pile=0, outlets=causes))
    assert [body["bound_ms"] for body in told] == [bound_ms]

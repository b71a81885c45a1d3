"""Each trip: told at once with its causes, recorded, and held against its bound when the record is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.field.recorder import TripRecord
from gateway.field.telling import cause_body
from gateway.model.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.field.device import FieldDevice
    from gateway.field.events import Events
    from gateway.field.loop import ControlLoop
    from gateway.protection.decision import Element, Trip

    Bounds = Mapping[Element, float]


class Trips:
    """The trips of one field process. `bounds_ms` says for each device how long which function may take at most.

    `behind`, in what is told, are the devices that a meter's trip has cut off; their orders end with it.
    """

    def __init__(self, *, boot: str, bounds_ms: Mapping[str, Bounds], events: Events, now: Callable[[], float]) -> None:
        self._boot = boot
        self._bounds_ms = bounds_ms
        self._events = events
        self._now = now
        self.loops: tuple[ControlLoop, ...] = ()

    def begin(self, loop: ControlLoop, device: FieldDevice, trip: Trip) -> None:
        """Tell of a trip, and record it from now on."""
        picked_up_s = min(cause.picked_up_s for cause in trip.outlets)
        record = TripRecord(
            trip_id=f"{self._boot}-t{self._events.count + 1}",
            device=device.name,
            outlets=tuple(device.outlet_names[cause.outlet] for cause in trip.outlets),
            bound_ms=self._bound_ms(device, trip),
            decided_s=self._now(),
            picked_up_s=picked_up_s,
            seen_below_s=loop.recorder.last_below_s(picked_up_s),
            before=[],
        )
        loop.recorder.begin(record)
        causes = [cause_body(cause, device) for cause in trip.outlets]
        body = {"stage": "tripped", "trip_id": record.trip_id, "bound_ms": record.bound_ms, "causes": causes}
        behind = {"behind": list(device.behind)} if device.behind else {}
        self._events.note(EventKind.TRIP, device.name, {**body, **behind}, remembers=loop)

    def _bound_ms(self, device: FieldDevice, trip: Trip) -> float | None:
        """Return the bound of the slowest function that has tripped; None where one of them has none."""
        bounds_ms = self._bounds_ms.get(device.name, {})
        found = [bounds_ms.get(cause.element) for cause in trip.outlets]
        known = [ms for ms in found if ms is not None]
        return max(known) if len(known) == len(found) else None

    def close_due(self) -> None:
        """Tell the records that are complete, and each bound that was missed."""
        now_s = self._now()
        for loop in self.loops:
            for record in loop.recorder.close_due(now_s):
                self._recorded(record)

    def _recorded(self, record: TripRecord) -> None:
        self._events.note(EventKind.TRIP, record.device, {"stage": "recorded", **record.body()})
        measured_ms, bound_ms = record.measured_ms, record.bound_ms
        if measured_ms is not None and bound_ms is not None and measured_ms > bound_ms:
            figures = {"measured_ms": round(measured_ms, 3), "bound_ms": bound_ms, "trip_id": record.trip_id}
            said = f"{measured_ms:.1f} ms, guaranteed {bound_ms:.1f} ms"
            body = {"alarm": "bound-missed", "active": True, "detail": said, **figures}
            self._events.note(EventKind.ALARM, record.device, body)

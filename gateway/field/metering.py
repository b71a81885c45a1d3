"""What the energy registers show while a grant keeps an outlet on, told as events: edge may be away meanwhile.

Told are the last reading before the ON, the first rise after it, one reading every so often, the last before the end,
and the first after the OFF. So whoever reads the events later has the energy of the whole run, and roughly its course.
Wild values are told as they are: to judge them, one has to know those that follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.event import EventKind
from gateway.model.register import Reading
from gateway.wire.outbox import EVENT_RING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.field.events import Events
    from gateway.field.grants import GrantBook
    from gateway.wire.outbox import Outbox

EVERY_S = 600.0
"""How often a reading is told while it changes: so far apart are two that have an edge of a tariff between them."""

OFF_S = 1.0
"""So long after a grant's end a reading counts as after its OFF: frame, relay and meter are done by then."""


@dataclass(slots=True)
class Run:
    """One order's run at an outlet, as far as it was told. `has_risen`: a rise since the first reading was told."""

    order_id: str
    told: Reading | None = None
    has_risen: bool = False


class Metering:
    """The outlets of one field process."""

    def __init__(self, *, events: Events, outbox: Outbox, grants: GrantBook, now: Callable[[], float]) -> None:
        self._events = events
        self._outbox = outbox
        self._grants = grants
        self._now = now
        self._last: dict[str, Reading] = {}
        self._runs: dict[str, Run] = {}
        self._closing: dict[str, tuple[str, float]] = {}

    def started(self, outlet: str, order_id: str) -> None:
        """Take the ON of an outlet: what it showed before counts as the beginning, because off it adds nothing."""
        is_known = self._closing.pop(outlet, None) is None
        run = self._runs[outlet] = Run(order_id)
        last = self._last.get(outlet)
        if is_known and last is not None:
            self._tell(outlet, run, last, "on")

    def read(self, outlet: str, register_wh: float, taken_s: float) -> None:
        """Take a reading."""
        reading = self._last[outlet] = Reading(register_wh, taken_s)
        running = self._grants.of(outlet)
        if running is not None and running.closed_s is not None:
            run = self._runs.setdefault(outlet, Run(running.grant.order_id))
            if self._is_due(run, reading) and self._has_room:
                self._tell(outlet, run, reading, "on" if run.told is None else "runs")
        elif (closing := self._closing.get(outlet)) is not None and reading.taken_s >= closing[1] + OFF_S:
            del self._closing[outlet]
            self._tell(outlet, Run(closing[0]), reading, "off")

    def ended(self, outlet: str, order_id: str) -> None:
        """Take the end of a grant, whose OFF is on its way: tell the last reading before it, and wait for the next."""
        run, last = self._runs.pop(outlet, None), self._last.get(outlet)
        if run is not None and last is not None and last != run.told:
            self._tell(outlet, run, last, "runs")
        if last is not None:
            self._closing[outlet] = (order_id, self._now())

    @property
    def _has_room(self) -> bool:
        """Whether events that only say how it goes may be kept; the other half of the ring is for what happens."""
        return self._outbox.events_to - self._outbox.events_from < EVENT_RING // 2

    def _is_due(self, run: Run, reading: Reading) -> bool:
        if run.told is None:
            return True
        is_rise = not run.has_risen and reading.wh > run.told.wh
        return is_rise or (reading.wh != run.told.wh and reading.taken_s - run.told.taken_s >= EVERY_S)

    def _tell(self, outlet: str, run: Run, reading: Reading, when: str) -> None:
        run.has_risen = run.has_risen or (run.told is not None and reading.wh > run.told.wh)
        run.told = reading
        age_s = round(self._now() - reading.taken_s, 3)
        body = {"metered": when, "order_id": run.order_id, "register_wh": reading.wh, "age_s": age_s}
        self._events.note(EventKind.DEVICE, outlet, body)

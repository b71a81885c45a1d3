"""Devices that ask for the time are told it where it is known for certain: a false time is worse than none.

Field itself needs no wall clock. A device that is not answered asks again, and goes on with a clock of its own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.bus.driver import Report
    from gateway.field.device import FieldDevice
    from gateway.field.events import Events
    from gateway.field.loop import ControlLoop
    from gateway.field.reported import Answering

WORD = 0x1_0000
ALARM = "time-not-told"
WHY = "this machine's clock is not synchronised: the device's own clock stays as it is"


class TimeAsked:
    """`known_time_s` returns Unix time, or None where it is in doubt."""

    def __init__(self, *, known_time_s: Callable[[], int | None], events: Events, answering: Answering) -> None:
        self._known_time_s = known_time_s
        self._events = events
        self._answering = answering

    def take(self, loop: ControlLoop, device: FieldDevice, report: Report) -> bool:
        """Take a report; return whether it asked for the time."""
        if not report.wants_time or report.answer is None:
            return False
        time_s = self._known_time_s()
        self._events.alarm(device.name, ALARM, active=time_s is None, detail=WHY)
        if time_s is not None:
            self._answering.tell(loop, device, replace(report.answer, values=divmod(time_s, WORD)))
        return True

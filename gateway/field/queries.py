"""Devices that tell how they are when they are asked to: asked when they are met, and after each start and end there.

Their answer comes when they like, as messages. Where one of these says that the device has started, it says so because
it was asked: that is no news, and no reason to ask again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from gateway.bus.driver import Report
    from gateway.field.device import FieldDevice
    from gateway.field.loop import ControlLoop
    from gateway.field.reported import Answering
    from gateway.model.wiring import Write

ANSWERED_WITHIN_S = 60.0
"""How long the answer may take on a line whose many devices speak in turn."""


@dataclass(slots=True)
class Queried:
    """One such device. `asked`: how often its answer is still to come, last at `sent_s`; `known`: what it has said."""

    loop: ControlLoop
    device: FieldDevice
    write: Write
    is_due: bool = True
    asked: int = 0
    sent_s: float = 0.0
    known: bytes | None = None


class Queries:
    """All such devices of one field process. `contact` is told of every device that may have forgotten its settings."""

    def __init__(
        self, *, answering: Answering, contact: Callable[[FieldDevice], None], now: Callable[[], float]
    ) -> None:
        self._answering = answering
        self._contact = contact
        self._now = now
        self._queried: dict[str, Queried] = {}

    def place(self, loops: Iterable[ControlLoop]) -> None:
        """Find the devices that can be asked."""
        for loop in loops:
            for device in loop.devices:
                if device.model.query is not None:
                    self._queried[device.name] = Queried(loop, device, device.model.query)

    def met(self, device: FieldDevice) -> None:
        """Take note that a device is there, for the first time or anew: what it was told before may be gone."""
        self._contact(device)
        self.wanted(device.name)

    def wanted(self, device: str) -> None:
        """Have a device asked soon: something has changed that only it can tell."""
        if device in self._queried:
            self._queried[device].is_due = True

    def ask(self, away: Container[str]) -> None:
        """Ask those that are due, once each; `away` are devices that would not hear it."""
        for queried in self._queried.values():
            if queried.is_due and queried.device.name not in away:
                is_fresh = self._now() - queried.sent_s <= ANSWERED_WITHIN_S
                queried.asked = queried.asked + 1 if is_fresh else 1
                queried.is_due, queried.sent_s = False, self._now()
                self._answering.tell(queried.loop, queried.device, queried.write)

    def take(self, loop: ControlLoop, device: FieldDevice, report: Report) -> bool:
        """Take a report; return whether it only says once more, because it was asked, that its device has started."""
        if not report.has_started:
            return False
        if not self._is_answer(device.name, report):
            self.met(device)
            return False
        if report.answer is not None:
            self._answering.tell(loop, device, report.answer)
        return True

    def _is_answer(self, device: str, report: Report) -> bool:
        queried = self._queried.get(device)
        if queried is None:
            return False
        known, queried.known = queried.known, report.payload
        is_late = self._now() - queried.sent_s > ANSWERED_WITHIN_S
        if known != report.payload or not queried.asked or is_late:
            return False
        queried.asked -= 1
        return True

"""The devices' own communication-loss watchdogs: armed at each contact, read back, armed again where one is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.scan import Quality

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from gateway.field.device import FieldDevice
    from gateway.field.loop import ControlLoop
    from gateway.model.scan import Scan

ARM_AGAIN_S = 5.0
"""How long an arming may take to show; a reading after that which does not show it is an alarm."""


@dataclass(slots=True)
class Leased:
    """One device with a watchdog: where its setting is in which layout, and what must stand there."""

    loop: ControlLoop
    device: FieldDevice
    layout: int
    start: int
    wanted: bytes
    is_due: bool = True
    sent_s: float | None = None


class Leases:
    """All watchdogs of one field process."""

    def __init__(self) -> None:
        self._leased: dict[str, Leased] = {}
        self._by_layout: dict[int, Leased] = {}

    def place(self, loops: Iterable[ControlLoop]) -> None:
        """Find the devices that have one and where it is read back."""
        for loop in loops:
            for device in loop.devices:
                found = _leased(loop, device)
                if found is not None:
                    self._leased[device.name] = self._by_layout[found.layout] = found

    def contact(self, device: FieldDevice) -> None:
        """Take note that a device answers, for the first time or again: what it was told before may be gone."""
        if device.name in self._leased:
            self._leased[device.name].is_due = True

    def due(self, away: Container[str]) -> list[Leased]:
        """Return the watchdogs to be armed now; `away` are devices that would not hear it."""
        return [leased for leased in self._leased.values() if leased.is_due and leased.device.name not in away]

    def read(self, scan: Scan, now_s: float) -> tuple[str, bool] | None:
        """Take a scan; return which device is armed or not, where it says so for certain."""
        leased = self._by_layout.get(scan.layout)
        if leased is None or scan.quality is not Quality.GOOD:
            return None
        if scan.raw[leased.start : leased.start + len(leased.wanted)] == leased.wanted:
            return leased.device.name, True
        if leased.sent_s is None or now_s - leased.sent_s < ARM_AGAIN_S:
            return None
        leased.is_due = True
        return leased.device.name, False


def _leased(loop: ControlLoop, device: FieldDevice) -> Leased | None:
    lease = device.model.lease
    if lease is None:
        return None
    wanted = b"".join(value.to_bytes(2, "big") for value in lease.arm.values)
    for layout in device.layouts:
        if layout.block.contains(lease.armed):
            return Leased(loop, device, layout.number, 2 * (lease.armed.address - layout.block.address), wanted)
    return None

"""What a device must hold by itself: set at each contact, read back, set again where it is not so.

That is its own communication-loss watchdog (the lease), and the power above which it cuts an outlet off itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.scan import Quality
from gateway.model.wiring import Block

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from gateway.field.device import FieldDevice
    from gateway.field.loop import ControlLoop
    from gateway.model.scan import Scan
    from gateway.model.wiring import Write

LEASE_ALARM, LIMIT_ALARM = "lease-not-armed", "own-limit-not-set"
ARM_AGAIN_S = 5.0
"""How long an arming may take to show; a reading after that which does not show it is an alarm."""


@dataclass(slots=True)
class Leased:
    """One setting of a device: what sets it, where it is in which layout, and what must stand there."""

    loop: ControlLoop
    device: FieldDevice
    write: Write
    alarm: str
    layout: int
    start: int
    wanted: bytes
    is_due: bool = True
    sent_s: float | None = None


class Leases:
    """All such settings of one field process."""

    def __init__(self) -> None:
        self._leased: list[Leased] = []

    def place(self, loops: Iterable[ControlLoop]) -> None:
        """Find the devices that have one and where it is read back."""
        self._leased = [leased for loop in loops for device in loop.devices for leased in _leased(loop, device)]

    def contact(self, device: FieldDevice) -> None:
        """Take note that a device answers, for the first time or again: what it was told before may be gone."""
        for leased in self._leased:
            if leased.device is device:
                leased.is_due = True

    def set(self, away: Container[str], now_s: float, tell: Callable[[ControlLoop, FieldDevice, Write], None]) -> None:
        """Set what is due, once; `away` are devices that would not hear it."""
        for leased in self._leased:
            if leased.is_due and leased.device.name not in away:
                leased.is_due, leased.sent_s = False, now_s
                tell(leased.loop, leased.device, leased.write)

    def read(self, scan: Scan, now_s: float) -> list[tuple[Leased, bool]]:
        """Take a scan; return what is set or not, where it says so for certain."""
        if scan.quality is not Quality.GOOD:
            return []
        return [(one, is_set) for one in self._leased if (is_set := _is_set(one, scan, now_s)) is not None]


def _is_set(leased: Leased, scan: Scan, now_s: float) -> bool | None:
    if scan.layout != leased.layout:
        return None
    if scan.raw[leased.start : leased.start + len(leased.wanted)] == leased.wanted:
        return True
    if leased.sent_s is None or now_s - leased.sent_s < ARM_AGAIN_S:
        return None
    leased.is_due = True
    return False


def _leased(loop: ControlLoop, device: FieldDevice) -> Iterator[Leased]:
    lease, limit = device.model.lease, device.model.own_limit
    wanted: list[tuple[Write, str, Block, tuple[int, ...]]] = []
    if lease is not None:
        wanted.append((lease.arm, LEASE_ALARM, lease.armed, lease.arm.values))
    if limit is not None and device.own_limit is not None:
        shown = Block(limit.shown.table, limit.shown.address, limit.shown.span)
        wanted.append((device.own_limit, LIMIT_ALARM, shown, (device.own_limit.values[limit.value],)))
    for write, alarm, shown, values in wanted:
        for layout in device.layouts:
            if layout.block.contains(shown):
                start = 2 * (shown.address - layout.block.address)
                raw = b"".join(value.to_bytes(2, "big") for value in values)
                yield Leased(loop, device, write, alarm, layout.number, start, raw)

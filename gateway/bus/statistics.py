"""What a line has been doing, counted: answers, failures by kind, noise, turnaround, load. Bounded."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.model.transaction import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.bus.driver import Report, Skipped
    from gateway.bus.job import Job
    from gateway.model.transaction import Exchange

TURNAROUNDS = 256
"""Turnarounds kept for each device: enough for a 99th percentile, small enough to forget last week."""


@dataclass(slots=True)
class DeviceStatistics:
    """Counters of one device since start."""

    answers: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    noise: Counter[str] = field(default_factory=Counter)
    reports: Counter[str] = field(default_factory=Counter)
    turnarounds_s: deque[float] = field(default_factory=lambda: deque(maxlen=TURNAROUNDS))


class BusStatistics:
    """Counters of one line since start."""

    def __init__(self, devices: int) -> None:
        self.devices = [DeviceStatistics() for _ in range(devices)]
        self.transactions: Counter[str] = Counter()
        self.busy_s = 0.0
        self.stray_bytes = 0
        self.broken_silences = 0
        self.link_losses = 0

    def count(self, job: Job, exchange: Exchange) -> None:
        """Book a finished transaction."""
        device = self.devices[job.device]
        if exchange.failure is None:
            device.answers += 1
            if exchange.first_byte_s:  # nobody answers a broadcast
                device.turnarounds_s.append(exchange.first_byte_s - exchange.request_end_s)
        elif exchange.failure is not Failure.QUIET:
            device.failures[exchange.failure] += 1
        self.transactions[job.why] += 1

    def note_report(self, device: int, report: Report) -> None:
        """Book what a device has told by itself."""
        self.devices[device].reports[report.name] += 1

    def note_noise(self, device: int, noise: Iterable[Skipped]) -> None:
        """Book bytes that were passed over in a device's window."""
        for part in noise:
            self.devices[device].noise[part.noise] += 1

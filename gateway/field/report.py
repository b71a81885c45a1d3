"""How the lines are doing, once a second, for whoever looks: demo, diagnosis, metrics. Written where memory is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.bus.statistics import DeviceStatistics
    from gateway.field.loop import ControlLoop
    from gateway.field.process import Field


MEDIAN, NEAR_ALL = 0.5, 0.99


class BusReporter:
    """What one bus did since the last report. The turnarounds of one device are looked at each time: sorting takes."""

    def __init__(self, loop: ControlLoop) -> None:
        self._loop = loop
        self._busy_s = 0.0
        self._rings = 0
        self._at_s: float | None = None
        self._turn = 0
        self._turnarounds_ms: dict[str, tuple[float, float]] = {}

    def report(self, now_s: float) -> dict[str, object]:
        """Return load and round time of the last interval, and the counters since start."""
        bus = self._loop.bus
        statistics, rings = bus.statistics, bus.planner.ring_count
        passed_s = now_s - self._at_s if self._at_s is not None else 0.0
        done = rings - self._rings
        values: dict[str, object] = {
            "load": round((statistics.busy_s - self._busy_s) / passed_s, 3) if passed_s else None,
            "ring_ms": round(1000 * passed_s / done, 1) if done and passed_s else None,
            "devices": len(self._loop.devices),
            "silent": [d.name for d in self._loop.devices if bus.planner.health[d.index].is_silent],
            "failures": {
                device.name: dict(counted.failures)
                for device, counted in zip(self._loop.devices, statistics.devices, strict=True)
                if counted.failures
            },
            "answers": {
                device.name: counted.answers
                for device, counted in zip(self._loop.devices, statistics.devices, strict=True)
            },
            "noise": {
                device.name: dict(counted.noise)
                for device, counted in zip(self._loop.devices, statistics.devices, strict=True)
                if counted.noise
            },
            "turnarounds_ms": self._turnarounds(statistics.devices),
            "stray_bytes": statistics.stray_bytes,
            "link_losses": statistics.link_losses,
            "broken_silences": statistics.broken_silences,
        }
        self._busy_s, self._rings, self._at_s = statistics.busy_s, rings, now_s
        return values

    def _turnarounds(self, counted: list[DeviceStatistics]) -> dict[str, tuple[float, float]]:
        """Return the 50th and the 99th percentile of each device, in ms."""
        if counted:
            self._turn = (self._turn + 1) % len(counted)
            found = sorted(counted[self._turn].turnarounds_s)
            if found:
                middle, late = (found[min(int(share * len(found)), len(found) - 1)] for share in (MEDIAN, NEAR_ALL))
                name = self._loop.devices[self._turn].name
                self._turnarounds_ms[name] = (round(1000 * middle, 1), round(1000 * late, 1))
        return dict(self._turnarounds_ms)


class Reporter:
    """The report of a whole field process."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._buses = {loop.bus.name: BusReporter(loop) for loop in field.loops}

    def report(self, now_s: float) -> dict[str, object]:
        """Return a JSON-able report; `bounds_ms` are those with one frame lost."""
        return {
            "at_s": round(now_s, 3),
            "boot": self._field.boot,
            "buses": {name: bus.report(now_s) for name, bus in self._buses.items()},
            "bounds_ms": {name: round(bound, 1) for name, bound in self._field.bounds_ms.items()},
            "faults": dict(self._field.faults),
            "unsent_events": len(self._field.outbox.unacknowledged),
        }

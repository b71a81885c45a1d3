"""How the lines are doing, once a second, for whoever looks: demo, diagnosis, metrics. Written where memory is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.field.loop import ControlLoop
    from gateway.field.process import Field


class BusReporter:
    """What one bus did since the last report."""

    def __init__(self, loop: ControlLoop) -> None:
        self._loop = loop
        self._busy_s = 0.0
        self._rings = 0
        self._at_s: float | None = None

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
            "link_losses": statistics.link_losses,
            "broken_silences": statistics.broken_silences,
        }
        self._busy_s, self._rings, self._at_s = statistics.busy_s, rings, now_s
        return values


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

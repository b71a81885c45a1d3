"""How many values of a time become few, without losing a peak. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COUNT = 300
"""Values of each series that a page is told at most."""


@dataclass(slots=True)
class Buckets:
    """The lowest and the highest value of each stretch of time, so that no peak is lost however few are told."""

    from_ms: int
    to_ms: int
    count: int = COUNT
    units: dict[str, str] = field(default_factory=dict)
    _found: dict[str, dict[int, list[float]]] = field(default_factory=dict)

    def take(self, name: str, unit: str, ts_ms: float, value: float) -> None:
        """Take one value of a series; what lies outside of the time is left out."""
        if not self.from_ms <= ts_ms < self.to_ms:
            return
        self.units[name] = unit
        place = int((ts_ms - self.from_ms) * self.count / (self.to_ms - self.from_ms))
        known = self._found.setdefault(name, {}).setdefault(place, [ts_ms, value, value])
        known[1], known[2] = min(known[1], value), max(known[2], value)

    def result(self) -> dict[str, Any]:
        """Return the series: unit, and when, the lowest and the highest, each as a list."""
        return {name: self._series(name) for name in sorted(self._found)}

    def _series(self, name: str) -> dict[str, Any]:
        rows = [row for _, row in sorted(self._found[name].items())]
        ts, low, high = ([row[column] for row in rows] for column in range(3))
        return {"unit": self.units[name], "ts": [round(each) for each in ts], "low": low, "high": high}

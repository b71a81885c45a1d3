"""What was measured at an outlet around a moment: the route, and how many values become few."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, HTTPException, Query

from gateway.console.access.guard import Viewer  # noqa: TC001 - read by FastAPI
from gateway.console.acting import NAME
from gateway.model.errors import GatewayError

LONGEST_MS = 900_000
COUNT = 300
"""Values of each series that a page is told at most."""

Target = Annotated[str, Query(pattern=rf"^{NAME}/{NAME}$", description="device/outlet")]
Moment = Annotated[int, Query(ge=0, le=2**53, description="ms since 1970")]


@dataclass(slots=True)
class Buckets:
    """The lowest and the highest value of each stretch of time, so that no peak is lost however few are told. Pure."""

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


class Readings(Protocol):
    """What was measured, here or far away."""

    async def history(self, target: str, buckets: Buckets) -> None:
        """Put what was measured at an outlet into buckets. Raises `GatewayError` while the log is too busy."""


def history(readings: Readings) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/api", tags=["looking"])

    @router.get(
        "/history",
        summary="Current, power and temperature of an outlet, at most 15 minutes of them",
        responses={400: {"description": "No such time."}, 503: {"description": "The log is busy."}},
    )
    async def measured(_who: Viewer, outlet: Target, begin: Moment, end: Moment) -> dict[str, Any]:
        if not 0 < end - begin <= LONGEST_MS:
            raise HTTPException(400, "not-understood")
        buckets = Buckets(begin, end)
        try:
            await readings.history(outlet, buckets)
        except GatewayError:
            raise HTTPException(503, "busy") from None
        return {"begin": begin, "end": end, "series": buckets.result()}

    return router

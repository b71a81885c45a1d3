"""The route of a trip's record: what was on the line around it, as field has kept it."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, HTTPException, Path

from gateway.console.access.guard import Viewer  # noqa: TC001 - read by FastAPI
from gateway.model.errors import GatewayError

TripId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$")]


class Recorded(Protocol):
    """Who keeps the records of trips."""

    async def trip(self, trip_id: str) -> dict[str, Any] | None:
        """Return the record of a trip with its `ts`; None where there is none, or none yet. Raises `GatewayError`."""


def records(recorded: Recorded) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/api", tags=["looking"])

    @router.get(
        "/trips/{trip_id}",
        summary="The record of a trip: its times, and the frames before and after it",
        responses={404: {"description": "There is none, or none yet."}, 503: {"description": "The log is busy."}},
    )
    async def record(_who: Viewer, trip_id: TripId) -> dict[str, Any]:
        try:
            found = await recorded.trip(trip_id)
        except GatewayError:
            raise HTTPException(503, "busy") from None
        if found is None:
            raise HTTPException(404, "no-record")
        return found

    return router

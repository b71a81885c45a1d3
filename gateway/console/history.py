"""What was measured at an outlet around a moment: the route."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, HTTPException, Query

from gateway.console.access.guard import Viewer  # noqa: TC001 - read by FastAPI
from gateway.console.acting import NAME
from gateway.console.buckets import Buckets
from gateway.model.errors import GatewayError

LONGEST_MS = 900_000
WHYS = frozenset({"broker-away", "gateway-away", "no-answer", "unknown-kind"})
"""Why it cannot be said, as words for pages; everything else is a log that is busy."""

Target = Annotated[
    str,
    Query(pattern=rf"^({NAME}/{NAME}/)?{NAME}/{NAME}$", description="device/outlet, behind SITE/GATEWAY/ of many"),
]
Moment = Annotated[int, Query(ge=0, le=2**53, description="ms since 1970")]


class Readings(Protocol):
    """What was measured, here or far away."""

    async def history(self, target: str, buckets: Buckets) -> None:
        """Put what was measured at an outlet into buckets. Raises `GatewayError` where nobody can say it now."""


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
        except GatewayError as error:
            raise HTTPException(503, str(error) if str(error) in WHYS else "busy") from None
        return {"begin": begin, "end": end, "series": buckets.result()}

    return router

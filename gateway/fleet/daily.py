"""The route of what a day came to at each gateway."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from fastapi import APIRouter, HTTPException

from gateway.console.access.guard import Viewer  # noqa: TC001 - read by FastAPI
from gateway.console.orders import Day  # noqa: TC001 - read by FastAPI
from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gateway.fleet.day import ShedDay


class Days(Protocol):
    """What days came to."""

    def today(self) -> date:
        """Return which day it is."""

    async def days(self, day: date) -> Sequence[ShedDay]:
        """Return a day of each gateway. Raises `GatewayError` where the store cannot be read."""


def daily(days: Days) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/api", tags=["orders"])

    @router.get("/shed-days", summary="Turnover, money, occupied after full and line loss of each gateway, by day")
    async def of_day(_who: Viewer, day: Day | None = None) -> dict[str, Any]:
        wanted = day or days.today()
        try:
            found = await days.days(wanted)
        except GatewayError as error:
            raise HTTPException(503, str(error)) from error
        return {"day": wanted.isoformat(), "sheds": [asdict(each) for each in found]}

    return router

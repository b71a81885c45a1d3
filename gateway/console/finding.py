"""The route of those who look for an order, running or long over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Protocol

from fastapi import APIRouter, HTTPException, Query

from gateway.console.access.guard import Viewer  # noqa: TC001 - read by FastAPI
from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 20
Wanted = Annotated[str, Query(pattern=r"^[A-Za-z0-9_./-]{2,130}$")]


class Past(Protocol):
    """What is remembered of orders, here or far away."""

    async def stories(self, said: str, most: int) -> Sequence[dict[str, Any]]:
        """Return the latest orders with this number (or a part of it), or at this device/outlet. `GatewayError`."""


def finding(past: Past) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/api", tags=["looking"])

    @router.get(
        "/stories",
        summary="The latest orders of a number, or of a device/outlet, with what ended them",
        responses={503: {"description": "The log is busy."}},
    )
    async def stories(_who: Viewer, said: Wanted) -> list[dict[str, Any]]:
        try:
            return list(await past.stories(said, MOST))
        except GatewayError:
            raise HTTPException(503, "busy") from None

    return router

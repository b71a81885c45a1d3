"""The routes of how the gateway itself is doing: its lines, its uplinks, its configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from fastapi import APIRouter, HTTPException

from gateway.console.access.guard import Operator, Viewer  # noqa: TC001 - read by FastAPI
from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Sequence

Document = dict[str, Any]


class Workings(Protocol):
    """What the local console knows of its own gateway."""

    async def lines(self) -> Document | None:
        """Return field's newest report and its age in seconds (`age_s`); None where there is none."""

    async def uplinks(self) -> Sequence[Document]:
        """Return how each sink stands, and how many records wait for it. Raises `GatewayError`."""

    async def configuration(self) -> Document:
        """Return the site file and what its promises add up to. Raises `GatewayError`."""


def workings(works: Workings) -> APIRouter:
    """Return the routes over one gateway's workings."""
    router = APIRouter(prefix="/api", tags=["workings"])

    @router.get(
        "/lines", summary="What each line has been doing", responses={404: {"description": "Field reports nothing."}}
    )
    async def lines(_who: Viewer) -> Document:
        found = await works.lines()
        if found is None:
            raise HTTPException(404, "no-field-report")
        return found

    @router.get("/uplinks", summary="How each sink stands", responses={503: {"description": "The log refuses."}})
    async def uplinks(_who: Viewer) -> dict[str, list[Document]]:
        try:
            return {"uplinks": list(await works.uplinks())}
        except GatewayError as error:
            raise HTTPException(503, str(error)) from error

    @router.get(
        "/configuration",
        summary="The site file and its budget, as `gateway check` adds it up",
        responses={503: {"description": "It cannot be read."}},
    )
    async def configuration(_who: Operator) -> Document:
        try:
            return await works.configuration()
        except GatewayError as error:
            raise HTTPException(503, str(error)) from error

    return router

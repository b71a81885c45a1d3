"""The route of those who look for an outlet where there are more than a page is told of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Protocol

from fastapi import APIRouter, Query

from gateway.console.access.guard import Viewer  # noqa: TC001 - read by FastAPI

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 100
Said = Annotated[str, Query(min_length=1, max_length=64, description="a sticker's code, a name, an order; or a part")]


class Outlets(Protocol):
    """All outlets and doors, wherever they are."""

    def seek(self, said: str) -> Sequence[dict[str, Any]]:
        """Return the outlets that fit, each with its `path` SITE/GATEWAY/DEVICE/OUTLET; those of this code first."""


def seeking(outlets: Outlets) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/api", tags=["looking"])

    @router.get("/outlets", summary="The outlets and doors of all gateways that fit a word")
    async def found(_who: Viewer, said: Said) -> dict[str, Any]:
        fitting = outlets.seek(said.strip().lower())
        return {"outlets": fitting[:MOST], "more": max(0, len(fitting) - MOST)}

    return router

"""What machines read: `/metrics`, for Prometheus, which shows the token of a scraper; who is signed in sees it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from gateway.console.access.guard import Scraper  # noqa: TC001 - read by FastAPI

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TEXT = "text/plain; version=0.0.4; charset=utf-8"


def machines(scrape: Callable[[], Awaitable[str]]) -> APIRouter:
    """Return the route; `scrape` gives the text."""
    router = APIRouter(tags=["machines"])

    @router.get("/metrics", summary="Figures in the text format of Prometheus", response_class=Response)
    async def figures(_who: Scraper) -> Response:
        return Response(await scrape(), media_type=TEXT)

    return router

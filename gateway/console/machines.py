"""What machines read: `/metrics`, for Prometheus. It shows a token, kept in a file on the box, or is signed in."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request, Response

from gateway.console.access.roles import Who

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TEXT = "text/plain; version=0.0.4; charset=utf-8"
SCHEME = "bearer"


def machines(scrape: Callable[[], Awaitable[str]], token: str) -> APIRouter:
    """Return the route; `scrape` gives the text."""
    router = APIRouter(tags=["machines"])

    @router.get(
        "/metrics",
        summary="Figures in the text format of Prometheus",
        response_class=Response,
        responses={401: {"description": "Neither the token nor a session."}},
    )
    async def figures(request: Request) -> Response:
        if not isinstance(getattr(request.state, "who", None), Who) and not _shows(request, token):
            raise HTTPException(401, "sign-in")
        return Response(await scrape(), media_type=TEXT)

    return router


def _shows(request: Request, token: str) -> bool:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == SCHEME and compare_digest(shown.strip().encode(), token.encode())

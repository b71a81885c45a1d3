"""The routes of those who look: the snapshot, and the stream of what changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Response
from fastapi.responses import StreamingResponse

from gateway.console.access.guard import Viewer  # noqa: TC001 - read by FastAPI
from gateway.console.live import VIEWERS, Live
from gateway.console.scopes import SCOPE

if TYPE_CHECKING:
    from gateway.console.scopes import Scopes

Scope = Annotated[str, Query(pattern=f"^{SCOPE.pattern}$", description="SITE/GATEWAY: the outlets of this one too")]
NEVER_KEPT = {"cache-control": "no-store"}
GZIP = {"content-encoding": "gzip", "vary": "accept-encoding"}


def looking(shown: Live | Scopes) -> APIRouter:
    """Return the routes over one picture, or one of many parts."""
    router = APIRouter(prefix="/api", tags=["looking"])

    def of(scope: str) -> Live:
        return shown if isinstance(shown, Live) else shown.live(scope)

    @router.get("/snapshot", summary="Everything as it stands; the stream goes on after its `revision`")
    async def snapshot(_who: Viewer, scope: Scope = "") -> Response:
        return Response(of(scope).snapshot(), media_type="application/json", headers=GZIP | NEVER_KEPT)

    @router.get("/stream", summary="What changes after a revision, as server-sent events", response_class=Response)
    async def stream(
        _who: Viewer,
        after: Annotated[int, Query(ge=0)] = 0,
        scope: Scope = "",
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> Response:
        if shown.viewers >= VIEWERS:
            raise HTTPException(503, f"{VIEWERS} viewers are looking already; close one")
        heard = int(last_event_id) if last_event_id is not None and last_event_id.isdecimal() else after
        return StreamingResponse(of(scope).listen(heard), media_type="text/event-stream", headers=NEVER_KEPT)

    return router

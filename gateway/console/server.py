"""The console as a web application: its pages, and the routes that it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from gateway.console.access.roles import Role, Who
from gateway.console.access.signing import COOKIE, signing
from gateway.console.access.staff import staff
from gateway.console.assets import FRONT, assets
from gateway.console.doorkeeper import HEADERS, LOOPBACK, refusal
from gateway.console.looking import GZIP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gateway.console.access.keeper import Keeper

REVALIDATE = {"cache-control": "no-cache"}
WHOEVER_IS_HERE = Who(name="this-box", role=Role.VIEWER)
"""Who sits at the box itself may look, until there are accounts."""

SCHEME = "bearer"


class Refusal(BaseModel):
    """Why something is not done: a word of the catalogues, or where a request is not as the document says."""

    detail: str | list[dict[str, Any]]


REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Refusal, "description": "Nobody is signed in."},
    403: {"model": Refusal, "description": "Asked by a page that is not ours, or by somebody who may not."},
    404: {"model": Refusal, "description": "There is none."},
    409: {"model": Refusal, "description": "It cannot be done as things stand."},
    422: {"model": Refusal, "description": "The request is not as this document says."},
    429: {"model": Refusal, "description": "Too often."},
    503: {"model": Refusal, "description": "Not now: the log, field or the box is busy or away."},
}
"""What every route may answer beside its own answers."""


def console(
    routers: Iterable[APIRouter],
    keeper: Keeper,
    *,
    timezone: str,
    names: Collection[str] = (),
    version: str = "unknown",
) -> FastAPI:
    """Return the application. `names`: what else than loopback it may be called in a `Host`.

    `timezone`: by which its pages write times, as in the tz database.
    """
    app = FastAPI(
        title="Gateway console", version=version, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    for router in (signing(keeper, timezone), staff(keeper), *routers):
        app.include_router(router, responses=REFUSALS)
    app.include_router(_pages())  # last: its one route takes every path that no other has
    app.add_middleware(_Doorkeeper, keeper=keeper, names=frozenset(names))
    return app


def _pages() -> APIRouter:
    found, router = assets(), APIRouter(include_in_schema=False)

    @router.get("/{path:path}")
    async def page(request: Request, path: str) -> Response:
        asset = found.get(path or FRONT)
        if asset is None:
            return JSONResponse({"detail": "nothing is here"}, 404)
        headers = REVALIDATE | {"etag": asset.tag}
        if request.headers.get("if-none-match") == asset.tag:
            return Response(status_code=304, headers=headers)
        return Response(asset.body, media_type=asset.media_type, headers=headers | GZIP)

    return router


class _Doorkeeper:
    """Asks the doorkeeper first, finds out who it is, and adds to every answer what the browser has to know."""

    def __init__(self, app: ASGIApp, keeper: Keeper, names: Collection[str]) -> None:
        self._app = app
        self._keeper = keeper
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *said]
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        reason = refusal(scope["method"], headers, self._names)
        if reason:
            await JSONResponse({"detail": reason}, 403)(scope, receive, send_with_headers)
            return
        scope.setdefault("state", {})["who"] = self._who(HTTPConnection(scope))
        await self._app(scope, receive, send_with_headers)

    def _who(self, request: HTTPConnection) -> Who | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        machine = self._keeper.machine(token.strip()) if scheme.lower() == SCHEME else None
        who = self._keeper.who(request.cookies.get(COOKIE, "")) or machine
        if who is None and not self._keeper.has_accounts and request.client and request.client.host in LOOPBACK:
            return WHOEVER_IS_HERE
        return who

"""The routes of the frame monitor: what passes on a line, while somebody looks. Of the local console only.

The MQTT contract does not carry frames: they are of use beside the line, and would fill an uplink for nothing.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from fastapi import APIRouter, HTTPException, Path, Query, Response

from gateway.console.access.guard import Operator  # noqa: TC001 - read by FastAPI
from gateway.console.acting import NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COLUMNS = ("n", "time", "way", "device", "kind", "why", "bytes", "says", "failure", "took_ms")
Line = Annotated[str, Path(pattern=rf"^{NAME}$", description="the name of a line in the site file")]
Number = Annotated[int, Query(ge=0, le=2**53, description="the number of a frame")]


class Watched(Protocol):
    """What passes on the lines."""

    def look(self, name: str, after: int) -> dict[str, Any] | None:
        """Return `frames` after a number, the `last` one, and how many were `dropped`; None: no such line.

        Whoever looks again within some seconds goes on watching.
        """

    def kept(self, name: str) -> Sequence[Mapping[str, Any]] | None:
        """Return the frames that are still kept, without watching; None: no such line."""


def frames(watched: Watched) -> APIRouter:
    """Return the routes. They need an operator: frames show card numbers and limits as they are."""
    router = APIRouter(prefix="/api", tags=["workings"])
    missing: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such line."}}

    @router.get("/lines/{line}/frames", summary="What passes on a line; ask again to go on watching", responses=missing)
    async def seen(_who: Operator, line: Line, after: Number = 0) -> dict[str, Any]:
        found = watched.look(line, after)
        if found is None:
            raise HTTPException(404, "no-such-line")
        return found

    @router.get(
        "/lines/{line}/frames.csv",
        summary="The frames of a line that are kept, up to one of them, as a file",
        response_class=Response,
        responses=missing,
    )
    async def table(_who: Operator, line: Line, until: Number = 2**53, device: str = "") -> Response:
        kept = watched.kept(line)
        if kept is None:
            raise HTTPException(404, "no-such-line")
        rows = (row for row in kept if row["n"] <= until and device in ("", row["device"]))
        name = {"content-disposition": f'attachment; filename="frames-{line}.csv"'}
        return Response(_csv(rows), media_type="text/csv; charset=utf-8", headers=name)

    return router


def _csv(rows: Iterable[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        at = datetime.fromtimestamp(row["ts"] / 1000, UTC)
        writer.writerow(dict(row) | {"time": at.isoformat(timespec="milliseconds")})
    return text.getvalue()

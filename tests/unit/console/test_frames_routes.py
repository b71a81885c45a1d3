"""The frame monitor's routes: an operator watches a line that is here, and takes what was kept with him."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from gateway.console.access.roles import Role, Who
from gateway.console.frames import COLUMNS, frames

ROWS = [
    {"n": 1, "ts": 1000, "way": "out", "device": "pile-01", "kind": "read", "why": "ring", "bytes": "01 03", "says": "holding 0 x2"},
    {"n": 2, "ts": 1031, "way": "in", "device": "pile-01", "kind": "read", "bytes": "", "says": "", "failure": "timeout"},
    {"n": 3, "ts": 1500, "way": "out", "device": "pile-02", "kind": "read", "why": "ring", "bytes": "02 03", "says": "holding 0 x2"},
]  # fmt: skip


class OneLine:
    def look(self, name: str, after: int) -> dict[str, Any] | None:
        if name != "line-1":
            return None
        return {"last": 3, "dropped": 7, "frames": [row for row in ROWS if int(str(row["n"])) > after]}

    def kept(self, name: str) -> list[dict[str, Any]] | None:
        return ROWS if name == "line-1" else None


def browser(role: Role | None) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(frames(OneLine()))

    @app.middleware("http")
    async def told(request: Request, go_on: Any) -> Any:
        request.state.who = None if role is None else Who(name="somebody", role=role)
        return await go_on(request)

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")


@pytest.mark.parametrize(("role", "status"), [(None, 401), (Role.VIEWER, 403), (Role.OPERATOR, 200)])
async def test_frames_are_for_operators(role: Role | None, status: int) -> None:
    for path in ("/api/lines/line-1/frames", "/api/lines/line-1/frames.csv"):
        assert (await browser(role).get(path)).status_code == status


async def test_only_what_is_new_is_told_and_a_line_that_is_not_here_is_a_word() -> None:
    client = browser(Role.OPERATOR)
    assert [row["n"] for row in (await client.get("/api/lines/line-1/frames?after=2")).json()["frames"]] == [3]
    missing = await client.get("/api/lines/line-9/frames")
    assert (missing.status_code, missing.json()) == (404, {"detail": "no-such-line"})
    assert (await client.get("/api/lines/..%2Fx/frames")).status_code in {404, 422}


async def test_the_file_holds_what_was_on_the_page() -> None:
    answer = await browser(Role.OPERATOR).get("/api/lines/line-1/frames.csv?until=2&device=pile-01")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-disposition"] == 'attachment; filename="frames-line-1.csv"'
    assert tuple(rows[0]) == COLUMNS
    assert [(row["n"], row["time"], row["failure"]) for row in rows] == [
        ("1", "1970-01-01T00:00:01.000+00:00", ""),
        ("2", "1970-01-01T00:00:01.031+00:00", "timeout"),
    ]

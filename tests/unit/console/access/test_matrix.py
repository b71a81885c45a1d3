"""Every route, every identity, every origin: made of the routes themselves, so that a new one is covered by being there."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Route

from gateway.console.access.guard import needs
from gateway.console.access.roles import Role
from tests.unit.console.access.porter import NAMES, ORIGIN, TOKEN, Porter, cheap_passwords

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import httpx

OPEN = {
    ("GET", "/api/openapi.json"),
    ("GET", "/api/me"),
    ("POST", "/api/session"),
    ("DELETE", "/api/session"),
    ("POST", "/api/set-up"),
    ("GET", "/{path:path}"),
}
"""Routes that are for everybody, each for its reason: what there is, who am I, sign in and out, the first account, the pages."""

STRANGERS = ("http://evil.example", "https://127.0.0.1:8800.evil.example", "null", "http://127.0.0.1:9999")
REFUSED = {401, 403}


def routes(porter: Porter) -> dict[tuple[str, str], Role | None]:
    """Return each route with the role that it says it needs."""
    found: dict[tuple[str, str], Role | None] = {}
    for route in flat(porter.app.routes):
        for method in (route.methods or set()) - {"HEAD"}:
            found[method, route.path] = role_of(route) if isinstance(route, APIRoute) else None
    return found


def flat(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    """Yield the routes of an application and of the routers in it."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from flat(inner.routes)
        else:
            assert isinstance(route, Route)
            yield route


def role_of(route: APIRoute) -> Role | None:
    for dependency in route.dependant.dependencies:
        cells = getattr(dependency.call, "__closure__", None) or ()
        if getattr(dependency.call, "__qualname__", "").startswith(f"{needs.__name__}.<locals>"):
            return next(cell.cell_contents for cell in cells if isinstance(cell.cell_contents, Role))
    return None


@pytest.fixture
async def porter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Porter:
    cheap_passwords(monkeypatch)
    made = Porter(tmp_path)
    await made.employ()
    return made


def test_every_route_needs_a_role_but_those_that_are_for_everybody(porter: Porter) -> None:
    without = {name for name, role in routes(porter).items() if role is None}
    assert without == OPEN


async def ask(client: httpx.AsyncClient, method: str, path: str, **headers: str) -> int:
    shown = path.replace("{name}", "nobody").replace("{path:path}", "")
    async with client.stream(method, f"{ORIGIN}{shown}", headers=headers, json=None) as answer:
        return answer.status_code


async def test_nobody_does_what_is_not_theirs(porter: Porter) -> None:
    wanted = {name: role for name, role in routes(porter).items() if role is not None and name[1] != "/api/stream"}
    for role, name in NAMES.items():
        client = await porter.signed_in(name)
        for (method, path), needed in wanted.items():
            status = await ask(client, method, path)
            assert (status in REFUSED) is (role < needed), (name, method, path, status)
    scraper = porter.client(headers={"authorization": f"Bearer {TOKEN}"})
    for (method, path), needed in wanted.items():
        status = await ask(scraper, method, path)
        assert status == (200 if needed is Role.SCRAPER else 403), (method, path, status)
    forged = porter.client(headers={"cookie": "gateway-session=forged"})
    for client in (porter.client(), porter.client(address="10.1.2.3"), forged):
        for method, path in wanted:
            assert await ask(client, method, path) == 401, (method, path)


async def test_no_page_of_somebody_else_reaches_anything_even_with_a_session(porter: Porter) -> None:
    client = await porter.signed_in("ines")
    for (method, path), origin in product(routes(porter), STRANGERS):
        assert await ask(client, method, path, origin=origin) == 403, (method, path, origin)
    for method, path in routes(porter):
        assert await ask(client, method, path, host="evil.example") == 403, (method, path)
        if method not in {"GET", "HEAD"}:
            assert await ask(client, method, path, **{"sec-fetch-site": "cross-site"}) == 403, (method, path)


async def test_every_answer_tells_the_browser_what_it_may_not_do(porter: Porter) -> None:
    async with porter.client() as client:
        for path in ("/", "/api/me", "/api/snapshot", "/nothing/here"):
            headers = (await client.get(path)).headers
            assert "default-src 'none'" in headers["content-security-policy"], path
            assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("shown", "status"), [(f"Bearer {TOKEN}", 200), (f"bearer  {TOKEN} ", 200), (TOKEN, 401), ("Bearer ", 401), (f"Basic {TOKEN}", 401), ("Bearer é", 401)]
)  # fmt: skip
async def test_a_scraper_shows_its_token(porter: Porter, shown: str, status: int) -> None:
    async with porter.client() as client:
        answer = await client.get("/metrics", headers=[(b"authorization", shown.encode())])
        assert answer.status_code == status
        me = await client.get("/api/me", headers=[(b"authorization", shown.encode())])
        assert me.json()["role"] == ("scraper" if status == 200 else "")

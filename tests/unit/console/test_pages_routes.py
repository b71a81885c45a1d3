"""The routes of orders, workings and figures answer whom they should, and say what is not there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI, Request

from gateway.console.access.roles import Role, Who
from gateway.console.machines import machines
from gateway.console.orders import MOST_ROWS, orders
from gateway.console.workings import workings
from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response

    from gateway.orders.tariff.text import Language


class Shelf:
    """An order book of one order, or of a log that refuses."""

    def __init__(self) -> None:
        self.refusal = ""
        self.asked: list[tuple[date | None, str]] = []

    def today(self) -> date:
        return date(2026, 11, 22)

    async def rows(self, day: date | None, word: str, _gateway: str) -> list[dict[str, Any]]:
        if self.refusal:
            raise GatewayError(self.refusal)
        self.asked.append((day, word))
        return [{"order_id": f"A-{number}"} for number in range(MOST_ROWS + 3)]

    async def receipt(self, order_id: str, language: Language, _gateway: str) -> str:
        return f"{order_id} {language}" if order_id == "A-1" else ""

    async def table(self, day: date, _gateway: str, *, is_xlsx: bool) -> bytes:
        if is_xlsx:
            raise GatewayError("needs a package")
        return f"table of {day}".encode()

    async def reconciliation(self, day: date, language: Language, _gateway: str) -> str:
        return f"{day} {language}"


class Idle:
    """A gateway whose field is away."""

    async def lines(self) -> dict[str, Any] | None:
        return None

    async def uplinks(self) -> list[dict[str, Any]]:
        return [{"name": "mqtt", "event_lag": 0}]

    async def configuration(self) -> dict[str, Any]:
        raise GatewayError("site.yaml: no such file")


class Bench:
    def __init__(self) -> None:
        self.shelf = Shelf()
        self.who: Who | None = Who(name="vera", role=Role.VIEWER)
        app = FastAPI()

        async def scrape() -> str:
            return "gateway_field_up 1\n"

        for router in (orders(self.shelf), workings(Idle()), machines(scrape)):
            app.include_router(router)

        @app.middleware("http")
        async def told(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
            request.state.who = self.who
            return await go_on(request)

        self.app = app
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self._client.get(path, headers=headers)


@pytest.fixture
def bench() -> Bench:
    return Bench()


PATHS = (
    "/api/orders", "/api/orders/A-1/receipt", "/api/reconciliation", "/api/lines", "/api/uplinks", "/api/configuration",
    "/api/order-table?day=2026-11-22", "/metrics",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_reads_anything(bench: Bench, path: str) -> None:
    bench.who = None
    assert (await bench.get(path)).status_code == 401


@pytest.mark.parametrize("path", ["/api/configuration", "/api/order-table?day=2026-11-22"])
async def test_what_leaves_the_house_needs_an_operator(bench: Bench, path: str) -> None:
    assert (await bench.get(path)).status_code == 403


async def test_without_a_day_or_a_word_it_is_today_and_a_word_alone_seeks_everywhere(bench: Bench) -> None:
    said = (await bench.get("/api/orders")).json()
    assert (said["day"], len(said["orders"]), said["more"]) == ("2026-11-22", MOST_ROWS, 3)
    assert (await bench.get("/api/orders?q=A-1")).json()["day"] is None
    assert bench.shelf.asked == [(date(2026, 11, 22), ""), (None, "a-1")]


async def test_what_is_not_there_is_a_word_and_what_the_log_refuses_a_sentence(bench: Bench) -> None:
    assert (await bench.get("/api/orders/A-1/receipt?lang=en")).json() == {"text": "A-1 en"}
    missing = await bench.get("/api/orders/B/receipt")
    assert (missing.status_code, missing.json()) == (404, {"detail": "no-receipt"})
    bench.shelf.refusal = "disk error"
    refused = await bench.get("/api/orders")
    assert (refused.status_code, refused.json()) == (503, {"detail": "disk error"})
    assert (await bench.get("/api/lines")).json() == {"detail": "no-field-report"}


@pytest.mark.parametrize("day", ["yesterday", "0", "20261122", "2026-11-31"])
async def test_what_is_no_day_is_refused(bench: Bench, day: str) -> None:
    assert (await bench.get(f"/api/orders?day={day}")).status_code == 422
    assert (await bench.get(f"/api/reconciliation?day={day}")).status_code == 422


async def test_a_table_comes_as_a_file_under_its_day(bench: Bench) -> None:
    bench.who = Who(name="otto", role=Role.OPERATOR)
    table = await bench.get("/api/order-table?day=2026-11-22")
    assert table.headers["content-disposition"] == 'attachment; filename="orders-2026-11-22.csv"'
    assert table.text == "table of 2026-11-22"
    assert (await bench.get("/api/order-table?day=2026-11-22&form=xlsx")).status_code == 503
    assert (await bench.get("/api/configuration")).status_code == 503


async def test_every_route_says_in_the_openapi_document_what_it_is_for(bench: Bench) -> None:
    for methods in bench.app.openapi()["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["tags"]

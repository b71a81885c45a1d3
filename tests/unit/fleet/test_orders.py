"""The fleet console finds orders, receipts and what a day came to in its own store, of all sheds or of one."""

from __future__ import annotations

import csv
import io
import json
from contextlib import asynccontextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI, Request

from gateway.app.fleet_orders import FleetOrders
from gateway.app.fleet_past import FleetPast
from gateway.console.access.roles import Role, Who
from gateway.console.finding import finding
from gateway.console.orders import orders
from gateway.console.seeking import seeking
from gateway.fleet.daily import daily
from gateway.fleet.estate import Estate
from gateway.fleet.ledger import Ledger
from gateway.fleet.scribe import Scribe
from gateway.fleet.store import FleetStore
from gateway.orders.reconcile.report import FeederLine, Report, write_report
from gateway.orders.tariff.text import Language
from tests.unit.app.test_orders import an_order
from tests.unit.fleet.told import NOW_MS, ZONE, event, inventory, status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from starlette.responses import Response

    from tests.unit.fleet.told import Json

A, B = "riverside/gw-1", "hillside/gw-1"
DAY = date(2025, 11, 22)
OUTLET = "pile-01/outlet-01"
TRIP = {"trip_id": "t-1", "causes": [{"outlet": OUTLET, "element": "power-limit", "measured": 1320, "pickup": 1000}]}


def a_report() -> Json:
    feeder = FeederLine(
        feeder="meter", metered_wh=1000, orders_wh=900, outside_wh=0, own_wh=0, loss_wh=100, loss_pct=10.0
    )
    none: dict[str, Any] = dict.fromkeys(("notes", "piles", "stock", "scales", "bins", "money", "reviews"), ())
    report = Report(
        day=DAY.isoformat(), until_day="2025-11-23", from_ts_ms=0, until_ts_ms=1, feeders=(feeder,), running=0,
        waiting=0, unacknowledged=(), **none,
    )  # fmt: skip
    return dict(write_report(report))


def settled(order_id: str, *, seq: int, ts: int = NOW_MS) -> list[tuple[str, bytes]]:
    """Return the records of a charge that was really run, as its gateway tells them."""
    return [
        ("event/order", event(seq + number, "order", ts=ts + number, body=body | {"ended_ts_ms": ts} if ends else body))
        for number, (stage, body) in enumerate(an_order(order_id))
        for ends in [stage == "settled"]
    ]


class House:
    """What a fleet console has put together from messages."""

    def __init__(self, store: FleetStore, ledger: Ledger, estate: Estate) -> None:
        self.store, self.ledger, self.estate = store, ledger, estate
        self.scribe = Scribe(store, estate, wall_ms=lambda: NOW_MS, say=print)
        self.orders = FleetOrders(ledger, estate, ZONE, lambda: NOW_MS)
        self.past = FleetPast(ledger, lambda: NOW_MS)

    async def hear(self, gateway: str, *messages: tuple[str, bytes]) -> None:
        for topic, payload in messages:
            self.scribe.heard(self.estate.take(f"gw/{gateway}/{topic}", payload, 0.0), payload)
        await self.scribe.flush()


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    store = FleetStore(folder / "fleet.db")
    made = House(store, Ledger(folder / "fleet.db"), Estate("gw/", ZONE))
    coded = json.loads(inventory())
    coded["devices"][0]["outlets"][0]["code"] = "A1-000007"
    for gateway in (A, B):
        about = json.dumps(coded).encode() if gateway == A else inventory()
        await made.hear(gateway, ("status", status()), ("inventory", about))
    yield made
    made.ledger.close()
    store.close()


async def test_an_order_is_found_by_number_user_shed_and_sticker_over_all_sheds(tmp_path: Path) -> None:
    async with house(tmp_path) as found:
        await found.hear(A, *settled("A-1", seq=1))
        await found.hear(B, *settled("B-1", seq=1, ts=NOW_MS + 60_000))
        for word, of in {"a-1": [A], "b-": [B], "=1+1": [B, A], "riverside": [A], "a1-000007": [A], "x": []}.items():
            assert [row["gateway"] for row in await found.orders.rows(None, word, "")] == of
        assert [row["order_id"] for row in await found.orders.rows(DAY, "", B)] == ["B-1"]
        assert len(await found.orders.rows(date(2025, 11, 20), "", "")) == 0
        (row,) = await found.orders.rows(DAY, "a1-000007", "")
        assert (row["place"], row["stage"], row["kind"], row["at"]) == (OUTLET, "settled", "charge", NOW_MS)
        assert row["amount_mil"] == an_order()[-1][1]["amount_mil"]


async def test_two_sheds_that_gave_the_same_number_have_their_own_orders_and_receipts(tmp_path: Path) -> None:
    async with house(tmp_path) as found:
        await found.hear(A, *settled("S-1", seq=1))
        charging = {"order_id": "S-1", "stage": "charging", "outlet": OUTLET}
        await found.hear(B, ("event/order", event(1, "order", body=charging, ts=NOW_MS + 5)))
        assert {row["gateway"]: row["stage"] for row in await found.orders.rows(None, "s-1", "")} == {
            A: "settled", B: "charging"
        }  # fmt: skip
        assert (await found.orders.receipt("S-1", Language.ZH_CN, A)).startswith("费用明细")
        assert await found.orders.receipt("S-1", Language.EN, B) == ""
        assert await found.orders.receipt("S", Language.EN, "") == ""


async def test_a_table_names_the_shed_of_each_order_and_has_no_formula(tmp_path: Path) -> None:
    async with house(tmp_path) as found:
        await found.hear(A, *settled("A-1", seq=1))
        await found.hear(B, *settled("B-1", seq=1, ts=NOW_MS + 60_000))
        text = (await found.orders.table(DAY, "", is_xlsx=False)).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(row["gateway"], row["order_id"], row["user_ref"]) for row in rows] == [
            (A, "A-1", "'=1+1"), (B, "B-1", "'=1+1")
        ]  # fmt: skip
        assert (await found.orders.table(DAY, A, is_xlsx=True))[:2] == b"PK"


async def test_a_day_of_each_shed_has_turnover_money_time_occupied_and_line_loss(tmp_path: Path) -> None:
    async with house(tmp_path) as found:
        body = an_order("A-1")[-1][1]
        body = body | {"receipt": {**body["receipt"], "times": {**body["receipt"]["times"], "occupied_ms": 60_000}}}
        await found.hear(A, ("event/order", event(1, "order", body=body | {"ended_ts_ms": NOW_MS})))
        await found.hear(A, *settled("A-2", seq=2, ts=NOW_MS - 86_400_000))
        await found.hear(A, ("event/gateway", event(9, "gateway", body=a_report(), ts=NOW_MS + 40_000_000)))
        quiet, busy = await found.orders.days(DAY)
        assert (quiet.gateway, quiet.orders, quiet.turnover, quiet.loss_pct) == (B, 0, 0.0, None)
        assert (busy.gateway, busy.charges, busy.turnover, busy.loss_pct) == (A, 1, 0.5, 10.0)
        assert (busy.occupied, busy.occupied_ms, busy.amount_mil) == (1, 60_000, body["amount_mil"])
        text = await found.orders.reconciliation(DAY, Language.EN, "")
        assert text.startswith(A)
        assert await found.orders.reconciliation(DAY, Language.EN, B) == ""


@pytest.mark.parametrize("said", ["A-1", "A-", f"{A}/{OUTLET}"])
async def test_a_complaint_is_answered_from_the_orders_record_and_the_trip_that_ended_it(
    said: str, tmp_path: Path
) -> None:
    async with house(tmp_path) as found:
        await found.hear(A, *settled("A-1", seq=1))
        trip = json.loads(event(7, "trip", body=TRIP, ts=NOW_MS - 500)) | {"target": "pile-01"}
        await found.hear(A, ("event/trip", json.dumps(trip).encode()))
        (story,) = await found.past.stories(said, 20)
        assert (story["gateway"], story["order_id"], story["stage"]) == (A, "A-1", "settled")
        assert (story["trip"]["measured"], story["trip"]["pickup"]) == (1320, 1000)
        assert await found.past.stories(f"{B}/{OUTLET}", 20) == []


async def test_the_routes_are_those_of_one_gateway_and_say_whose_each_row_is(tmp_path: Path) -> None:
    async with house(tmp_path) as found:
        await found.hear(A, *settled("A-1", seq=1))
        app = FastAPI()
        for router in (orders(found.orders), daily(found.orders), finding(found.past), seeking(found.estate)):
            app.include_router(router)

        @app.middleware("http")
        async def let_in(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
            request.state.who = Who(name="otto", role=Role.OPERATOR)
            return await go_on(request)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fleet") as page:
            listed = (await page.get("/api/orders", params={"q": "A-1"})).json()
            assert [row["gateway"] for row in listed["orders"]] == [A]
            assert (await page.get("/api/orders", params={"gateway": "x"})).status_code == 422
            assert (await page.get("/api/shed-days", params={"day": DAY.isoformat()})).json()["sheds"][1][
                "charges"
            ] == 1
            sought = (await page.get("/api/outlets", params={"said": "A1-000007"})).json()
            assert (sought["outlets"][0]["path"], sought["more"]) == (f"{A}/{OUTLET}", 0)
            assert len((await page.get("/api/outlets", params={"said": "outlet-02"})).json()["outlets"]) == 2
            assert (await page.get("/api/stories", params={"said": "A-1"})).json()[0]["gateway"] == A

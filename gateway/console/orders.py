"""The routes of the orders: of a day or that fit a word, receipts as customers read them, tables, reconciliation."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import BeforeValidator

from gateway.console.access.guard import Operator, Viewer  # noqa: TC001 - read by FastAPI
from gateway.console.looking import NEVER_KEPT
from gateway.model.errors import GatewayError
from gateway.orders.tariff.text import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROWS = 500
Word = Annotated[str, Query(max_length=64, description="part of an order's number, its outlet or its user")]
Of = Annotated[
    str, Query(pattern=r"^([a-z0-9-]{1,64}/[a-z0-9-]{1,64})?$", description="SITE/GATEWAY, where there are many")
]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_RECEIPT = "no-receipt"


def day_of(said: object) -> object:
    """Return the day of a text as 2026-11-22; a number is none. Raises `ValueError`."""
    if not isinstance(said, str):
        return said
    day = date.fromisoformat(said)
    if day.isoformat() != said:
        raise ValueError("not a day as 2026-11-22")
    return day


Day = Annotated[date, BeforeValidator(day_of), Query(description="as 2026-11-22")]


class Form(StrEnum):
    """What a table can be written as."""

    CSV = "csv"
    XLSX = "xlsx"


class OrderBook(Protocol):
    """The orders of this gateway's log, or of many gateways. All raises `GatewayError` where they cannot be read.

    `gateway` is `SITE/GATEWAY`, or empty for all; a book of one gateway has no other.
    """

    def today(self) -> date:
        """Return which day it is at the site."""

    async def rows(self, day: date | None, word: str, gateway: str) -> Sequence[dict[str, Any]]:
        """Return the orders of a day (None: of the last month) that fit a word, the newest first."""

    async def receipt(self, order_id: str, language: Language, gateway: str) -> str:
        """Return the receipt of an order of the last month; empty where there is none."""

    async def table(self, day: date, gateway: str, *, is_xlsx: bool) -> bytes:
        """Return a day's orders as a file."""

    async def reconciliation(self, day: date, language: Language, gateway: str) -> str:
        """Return a day's reconciliation as text; empty where there is none."""


def orders(book: OrderBook) -> APIRouter:
    """Return the routes over the orders of one gateway."""
    router = APIRouter(prefix="/api", tags=["orders"])

    @router.get("/orders", summary="A day's orders, or those of the last month that fit a word")
    async def listed(_who: Viewer, day: Day | None = None, q: Word = "", gateway: Of = "") -> dict[str, Any]:
        wanted = day if day is not None or q else book.today()
        with _Reading():
            rows = await book.rows(wanted, q.strip().lower(), gateway)
        return {
            "day": None if wanted is None else wanted.isoformat(),
            "orders": rows[:MOST_ROWS],
            "more": max(0, len(rows) - MOST_ROWS),
        }

    @router.get("/orders/{order_id}/receipt", summary="The receipt as its customer reads it", responses=_missing())
    async def receipt(_who: Viewer, order_id: str, lang: Language = Language.ZH_CN, gateway: Of = "") -> dict[str, str]:
        with _Reading():
            return {"text": _there(await book.receipt(order_id, lang, gateway), NO_RECEIPT)}

    @router.get("/order-table", summary="A day's orders for a spreadsheet", response_class=Response)
    async def table(_who: Operator, day: Day, form: Form = Form.CSV, gateway: Of = "") -> Response:
        with _Reading():
            body = await book.table(day, gateway, is_xlsx=form is Form.XLSX)
        kind = XLSX if form is Form.XLSX else "text/csv; charset=utf-8"
        name = f'attachment; filename="orders-{day.isoformat()}.{form}"'
        return Response(body, media_type=kind, headers=NEVER_KEPT | {"content-disposition": name})

    @router.get("/reconciliation", summary="A day's orders beside what was measured", responses=_missing())
    async def reconciliation(
        _who: Viewer, day: Day | None = None, lang: Language = Language.ZH_CN, gateway: Of = ""
    ) -> dict[str, str]:
        wanted = day or book.today()
        with _Reading():
            text = await book.reconciliation(wanted, lang, gateway)
        return {"day": wanted.isoformat(), "text": _there(text, "no-reconciliation")}

    return router


class _Reading:
    """What the log or a missing package refuses is an answer, not a fault."""

    def __enter__(self) -> None:
        return

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, GatewayError):
            raise HTTPException(503, str(error)) from error


def _there(text: str, word: str) -> str:
    if not text:
        raise HTTPException(404, word)
    return text


def _missing() -> dict[int | str, dict[str, Any]]:
    return {404: {"description": "There is none."}}

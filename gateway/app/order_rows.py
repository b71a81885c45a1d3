"""Orders as a console shows them, whichever store they come from: rows of a list, receipts, tables, their days."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.app.orders import ENDS, OrderRecord
from gateway.app.table import write_table
from gateway.app.trade_receipt import trade_receipt
from gateway.orders.tariff.receipt import read_receipt
from gateway.orders.tariff.text import receipt_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from gateway.orders.tariff.text import Language

DAY_MS = 86_400_000
MONTH_MS = 31 * DAY_MS
LONGEST_MS = DAY_MS
"""No order lasts longer: the records of a day's orders begin so long before it."""

TOLD_WITHIN_MS = 3 * DAY_MS
"""A day is told when the next one is marked, which waits for the gateway to run."""

BY_STAFF = frozenset({"restock", "collection"})
SHOWN = ("user_ref", "wh", "s", "net_g", "points", "amount_mil", "fault_side", "by")


def day_at(ts_ms: int, zone: tzinfo) -> date:
    """Return which day it is then."""
    return datetime.fromtimestamp(ts_ms / 1000, UTC).astimezone(zone).date()


def begin_ms(day: date, zone: tzinfo, *, later: int = 0) -> int:
    """Return when a day, or one so many days later, begins."""
    found = date.fromordinal(min(day.toordinal() + later, date.max.toordinal()))
    return round(datetime(found.year, found.month, found.day, tzinfo=zone).timestamp() * 1000)


def searched(order: OrderRecord) -> str:
    """Return the text in which a word is looked for."""
    return " ".join((order.order_id, order.place, str(order.said("user_ref") or ""))).lower()


def row_of(order: OrderRecord) -> dict[str, Any]:
    """Return an order as a list shows it."""
    is_over = order.stage in ENDS
    row = {
        "order_id": order.order_id,
        "kind": purpose if (purpose := order.said("purpose")) in BY_STAFF else order.kind,
        "place": order.place,
        "stage": order.stage,
        "reason": order.said("reason") or order.said("why"),
        "at": order.told[0][0],
        "ended": (order.said("ended_ts_ms") or order.told[-1][0]) if is_over else None,
        **{name: order.said(name) for name in SHOWN},
    }
    return {name: value for name, value in row.items() if value is not None}


def receipt_of(order: OrderRecord, language: Language) -> str:
    """Return an order's receipt as its customer reads it; empty where it has none yet."""
    worked = order.receipt()
    if worked:
        return receipt_text(read_receipt(dict(worked)), language, stopped_by=order.said("by") or "")
    return trade_receipt(order.told[-1][2], order.place, language)


def written(columns: Sequence[str], rows: list[Any], *, is_xlsx: bool) -> bytes:
    """Return a table as a file. Raises `GatewayError` where .xlsx cannot be written here."""
    with tempfile.TemporaryDirectory(prefix="gateway-orders-") as folder:
        file = Path(folder) / "orders"
        write_table(file, columns, rows, is_xlsx=is_xlsx)
        return file.read_bytes()

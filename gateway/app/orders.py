"""`gateway orders`: what a log says of its charge orders, for people and for a spreadsheet."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gateway.app.supervise import Folders
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.orders.tariff.receipt import read_receipt
from gateway.orders.tariff.text import Language, receipt_text, yuan
from gateway.store.beside import events_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gateway.store.record import Event

NEEDS_XLSX = "an .xlsx file needs the package XlsxWriter; name a .csv file instead"
COLUMNS = (
    "order_id",
    "outlet",
    "user_ref",
    "stage",
    "accepted",
    "began",
    "ended",
    "reason",
    "fault_side",
    "tower_code",
    "wh",
    "s",
    "amount_mil",
    "electricity_mil",
    "service_mil",
    "prepaid_mil",
    "refund_mil",
    "due_mil",
    "tariff",
    "digest",
)


class NoSuchOrder(GatewayError):  # noqa: N818 - says what there is not
    """The log has no order of this id."""


@dataclass(slots=True)
class OrderRecord:
    """One order as its records add up. `told` are (ms since 1970, stage, body), a repetition left out."""

    order_id: str
    outlet: str
    told: list[tuple[int, str, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def stage(self) -> str:
        return self.told[-1][1]

    def said(self, name: str) -> Any:
        """Return the last word on something; None where nothing was said."""
        return next((body[name] for _, _, body in reversed(self.told) if body.get(name) is not None), None)

    def receipt(self) -> Mapping[str, Any]:
        found = self.said("receipt")
        return found if isinstance(found, dict) else {}

    def ts_ms(self, stage: str) -> int | None:
        return next((ts_ms for ts_ms, told, _ in self.told if told == stage), None)

    def row(self) -> dict[str, object]:
        """Return what a table shows of it."""
        receipt, accepted = self.receipt(), self.ts_ms("accepted")
        tariff = self.said("tariff") or {}
        found = {name: self.said(name) for name in COLUMNS}
        found |= {name: receipt.get(name) for name in COLUMNS if name in receipt}
        return found | {
            "outlet": self.outlet,
            "stage": self.stage,
            "accepted": when(accepted),
            "began": when(self.said("began_ts_ms")),
            "ended": when(self.said("ended_ts_ms")),
            "tariff": f"{tariff['id']}/{tariff['version']}" if tariff else None,
        }


def when(ts_ms: int | None) -> str | None:
    """Return a wall time as this machine's people write it."""
    if ts_ms is None:
        return None
    return datetime.fromtimestamp(ts_ms / 1000, UTC).astimezone().isoformat(sep=" ", timespec="seconds")


def log_of(site: Path) -> Path:
    """Return where the gateway of a site keeps its log."""
    return Folders.of(site).state / "log.sqlite"


def orders_in(events: Iterable[Event]) -> dict[str, OrderRecord]:
    """Return the orders that these records tell of, in the order of their beginning."""
    orders: dict[str, OrderRecord] = {}
    for event in events:
        said = json.loads(event.body)
        body = said.get("body")
        if not isinstance(body, dict) or "order_id" not in body or "stage" not in body:
            continue
        order = orders.setdefault(body["order_id"], OrderRecord(body["order_id"], said["target"]))
        if not any(stage == "settled" == body["stage"] for _, stage, _ in order.told):
            order.told.append((event.at.ts_ms, body["stage"], body))
    return orders


def orders_of(log: Path) -> dict[str, OrderRecord]:
    """Return the orders of a log."""
    return orders_in(events_beside(log, EventKind.ORDER))


def amounts_in(log: Path) -> dict[str, int]:
    """Return what every order that is settled came to, in 0.001 yuan."""
    receipts = {order_id: order.receipt() for order_id, order in orders_of(log).items()}
    return {order_id: receipt["total_mil"] for order_id, receipt in receipts.items() if receipt}


def list_orders(log: Path) -> int:
    """Print a line for each order."""
    lines: list[tuple[str, ...]] = [("order", "outlet", "stage", "Wh", "min", "yuan", "reason")]
    lines += [_line(order) for order in orders_of(log).values()]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        sys.stdout.write("  ".join(map(str.ljust, line, widths)).rstrip() + "\n")
    return 0


def show_order(log: Path, order_id: str) -> int:
    """Print every record of an order."""
    for ts_ms, stage, body in _order(log, order_id).told:
        rest = {name: value for name, value in body.items() if name not in {"order_id", "stage", "receipt"}}
        sys.stdout.write(f"{when(ts_ms)}  {stage:<12}  {json.dumps(rest, ensure_ascii=False)}\n")
    return 0


def print_receipt(log: Path, order_id: str, *, is_chinese: bool) -> int:
    """Print the receipt of an order."""
    language = Language.ZH_CN if is_chinese else Language.EN
    receipt = _order(log, order_id).receipt()
    if not receipt:
        raise NoSuchOrder(f"order {order_id} has no receipt yet: it is not settled")
    sys.stdout.write(receipt_text(read_receipt(dict(receipt)), language) + "\n")
    return 0


def export_orders(log: Path, file: Path) -> int:
    """Write a table of all orders: .csv for every spreadsheet (with its byte order mark), or .xlsx."""
    rows = [order.row() for order in orders_of(log).values()]
    if file.suffix == ".xlsx":
        _write_xlsx(rows, file)
    else:
        with file.open("w", encoding="utf-8-sig", newline="") as out:
            table = csv.DictWriter(out, COLUMNS)
            table.writeheader()
            table.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    sys.stdout.write(f"{len(rows)} orders in {file}\n")
    return 0


def _harmless(value: object) -> object:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def _write_xlsx(rows: list[dict[str, object]], file: Path) -> None:
    try:
        writer = import_module("xlsxwriter")
    except ImportError:
        raise GatewayError(NEEDS_XLSX) from None
    with writer.Workbook(str(file), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("orders")
        sheet.write_row(0, 0, COLUMNS)
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, [row[name] for name in COLUMNS])


def _line(order: OrderRecord) -> tuple[str, ...]:
    wh, seconds, amount = order.said("wh"), order.said("s"), order.said("amount_mil")
    return (
        order.order_id,
        order.outlet,
        order.stage,
        "" if wh is None else str(wh),
        "" if seconds is None else f"{seconds / 60:.0f}",
        "" if amount is None else yuan(amount),
        str(order.said("reason") or ""),
    )


def _order(log: Path, order_id: str) -> OrderRecord:
    orders = orders_of(log)
    if order_id not in orders:
        raise NoSuchOrder(f"{log}: no order {order_id}{_near(order_id, orders)}")
    return orders[order_id]


def _near(order_id: str, orders: Mapping[str, OrderRecord]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for a mistake only

    near = get_close_matches(order_id, orders, n=1)
    return f" (did you mean {near[0]}?)" if near else ""

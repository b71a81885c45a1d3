"""`gateway orders`: what a log says of its orders, for people and for a spreadsheet."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gateway.app.supervise import Folders
from gateway.app.table import Cell, Money, write_table
from gateway.app.trade_receipt import trade_receipt
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.orders.tariff.receipt import read_receipt
from gateway.orders.tariff.text import Language, receipt_text, yuan
from gateway.store.beside import events_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo
    from pathlib import Path

    from gateway.store.record import Event

COLUMNS = (
    "order_id",
    "kind",
    "place",
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
    "net_g",
    "points",
    "amount_yuan",
    "electricity_yuan",
    "service_yuan",
    "prepaid_yuan",
    "refund_yuan",
    "due_yuan",
    "tariff",
    "digest",
)
ENDS = frozenset({"settled", "recorded", "review", "cancelled"})
"""The last records of orders; each is told again until somebody acknowledges it."""


class NoSuchOrder(GatewayError):  # noqa: N818 - says what there is not
    """The log has no order of this id."""


@dataclass(slots=True)
class OrderRecord:
    """One order as its records add up. `told` are (ms since 1970, stage, body), a repetition left out."""

    order_id: str
    place: str
    told: list[tuple[int, str, Mapping[str, Any]]] = field(default_factory=list)

    @property
    def stage(self) -> str:
        return self.told[-1][1]

    @property
    def kind(self) -> str:
        """What kind of order it is; `orphan` where energy flowed without one."""
        if self.order_id.startswith("orphan-"):
            return "orphan"
        named = {"cabinet": "purchase", "category": "deposit", "outlet": "charge"}
        return next((kind for name, kind in named.items() if self.said(name) is not None), "")

    def said(self, name: str) -> Any:
        """Return the last word on something; None where nothing was said."""
        return next((body[name] for _, _, body in reversed(self.told) if body.get(name) is not None), None)

    def receipt(self) -> Mapping[str, Any]:
        found = self.said("receipt")
        return found if isinstance(found, dict) else {}

    def ts_ms(self, *stages: str) -> int | None:
        """Return when it was first told of one of these stages."""
        return next((ts_ms for ts_ms, told, _ in self.told if told in stages), None)

    def row(self, zone: tzinfo) -> list[Cell]:
        """Return what a table shows of it, in the order of `COLUMNS`."""
        receipt, tariff = self.receipt(), self.said("tariff") or {}
        ended_ms = self.said("ended_ts_ms") or self.ts_ms(*ENDS)
        found: dict[str, Cell] = {
            "order_id": self.order_id,
            "kind": self.kind,
            "place": self.place,
            "stage": self.stage,
            "accepted": when(self.ts_ms("accepted"), zone),
            "began": when(self.said("began_ts_ms"), zone),
            "ended": when(ended_ms, zone),
            "reason": self.said("reason") or self.said("why"),
            "tariff": f"{tariff['id']}/{tariff['version']}" if tariff else None,
        }
        return [found[name] if name in found else self._figure(name, receipt) for name in COLUMNS]

    def _figure(self, name: str, receipt: Mapping[str, Any]) -> Cell:
        if name.endswith("_yuan"):
            stored = name.removesuffix("_yuan") + "_mil"
            mil = receipt.get(stored, self.said(stored))
            return Money(mil) if isinstance(mil, int) else None
        value: Cell = receipt.get(name, self.said(name))
        return value


def when(ts_ms: int | None, zone: tzinfo) -> str | None:
    """Return a wall time as people on site write it, with its offset."""
    if ts_ms is None:
        return None
    return datetime.fromtimestamp(ts_ms / 1000, UTC).astimezone(zone).isoformat(sep=" ", timespec="seconds")


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
        if body["stage"] not in ENDS or not any(stage == body["stage"] for _, stage, _ in order.told):
            order.told.append((event.at.ts_ms, body["stage"], body))
    return orders


def orders_of(log: Path) -> dict[str, OrderRecord]:
    """Return the orders of a log."""
    return orders_in(events_beside(log, EventKind.ORDER))


def list_orders(log: Path) -> int:
    """Print a line for each order."""
    lines: list[tuple[str, ...]] = [("order", "place", "stage", "Wh", "min", "yuan", "points", "reason")]
    lines += [_line(order) for order in orders_of(log).values()]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        sys.stdout.write("  ".join(map(str.ljust, line, widths)).rstrip() + "\n")
    return 0


def show_order(log: Path, order_id: str, zone: tzinfo) -> int:
    """Print every record of an order."""
    for ts_ms, stage, body in _order(log, order_id).told:
        rest = {name: value for name, value in body.items() if name not in {"order_id", "stage", "receipt"}}
        sys.stdout.write(f"{when(ts_ms, zone)}  {stage:<12}  {json.dumps(rest, ensure_ascii=False)}\n")
    return 0


def print_receipt(log: Path, order_id: str, *, is_chinese: bool) -> int:
    """Print the receipt of an order, or why it ended without one."""
    language = Language.ZH_CN if is_chinese else Language.EN
    order = _order(log, order_id)
    receipt = order.receipt()
    text = trade_receipt(order.told[-1][2], order.place, language)
    if receipt:
        text = receipt_text(read_receipt(dict(receipt)), language, stopped_by=order.said("by") or "")
    if not text:
        raise NoSuchOrder(f"order {order_id} has no receipt yet: it is not settled")
    sys.stdout.write(text + "\n")
    return 0


def export_orders(log: Path, file: Path, zone: tzinfo, *, is_xlsx: bool) -> int:
    """Write a table of all orders."""
    rows = [order.row(zone) for order in orders_of(log).values()]
    write_table(file, COLUMNS, rows, is_xlsx=is_xlsx)
    sys.stdout.write(f"{len(rows)} orders in {file}\n")
    return 0


def _line(order: OrderRecord) -> tuple[str, ...]:
    wh, seconds, amount, points = (order.said(name) for name in ("wh", "s", "amount_mil", "points"))
    return (
        order.order_id,
        order.place,
        order.stage,
        "" if wh is None else f"{wh:.0f}",
        "" if seconds is None else f"{seconds / 60:.0f}",
        "" if amount is None else yuan(amount),
        "" if points is None else str(points),
        _reason(order),
    )


def _reason(order: OrderRecord) -> str:
    """Return in a word or two how an order ended: its reason, what is doubted or worth knowing, or what came of it."""
    said = order.said("reason") or order.said("why") or order.said("doubts") or order.said("flags")
    return ", ".join(said) if isinstance(said, list) and said else str(said or order.said("outcome") or "")


def _order(log: Path, order_id: str) -> OrderRecord:
    orders = orders_of(log)
    if order_id not in orders:
        raise NoSuchOrder(f"{log}: no order {order_id}{_near(order_id, orders)}")
    return orders[order_id]


def _near(order_id: str, orders: Mapping[str, OrderRecord]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for a mistake only

    near = get_close_matches(order_id, orders, n=1)
    return f" (did you mean {near[0]}?)" if near else ""

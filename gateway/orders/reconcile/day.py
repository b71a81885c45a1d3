"""A day's book: takes every record once, in order, and gives the report of a day when the next one begins. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from gateway.orders.reconcile.energy import Energy, feeder_lines, pile_lines
from gateway.orders.reconcile.mark import Mark
from gateway.orders.reconcile.money import CHARGE, DEPOSIT, PURCHASE, Money
from gateway.orders.reconcile.report import LATE_S, Note, Report
from gateway.orders.reconcile.stock import Goods, scale_lines, stock_lines
from gateway.orders.reconcile.waste import Waste, bin_lines

MOST_NAMED = 20
"""Settlements that a report names; it counts them all."""

SETTLED, RECORDED, REVIEW = "settled", "recorded", "review"
DISPUTES = frozenset({"totals-differ", "settlement-corrected", "orphan-settled"})
"""Stages at which pile and gateway disagree: told beside an order's own records, perhaps after its end."""


@dataclass(slots=True, kw_only=True)
class DayBook:
    """One site, from the mark that began the day.

    `ended`: orders that have been counted, and may be told again: those that nobody has acknowledged, and those (true)
    that have ended since the last mark.
    """

    start: Mark | None = None
    last: Mark | None = None
    energy: Energy = field(default_factory=Energy)
    goods: Goods = field(default_factory=Goods)
    waste: Waste = field(default_factory=Waste)
    money: Money = field(default_factory=Money)
    ended: dict[str, bool] = field(default_factory=dict)
    missing: int = 0

    def lose(self, records: int) -> None:
        """Take note that the log has lost so many records."""
        self.missing += records

    def take(self, target: str, body: Mapping[str, Any]) -> None:
        """Take the record of an order; a repetition of its last one counts nothing, what cannot be read is missing."""
        try:
            self._take(target, body)
        except (AttributeError, KeyError, TypeError, ValueError):
            self.missing += 1

    def _take(self, target: str, body: Mapping[str, Any]) -> None:
        order_id, stage = body.get("order_id"), body.get("stage")
        if not isinstance(order_id, str) or not isinstance(stage, str):
            return
        if stage in DISPUTES:
            self.money.dispute(CHARGE, target, body)
        elif order_id in self.ended:
            return
        elif "outlet" in body:
            self._charge(order_id, target, body)
        elif stage in {SETTLED, RECORDED, REVIEW}:
            self._trade(order_id, target, body)

    def mark(self, mark: Mark) -> Report | None:
        """Take a mark; return the report of the day that it ends, if it ends one."""
        waiting = set(mark.unacknowledged)
        self.ended = {name: False for name, is_fresh in self.ended.items() if is_fresh or name in waiting}
        if self.start is None:
            self._begin(mark)
            return None
        self.last = mark
        if mark.day <= self.start.day:
            return None
        report = self.report()
        self._begin(mark)
        return report

    def report(self) -> Report | None:
        """Return what the day comes to up to the last mark; None before there are two."""
        start, end = self.start, self.last
        if start is None or end is None:
            return None
        return Report(
            day=start.day,
            until_day=end.day,
            from_ts_ms=start.ts_ms,
            until_ts_ms=end.ts_ms,
            notes=tuple(self._notes(start, end)),
            feeders=tuple(feeder_lines(self.energy, start, end)),
            piles=tuple(pile_lines(self.energy, start, end)),
            stock=tuple(stock_lines(self.goods, start, end)),
            scales=tuple(scale_lines(end)),
            bins=tuple(bin_lines(self.waste, start, end)),
            money=tuple(self.money.receipts[kind] for kind in sorted(self.money.receipts)),
            reviews=tuple(self.money.reviews),
            running=end.running,
            waiting=len(end.unacknowledged),
            unacknowledged=end.unacknowledged[:MOST_NAMED],
        )

    def _notes(self, start: Mark, end: Mark) -> Iterator[Note]:
        is_over = end.day > start.day
        found = {
            Note.RUNNING: not is_over,
            Note.STARTED_LATE: start.into_day_s > LATE_S,
            Note.ENDED_LATE: is_over and end.into_day_s > LATE_S,
            Note.SEVERAL_DAYS: (date.fromisoformat(end.day) - date.fromisoformat(start.day)).days > 1,
            Note.NO_FEEDER: not end.feeds and bool(self.energy.orders or any("/" in name for name in end.registers)),
            Note.RECORDS_MISSING: self.missing > 0,
            Note.REGISTER_GAPS: self.energy.gaps > 0,
            Note.MORE_REVIEWS: self.money.is_full,
            Note.ORDERS_UNSEEN: self.energy.unseen > 0,
        }
        yield from (note for note, holds in found.items() if holds)

    def _begin(self, mark: Mark) -> None:
        self.start, self.last, self.missing = mark, None, 0
        for part in (self.energy, self.goods, self.waste, self.money):
            part.begin()

    def _charge(self, order_id: str, outlet: str, body: Mapping[str, Any]) -> None:
        if body["stage"] != SETTLED:
            self.energy.take(outlet, body)
            return
        self.ended[order_id] = True
        self.energy.settle(outlet, body)
        self.money.settle(CHARGE, body)

    def _trade(self, order_id: str, place: str, body: Mapping[str, Any]) -> None:
        kind = PURCHASE if "cabinet" in body else DEPOSIT
        if kind == DEPOSIT and "category" not in body:
            return
        self.ended[order_id] = True
        if body["stage"] == REVIEW:
            self.money.review(kind, place, body)
        else:
            self.money.settle(kind, body)
        if kind == DEPOSIT:
            self.waste.end(place, body)
        elif body["stage"] == SETTLED:
            self.goods.settle(body)


_FORM: TypeAdapter[DayBook] = TypeAdapter(DayBook)


def to_json(book: DayBook) -> bytes:
    """Return a book as it is stored."""
    return _FORM.dump_json(book)


def from_json(stored: bytes) -> DayBook:
    """Return the book that was stored. Raises `ValueError` where it is none."""
    return _FORM.validate_json(stored)

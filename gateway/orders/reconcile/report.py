"""What a day comes to: measured beside booked, line by line, with every gap named. Pure values.

Energy is Wh, money 0.001 yuan, weights grams. A difference is what was found less what the records explain. None: not
known, because a reading is missing; then nothing is computed from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue, TypeAdapter

WHAT = "reconciliation"
"""How the event of a report calls itself."""

LATE_S = 300
"""A day whose edge was marked later than this is not a whole day, and its report says so."""


class Note(StrEnum):
    """What a reader has to know about a report."""

    RUNNING = "running"
    STARTED_LATE = "started-late"
    ENDED_LATE = "ended-late"
    SEVERAL_DAYS = "several-days"
    NO_FEEDER = "no-feeder"
    RECORDS_MISSING = "records-missing"
    REGISTER_GAPS = "register-gaps"
    MORE_REVIEWS = "more-reviews"
    ORDERS_UNSEEN = "orders-unseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederLine:
    """A meter and what hangs behind it. `outside_wh`: energy that no order pays. `own_wh`: of the meters behind it.

    `gaps` are the registers behind it, itself included, that are missing or went back.
    """

    feeder: str
    metered_wh: int | None
    orders_wh: int
    outside_wh: int
    own_wh: int
    loss_wh: int | None
    loss_pct: float | None
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PileLine:
    """A pile's own registers beside its orders; only the outlets whose registers can be compared."""

    pile: str
    registers_wh: int
    orders_wh: int
    outside_wh: int
    difference_wh: int
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    """One article on one shelf. `counted` are the books at the end: what staff found is in them."""

    shelf: str
    sku: str
    start: int
    added: int
    sold: int
    removed: int
    expected: int
    counted: int
    difference: int
    amount_mil: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleLine:
    """A shelf's scale beside the books. `pieces` where one article stands there, so that grams are pieces."""

    shelf: str
    difference_g: int
    pieces: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BinLine:
    """One bin. `credited_g` brought `points`; `review_g` and `cancelled` deliveries brought none."""

    name: str
    category: str
    deliveries: int
    credited_g: int
    review_g: int
    collected_g: int
    start_g: int | None
    end_g: int | None
    difference_g: int | None
    points: int
    points_due: int
    points_difference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyLine:
    """The receipts of one kind of order."""

    kind: str
    count: int
    amount_mil: int
    prepaid_mil: int
    refund_mil: int
    due_mil: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """An order that a person has to judge: in doubt, and then nothing was charged, or disputed by its pile."""

    order_id: str
    kind: str
    place: str
    doubts: tuple[str, ...]
    supposed_mil: int
    net_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One day. It reaches from `from_ts_ms` to `until_ts_ms`; `until_day` is the local date of its end.

    `waiting`: settlements that nobody has acknowledged; `unacknowledged` are the first of them.
    """

    day: str
    until_day: str
    from_ts_ms: int
    until_ts_ms: int
    notes: tuple[Note, ...]
    feeders: tuple[FeederLine, ...]
    piles: tuple[PileLine, ...]
    stock: tuple[StockLine, ...]
    scales: tuple[ScaleLine, ...]
    bins: tuple[BinLine, ...]
    money: tuple[MoneyLine, ...]
    reviews: tuple[Review, ...]
    running: int
    waiting: int
    unacknowledged: tuple[str, ...]


_FORM: TypeAdapter[Report] = TypeAdapter(Report)


def write_report(report: Report) -> dict[str, JsonValue]:
    """Return the body of a report's event."""
    return {"what": WHAT, **_FORM.dump_python(report, mode="json")}


def read_report(body: Mapping[str, object]) -> Report:
    """Return the report that `write_report` wrote. Raises `ValueError` where it is none."""
    return _FORM.validate_python({name: value for name, value in body.items() if name != "what"})

"""The worked account of a charge, as it is stored and sent: lines that add up to the total. Pure values."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from gateway.orders.tariff.register import Count
from gateway.orders.tariff.tariff import FEN_MIL
from gateway.orders.tariff.usage import Times

Fen = Annotated[int, Field(ge=0, multiple_of=FEN_MIL)]


class Side(StrEnum):
    """What a line is the price of."""

    ELECTRICITY = "electricity"
    SERVICE = "service"


class What(StrEnum):
    """The kind of a line: the five rates, and what changes their sum."""

    ENERGY = "energy"
    BAND = "band"
    BAND_UNKNOWN = "band-unknown"
    TIER = "tier"
    TIME = "time"
    COUNT = "count"
    MINIMUM = "minimum"
    CAP = "cap"
    CEILING = "ceiling"
    WAIVED = "waived"
    ROUNDING = "rounding"


class Flag(StrEnum):
    """What a reader of the receipt should know."""

    CLOCK_UNKNOWN = "clock-unknown"
    EDGE_ESTIMATED = "edge-estimated"
    REGISTER_GAP = "register-gap"
    MINIMUM = "minimum"
    CAPPED = "capped"
    CEILING = "ceiling"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: a quantity at a price, or an adjustment (then quantity and price are 0).

    `of` is the band, the tier ("200" for up to 200 W), or which time is counted. `price_mil` is for one kWh, one hour
    or one charge where `unit` is mwh, ms or charge. `amount_mil` is the line's share in whole 0.001 yuan.
    """

    side: Side
    what: What
    of: str = ""
    quantity: Count = 0
    unit: Literal["mwh", "ms", "charge", ""] = ""
    price_mil: Count = 0
    amount_mil: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a charge costs and why. Money is 0.001 yuan; both sides, and so the total, are whole fen.

    electricity + service = total = the sum of the lines, and prepaid + due = total + refund + kept.
    """

    tariff_id: str
    tariff_version: int
    tariff_digest: str
    energy_mwh: Count
    times: Times
    peak_mw: Count
    lines: tuple[Line, ...]
    electricity_mil: Fen
    service_mil: Fen
    total_mil: Fen
    prepaid_mil: Count
    refund_mil: Count
    kept_mil: Count
    due_mil: Count
    flags: tuple[Flag, ...] = ()


_FORM: TypeAdapter[Receipt] = TypeAdapter(Receipt)


def write_receipt(receipt: Receipt) -> dict[str, JsonValue]:
    """Return the receipt as a JSON-able object."""
    return dict(_FORM.dump_python(receipt, mode="json"))


def read_receipt(data: JsonValue) -> Receipt:
    """Return the receipt that `write_receipt` made this of. Raise ValueError where it is none."""
    return _FORM.validate_json(json.dumps(data), strict=True)

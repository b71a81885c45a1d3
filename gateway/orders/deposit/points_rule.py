"""What a delivery is worth: provisional points by a versioned rule. Pure values and integer arithmetic.

A rate is points a kilogram times 1000, by category and date. Points are rounded down once for each delivery. They are
provisional: balances, daily caps and judgement belong to the cloud.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from gateway.model.errors import GatewayError
from gateway.orders.problem import problems_of

STRICT = ConfigDict(extra="forbid", strict=True)
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Moment = Annotated[int, Field(ge=0, le=2**53 - 1)]
PER_POINT = 1_000_000
"""Grams times rate for one point: 1000 g of a kilogram times the 1000 of the rate."""


class Category(StrEnum):
    """The four classes: 可回收物 厨余 有害 其他."""

    RECYCLABLE = "recyclable"
    KITCHEN = "kitchen"
    HAZARDOUS = "hazardous"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Points a kilogram x 1000 for one category, from one wall time until before another (ms since 1970)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    category: Category
    points_per_kg_x1000: Annotated[int, Field(ge=0, le=10_000_000)]
    from_ts_ms: Moment | None = None
    until_ts_ms: Moment | None = None

    def __post_init__(self) -> None:
        if self.from_ts_ms is not None and self.until_ts_ms is not None and self.from_ts_ms >= self.until_ts_ms:
            raise ValueError("until_ts_ms: must be after from_ts_ms")

    def holds(self, ts_ms: int) -> bool:
        """Return whether the rate holds at a wall time."""
        began = self.from_ts_ms is None or self.from_ts_ms <= ts_ms
        return began and (self.until_ts_ms is None or ts_ms < self.until_ts_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRule:
    """One version of the rule of one community. The first rate that holds is the one; no rate means no points."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Name
    version: Annotated[int, Field(ge=1, le=2**53 - 1)]
    community: Name
    rates: Annotated[tuple[Rate, ...], Field(max_length=64)] = ()

    def rate_x1000(self, category: Category, ts_ms: int | None) -> int | None:
        """Return points a kilogram x 1000; None where it depends on the date and nobody knows that."""
        rates = [rate for rate in self.rates if rate.category is category]
        if ts_ms is None:
            dated = any(rate.from_ts_ms is not None or rate.until_ts_ms is not None for rate in rates)
            ts_ms = 0
            if dated:
                return None
        return next((rate.points_per_kg_x1000 for rate in rates if rate.holds(ts_ms)), 0)


class PointsRuleError(GatewayError):
    """A points rule cannot be used; one line for each problem, each naming its field."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


def points_of(net_g: int, rate_x1000: int) -> int:
    """Return the whole points of one delivery, rounded down, never negative."""
    return max(0, net_g) * rate_x1000 // PER_POINT


_FORM: TypeAdapter[PointsRule] = TypeAdapter(PointsRule)


def read_points_rule(data: Mapping[str, object]) -> PointsRule:
    """Return the rule that a JSON-able object describes; raise PointsRuleError with every problem of it."""
    try:
        text = json.dumps(data, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise PointsRuleError((f"points rule: cannot be written as JSON ({error})",)) from None
    try:
        return _FORM.validate_json(text)
    except ValidationError as error:
        raise PointsRuleError(problems_of(error, "points rule")) from None


def write_points_rule(rule: PointsRule) -> dict[str, JsonValue]:
    """Return the rule as a JSON-able object; `read_points_rule` makes the same rule of it."""
    return dict(_FORM.dump_python(rule, mode="json"))


def digest(rule: PointsRule) -> str:
    """Return the SHA-256, in hexadecimal, of everything that the rule says."""
    text = json.dumps(write_points_rule(rule), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()

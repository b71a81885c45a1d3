"""What registers, stock and bins show at one moment: the marks between which a day is counted. Pure values.

Edge stores a mark every hour. The first one of a local day ends the day before and begins its own, so that every
watt-hour, piece and gram belongs to exactly one day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue, TypeAdapter

WHAT = "mark"
"""How the event of a mark calls itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article on one shelf as the books have it; `price_mil` is 0.001 yuan."""

    shelf: str
    sku: str
    count: int
    price_mil: int
    unit_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The scale of a shelf: what it showed after the last order, and what it shows; None where it says nothing."""

    shelf: str
    expected_g: int | None
    grams: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A weighing bin; gross grams, None where its scale says nothing."""

    name: str
    category: str
    gross_g: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One moment.

    `day` is the local date, `into_day_s` the seconds since its midnight. `folded_to` is the number of the last event
    that happened before. `registers`: energy, Wh, by meter and by outlet; one that was not read lately is not there.
    `meters`: every device that meters energy. `feeds`: which devices hang behind which of them. `unacknowledged`:
    settlements that nobody has acknowledged.
    """

    day: str
    into_day_s: int
    ts_ms: int
    folded_to: int
    registers: Mapping[str, float] = field(default_factory=dict)
    meters: tuple[str, ...] = ()
    feeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    articles: tuple[Article, ...] = ()
    scales: tuple[Scale, ...] = ()
    containers: tuple[Container, ...] = ()
    running: int = 0
    unacknowledged: tuple[str, ...] = ()


_FORM: TypeAdapter[Mark] = TypeAdapter(Mark)


def write_mark(mark: Mark) -> dict[str, JsonValue]:
    """Return the body of a mark's event."""
    return {"what": WHAT, **_FORM.dump_python(mark, mode="json")}


def read_mark(body: Mapping[str, object]) -> Mark:
    """Return the mark that `write_mark` wrote. Raises `ValueError` where it is none."""
    return _FORM.validate_python({name: value for name, value in body.items() if name != "what"})

"""One versioned price list for many cabinets: what each article costs and weighs. Pure values.

A list never changes: another price is another version, and the digest says which one a receipt means. An order keeps
the prices that it was made with.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from gateway.model.errors import GatewayError
from gateway.orders.problem import problems_of
from gateway.orders.purchase.shelf import Shelf

STRICT = ConfigDict(extra="forbid", strict=True)
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article: `price_mil` in 0.001 yuan, a whole number of fen; a piece weighs `unit_g` +- `tolerance_g`.

    A weight of 0 means that scales cannot prove it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    sku: Name
    name: Annotated[str, Field(max_length=80)]
    price_mil: Annotated[int, Field(ge=0, le=100_000_000, multiple_of=10)]
    unit_g: Annotated[int, Field(ge=0, le=100_000)] = 0
    tolerance_g: Annotated[int, Field(ge=0, le=10_000)] = 0

    def __post_init__(self) -> None:
        if self.tolerance_g and self.tolerance_g >= self.unit_g:
            raise ValueError("tolerance_g: must be less than unit_g")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """One version of the list."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    id: Name
    version: Annotated[int, Field(ge=1, le=2**53 - 1)]
    articles: Annotated[tuple[Article, ...], Field(min_length=1, max_length=5000)]

    def __post_init__(self) -> None:
        twice = [sku for sku, count in Counter(article.sku for article in self.articles).items() if count > 1]
        if twice:
            raise ValueError(f"articles: named twice: {', '.join(sorted(twice))}")

    def of(self, sku: str) -> Article | None:
        """Return the article with this number, None where the list does not know it."""
        return next((article for article in self.articles if article.sku == sku), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRef:
    """Which list the prices of an order are from."""

    id: str
    version: int
    digest: str


class PriceListError(GatewayError):
    """A price list cannot be used; one line for each problem, each naming its field."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


_FORM: TypeAdapter[PriceList] = TypeAdapter(PriceList)


def read_price_list(data: Mapping[str, object]) -> PriceList:
    """Return the list that a JSON-able object describes; raise PriceListError with every problem of it."""
    try:
        text = json.dumps(data, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise PriceListError((f"price list: cannot be written as JSON ({error})",)) from None
    try:
        return _FORM.validate_json(text)
    except ValidationError as error:
        raise PriceListError(problems_of(error, "price list")) from None


def write_price_list(prices: PriceList) -> dict[str, JsonValue]:
    """Return the list as a JSON-able object; `read_price_list` makes the same list of it."""
    return dict(_FORM.dump_python(prices, mode="json"))


def digest(prices: PriceList) -> str:
    """Return the SHA-256, in hexadecimal, of everything that the list says."""
    text = json.dumps(write_price_list(prices), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def reference(prices: PriceList) -> PriceRef:
    """Return what an order says of the list that it was made with."""
    return PriceRef(id=prices.id, version=prices.version, digest=digest(prices))


def priced(shelf: Shelf, prices: PriceList) -> Shelf:
    """Return the shelf at the prices and weights of a list; raise PriceListError for an article that it does not know.

    Raises `ValueError` where the shelf's scale cannot prove an article.
    """
    stocks, unknown = [], []
    for stock in shelf.stock:
        article = prices.of(stock.sku)
        if article is None:
            unknown.append(f"price list {prices.id} version {prices.version}: lacks {stock.sku} of shelf {shelf.name}")
        else:
            stocks.append(
                replace(stock, price_mil=article.price_mil, unit_g=article.unit_g, tolerance_g=article.tolerance_g)
            )
    if unknown:
        raise PriceListError(tuple(unknown))
    return replace(shelf, stock=tuple(stocks))

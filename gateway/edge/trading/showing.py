"""How a cabinet or a bin stands, for those who look from outside. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.edge.trading.books import why_of
from gateway.model.device import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.edge.book import Book
    from gateway.edge.trading.books import Books
    from gateway.edge.trading.setup import TradingSetup

FRESH_S = 180.0
"""A reading older than this is not shown as one of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfView:
    """`count`: pieces by the books; `stopped`: why nothing is sold from it."""

    name: str
    count: int
    grams: int | None
    stopped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """A cabinet (`shelves`, `celsius`), or a bin of one `category`. None: not known now."""

    kind: str
    doors: tuple[str, ...]
    shelves: tuple[ShelfView, ...] = ()
    celsius: float | None = None
    most_c: float | None = None
    category: str = ""
    grams: int | None = None
    level_pct: int | None = None
    stopped: str = ""


class PlaceViews:
    """The cabinets and bins of one site, by the lock board that opens them. `book` has the readings."""

    def __init__(self, book: Book, setup: TradingSetup) -> None:
        self._book = book
        self._setup = setup

    def behind(self, lock: str, books: Books, now_s: float) -> Mapping[str, PlaceView]:
        """Return what a lock board opens, by its name; empty for any other device."""
        return dict((*self._cabinets(lock, books, now_s), *self._bins(lock, books, now_s)))

    def _cabinets(self, lock: str, books: Books, now_s: float) -> Iterator[tuple[str, PlaceView]]:
        for cabinet in self._setup.cabinets.values():
            if cabinet.lock != lock:
                continue
            known = books.cabinets[cabinet.name]
            scales = {shelf: scale for scale, shelf in cabinet.weighers.items()}
            shelves = tuple(
                ShelfView(
                    name=shelf.name,
                    count=sum(stock.count for stock in shelf.stock),
                    grams=self._grams(scales.get(shelf.name, ""), now_s),
                    stopped=why_of(health),
                )
                for shelf, health in zip(known.shelves, known.health, strict=True)
            )
            celsius = self._fresh(cabinet.thermometer, Role.TEMPERATURE, now_s)
            most_c = cabinet.rules.most_c
            yield (
                cabinet.name,
                PlaceView(kind="cabinet", doors=cabinet.doors, shelves=shelves, celsius=celsius, most_c=most_c),
            )

    def _bins(self, lock: str, books: Books, now_s: float) -> Iterator[tuple[str, PlaceView]]:
        for each in self._setup.bins.values():
            if each.station != lock:
                continue
            fullness = books.bins[each.name].fullness
            yield (
                each.name,
                PlaceView(
                    kind="bin",
                    doors=(each.door,),
                    category=str(each.category),
                    grams=self._grams(each.weigher, now_s),
                    level_pct=fullness.pct,
                    stopped="full" if fullness.is_full else "",
                ),
            )

    def _grams(self, scale: str, now_s: float) -> int | None:
        value = self._fresh(scale, Role.WEIGHT, now_s)
        return None if value is None else round(value * self._setup.grams[scale])

    def _fresh(self, name: str, role: Role, now_s: float) -> float | None:
        found = self._book.places.value(name, role) if name else None
        return None if found is None or now_s - found[1] > FRESH_S else found[0]

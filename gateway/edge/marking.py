"""What registers, stock and bins show now, as edge knows it: a mark of the day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.device import Kind, Role
from gateway.orders.reconcile.mark import Article, Container, Mark, Scale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from gateway.edge.book import Book
    from gateway.edge.journal import Moment
    from gateway.edge.trading.books import Books
    from gateway.edge.trading.setup import TradingSetup
    from gateway.model.site import Site

FRESH_S = 180.0
"""A reading older than this is none: meters are read once a minute."""

HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """How the business of a site stands: its goods, its orders under way, the settlements that wait.

    `busy`: cabinets where somebody takes or brings goods, so that no scale has to fit the books.
    """

    books: Books
    busy: frozenset[str]
    running: int
    unacknowledged: tuple[str, ...]


class Marker:
    """One site."""

    def __init__(self, site: Site, book: Book, trading: TradingSetup) -> None:
        self._book = book
        self._trading = trading
        self._meters = tuple(
            device.name
            for device in site.devices
            if device.model.kind is Kind.METER and Role.ENERGY in device.model.roles
        )
        self._outlets = tuple(
            f"{device.name}/{outlet.name}"
            for device in site.devices
            for outlet in device.model.outlets
            if Role.ENERGY in outlet.roles
        )
        self._feeds = {device.name: device.feeds for device in site.devices if device.feeds}

    def mark(self, business: Business, folded_to: int, now: Moment, local: datetime) -> Mark:
        """Return how everything stands; `local` is `now` where the site is."""
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return Mark(
            day=local.date().isoformat(),
            into_day_s=round((local - midnight).total_seconds()),
            ts_ms=now.ts_ms,
            folded_to=folded_to,
            registers=dict(self._registers(now)),
            meters=self._meters,
            feeds=self._feeds,
            articles=tuple(_articles(business.books)),
            scales=tuple(self._scales(business, now)),
            containers=tuple(self._containers(now)),
            running=business.running,
            unacknowledged=business.unacknowledged,
        )

    def _registers(self, now: Moment) -> Iterator[tuple[str, float]]:
        for name in (*self._meters, *self._outlets):
            wh = self._fresh(name, Role.ENERGY, now)
            if wh is not None:
                yield name, wh

    def _scales(self, business: Business, now: Moment) -> Iterator[Scale]:
        cabinets = business.books.cabinets
        expected_g = {shelf.name: shelf.expected_g for each in cabinets.values() for shelf in each.shelves}
        for name in sorted(self._trading.cabinets.keys() - business.busy):
            cabinet = self._trading.cabinets[name]
            for scale, shelf in cabinet.weighers.items():
                yield Scale(shelf=shelf, expected_g=expected_g[shelf], grams=self._grams(scale, now))

    def _containers(self, now: Moment) -> Iterator[Container]:
        for each in self._trading.bins.values():
            yield Container(name=each.name, category=str(each.category), gross_g=self._grams(each.weigher, now))

    def _grams(self, scale: str, now: Moment) -> int | None:
        """Return what a scale shows at rest."""
        value = self._fresh(scale, Role.WEIGHT, now)
        stable = self._book.places.value(scale, Role.STABLE)
        is_moving = stable is not None and stable[0] < HALF
        return None if value is None or is_moving else round(value * self._trading.grams[scale])

    def _fresh(self, name: str, role: Role, now: Moment) -> float | None:
        found = self._book.places.value(name, role)
        return None if found is None or now.mono_s - found[1] > FRESH_S else found[0]


def _articles(books: Books) -> Iterator[Article]:
    for cabinet in books.cabinets.values():
        for shelf in cabinet.shelves:
            for stock in shelf.stock:
                yield Article(
                    shelf=shelf.name,
                    sku=stock.sku,
                    count=stock.count,
                    price_mil=stock.price_mil,
                    unit_g=stock.unit_g,
                )

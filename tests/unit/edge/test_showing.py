"""How cabinets and bins stand: only what was read lately, and why nothing is sold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from gateway.edge.trading.books import books_of
from gateway.edge.trading.setup import TradingSetup
from gateway.edge.trading.showing import FRESH_S, PlaceViews
from gateway.model.device import Role
from gateway.orders.clock import Now
from gateway.orders.deposit.fullness import Fullness
from gateway.orders.purchase.health import Stop
from tests.scenario.trading_side import SITE

if TYPE_CHECKING:
    from gateway.edge.book import Book

SETUP = TradingSetup(SITE)
EMPTY = books_of({}, SETUP, Now(at_ms=0, ts_ms=0, clock=2))


class Read:
    """A book of readings, all taken at 100 s."""

    def __init__(self, values: dict[tuple[str, Role], float]) -> None:
        self._values = values
        self.places = self

    def value(self, name: str, role: Role) -> tuple[float, float] | None:
        return (self._values[name, role], 100.0) if (name, role) in self._values else None


def views(**kilograms: float) -> PlaceViews:
    values = {(scale, Role.WEIGHT): value for scale, value in kilograms.items()}
    return PlaceViews(cast("Book", Read({("air", Role.TEMPERATURE): 4.5, **values})), SETUP)


def test_a_cabinet_shows_its_shelves_and_its_temperature_while_they_are_fresh() -> None:
    fridge = views(top=1.5).behind("lock", EMPTY, 101.0)["fridge"]
    assert (fridge.kind, fridge.celsius, fridge.most_c) == ("cabinet", 4.5, 5.0)
    assert [shelf.grams is None for shelf in fridge.shelves] == [False, True, True]
    old = views(top=1.5).behind("lock", EMPTY, 101.0 + FRESH_S)["fridge"]
    assert (old.celsius, old.shelves[0].grams) == (None, None)


def test_a_shelf_says_why_nothing_is_sold_from_it() -> None:
    cabinet = EMPTY.cabinets["fridge"]
    warm = replace(cabinet.health[0], stops=frozenset({Stop.TOO_WARM, Stop.EXPIRED}))
    books = EMPTY.with_cabinet("fridge", replace(cabinet, health=(warm, *cabinet.health[1:])))
    shelves = views().behind("lock", books, 101.0)["fridge"].shelves
    assert [shelf.stopped for shelf in shelves] == ["expired, too-warm", "", ""]


def test_a_full_bin_says_so_and_another_board_opens_nothing() -> None:
    full = replace(EMPTY.bins["glass"], fullness=Fullness(pct=97, is_full=True))
    shown: dict[str, Any] = dict(views().behind("bins", EMPTY.with_bin("glass", full), 101.0))
    assert shown.keys() == {"glass"}
    assert (shown["glass"].level_pct, shown["glass"].stopped, shown["glass"].category) == (97, "full", "recyclable")
    assert views().behind("air", EMPTY, 101.0) == {}

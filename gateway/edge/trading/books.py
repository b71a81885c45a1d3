"""What is known of cabinets and bins between their orders: stock, health, doors, fullness, alarms. Pure values.

Every value is stored under a name of its own, and changes in the transaction of the event that changed it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from gateway.edge.trading.setup import Cabinet, TradingSetup
from gateway.orders.clock import Now
from gateway.orders.deposit.fullness import Fullness
from gateway.orders.deposit.station import Station
from gateway.orders.purchase.doors import Watched
from gateway.orders.purchase.health import Health, power_up
from gateway.orders.purchase.shelf import Shelf, Stock

ALARMS = "trading/alarms"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CabinetBooks:
    """`health` has one entry for each of the `shelves`."""

    shelves: tuple[Shelf, ...]
    health: tuple[Health, ...]
    watched: Watched = field(default_factory=Watched)

    def behind(self, doors: frozenset[str]) -> tuple[Shelf, ...]:
        """Return the shelves behind these doors."""
        return tuple(shelf for shelf in self.shelves if shelf.door in doors)

    def stops(self, doors: frozenset[str]) -> dict[str, str]:
        """Return each shelf behind these doors that must not be sold from, and why."""
        pairs = zip(self.shelves, self.health, strict=True)
        return {s.name: why_of(health) for s, health in pairs if s.door in doors and health.stops}


@dataclass(frozen=True, slots=True, kw_only=True)
class BinBooks:
    """What is known of one bin."""

    fullness: Fullness = field(default_factory=Fullness)
    watched: Watched = field(default_factory=Watched)


_CABINET: TypeAdapter[CabinetBooks] = TypeAdapter(CabinetBooks)
_BIN: TypeAdapter[BinBooks] = TypeAdapter(BinBooks)
_STATION: TypeAdapter[Station] = TypeAdapter(Station)
_ALARMS: TypeAdapter[frozenset[tuple[str, str]]] = TypeAdapter(frozenset[tuple[str, str]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """One site, by the names of cabinets, bins and stations. `alarms` are those that are active: (target, alarm).

    `inputs` are the contacts that were seen on; they are not stored, and seen anew after a start.
    """

    cabinets: Mapping[str, CabinetBooks]
    bins: Mapping[str, BinBooks]
    stations: Mapping[str, Station]
    alarms: frozenset[tuple[str, str]] = frozenset()
    inputs: frozenset[str] = frozenset()

    def with_cabinet(self, name: str, books: CabinetBooks) -> "Books":
        return replace(self, cabinets={**self.cabinets, name: books})

    def with_bin(self, name: str, books: BinBooks) -> "Books":
        return replace(self, bins={**self.bins, name: books})

    def with_station(self, name: str, station: Station) -> "Books":
        return replace(self, stations={**self.stations, name: station})

    def changes(self, before: "Books") -> dict[str, bytes]:
        """Return what has to be stored of these books where those before are stored."""
        found: dict[str, bytes] = {}
        for name, cabinet in self.cabinets.items():
            if cabinet != before.cabinets[name]:
                found[f"cabinet/{name}"] = _CABINET.dump_json(cabinet)
        for name, each in self.bins.items():
            if each != before.bins[name]:
                found[f"bin/{name}"] = _BIN.dump_json(each)
        for name, station in self.stations.items():
            if station != before.stations[name]:
                found[f"station/{name}"] = _STATION.dump_json(station)
        if self.alarms != before.alarms:
            found[ALARMS] = _ALARMS.dump_json(self.alarms)
        return found


def books_of(states: Mapping[str, bytes], setup: TradingSetup, now: Now) -> Books:
    """Return the books among stored values as a site file with its articles and prices has them now.

    What cannot be read begins empty: nothing is sold that nobody has counted.
    """
    return Books(
        cabinets={name: _cabinet(states.get(f"cabinet/{name}"), each, now) for name, each in setup.cabinets.items()},
        bins={name: _read(_BIN, states.get(f"bin/{name}")) or BinBooks() for name in setup.bins},
        stations={
            name: _read(_STATION, states.get(f"station/{name}")) or Station()
            for name in {each.station for each in setup.bins.values()}
        },
        alarms=_read(_ALARMS, states.get(ALARMS)) or frozenset(),
    )


def at_prices(books: Books, setup: TradingSetup) -> Books:
    """Return the books with the prices that hold by now."""
    cabinets = {
        name: replace(each, shelves=tuple(map(stocked, setup.cabinets[name].shelves, each.shelves)))
        for name, each in books.cabinets.items()
    }
    return replace(books, cabinets=cabinets)


def why_of(health: Health) -> str:
    """Return in words why a shelf is on stop-sale; empty where it is not."""
    return ", ".join(sorted(stop.value for stop in health.stops))


def _cabinet(stored: bytes | None, setup: Cabinet, now: Now) -> CabinetBooks:
    """Return a cabinet's books: the site file says what stands where at what price, the books how much of it."""
    kept = _read(_CABINET, stored)
    shelves = {} if kept is None else {shelf.name: shelf for shelf in kept.shelves}
    healths = {} if kept is None else dict(zip(shelves, kept.health, strict=False))
    return CabinetBooks(
        shelves=tuple(stocked(shelf, shelves.get(shelf.name)) for shelf in setup.shelves),
        health=tuple(power_up(now, healths.get(shelf.name)) for shelf in setup.shelves),
        watched=Watched() if kept is None else kept.watched,
    )


def stocked(shelf: Shelf, kept: Shelf | None) -> Shelf:
    """Return a shelf of the site file with the goods and the weight that the books have for it."""
    if kept is None:
        return shelf
    goods: dict[str, Stock] = {stock.sku: stock for stock in kept.stock}
    stock = tuple(
        replace(each, batches=goods[each.sku].batches, tags=goods[each.sku].tags) if each.sku in goods else each
        for each in shelf.stock
    )
    return replace(shelf, stock=stock, expected_g=kept.expected_g)


def _read(form: TypeAdapter[T], stored: bytes | None) -> T | None:
    if stored is None:
        return None
    try:
        return form.validate_json(stored)
    except (ValidationError, ValueError):
        return None

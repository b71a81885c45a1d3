"""What the demo's community holds, as its screen and its residents know it: piles, shelves behind doors, bins. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.model.device import Kind
from gateway.site.shelves import outlet_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfPlace:
    """One shelf with one article on a scale. `door` is its outlet, `unit_g` the weight of one piece."""

    cabinet: str
    name: str
    number: int
    door: str
    weigher: str
    sku: str
    article: str
    unit_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BinPlace:
    """One bin. `level` is its sensor, empty where it has none."""

    name: str
    station: str
    door: str
    weigher: str
    level: str
    empty_mm: float
    full_mm: float

    def level_pct(self, distance_mm: float) -> int:
        """Return how full it is, by the distance down to the waste."""
        return round(100 * (self.empty_mm - distance_mm) / (self.empty_mm - self.full_mm))


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """`piles`: the line of each."""

    piles: Mapping[str, str]
    shelves: tuple[ShelfPlace, ...] = ()
    bins: tuple[BinPlace, ...] = ()

    @property
    def sensors(self) -> tuple[str, ...]:
        """The scales and level sensors."""
        levels = [each.level for each in self.bins if each.level]
        return (*(shelf.weigher for shelf in self.shelves), *(each.weigher for each in self.bins), *levels)

    def article(self, sku: str) -> str:
        """Return what people call an article."""
        return next((shelf.article for shelf in self.shelves if shelf.sku == sku), sku)


def community_of(site: Site) -> Community:
    """Return what a site holds; of a shelf with several articles the first."""
    said: Mapping[str, Any] = site.trading
    articles = {each["sku"]: each for prices in said.get("price_lists", ()) for each in prices["articles"]}
    return Community(
        piles={device.name: device.bus for device in site.devices if device.model.kind is Kind.PILE},
        shelves=tuple(
            _shelf(cabinet, shelf, articles[shelf["articles"][0]])
            for cabinet in said.get("cabinets", ())
            for shelf in cabinet["shelves"]
            if shelf["weigher"]
        ),
        bins=tuple(_bin(each) for each in said.get("bins", ())),
    )


def _shelf(cabinet: Mapping[str, Any], said: Mapping[str, Any], article: Mapping[str, Any]) -> ShelfPlace:
    return ShelfPlace(
        cabinet=cabinet["name"],
        name=f"{cabinet['name']}/{said['name']}",
        number=said["door"],
        door=outlet_of(cabinet["lock"], said["door"]),
        weigher=said["weigher"],
        sku=article["sku"],
        article=article["name"],
        unit_g=article["unit_g"],
    )


def _bin(said: Mapping[str, Any]) -> BinPlace:
    return BinPlace(
        name=said["name"],
        station=said["lock"],
        door=outlet_of(said["lock"], said["door"]),
        weigher=said["weigher"],
        level=said["level"] or "",
        empty_mm=said["empty_mm"] or 1.0,
        full_mm=said["full_mm"] or 0.0,
    )

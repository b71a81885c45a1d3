"""Cabinets and bins as the desk uses them: which doors, scales and sensors belong together, and what is sold. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gateway.model.device import Role
from gateway.orders.deposit.fullness import FullnessRules
from gateway.orders.deposit.order import Settings
from gateway.orders.deposit.points_rule import Category, read_points_rule
from gateway.orders.purchase.health import Climate, Rules
from gateway.orders.purchase.prices import PriceListError, priced, read_price_list, reference
from gateway.site.shelves import newest, outlet_of, shelf_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.model.site import Device, Site
    from gateway.orders.deposit.points_rule import PointsRule
    from gateway.orders.purchase.prices import PriceList, PriceRef
    from gateway.orders.purchase.shelf import Shelf

GRAMS = {"g": 1.0, "kg": 1_000.0, "t": 1_000_000.0}


class InputKind(StrEnum):
    """What a contact tells."""

    HAND = "hand"
    JAM = "jam"
    WRONG = "wrong"
    DEFROST = "defrost"
    PRESENCE = "presence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A contact at a cabinet or a bin (`place`); `shelf` is that of a presence."""

    kind: InputKind
    place: str
    inverted: bool
    shelf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cabinet:
    """`shelves` are priced and without stock: counts are the books'. `weighers`: scale -> shelf."""

    name: str
    lock: str
    shelves: tuple[Shelf, ...]
    weighers: Mapping[str, str]
    prices: PriceRef
    thermometer: str
    rules: Rules

    @property
    def doors(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(shelf.door for shelf in self.shelves))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """`station` is its lock board: residents of all its doors are known to one another."""

    name: str
    station: str
    door: str
    weigher: str
    level: str
    category: Category
    rule: PointsRule
    settings: Settings
    tare_g: int
    fullness: FullnessRules | None


class TradingSetup:
    """One site. `grams`: what one unit of a scale's reading weighs.

    `home_prices`: the price lists of the site file. `unfit`: why the newest list is not sold by, for each cabinet where
    that is so. `revision` counts how often prices have changed.
    """

    def __init__(self, site: Site) -> None:
        said: Mapping[str, Any] = site.trading
        lists = newest(read_price_list(written) for written in said.get("price_lists", ()))
        self.home_prices: Mapping[str, PriceList] = lists
        self.unfit: dict[str, str] = {}
        self.revision = 0
        rules = newest(read_points_rule(written) for written in said.get("points_rules", ()))
        self.cabinets = {each["name"]: _cabinet(each, lists) for each in said.get("cabinets", ())}
        self.bins = {each["name"]: _bin(each, rules) for each in said.get("bins", ())}
        self.doors = {door: cabinet.name for cabinet in self.cabinets.values() for door in cabinet.doors}
        self.doors |= {each.door: each.name for each in self.bins.values()}
        self.scales = {scale: cabinet.name for cabinet in self.cabinets.values() for scale in cabinet.weighers}
        self.scales |= {each.weigher: each.name for each in self.bins.values()}
        self.levels = {each.level: each.name for each in self.bins.values() if each.level}
        self.thermometers = {each.thermometer: each.name for each in self.cabinets.values() if each.thermometer}
        self.inputs = dict(_inputs(said))
        self.targets = {*self.doors, *self.scales, *self.levels, *self.thermometers}
        self.devices = {target.partition("/")[0] for target in (*self.targets, *self.inputs)}
        self.grams = {device.name: _grams(device) for device in site.devices if device.name in self.scales}
        self.card_list_age_most_s = 0 if site.cards is None else site.cards.list_age_most_s

    def cabinets_at(self, prices: PriceList) -> dict[str, Cabinet]:
        """Return the cabinets that go by a list, at its prices.

        Raises `PriceListError` for an article that it lacks, `ValueError` for one that a scale cannot prove.
        """
        concerned = [cabinet for cabinet in self.cabinets.values() if cabinet.prices.id == prices.id]
        return {cabinet.name: _at(cabinet, prices) for cabinet in concerned}

    def price(self, pushed: Mapping[str, PriceList]) -> None:
        """Sell by these lists, and by those of the site file where there is none or a cabinet cannot sell by it."""
        self.revision += 1
        for cabinet in tuple(self.cabinets.values()):
            home = _at(cabinet, self.home_prices[cabinet.prices.id])
            self.unfit.pop(cabinet.name, None)
            try:
                found = pushed.get(cabinet.prices.id)
                self.cabinets[cabinet.name] = home if found is None else _at(cabinet, found)
            except (PriceListError, ValueError) as error:  # the site file has changed since it was pushed
                self.cabinets[cabinet.name] = home
                self.unfit[cabinet.name] = str(error)


def _inputs(said: Mapping[str, Any]) -> Iterator[tuple[str, Input]]:
    """Yield the contacts of a site, by `device/point`."""
    for cabinet in said.get("cabinets", ()):
        yield from _input(cabinet, InputKind.DEFROST, cabinet["name"])
        for shelf in cabinet["shelves"]:
            yield from _input(shelf, InputKind.PRESENCE, cabinet["name"], f"{cabinet['name']}/{shelf['name']}")
    for each in said.get("bins", ()):
        for kind in (InputKind.HAND, InputKind.JAM, InputKind.WRONG):
            yield from _input(each, kind, each["name"])


def _input(owner: Mapping[str, Any], kind: InputKind, place: str, shelf: str = "") -> Iterator[tuple[str, Input]]:
    said = owner.get(kind)
    if said is not None:
        found = Input(kind=kind, place=place, shelf=shelf, inverted=said["inverted"])
        yield f"{said['device']}/{said['point']}", found


def _at(cabinet: Cabinet, prices: PriceList) -> Cabinet:
    """Return a cabinet at the prices of a list."""
    shelves = tuple(priced(shelf, prices) for shelf in cabinet.shelves)
    return replace(cabinet, shelves=shelves, prices=reference(prices))


def _cabinet(said: Mapping[str, Any], lists: Mapping[str, Any]) -> Cabinet:
    prices = lists[said["prices"]]
    shelves = tuple(shelf_of(said, each, prices) for each in said["shelves"])
    return Cabinet(
        name=said["name"],
        lock=said["lock"],
        shelves=shelves,
        weighers={
            each["weigher"]: shelf.name
            for each, shelf in zip(said["shelves"], shelves, strict=True)
            if each.get("weigher")
        },
        prices=reference(prices),
        thermometer=said.get("thermometer") or "",
        rules=Rules(climate=Climate(said["climate"]), limit_c=said.get("limit_c")),
    )


def _bin(said: Mapping[str, Any], rules: Mapping[str, Any]) -> Bin:
    level = said.get("level") or ""
    return Bin(
        name=said["name"],
        station=said["lock"],
        door=outlet_of(said["lock"], said["door"]),
        weigher=said["weigher"],
        level=level,
        category=Category(said["category"]),
        rule=rules[said["points"]],
        settings=replace(Settings(), full_g=said["full_g"], most_g=said["most_g"]),
        tare_g=said["tare_g"],
        fullness=FullnessRules(empty_mm=said["empty_mm"], full_mm=said["full_mm"]) if level else None,
    )


def _grams(device: Device) -> float:
    point = device.model.roles.get(Role.WEIGHT)
    return GRAMS.get("g" if point is None else point.unit, 1.0)

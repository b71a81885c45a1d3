"""Cabinets and bins as the desk uses them: which doors, scales and sensors belong together, and what is sold. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.model.device import Role
from gateway.orders.deposit.fullness import FullnessRules
from gateway.orders.deposit.order import Settings
from gateway.orders.deposit.points_rule import Category, read_points_rule
from gateway.orders.purchase.health import Climate, Rules
from gateway.orders.purchase.prices import read_price_list, reference
from gateway.site.shelves import newest, outlet_of, shelf_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.site import Device, Site
    from gateway.orders.deposit.points_rule import PointsRule
    from gateway.orders.purchase.prices import PriceRef
    from gateway.orders.purchase.shelf import Shelf

GRAMS = {"g": 1.0, "kg": 1_000.0, "t": 1_000_000.0}


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
    """One site. `grams`: what one unit of a scale's reading weighs."""

    def __init__(self, site: Site) -> None:
        said: Mapping[str, Any] = site.trading
        lists = newest(read_price_list(written) for written in said.get("price_lists", ()))
        rules = newest(read_points_rule(written) for written in said.get("points_rules", ()))
        self.cabinets = {each["name"]: _cabinet(each, lists) for each in said.get("cabinets", ())}
        self.bins = {each["name"]: _bin(each, rules) for each in said.get("bins", ())}
        self.doors = {door: cabinet.name for cabinet in self.cabinets.values() for door in cabinet.doors}
        self.doors |= {each.door: each.name for each in self.bins.values()}
        self.scales = {scale: cabinet.name for cabinet in self.cabinets.values() for scale in cabinet.weighers}
        self.scales |= {each.weigher: each.name for each in self.bins.values()}
        self.levels = {each.level: each.name for each in self.bins.values() if each.level}
        self.thermometers = {each.thermometer: each.name for each in self.cabinets.values() if each.thermometer}
        self.targets = {*self.doors, *self.scales, *self.levels, *self.thermometers}
        self.devices = {target.partition("/")[0] for target in self.targets}
        self.grams = {device.name: _grams(device) for device in site.devices if device.name in self.scales}


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

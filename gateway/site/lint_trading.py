"""Judge the cabinets and bins of a site file, their price lists and points rules. Pure; field has no use for them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from gateway.model.device import Action, Kind, PointType, Role
from gateway.orders.deposit.points_rule import PointsRuleError, read_points_rule
from gateway.orders.purchase.prices import PriceListError, read_price_list
from gateway.profile.findings import did_you_mean
from gateway.site.lint_tariffs import note_field
from gateway.site.shelves import newest, shelf_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.model.device import DeviceModel
    from gateway.profile.document import Path
    from gateway.profile.findings import Findings
    from gateway.site.schema import SiteFile
    from gateway.site.trading import BinSpec, CabinetSpec, InputSpec

SLOWEST_MS = 1000.0
"""Doors and weights must be read at least so often: a weight counts as at rest only where it is looked at."""

COLD = ("frozen", "chilled")


def lint_trading(site: SiteFile, models: Mapping[str, DeviceModel], findings: Findings) -> None:
    """Note what is wrong with cabinets and bins: devices missing, unfit or used twice, goods without a price."""
    _Trading(site, models, findings).lint()


@dataclass(frozen=True, slots=True)
class _Use:
    """What a device must be able to do for its part: the role that must be read, how often, and what it is called."""

    kind: Kind
    role: Role
    slowest_ms: float | None


_LOCK = _Use(Kind.LOCK, Role.DOOR, SLOWEST_MS)
_WEIGHER = _Use(Kind.WEIGHER, Role.WEIGHT, SLOWEST_MS)
_THERMOMETER = _Use(Kind.SENSOR, Role.TEMPERATURE, None)
INPUTS = ("hand", "jam", "wrong")
"""What contacts of a bin tell."""

_LEVEL = _Use(Kind.LEVEL, Role.DISTANCE, None)


class _Trading:
    """One site file. `_taken`: doors, scales and sensors that have their part, and where they got it."""

    def __init__(self, site: SiteFile, models: Mapping[str, DeviceModel], findings: Findings) -> None:
        self._site = site
        self._models = {device.name: models.get(device.profile) for device in site.devices}
        self._findings = findings
        self._taken: dict[str, Path] = {}
        self._names: dict[str, Path] = {}

    def lint(self) -> None:
        site = self._site
        lists = self._read("price_lists", site.price_lists, read_price_list)
        rules = self._read("points_rules", site.points_rules, read_points_rule)
        for index, cabinet in enumerate(site.cabinets):
            self._cabinet(("cabinets", index), cabinet, lists)
        for index, each in enumerate(site.bins):
            self._bin(("bins", index), each, rules)

    # ------------------------------------------------------------------ the two sorts

    def _cabinet(self, path: Path, cabinet: CabinetSpec, lists: Mapping[str, Any] | None) -> None:
        self._once(self._names, cabinet.name, (*path, "name"), "cabinet or bin")
        lock = self._device((*path, "lock"), cabinet.lock, _LOCK)
        if cabinet.thermometer is not None:
            self._device((*path, "thermometer"), cabinet.thermometer, _THERMOMETER)
            self._once(self._taken, cabinet.thermometer, (*path, "thermometer"), "use of")
        elif cabinet.climate in COLD:
            self._findings.add((*path, "climate"), f"{cabinet.climate} goods need a `thermometer` to be sold by")
        self._input((*path, "defrost"), cabinet.defrost)
        prices = None if lists is None else lists.get(cabinet.prices)
        if lists is not None and prices is None:
            what = f"there is no price list `{cabinet.prices}`"
            self._findings.add((*path, "prices"), what, did_you_mean(cabinet.prices, lists))
        shelves: dict[str, Path] = {}
        doors: set[int] = set()
        for index, shelf in enumerate(cabinet.shelves):
            here = (*path, "shelves", index)
            self._once(shelves, shelf.name, (*here, "name"), "shelf")
            if shelf.door not in doors:
                self._door((*here, "door"), cabinet.lock, lock, shelf.door)
            doors.add(shelf.door)
            if shelf.weigher is not None:
                self._device((*here, "weigher"), shelf.weigher, _WEIGHER)
                self._once(self._taken, shelf.weigher, (*here, "weigher"), "use of")
            self._input((*here, "presence"), shelf.presence)
            if prices is not None:
                self._shelf((*here, "articles"), cabinet, index, prices)

    def _shelf(self, path: Path, cabinet: CabinetSpec, index: int, prices: Any) -> None:
        try:
            shelf_of(cabinet.model_dump(mode="json"), cabinet.shelves[index].model_dump(mode="json"), prices)
        except (PriceListError, ValueError) as error:
            self._findings.add(path, str(error))

    def _bin(self, path: Path, each: BinSpec, rules: Mapping[str, Any] | None) -> None:
        self._once(self._names, each.name, (*path, "name"), "cabinet or bin")
        self._door((*path, "door"), each.lock, self._device((*path, "lock"), each.lock, _LOCK), each.door)
        self._device((*path, "weigher"), each.weigher, _WEIGHER)
        self._once(self._taken, each.weigher, (*path, "weigher"), "use of")
        if rules is not None and each.points not in rules:
            what = f"there is no points rule `{each.points}`"
            self._findings.add((*path, "points"), what, did_you_mean(each.points, rules))
        for name in INPUTS:
            self._input((*path, name), getattr(each, name))
        if each.tare_g >= each.full_g:
            self._findings.add((*path, "full_g"), "must be more than the empty container, `tare_g`")
        if each.level is None:
            return
        self._device((*path, "level"), each.level, _LEVEL)
        self._once(self._taken, each.level, (*path, "level"), "use of")
        if each.empty_mm is None or each.full_mm is None:
            self._findings.add((*path, "level"), "a level sensor needs `empty_mm` and `full_mm`: what it reads of both")
        elif each.full_mm >= each.empty_mm:
            self._findings.add((*path, "full_mm"), "must be less than `empty_mm`: the sensor looks down at the goods")

    # ------------------------------------------------------------------ their parts

    def _device(self, path: Path, name: str, use: _Use) -> DeviceModel | None:
        """Return the model of a device that is fit for its part."""
        if name not in self._models:
            self._findings.add(path, f"there is no device `{name}`", did_you_mean(name, self._models))
            return None
        model = self._models[name]
        if model is None:
            return None
        if model.kind is not use.kind:
            self._findings.add(path, f"`{name}` is a {model.kind}, not a {use.kind}")
            return None
        points = [roles[use.role] for roles in (model.roles, *(o.roles for o in model.outlets)) if use.role in roles]
        if not points:
            self._findings.add(path, f"the profile of `{name}` says nothing of its {use.role}")
        read_in = [group for group in model.groups if any(point in points for point in group.points)]
        if use.slowest_ms is not None and any(group.period_ms > use.slowest_ms for group in read_in):
            what = f"the profile of `{name}` reads its {use.role} less than once in {use.slowest_ms:.0f} ms"
            self._findings.add(path, what)
        return model

    def _input(self, path: Path, spec: InputSpec | None) -> None:
        """Note a contact that is not there, is none, is read too seldom, or has a meaning already."""
        if spec is None:
            return
        if spec.device not in self._models:
            what = f"there is no device `{spec.device}`"
            self._findings.add((*path, "device"), what, did_you_mean(spec.device, self._models))
            return
        model, here = self._models[spec.device], (*path, "point")
        if model is None:
            return
        bits = {point.name: point for point in model.points if point.type is PointType.BIT}
        if spec.point not in bits:
            what = f"the profile of `{spec.device}` has no point `{spec.point}` of type bit"
            self._findings.add(here, what, did_you_mean(spec.point, bits))
            return
        periods = [group.period_ms for group in model.groups if bits[spec.point] in group.points]
        if min(periods, default=inf) > SLOWEST_MS:
            what = f"the profile of `{spec.device}` reads `{spec.point}` less than once in {SLOWEST_MS:.0f} ms"
            self._findings.add(here, what)
        self._once(self._taken, f"{spec.device} {spec.point}", path, "use of")

    def _door(self, path: Path, lock: str, model: DeviceModel | None, number: int) -> None:
        """Note a door that is not there, does not open, or belongs to another already."""
        if model is None:
            return
        outlet = next((outlet for outlet in model.outlets if outlet.number == number), None)
        if outlet is None:
            self._findings.add(path, f"`{lock}` has no door {number}")
        elif Action.OPEN not in outlet.actions:
            self._findings.add(path, f"`{lock}` cannot open its doors")
        self._once(self._taken, f"{lock} door {number}", path, "use of")

    def _once(self, taken: dict[str, Path], name: str, path: Path, noun: str) -> None:
        if name in taken:
            line = self._findings.document.where(self._findings.in_file(taken[name])).line
            self._findings.add(path, f"a second {noun} `{name}`", f"the first is in line {line}")
        taken.setdefault(name, path)

    def _read(
        self, section: str, written: list[dict[str, Any]], read: Callable[[Mapping[str, object]], Any]
    ) -> Mapping[str, Any] | None:
        """Return the lists or rules of a section by id, None where one of them cannot be read."""
        found = list(self._readable(section, written, read))
        return newest(found) if len(found) == len(written) else None

    def _readable(
        self, section: str, written: list[dict[str, Any]], read: Callable[[Mapping[str, object]], Any]
    ) -> Iterator[Any]:
        seen: set[tuple[str, int]] = set()
        for index, each in enumerate(written):
            try:
                made = read(each)
            except (PriceListError, PointsRuleError) as error:
                for problem in error.problems:
                    note_field((section, index), problem, each, self._findings)
                continue
            if (made.id, made.version) in seen:
                what = f"`{made.id}` version {made.version} is there already"
                self._findings.add((section, index, "id"), what)
            seen.add((made.id, made.version))
            yield made

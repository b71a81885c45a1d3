"""Which scales, level sensors and thermometers of a site stand in which cabinet or bin station. Pure.

A site file says so under `cabinets` and `bins`. For a lock board that is named in neither, names tell: a device whose
name begins with that of the board and a hyphen belongs to it, and the first number in the rest is its door. The scale
`cabinet-01-shelf-03` lies behind door 3 of the board `cabinet-01`, the scale `cabinet-01-door-2-shelf-1` behind door 2,
one without a number behind door 1. A board with a level sensor is a station of bins, any other a cabinet; a cabinet one
of whose names holds `frozen` is a freezer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.model.device import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gateway.model.site import Device, Site

_NUMBER = re.compile(r"[0-9]+")
FROZEN = "frozen"
AT_BINS = ("hand", "jam", "wrong")
"""What contacts tell of a bin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A contact that ends at an input of some device: what it tells of a door, or of the slot of that name.

    `tells` is the word of the site file: hand, jam, wrong, presence or defrost.
    """

    point: str
    tells: str
    door: int = 0
    slot: str = ""
    inverted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnishing:
    """What stands behind one lock board. `scales` and `levels` have their doors, by name; so have `slots`.

    `goods`: what lies on a scale, as articles with the weight of one in g; nothing where the site file does not say.
    `levels_mm`: what a level sensor reads of an empty and of a full bin. `called`: the doors (None: all) of what has a
    name of its own. `slots`: shelves without a scale whose goods a sensor or a reader sees. `tagged`: the scales and
    slots whose goods have RFID tags. `contacts`: by the device at whose inputs they end.
    """

    board: str
    scales: Mapping[str, int]
    levels: Mapping[str, int]
    sensors: tuple[str, ...]
    is_station: bool
    is_freezer: bool = False
    goods: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    levels_mm: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    called: Mapping[str, int | None] = field(default_factory=dict)
    slots: Mapping[str, int] = field(default_factory=dict)
    tagged: frozenset[str] = frozenset()
    contacts: Mapping[str, tuple[Contact, ...]] = field(default_factory=dict)

    @property
    def names(self) -> Iterator[str]:
        """Yield what shares numbers: sensors by their names, contacts by board and device."""
        yield from self.scales
        yield from self.levels
        yield from self.sensors
        yield from map(self.contacts_at, self.contacts)

    def contacts_at(self, device: str) -> str:
        """Return the name under which the contacts of this board at a device are shared."""
        return f"{self.board}/{device}"


def furnishings(site: Site) -> dict[str, Furnishing]:
    """Return what stands behind each lock board of a site, by the board's name."""
    declared = _declared(site.trading)
    boards = [device.name for device in site.devices if device.model.kind is Kind.LOCK]
    owned: dict[str, list[Device]] = {board: [] for board in boards}
    for device in site.devices:
        owners = [board for board in boards if device.name.startswith(f"{board}-")]
        if owners:
            owned[max(owners, key=len)].append(device)
    taken = {name for room in declared.values() for name in room.names}
    by_name = {
        board: _by_name(board, [device for device in devices if device.name not in taken])
        for board, devices in owned.items()
    }
    return {board: declared.get(board, by_name[board]) for board in boards}


def _by_name(board: str, devices: list[Device]) -> Furnishing:
    def of(kind: Kind) -> dict[str, int]:
        return {device.name: _door(device.name, board) for device in devices if device.model.kind is kind}

    levels = of(Kind.LEVEL)
    return Furnishing(
        board=board,
        scales=of(Kind.WEIGHER),
        levels=levels,
        sensors=tuple(device.name for device in devices if Role.TEMPERATURE in device.model.roles),
        is_station=bool(levels),
        is_freezer=any(FROZEN in device.name for device in devices) or FROZEN in board,
    )


def _door(name: str, board: str) -> int:
    found = _NUMBER.search(name.removeprefix(board))
    return 1 if found is None else int(found[0])


def _declared(trading: Mapping[str, Any]) -> dict[str, Furnishing]:
    """Return what a site file says; several cabinets on one board are one to the simulator."""
    weights = _weights(trading.get("price_lists", ()))
    cabinets: dict[str, list[Mapping[str, Any]]] = {}
    for cabinet in trading.get("cabinets", ()):
        cabinets.setdefault(cabinet["lock"], []).append(cabinet)
    bins: dict[str, list[Mapping[str, Any]]] = {}
    for each in trading.get("bins", ()):
        bins.setdefault(each["lock"], []).append(each)
    return {board: _cabinet(board, found, weights) for board, found in cabinets.items()} | {
        board: _station(board, found) for board, found in bins.items()
    }


def _cabinet(board: str, cabinets: Sequence[Mapping[str, Any]], weights: Mapping[str, int]) -> Furnishing:
    named = {
        shelf.get("weigher") or f"{cabinet['name']}/{shelf['name']}": shelf
        for cabinet in cabinets
        for shelf in cabinet["shelves"]
    }
    scales = {name: shelf["door"] for name, shelf in named.items() if shelf.get("weigher")}
    seen = {name: shelf for name, shelf in named.items() if shelf.get("presence") or shelf.get("rfid")}
    slots = {name: shelf["door"] for name, shelf in seen.items() if name not in scales}
    found = [(cabinet.get("defrost"), "defrost", 0, "") for cabinet in cabinets]
    found += [(shelf.get("presence"), "presence", shelf["door"], name) for name, shelf in named.items()]
    return Furnishing(
        board=board,
        scales=scales,
        levels={},
        sensors=tuple(cabinet["thermometer"] for cabinet in cabinets if cabinet.get("thermometer")),
        is_station=False,
        is_freezer=any(cabinet.get("climate") == FROZEN for cabinet in cabinets),
        goods={
            name: tuple((sku, weights.get(sku, 0)) for sku in shelf["articles"] if sku in weights or name in slots)
            for name, shelf in named.items()
            if name in scales or name in slots
        },
        called={cabinet["name"]: None for cabinet in cabinets},
        slots=slots,
        tagged=frozenset(name for name, shelf in named.items() if shelf.get("rfid")),
        contacts=_contacts(found),
    )


def _station(board: str, bins: Sequence[Mapping[str, Any]]) -> Furnishing:
    seen = [each for each in bins if each.get("level")]
    return Furnishing(
        board=board,
        scales={each["weigher"]: each["door"] for each in bins},
        levels={each["level"]: each["door"] for each in seen},
        sensors=(),
        is_station=True,
        levels_mm={each["level"]: (float(each["empty_mm"]), float(each["full_mm"])) for each in seen},
        called={each["name"]: each["door"] for each in bins},
        contacts=_contacts([(each.get(tells), tells, each["door"], "") for each in bins for tells in AT_BINS]),
    )


def _contacts(found: Iterable[tuple[Mapping[str, Any] | None, str, int, str]]) -> dict[str, tuple[Contact, ...]]:
    """Return the contacts that a site file names, by the device at whose inputs they end."""
    by_device: dict[str, tuple[Contact, ...]] = {}
    for said, tells, door, slot in found:
        if said is not None:
            one = Contact(point=said["point"], tells=tells, door=door, slot=slot, inverted=said["inverted"])
            by_device[said["device"]] = (*by_device.get(said["device"], ()), one)
    return by_device


def _weights(lists: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    articles = [article for prices in lists for article in prices.get("articles", ())]
    return {article["sku"]: int(article["unit_g"]) for article in articles if article.get("unit_g")}

"""Where everything of a simulated site is: the names that people use, and how a line knows them. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gateway.model.device import Kind
from simulators.errors import SimulatorError
from simulators.estate.furnishing import furnishings
from simulators.estate.manner import manner_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.model.site import Site

OUTLET_PREFIX = "outlet-"
CABINET, BINS = "cabinet", "station of bins"


class Level(StrEnum):
    """What kind of thing a target is."""

    LINE = "line"
    DEVICE = "device"
    OUTLET = "outlet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One device: what it is for, what it speaks, its line and unit, how long it takes to answer, its outlets.

    `room`: what stands behind a lock board, `CABINET` or `BINS`.
    """

    kind: Kind
    driver: str
    bus: str
    unit: int
    turnaround_ms: float
    outlets: tuple[int, ...]
    room: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A line, a device or an outlet of one."""

    bus: str
    device: str = ""
    place: Place | None = None
    outlet: int | None = None

    @property
    def level(self) -> Level:
        if self.place is None:
            return Level.LINE
        return Level.DEVICE if self.outlet is None else Level.OUTLET


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The lines and devices of a site by name. `called`: the targets of cabinets and bins with names of their own."""

    buses: tuple[str, ...]
    devices: Mapping[str, Place]
    called: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, site: Site) -> Directory:
        found = furnishings(site)
        rooms = {name: BINS if room.is_station else CABINET for name, room in found.items()}
        called = {
            name: board if door is None else f"{board}/{OUTLET_PREFIX}{door:02d}"
            for board, room in found.items()
            for name, door in room.called.items()
        }
        return cls(
            buses=tuple(bus.name for bus in site.buses),
            called={name: target for name, target in called.items() if name not in rooms},
            devices={
                device.name: Place(
                    kind=device.model.kind,
                    driver=device.model.driver,
                    bus=device.bus,
                    unit=device.unit,
                    turnaround_ms=manner_of(device).turnaround_ms,
                    outlets=tuple(outlet.number for outlet in device.model.outlets),
                    room=rooms.get(device.name, ""),
                )
                for device in site.devices
            },
        )

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Directory:
        devices = {
            name: Place(**{**place, "kind": Kind(place["kind"]), "outlets": tuple(place["outlets"])})
            for name, place in given["devices"].items()
        }
        return cls(buses=tuple(given["buses"]), devices=devices, called=given["called"])

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def drivers_on(self, bus: str) -> frozenset[str]:
        """Return what is spoken on a line."""
        return frozenset(place.driver for place in self.devices.values() if place.bus == bus)

    def find(self, text: str) -> Target:
        """Return the line, device or outlet of a name. Raises `SimulatorError` with the nearest name."""
        first, slash, outlet = text.partition("/")
        device, slash, outlet = (self.called.get(first, first) + slash + outlet).partition("/")
        if not slash and device in self.buses:
            return Target(bus=device)
        place = self.devices.get(device)
        if place is None:
            known = [*self.devices] if slash else [*self.buses, *self.devices, *self.called]
            raise SimulatorError(f"there is no {device!r} here{did_you_mean(device, known)}")
        if not slash:
            return Target(bus=place.bus, device=device, place=place)
        names = {f"{OUTLET_PREFIX}{number:02d}": number for number in place.outlets}
        number = names.get(outlet)
        if number is None and outlet.removeprefix(OUTLET_PREFIX).isdecimal():
            number = int(outlet.removeprefix(OUTLET_PREFIX))
        if number not in place.outlets:
            hint = did_you_mean(outlet, names) if names else ""
            raise SimulatorError(f"{device} has no {outlet!r}{hint}")
        return Target(bus=place.bus, device=device, place=place, outlet=number)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that names the nearest known word, or all where none is near."""
    words = sorted(known)
    near = get_close_matches(word, words, n=1)
    if near:
        return f": did you mean {near[0]!r}?"
    return f" (known: {', '.join(words)})"

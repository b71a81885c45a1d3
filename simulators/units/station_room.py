"""A station of waste bins behind a lock board: its bins by their doors, what can happen to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.errors import SimulatorError
from simulators.physics.chance import seed_of
from simulators.physics.motor_door import MotorDoor
from simulators.physics.waste_bin import Bin, BinStation, Throw
from simulators.units.cabinet_room import DOORS, GRAMS, PEOPLE, SECONDS
from simulators.units.unit import Happening, What

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.model.site import Device
    from simulators.arguments import Arguments
    from simulators.estate.furnishing import Contact, Furnishing

USUAL_LEAN_S = 3.0


class StationRoom:
    """One station. Implements `simulators.units.room.Room`."""

    def __init__(self, device: Device, has: Furnishing, *, seed: int, comes: bool) -> None:
        self._has = has
        bins = {outlet.number: Bin(door=MotorDoor()) for outlet in device.model.outlets}
        for name, (empty_mm, full_mm) in has.levels_mm.items():
            one = bins[has.levels[name]]
            one.empty_mm, one.full_mm = empty_mm, full_mm
        self.doors = BinStation(seed=seed_of(seed, device.name), bins=bins, comes=comes)

    def supply(self, _at_s: float, *, on: bool) -> None:
        """Change nothing: its doors have a supply of their own."""
        del on

    def shown(self) -> Iterator[tuple[str, tuple[float, ...]]]:
        for name, door in self._has.scales.items():
            yield name, self.doors.bins[door].lying
        for name, door in self._has.levels.items():
            yield name, (self.doors.bins[door].distance_mm,)
        for device, contacts in self._has.contacts.items():
            closed = [1 << place for place, contact in enumerate(contacts) if self._tells(contact)]
            yield self._has.contacts_at(device), (float(sum(closed)),)

    def _tells(self, contact: Contact) -> bool:
        one = self.doors.bins[contact.door]
        tells = {"hand": one.door.hand, "jam": one.door.is_hindered, "wrong": one.sees_wrong}
        return tells[contact.tells]

    def visit(self, arguments: Arguments) -> Callable[[float], None]:
        door = arguments.optional_integer("door", DOORS)
        throw = Throw(
            door=door,
            throws_g=arguments.number("throws_g", GRAMS, 0.0),
            out_g=arguments.number("out_g", GRAMS, 0.0),
            leans_g=arguments.number("leans_g", GRAMS, 0.0),
            leans_s=arguments.number("leans_s", SECONDS, USUAL_LEAN_S),
            people=arguments.integer("people", PEOPLE, 1),
            wrong=arguments.flag("wrong", default=False),
            reaches_s=arguments.number("reaches_s", SECONDS, 0.0),
        )
        arguments.done()
        self._check(door)
        return lambda at_s: self.doors.expect(throw, at_s)

    def prepare(self, happening: Happening, name: str) -> Callable[[float], None]:
        station, value = self.doors, happening.value
        on = value is not None
        self._check(happening.outlet)
        numbers = list(station.bins) if happening.outlet is None else [happening.outlet]
        first = numbers[0]
        acts: dict[What, Callable[[float], None]] = {
            What.FORCED: lambda at_s: station.force(first, at_s) if on else station.bins[first].door.free(at_s),
            What.JAMMED: lambda _at_s: station.jam(numbers, on=on),
            What.HAND: lambda _at_s: station.hand(numbers, on=on),
            What.LEANING: lambda at_s: self._lean(first, value, at_s),
            What.LEVEL: lambda _at_s: setattr(station.bins[first], "level_share", value),
            What.CLEAR: lambda at_s: station.clear(numbers, at_s),
        }
        if happening.what not in acts:
            raise SimulatorError(f"{happening.what} does not happen to {name}, a station of bins")
        return acts[happening.what]

    def state(self) -> list[dict[str, Any]]:
        return [
            {
                "outlet": number,
                "open": one.door.is_open,
                "leaf": one.door.leaf.value,
                "jammed": one.door.jammed,
                "openings": one.door.openings,
                "content_g": one.content_g,
                "leaning_g": one.leaning_g,
                "taken_out_g": one.taken_out_g,
            }
            for number, one in self.doors.bins.items()
        ]

    def _lean(self, number: int, grams: float | None, at_s: float) -> None:
        own_g = self.doors.bins[number].leaning_g
        self.doors.lean(number, (grams or 0.0) - own_g, at_s)

    def _check(self, door: int | None) -> None:
        if door is not None and door not in self.doors.bins:
            raise SimulatorError(f"{self._has.board} has no door {door}")

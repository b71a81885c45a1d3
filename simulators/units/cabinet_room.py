"""A cabinet behind a lock board: its doors, its shelves by the names of their scales, what can happen to it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from simulators.errors import SimulatorError
from simulators.physics.cabinet import SHUT_S, Cabinet, Errand
from simulators.physics.chance import seed_of
from simulators.physics.cooling import CHILLED, FROZEN, Cooling
from simulators.physics.latch import Latch
from simulators.physics.shelf import PIECES as PIECES_OF_A_SHELF
from simulators.physics.shelf import Shelf
from simulators.units.unit import Happening, What

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.model.site import Device
    from simulators.arguments import Arguments
    from simulators.estate.furnishing import Contact, Furnishing

DOORS = (1, 999)
PIECES = (0, 20)
PEOPLE = (1, 5)
GRAMS = (0.0, 200_000.0)
SECONDS = (0.0, 86_400.0)


class CabinetRoom:
    """One cabinet. Implements `simulators.units.room.Room`."""

    def __init__(self, device: Device, has: Furnishing, *, seed: int, born_s: float, comes: bool) -> None:
        chance = Random(seed_of(seed, device.name, "stock"))  # noqa: S311 - repeatable, not secrets
        self._has = has
        behind: dict[int, tuple[str, ...]] = {}
        for name, door in (*has.scales.items(), *has.slots.items()):
            behind[door] = (*behind.get(door, ()), name)
        self.doors = Cabinet(
            seed=seed_of(seed, device.name),
            doors={outlet.number: Latch() for outlet in device.model.outlets},
            shelves={name: self._shelf(chance, name) for name in (*has.scales, *has.slots)},
            behind=behind,
            cooling=Cooling(band=FROZEN if has.is_freezer else CHILLED, born_s=born_s),
            comes=comes,
        )

    def _shelf(self, chance: Random, name: str) -> Shelf:
        """Return a full shelf; a slot with a sensor of its own holds one piece."""
        has = self._has
        is_tagged = name in has.tagged
        count = PIECES_OF_A_SHELF if name in has.scales or is_tagged else 1
        return Shelf.some(chance, has.goods.get(name, ()), name=name if is_tagged else "", count=count)

    def supply(self, at_s: float, *, on: bool) -> None:
        if on is not self.doors.cooling.supplied:
            self.doors.cooling.change(at_s, supplied=on)

    def shown(self) -> Iterator[tuple[str, tuple[float, ...]]]:
        for name in self._has.scales:
            yield name, self.doors.shelves[name].lying
        for device, contacts in self._has.contacts.items():
            closed = [1 << place for place, contact in enumerate(contacts) if self._tells(contact)]
            yield self._has.contacts_at(device), (float(sum(closed)),)
        for name in self._has.sensors:
            yield name, self.doors.cooling.warmth

    def _tells(self, contact: Contact) -> bool:
        if contact.tells == "defrost":
            return self.doors.cooling.defrosting
        return bool(self.doors.shelves[contact.slot].pieces)

    def visit(self, arguments: Arguments) -> Callable[[float], None]:
        door = arguments.optional_integer("door", DOORS)
        stays_s = arguments.number("stays_s", SECONDS, SHUT_S)
        shuts = not arguments.flag("forgets", default=False)
        sneaks = arguments.flag("sneaks", default=False)
        errand = Errand(
            door=door,
            takes=arguments.integer("takes", PIECES, 0),
            back=arguments.integer("back", PIECES, 0),
            peels=arguments.integer("peels", PIECES, 0),
            astray=arguments.integer("astray", PIECES, 0),
            leaves_g=arguments.number("leaves_g", GRAMS, 0.0),
            people=arguments.integer("people", PEOPLE, 1),
            shuts_after_s=stays_s if shuts else None,
        )
        arguments.done()
        self._check(door)
        if sneaks:
            return lambda at_s: self.doors.sneak(errand, at_s)
        return lambda at_s: self.doors.expect(errand, at_s)

    def prepare(self, happening: Happening, name: str) -> Callable[[float], None]:
        cabinet, on = self.doors, happening.value is not None
        self._check(happening.outlet)
        numbers = list(cabinet.doors) if happening.outlet is None else [happening.outlet]
        first = numbers[0]
        acts: dict[What, Callable[[float], None]] = {
            What.FORCED: lambda at_s: cabinet.force(first, at_s) if on else cabinet.shut(numbers, at_s),
            What.SHUT: lambda at_s: cabinet.shut(numbers, at_s),
            What.JAMMED: lambda _at_s: cabinet.jam(numbers, on=on),
            What.COMPRESSOR: lambda at_s: cabinet.cooling.change(at_s, broken=on),
            What.DEFROST: lambda at_s: cabinet.cooling.change(at_s, defrosting=on),
            What.CLEAR: lambda at_s: cabinet.clear(numbers, at_s),
        }
        if happening.what not in acts:
            raise SimulatorError(f"{happening.what} does not happen to {name}, a cabinet")
        return acts[happening.what]

    def state(self) -> list[dict[str, Any]]:
        cabinet = self.doors
        return [
            {
                "outlet": number,
                "open": latch.is_open,
                "jammed": latch.jammed,
                "openings": latch.openings,
                "shelves": {
                    name: {
                        "pieces": len(cabinet.shelves[name].pieces),
                        "stock": dict(cabinet.shelves[name].stock),
                        "tags": dict(cabinet.shelves[name].tags),
                        "taken_g": [piece.grams for piece in cabinet.shelves[name].taken],
                        "grams": cabinet.shelves[name].weight_g,
                    }
                    for name in cabinet.behind.get(number, ())
                },
            }
            for number, latch in cabinet.doors.items()
        ]

    def _check(self, door: int | None) -> None:
        if door is not None and door not in self.doors.doors:
            raise SimulatorError(f"{self._has.board} has no door {door}")

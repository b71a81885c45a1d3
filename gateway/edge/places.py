"""Where the values of outlets are in the scans that come from field, and what they were last. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.device import Role
from gateway.model.layout import understand
from gateway.model.scan import Quality
from gateway.profile.codec import unpacker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping

    from gateway.model.device import DeviceModel
    from gateway.model.scan import Scan

SHOWN = (Role.RELAY, Role.POWER, Role.ENERGY, Role.PLUG, Role.DOOR)
"""What is looked at of an outlet, or of a door."""

MEASURED = Role.CURRENT
"""What is kept of an outlet as well, to show that nothing flows; it comes with every ring, so nobody is woken by it."""

WHOLE = (Role.WEIGHT, Role.STABLE, Role.TEMPERATURE, Role.DISTANCE, Role.ENERGY)
"""What is looked at of a device that has no outlets."""


@dataclass(slots=True)
class Shown:
    """The newest good scan of one layout; its values are unpacked when somebody asks."""

    values: Callable[[bytes], tuple[float | None, ...]]
    has_contacts: bool
    roles: list[tuple[str, Role, int]]
    inputs: list[tuple[str, int]]
    has_currents: bool = False
    scan: Scan | None = None


class Places:
    """All layouts of one connection."""

    def __init__(
        self,
        layouts: Iterable[tuple[int, str, str]],
        models: Mapping[str, DeviceModel],
        inputs: Collection[str] = (),
    ) -> None:
        """Resolve names once. `inputs`: points without a role that somebody waits for, as `device/point`.

        Raises `ValueError` for a description that is none.
        """
        self._inputs = inputs
        self.devices: dict[int, str] = {}
        self._switched: set[str] = set()
        self._held: dict[int, Shown] = {}
        self._where: dict[tuple[str, Role], tuple[Shown, int]] = {}
        for number, device, description in layouts:
            self.devices[number] = device
            if device in models:
                self._place(number, device, description, models[device])

    def _place(self, number: int, device: str, description: str, model: DeviceModel) -> None:
        layout = understand(description.encode())
        position = {point.name: place for place, point in enumerate(layout.points)}
        held = Shown(unpacker(layout.block, layout.points).values, has_contacts=False, roles=[], inputs=[])
        for outlet in model.outlets:
            for role in SHOWN:
                point = outlet.roles.get(role)
                if point is not None and point.name in position:
                    self._where[f"{device}/{outlet.name}", role] = held, position[point.name]
                    held.roles.append((f"{device}/{outlet.name}", role, position[point.name]))
                    held.has_contacts |= role in (Role.RELAY, Role.DOOR)
                    self._held[number] = held
            current = outlet.roles.get(MEASURED)
            if current is not None and current.name in position:
                self._where[f"{device}/{outlet.name}", MEASURED] = held, position[current.name]
                held.has_currents = True
                self._held[number] = held
        for role in WHOLE:
            whole = model.roles.get(role)
            if whole is not None and whole.name in position:
                self._where[device, role] = held, position[whole.name]
                held.roles.append((device, role, position[whole.name]))
                self._held[number] = held

        held.inputs += [
            (f"{device}/{name}", place) for name, place in position.items() if f"{device}/{name}" in self._inputs
        ]
        if held.inputs:
            self._held[number] = held

    def take(self, scan: Scan) -> bool:
        """Keep a scan; return whether relays or doors may have changed by it, or the currents behind what has."""
        held = self._held.get(scan.layout)
        if held is None or scan.quality is not Quality.GOOD:
            return False
        before, held.scan = held.scan, scan
        if held.has_contacts and (before is None or before.raw != scan.raw):
            self._switched.add(scan.device)
            return True
        is_first_after = held.has_currents and scan.device in self._switched
        if is_first_after:
            self._switched.discard(scan.device)
        return is_first_after

    def values_of(self, scan: Scan, wanted: Container[str]) -> Iterator[tuple[str, Role, float]]:
        """Yield what a good scan says of the outlets that are wanted."""
        held = self._held.get(scan.layout)
        roles = () if held is None else [entry for entry in held.roles if entry[0] in wanted]
        if held is None or not roles:
            return
        values = held.values(scan.raw)
        for outlet, role, place in roles:
            value = values[place]
            if value is not None:
                yield outlet, role, value

    def inputs_of(self, scan: Scan) -> Iterator[tuple[str, float]]:
        """Yield what a good scan says of the inputs that are waited for."""
        held = self._held.get(scan.layout)
        if held is None or not held.inputs:
            return
        values = held.values(scan.raw)
        for name, place in held.inputs:
            value = values[place]
            if value is not None:
                yield name, value

    def value(self, outlet: str, role: Role) -> tuple[float, float] | None:
        """Return the last value of a role and when it was taken; None where there is none."""
        held, place = self._where.get((outlet, role), (None, 0))
        if held is None or held.scan is None:
            return None
        value = held.values(held.scan.raw)[place]
        return None if value is None else (value, held.scan.taken_s)

"""Where the values of outlets are in the scans that come from field, and what they were last. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.device import Role
from gateway.model.layout import understand
from gateway.model.scan import Quality
from gateway.profile.codec import unpacker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.model.device import DeviceModel
    from gateway.model.scan import Scan

SHOWN = (Role.RELAY, Role.POWER, Role.ENERGY)


@dataclass(slots=True)
class Held:
    """The newest good scan of one layout; its values are unpacked when somebody asks."""

    values: Callable[[bytes], tuple[float | None, ...]]
    has_relays: bool
    scan: Scan | None = None


class Places:
    """All layouts of one connection."""

    def __init__(self, layouts: Iterable[tuple[int, str, str]], models: Mapping[str, DeviceModel]) -> None:
        """Resolve names once. Raises `ValueError` for a description that is none."""
        self.devices: dict[int, str] = {}
        self._held: dict[int, Held] = {}
        self._where: dict[tuple[str, Role], tuple[Held, int]] = {}
        for number, device, description in layouts:
            self.devices[number] = device
            if device in models:
                self._place(number, device, description, models[device])

    def _place(self, number: int, device: str, description: str, model: DeviceModel) -> None:
        layout = understand(description.encode())
        position = {point.name: place for place, point in enumerate(layout.points)}
        held = Held(unpacker(layout.block, layout.points).values, has_relays=False)
        for outlet in model.outlets:
            for role in SHOWN:
                point = outlet.roles.get(role)
                if point is not None and point.name in position:
                    self._where[f"{device}/{outlet.name}", role] = held, position[point.name]
                    held.has_relays |= role is Role.RELAY
                    self._held[number] = held

    def take(self, scan: Scan) -> bool:
        """Keep a scan; return whether relays may have changed by it."""
        held = self._held.get(scan.layout)
        if held is None or scan.quality is not Quality.GOOD:
            return False
        before, held.scan = held.scan, scan
        return held.has_relays and (before is None or before.raw != scan.raw)

    def value(self, outlet: str, role: Role) -> tuple[float, float] | None:
        """Return the last value of a role and when it was taken; None where there is none."""
        held, place = self._where.get((outlet, role), (None, 0))
        if held is None or held.scan is None:
            return None
        value = held.values(held.scan.raw)[place]
        return None if value is None else (value, held.scan.taken_s)

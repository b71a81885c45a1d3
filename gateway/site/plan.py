"""A bus of a site as it will be polled: the one plan that `check` sums up and that `field` follows. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.bus.budget import BusBudget
from gateway.bus.pieces import plan_devices
from gateway.bus.slow_slots import SlowSlots
from gateway.model.device import GroupClass, Kind
from gateway.model.site import SerialLink
from gateway.site.settings import pile_settings

if TYPE_CHECKING:
    from gateway.bus.budget import Bound
    from gateway.bus.driver import Driver
    from gateway.bus.job import PlannedDevice
    from gateway.bus.timing import LineTiming
    from gateway.model.device import DeviceModel
    from gateway.model.site import Bus, Device, Site


@dataclass(frozen=True, slots=True)
class BusPlan:
    """One bus before it runs. `units`, `planned` and `devices` are in the same order."""

    bus: Bus
    devices: tuple[Device, ...]
    units: tuple[tuple[int, DeviceModel], ...]
    planned: tuple[PlannedDevice, ...]
    driver: Driver
    line: LineTiming
    budget: BusBudget = field(init=False, compare=False, repr=False)
    slow: SlowSlots = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        budget = BusBudget(self.units, self.planned, self.driver, self.line)
        pieces = [piece for device in self.planned for piece in device.pieces]
        object.__setattr__(self, "budget", budget)
        object.__setattr__(self, "slow", SlowSlots(pieces, budget))

    def is_protected(self, index: int) -> bool:
        """Return whether a device is a pile, or opens contactors, and its currents go round in the ring."""
        pieces, device = self.planned[index].pieces, self.devices[index]
        is_meant = device.model.kind is Kind.PILE or bool(device.opens)
        return is_meant and any(piece.group_class is GroupClass.PROTECTION for piece in pieces)

    def bound(self, index: int) -> Bound | None:
        """Return the bound of a pile's outlets as they are set; the slowest of its outlets counts.

        None over a network: its delays are not ours to promise, so such a pile is only monitored. None for a meter that
        opens contactors, which can be on another line: see `gateway.site.feeder_bounds`.
        """
        if not self.is_protected(index) or not isinstance(self.bus.link, SerialLink):
            return None
        outlets = pile_settings(self.devices[index]).outlets
        samples = max((outlet.samples for outlet in outlets), default=1)
        delay_ms = max((outlet.trip_delay_ms for outlet in outlets), default=0.0)
        return self.budget.bound(index, samples=samples, trip_delay_ms=delay_ms)


def plan_bus(site: Site, bus: Bus, driver: Driver, line: LineTiming) -> BusPlan:
    """Plan one bus of a site. Raises `gateway.bus.cut.Uncuttable` for a map that has no pieces of distinct shapes."""
    devices = site.devices_on(bus.name)
    units = tuple((device.unit, replace(device.model, timing=device.timing)) for device in devices)
    return BusPlan(bus, devices, units, plan_devices(units, driver, line), driver, line)

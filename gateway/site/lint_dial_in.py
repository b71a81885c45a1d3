"""Judge the buses whose devices dial in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.site.schema import DialInLinkSpec

if TYPE_CHECKING:
    from gateway.profile.findings import Findings
    from gateway.site.schema import BusSpec, DeviceSpec, SiteFile

PRIVILEGED_PORTS = 1024


def bus_of(device: DeviceSpec, bus: BusSpec) -> str:
    """Return the name of the line that a device is on: a connection of its own where devices of its bus dial in."""
    return f"{bus.name}-{device.name}" if isinstance(bus.link, DialInLinkSpec) else bus.name


def lint_dial_in(site: SiteFile, findings: Findings) -> None:
    """Note a port that this machine does not give away, a total over lines apart, a line without a name of its own."""
    names = {bus.name for bus in site.buses}
    for index, bus in enumerate(site.buses):
        if not isinstance(bus.link, DialInLinkSpec):
            continue
        if bus.link.port < PRIVILEGED_PORTS:
            what = f"the port {bus.link.port} is not this program's to listen at"
            findings.add(("buses", index, "link", "port"), what, f"use one from {PRIVILEGED_PORTS} on")
        if bus.bus_total_pickup_a is not None:
            what = f"the devices of {bus.name} are on connections of their own, whose currents nothing sums up"
            findings.add(("buses", index, "bus_total_pickup_a"), what, "leave it out", key=True)
        for place, device in enumerate(site.devices):
            name = bus_of(device, bus)
            if device.bus == bus.name and name in names:
                what = f"the connection of {device.name} would be called `{name}`, as another bus is"
                findings.add(("devices", place, "name"), what, "rename one of them")

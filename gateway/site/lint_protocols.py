"""Judge whether the devices of each line speak one protocol that its link can carry. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.protocol import PROTOCOLS
from gateway.site.schema import DialInLinkSpec, SerialLinkSpec, TcpLinkSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.device import DeviceModel
    from gateway.model.protocol import WireProtocol
    from gateway.profile.document import Path
    from gateway.profile.findings import Findings
    from gateway.site.schema import BusSpec, DeviceSpec, SiteFile

_USUAL_BITS = 8


def lint_protocols(site: SiteFile, models: Mapping[str, DeviceModel], findings: Findings) -> None:
    """Note two protocols on one line, two devices that nothing tells apart, units and links that do not fit."""
    first: dict[str, tuple[DeviceSpec, WireProtocol]] = {}
    for index, device in enumerate(site.devices):
        model = models.get(device.profile)
        protocol = None if model is None else PROTOCOLS.get(model.driver)
        if protocol is None:
            continue
        _lint_unit(device, protocol, ("devices", index, "unit"), findings)
        other, spoken = first.setdefault(device.bus, (device, protocol))
        if spoken is not protocol:
            what = f"{device.bus} speaks {spoken.name} ({other.name}), {device.name} speaks {protocol.name}"
            findings.add(("devices", index, "bus"), what, "one line, one protocol: give it a bus of its own")
        elif other is not device and not protocol.is_addressed:
            what = f"{device.name} cannot share {device.bus} with {other.name}: {protocol.name} has no addresses"
            findings.add(("devices", index, "bus"), what, "such a line holds one device: give it a bus of its own")
    for index, bus in enumerate(site.buses):
        if bus.name in first:
            _lint_link(bus, first[bus.name][1], ("buses", index, "link"), findings)


def _lint_unit(device: DeviceSpec, protocol: WireProtocol, path: Path, findings: Findings) -> None:
    lowest, highest = protocol.units
    if not lowest <= device.unit <= highest:
        known = f"{lowest}..{highest}" if protocol.is_addressed else f"{lowest}: it has no addresses"
        findings.add(path, f"{device.name} has the unit {device.unit}", f"{protocol.name} knows {known}")


def _lint_link(bus: BusSpec, protocol: WireProtocol, path: Path, findings: Findings) -> None:
    link = bus.link
    if isinstance(link, SerialLinkSpec) and link.data_bits != _USUAL_BITS and not protocol.seven_bits:
        findings.add((*path, "data_bits"), f"{protocol.name} needs 8 data bits", "leave `data_bits` out")
    if isinstance(link, TcpLinkSpec) and not protocol.network:
        what = f"the link kind tcp is Modbus TCP; {bus.name} speaks {protocol.name}"
        findings.add((*path, "kind"), what, "use rtu-over-tcp for a serial server")
    if isinstance(link, DialInLinkSpec) and not protocol.dials_in:
        what = f"a device that dials in says who it is; {protocol.name} has nothing for that"
        findings.add((*path, "kind"), what, "use rtu-over-tcp and the address of its serial server")

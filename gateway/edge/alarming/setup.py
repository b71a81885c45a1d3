"""What alarms have to know of a site. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.alarm.ground import Ground
from gateway.edge.trading.setup import TradingSetup

if TYPE_CHECKING:
    from gateway.model.site import Site


def ground_of(site: Site) -> Ground:
    """Return which device is on which line, and which cabinets and bins there are."""
    trading = TradingSetup(site)
    places = {*trading.cabinets, *trading.bins, *(each.station for each in trading.bins.values())}
    return Ground(line_of={device.name: device.bus for device in site.devices}, places=frozenset(places))

"""The wire protocols that there are drivers for, as facts that a site file is held against. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WireProtocol:
    """One protocol, by the word that profiles use for it.

    `units` are the lowest and highest address of a device; a protocol without addresses has one unit, 1, and then a
    line holds one device. `seven_bits` tells whether its characters may have 7 data bits, `network` whether it has a
    form of its own for TCP (others pass through a serial server). `keeps_orders`: a start tells the device the order's
    number, and a stop must name it again. `dials_in`: a device may make the connection itself, and says who it is.
    """

    name: str
    units: tuple[int, int]
    seven_bits: bool = False
    network: bool = False
    keeps_orders: bool = False
    dials_in: bool = False

    @property
    def is_addressed(self) -> bool:
        return self.units[0] < self.units[1]


_ALONE = (1, 1)

PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        WireProtocol(name="modbus", units=(1, 247), network=True),
        WireProtocol(name="dlt645", units=(1, 999_999_999_999)),
        WireProtocol(name="lockboard_8a", units=(1, 200)),
        WireProtocol(name="wkly", units=(0, 255)),
        WireProtocol(name="toledo", units=_ALONE, seven_bits=True),
        WireProtocol(name="ascii_weigher", units=_ALONE, seven_bits=True),
        WireProtocol(name="a02yyuw", units=_ALONE),
        WireProtocol(name="dianchuan", units=_ALONE),
        WireProtocol(name="dny", units=(1, 0xFFFF_FFFF), keeps_orders=True, dials_in=True),
    )
}

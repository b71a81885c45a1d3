"""From a site's bus to what serves it: the link, the driver, the timing. The only importer of drivers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from drivers.a02yyuw.driver import A02yyuw
from drivers.ascii_weigher.driver import AsciiWeigher
from drivers.dianchuan.driver import DianChuan
from drivers.dlt645.driver import Dlt645
from drivers.dny.caller import caller_of
from drivers.dny.driver import DnyHost
from drivers.dny.server import DnyServer
from drivers.lockboard_8a.driver import LockBoard8A
from drivers.modbus.driver import ModbusRtu, ModbusTcp
from drivers.toledo.driver import Toledo
from drivers.wkly.driver import Wkly
from gateway.bus.dial_in import Reception
from gateway.bus.link import SerialLink, TcpLink
from gateway.bus.timing import LineTiming
from gateway.model import site as setup

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.bus.driver import Driver
    from gateway.bus.link import Link

USB_LATENCY_MS = 16.0
"""What a USB adapter waits before it hands bytes over, unless the site file says that its timer is set lower."""

NETWORK_ROUND_TRIP_S = 0.1
"""How long a network link may take beside the device's turnaround."""

MODBUS = "modbus"
SERIAL_DRIVERS: dict[str, Callable[[], Driver]] = {
    MODBUS: ModbusRtu,
    "dlt645": Dlt645,
    "lockboard_8a": LockBoard8A,
    "wkly": Wkly,
    "toledo": Toledo,
    "ascii_weigher": AsciiWeigher,
    "a02yyuw": A02yyuw,
    "dianchuan": DianChuan,
    "dny": DnyHost,
}
"""What a serial line, or one behind a serial server, is spoken to with, by the profiles' word for the protocol."""

DIAL_IN_DRIVERS: dict[str, Callable[[], Driver]] = {"dny": DnyServer}
CALLERS: dict[str, Callable[[bytes], int | None]] = {"dny": caller_of}
"""For the protocols whose devices dial in: what they are spoken to with then, and how they say who they are."""

_PARITY = {setup.Parity.NONE: "N", setup.Parity.EVEN: "E", setup.Parity.ODD: "O"}


class Links:
    """The byte pipes of a whole site; devices that dial in at one address share its listener.

    `strangers` is told of each device that dials in and is nobody's here: its unit, and from where.
    """

    def __init__(self, strangers: Callable[[int, str], None]) -> None:
        self._strangers = strangers
        self._receptions: dict[tuple[str, int], Reception] = {}

    def of(self, link: setup.Link) -> Link:
        """Return the byte pipe to a bus, not yet open."""
        if not isinstance(link, setup.DialInLink):
            return link_of(link)
        address = (link.host, link.port)
        if address not in self._receptions:
            self._receptions[address] = Reception(link.host, link.port, CALLERS[link.protocol], self._strangers)
        return self._receptions[address].link(link.unit)

    def turned_away(self) -> dict[str, int]:
        """Return how many connections were hung up, by the reason."""
        total: Counter[str] = Counter()
        for reception in self._receptions.values():
            total.update(reception.doorman.turned_away)
        return dict(total)

    def close(self) -> None:
        """Listen no more; the buses close what is theirs."""
        for reception in self._receptions.values():
            reception.close()


def link_of(link: setup.SerialLink | setup.TcpLink | setup.RtuOverTcpLink) -> Link:
    """Return the byte pipe to a bus that this machine opens, not yet open."""
    if isinstance(link, setup.SerialLink):
        return SerialLink(link.path, link.baud, _PARITY[link.parity], link.stop_bits, link.data_bits)
    return TcpLink(link.host, link.port)


def driver_of(site: setup.Site, bus: setup.Bus) -> Driver:
    """Return a fresh driver for what the devices of a bus speak; `gateway.site` has seen to it that it is one thing.

    Modbus comes as RTU frames on a serial line or through a serial server, as MBAP on Modbus TCP.
    """
    if isinstance(bus.link, setup.TcpLink):
        return ModbusTcp()
    if isinstance(bus.link, setup.DialInLink):
        return DIAL_IN_DRIVERS[bus.link.protocol]()
    spoken = next((device.model.driver for device in site.devices_on(bus.name)), MODBUS)
    return SERIAL_DRIVERS[spoken]()


def timing_of(link: setup.Link) -> LineTiming:
    """Return how long bytes take on a bus."""
    if isinstance(link, setup.SerialLink):
        return LineTiming.serial(link.baud, link.char_bits, adapter_latency_ms(link) / 1000)
    return LineTiming.network(NETWORK_ROUND_TRIP_S)


def adapter_latency_ms(link: setup.SerialLink) -> float:
    """Return what the adapter adds to each reply: its latency timer, where it is a USB adapter."""
    if link.latency_timer_ms is not None:
        return float(link.latency_timer_ms)
    return USB_LATENCY_MS if "usb" in link.path.lower() else 0.0

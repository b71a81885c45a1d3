"""One installation as the program uses it: a site file after loading, checking and resolving.

`gateway.site` makes these from YAML; everything else only reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.device import DeviceModel
    from gateway.model.wiring import Timing


class Parity(StrEnum):
    NONE = "none"
    EVEN = "even"
    ODD = "odd"


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialLink:
    """A serial line. `path` is a stable device name; `sim://NAME` stands for one that a simulator makes.

    `latency_timer_ms` is what a USB adapter is set to; None leaves it alone (16 ms on most, which is then budgeted).
    """

    path: str
    baud: int
    parity: Parity = Parity.NONE
    stop_bits: int = 1
    data_bits: int = 8
    latency_timer_ms: int | None = None

    @property
    def char_bits(self) -> int:
        """Bits of one character on the wire, start, parity and stop bits included."""
        return 1 + self.data_bits + (self.parity is not Parity.NONE) + self.stop_bits


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpLink:
    """Modbus TCP."""

    host: str
    port: int = 502


@dataclass(frozen=True, slots=True, kw_only=True)
class RtuOverTcpLink:
    """RTU frames through a serial server; what the line behind it runs at, its own settings say."""

    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DialInLink:
    """The connection that the device `unit` makes to an address of this machine, speaking `protocol`."""

    host: str
    port: int
    unit: int
    protocol: str


Link = SerialLink | TcpLink | RtuOverTcpLink | DialInLink


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """One half-duplex line with one owner. `total_pickup_a` is the 50 on the sum of everything on it.

    Where devices dial in, each has a bus of its own: its connection.
    """

    name: str
    link: Link
    total_pickup_a: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A contactor: a channel of a relay board. The one upstream of a device hangs on another link."""

    device: str
    channel: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletSetup:
    """What this site says of one outlet. `protection` holds the resolved settings, by the words of the site file."""

    number: int
    sticker: str = ""
    label: str = ""
    protection: Mapping[str, object] = field(default_factory=dict)
    trip_within_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One addressed instance of a profile. `timing` is the model's with what was measured on site.

    `charging` holds the resolved settings of its charges, by the words of the site file. `feeds` are the devices behind
    a meter; `opens` are the contactors that an overcurrent through it opens.
    """

    name: str
    bus: str
    unit: int
    model: DeviceModel
    timing: Timing
    label: str = ""
    sticker: str = ""
    upstream: Upstream | None = None
    feeds: tuple[str, ...] = ()
    opens: tuple[Upstream, ...] = ()
    outlets: tuple[OutletSetup, ...] = ()
    protection: Mapping[str, object] = field(default_factory=dict)
    charging: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """An encrypted connection; empty names mean the system's authorities and no certificate of our own."""

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttUplink:
    """`prefix` is resolved and ends with a slash. `password_file` is absolute or empty."""

    host: str
    port: int
    prefix: str
    user: str = ""
    password_file: str = ""
    tls: Tls | None = None


class InfluxDialect(StrEnum):
    V1 = "v1"
    V2 = "v2"


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxUplink:
    """`v2` writes to `/api/v2/write` (org, bucket, token), `v1` to `/write` (database, user, password)."""

    url: str
    dialect: InfluxDialect
    org: str = ""
    bucket: str = ""
    database: str = ""
    user: str = ""
    secret_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """What a site allows cards: the file of the key that signs their list (absolute), their ceiling, the list's age.

    The ceiling is of charges, 0 where nothing charges. `while_cloud_is_there`: whether a card starts a charge although
    the cloud could be asked.
    """

    key_file: str
    ceiling_mil: int
    list_age_most_s: int
    while_cloud_is_there: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSetup:
    """Where the console is served. `names`: what it may be called, beside loopback and its address."""

    port: int
    address: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    cert_file: str = ""
    key_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Who is told of alarms, by a webhook. `severity` is the least that it hears of.

    `after_s`: it hears of an alarm that nobody has acknowledged for so long; `again_s`: and again (0: once). `form` is
    plain, wecom or dingtalk. One of `url` and `url_file` is given; files are absolute.
    """

    name: str
    form: str = "plain"
    url: str = ""
    url_file: str = ""
    secret_file: str = ""
    severity: str = "high"
    after_s: int = 0
    again_s: int = 900
    language: str = "zh-CN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """This installation. `digest` is the SHA-256 of the site file and of every profile file that it uses.

    `timezone` is a name of the tz database: where its days begin. `coordinates`: latitude and longitude, in degrees of
    WGS 84. `tariffs` are written as
    `gateway.orders.tariff.form` reads them; `trading` holds `cabinets`, `bins`, `price_lists` and `points_rules` as the
    site file has them. `is_simulated`: whether any of its lines ends in a simulator.
    """

    name: str
    gateway: str
    buses: tuple[Bus, ...]
    devices: tuple[Device, ...]
    label: str = ""
    timezone: str = "Asia/Shanghai"
    coordinates: tuple[float, float] | None = None
    mqtt: MqttUplink | None = None
    influx: InfluxUplink | None = None
    console: ConsoleSetup | None = None
    notify: tuple[Receiver, ...] = ()
    tariffs: tuple[Mapping[str, object], ...] = ()
    is_simulated: bool = False
    cloud_away_s: int = 3600
    cards: Cards | None = None
    trading: Mapping[str, object] = field(default_factory=dict)
    file: str = ""
    digest: str = ""

    def bus(self, name: str) -> Bus:
        """Return the bus with this name; `KeyError` when there is none."""
        for bus in self.buses:
            if bus.name == name:
                return bus
        raise KeyError(name)

    def device(self, name: str) -> Device:
        """Return the device with this name; `KeyError` when there is none."""
        for device in self.devices:
            if device.name == name:
                return device
        raise KeyError(name)

    def devices_on(self, bus: str) -> tuple[Device, ...]:
        """Return the devices of one bus, in the order of the site file."""
        return tuple(device for device in self.devices if device.bus == bus)

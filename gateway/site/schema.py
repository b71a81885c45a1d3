"""The form of a site file: what may be written, in which words, with which limits.

Only the form. Whether it makes sense (does the bus exist?) is judged by `gateway.site.lint`, and the values that the
program runs on are made by `gateway.site.build`.
"""

from ipaddress import ip_address
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, model_validator
from pydantic import Strict as StrictType

from gateway.model.site import InfluxDialect, Parity
from gateway.profile.protection import OutletProtection, PileProtection, SiteProtection
from gateway.profile.strict import Strict
from gateway.site.charging import ChargingSpec, SiteChargingSpec
from gateway.site.trading import BinSpec, CabinetSpec

LOOSE = StrictType(strict=False)


def _numeric(text: str) -> str:
    """Take an address as numbers: the name of a host may mean another one tomorrow. Raises `ValueError`."""
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise ValueError(f"`{text}` is no address of a machine, as 127.0.0.1 or 0.0.0.0") from error


Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""Names go into MQTT topics: only a-z, 0-9 and single hyphens between them."""

Text = Annotated[str, Field(max_length=120)]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:_-]+$", max_length=253)]
Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[str, Field(pattern=r"^[0-9a-fA-F.:]+$", max_length=45), AfterValidator(_numeric)]
Sticker = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=40)]


class SerialLinkSpec(Strict):
    """A serial line of this machine."""

    kind: Literal["serial"] = Field(description="serial, tcp, rtu-over-tcp or dial-in.")
    path: Annotated[str, Field(pattern=r"^(/dev/|sim://).+", max_length=200)] = Field(
        description="Stable name, as /dev/serial/by-path/...; sim://NAME is made by the simulator."
    )
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400] = Field(description="Bits per second.")
    parity: Annotated[Parity, LOOSE] = Field(default=Parity.NONE, description="none, even or odd.")
    stop_bits: Literal[1, 2] = Field(default=1, description="Stop bits.")
    data_bits: Literal[7, 8] = Field(default=8, description="Data bits; 7 only for some weighing terminals.")
    latency_timer_ms: Annotated[int, Field(ge=1, le=255)] | None = Field(
        default=1, description="Latency timer of a USB adapter; null leaves it as it is (16 on most)."
    )


class TcpLinkSpec(Strict):
    """Modbus TCP."""

    kind: Literal["tcp"] = Field(description="serial, tcp, rtu-over-tcp or dial-in.")
    host: Host = Field(description="Name or address of the device or gateway.")
    port: Port = Field(default=502, description="TCP port.")


class RtuOverTcpLinkSpec(Strict):
    """RTU frames through a serial server."""

    kind: Literal["rtu-over-tcp"] = Field(description="serial, tcp, rtu-over-tcp or dial-in.")
    host: Host = Field(description="Name or address of the serial server.")
    port: Port = Field(description="TCP port of its serial line.")


class DialInLinkSpec(Strict):
    """Devices that make the connection themselves, each its own: this machine listens."""

    kind: Literal["dial-in"] = Field(description="serial, tcp, rtu-over-tcp or dial-in.")
    host: Address = Field(
        default="127.0.0.1",
        description="Address of this machine to listen at; 0.0.0.0: all of them, for every machine that reaches one.",
    )
    port: Port = Field(description="TCP port to listen at.")


LinkSpec = Annotated[SerialLinkSpec | TcpLinkSpec | RtuOverTcpLinkSpec | DialInLinkSpec, Field(discriminator="kind")]


class TimingOverride(Strict):
    """What was measured on site instead of the profile's figures."""

    turnaround_min_ms: Annotated[float, Field(ge=0, le=600_000)] | None = Field(
        default=None, description="Last request byte to first reply byte, at least."
    )
    turnaround_max_ms: Annotated[float, Field(ge=0, le=600_000)] | None = Field(
        default=None, description="Last request byte to first reply byte, at most."
    )
    late_reply_ms: Annotated[float, Field(ge=0, le=600_000)] | None = Field(
        default=None, description="How long after a time-out a reply may still come."
    )
    refresh_ms: Annotated[float, Field(ge=0, le=600_000)] | None = Field(
        default=None, description="Age of a current at most when it is read."
    )
    relay_ms: Annotated[float, Field(ge=0, le=600_000)] | None = Field(
        default=None, description="Last byte of an OFF to the open contact, at most."
    )


class BusSpec(Strict):
    """One line with one owner."""

    name: Name = Field(description="Name of the bus.")
    link: LinkSpec = Field(description="What it is reached through.")
    timing: TimingOverride = Field(
        default=TimingOverride(), description="Measured figures that hold for every device on this bus."
    )
    bus_total_pickup_a: Annotated[float, Field(gt=0, le=100_000)] | None = Field(
        default=None, description="50 on the sum of this bus, instead of the site's."
    )


class UpstreamSpec(Strict):
    """The contactor that feeds a device."""

    device: Name = Field(description="A relay board on another link.")
    channel: Annotated[int, Field(ge=1, le=999)] = Field(description="Its channel, counted as on its sticker.")


class OpensSpec(Strict):
    """A contactor that an overcurrent through a meter opens."""

    device: Name = Field(description="A relay board; on the meter's own link or on another.")
    channel: Annotated[int, Field(ge=1, le=999)] = Field(description="Its channel, counted as on its sticker.")


class OutletSpec(Strict):
    """What this site says of one outlet."""

    sticker: Sticker | None = Field(default=None, description="Code on the outlet; else made from the device's.")
    label: Text = Field(default="", description="For people.")
    protection: OutletProtection = Field(default=OutletProtection(), description="What differs from the device's.")


class DeviceSpec(Strict):
    """One addressed device."""

    name: Name = Field(description="Name of the device, unique on the site.")
    bus: Name = Field(description="Name of its bus.")
    profile: Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9_]+$")] = Field(description="<kind>/<vendor>_<model>.")
    unit: Annotated[int, Field(ge=0, le=999_999_999_999)] = Field(
        description="Address on its line: a Modbus unit 1..247, a meter's number; 1 where the protocol has none."
    )
    label: Text = Field(default="", description="For people.")
    sticker: Sticker | None = Field(default=None, description="Code on the device; outlet 7 becomes <code>-07.")
    upstream: UpstreamSpec | None = Field(default=None, description="The contactor that feeds it, on another link.")
    feeds: Annotated[list[Name], Field(max_length=999)] = Field(
        default=[], description="Of a meter: the devices behind it; tells the line loss of each day."
    )
    opens: Annotated[list[OpensSpec], Field(max_length=64)] = Field(
        default=[], description="Of a meter: the contactors that its own protection opens."
    )
    timing: TimingOverride = Field(default=TimingOverride(), description="Measured figures of this device.")
    protection: PileProtection = Field(default=PileProtection(), description="What differs from the site's.")
    charging: ChargingSpec = Field(default=ChargingSpec(), description="What differs from the site's charges.")
    outlets: dict[int, OutletSpec] = Field(default={}, description="What differs for one outlet, by its number.")


class TlsSpec(Strict):
    """An encrypted connection. `tls: {}` trusts the system's authorities."""

    ca_file: str = Field(default="", description="Authority to trust instead of the system's.")
    cert_file: str = Field(default="", description="Our certificate, where the other side wants one.")
    key_file: str = Field(default="", description="Its key.")

    @model_validator(mode="after")
    def _certificate_has_key(self) -> Self:
        if bool(self.cert_file) != bool(self.key_file):
            raise ValueError("`cert_file` and `key_file` go together")
        return self


class MqttSpec(Strict):
    """The broker."""

    host: Host = Field(description="Name or address of the broker.")
    port: Port | None = Field(default=None, description="TCP port; 1883, or 8883 with tls.")
    user: Text = Field(default="", description="User name; empty means none.")
    password_file: str = Field(default="", description="File with the password; relative to the site file.")
    tls: TlsSpec | None = Field(default=None, description="Encrypt the connection.")
    prefix: Annotated[
        str, Field(pattern=r"^([a-z0-9-]+|\{site\}|\{gateway\})(/([a-z0-9-]+|\{site\}|\{gateway\}))*/?$")
    ] = Field(default="gw/{site}/{gateway}/", description="Before every topic; {site} and {gateway} are filled in.")


class InfluxSpec(Strict):
    """A time-series database."""

    url: Annotated[str, Field(pattern=r"^https?://[^/]+(/.*)?$")] = Field(description="http(s)://host:port.")
    dialect: Annotated[InfluxDialect, LOOSE] = Field(description="v2 (/api/v2/write) or v1 (/write?db=).")
    org: str = Field(default="", description="v2: organisation.")
    bucket: str = Field(default="", description="v2: bucket.")
    database: str = Field(default="", description="v1: database.")
    user: str = Field(default="", description="v1: user name; empty means none.")
    secret_file: str = Field(default="", description="File with the token (v2) or password (v1).")

    @model_validator(mode="after")
    def _target_fits_dialect(self) -> Self:
        if self.dialect is InfluxDialect.V2 and (not self.bucket or self.database):
            raise ValueError("the dialect v2 needs `bucket` and knows no `database`")
        if self.dialect is InfluxDialect.V1 and (not self.database or self.bucket):
            raise ValueError("the dialect v1 needs `database` and knows no `bucket`")
        return self


class UplinksSpec(Strict):
    """Where readings and events go."""

    mqtt: MqttSpec | None = Field(default=None, description="An MQTT broker.")
    influx: InfluxSpec | None = Field(default=None, description="InfluxDB, or anything that speaks its write API.")


class ConsoleSpec(Strict):
    """Pages in the browser. Beyond loopback they come over TLS only."""

    port: Port = Field(default=8800, description="TCP port.")
    address: Host = Field(default="127.0.0.1", description="Address to listen on: this box only, unless it is another.")
    names: list[Host] = Field(default=[], description="Names that browsers call it by, beside its address.")
    cert_file: str = Field(default="", description="Certificate; without one it makes its own.")
    key_file: str = Field(default="", description="Its key.")

    @model_validator(mode="after")
    def _certificate_has_key(self) -> Self:
        if bool(self.cert_file) != bool(self.key_file):
            raise ValueError("`cert_file` and `key_file` go together")
        return self


class ReceiverSpec(Strict):
    """Who is told of alarms, by a webhook."""

    name: Name = Field(description="Name of the receiver, unique on the site.")
    form: Literal["plain", "wecom", "dingtalk"] = Field(
        default="plain", description="Our signed webhook, or a group robot of WeCom or DingTalk."
    )
    url: Annotated[str, Field(pattern=r"^https?://[^/\s]+(/\S*)?$", max_length=1000)] = Field(
        default="", description="Address; a robot's has its key in it: better in `url_file`.", validate_default=False
    )
    url_file: str = Field(default="", description="File with the address; relative to the site file.")
    secret_file: str = Field(default="", description="File with the secret that signs.")
    severity: Literal["critical", "high", "medium", "low"] = Field(
        default="high", description="The least severity that it hears of."
    )
    after_s: Annotated[int, Field(ge=0, le=86_400)] = Field(
        default=0, description="It hears of what nobody has acknowledged for so long: escalation."
    )
    again_s: Annotated[int, Field(ge=0, le=86_400)] = Field(
        default=900, description="It hears of it again so often until somebody acknowledges it; 0: once."
    )
    language: Literal["zh-CN", "en"] = Field(default="zh-CN", description="Language of the text.")

    @model_validator(mode="after")
    def _has_an_address_and_a_secret(self) -> Self:
        if bool(self.url) == bool(self.url_file):
            raise ValueError("a receiver has either `url` or `url_file`")
        if self.form == "plain" and not self.secret_file:
            raise ValueError("the form plain is signed: it needs `secret_file`")
        return self


class CoordinatesSpec(Strict):
    """Where a site is, in degrees of WGS 84, as a GPS receiver shows them."""

    latitude: Annotated[float, Field(ge=-90, le=90)] = Field(description="North of the equator; south is negative.")
    longitude: Annotated[float, Field(ge=-180, le=180)] = Field(description="East of Greenwich; west is negative.")


class SiteFile(Strict):
    """One installation."""

    site: Name = Field(description="Name of the site.")
    gateway: Name = Field(default="gw-1", description="Name of this box on the site.")
    label: Text = Field(default="", description="For people.")
    timezone: Annotated[str, Field(pattern=r"^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$", max_length=64)] = Field(
        default="Asia/Shanghai", description="Where the site's days begin, as in the tz database."
    )
    coordinates: CoordinatesSpec | None = Field(default=None, description="Where it is, for a console of many sites.")
    buses: Annotated[list[BusSpec], Field(min_length=1)] = Field(description="The lines.")
    devices: Annotated[list[DeviceSpec], Field(min_length=1)] = Field(description="The devices on them.")
    protection: SiteProtection = Field(default=SiteProtection(), description="Protection settings of the site.")
    uplinks: UplinksSpec = Field(default=UplinksSpec(), description="Where readings and events go.")
    console: ConsoleSpec | None = Field(default=None, description="The console; `console: {}` serves it on port 8800.")
    notify: Annotated[list[ReceiverSpec], Field(max_length=16)] = Field(
        default=[], description="Who is told of alarms."
    )
    charging: SiteChargingSpec = Field(default=SiteChargingSpec(), description="Settings of charges.")
    tariffs: list[dict[str, JsonValue]] = Field(
        default=[], description="Tariffs as docs/reference/orders/tariffs.md has them; each with its id and version."
    )
    cabinets: list[CabinetSpec] = Field(default=[], description="Vending cabinets.")
    bins: list[BinSpec] = Field(default=[], description="Weighing bins.")
    price_lists: list[dict[str, JsonValue]] = Field(
        default=[], description="Price lists; each with its id, version and articles."
    )
    points_rules: list[dict[str, JsonValue]] = Field(
        default=[], description="Points rules; each with its id, version, community and rates."
    )


STAND_INS: dict[str, object] = {
    "site": "x",
    "buses": [{"name": "x", "link": {"kind": "tcp", "host": "x"}}],
    "devices": [{"name": "x", "bus": "x", "profile": "x/x", "unit": 1}],
}
"""Harmless values for the keys that must be there, to judge the rest of a file in which one of them is wrong."""

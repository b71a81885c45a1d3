"""What there is at a gateway: its devices, their outlets, what protects them, the documents it was given. Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.uplink.message import Message, Name, Version


class InverseLimit(Message):
    """51: trips after tms x k_s / ((I / setting_a)^alpha - 1) s from 1.1 x setting_a on; above 20 x as at 20 x."""

    setting_a: float
    tms: float
    k_s: float
    alpha: float


class ThermalLimit(Message):
    """49: trips where k x base_a has flowed for long; heats with the time constant tau_s."""

    base_a: float
    k: float
    tau_s: float


class ProtectionLimits(Message):
    """What the gateway's protection of an outlet is set to; what is not there is off."""

    pickup_a: float | None = Field(default=None, description="50: the current above which it is opened")
    samples: int = Field(default=1, description="50: fresh readings above the pick-up that decide")
    trip_delay_ms: float = Field(default=0.0, description="50: intended delay")
    arming_delay_ms: float = Field(default=0.0, description="50 and 32 wait so long after a start (inrush)")
    inverse: InverseLimit | None = None
    thermal: ThermalLimit | None = None
    max_power_w: float | None = Field(default=None, description="32: an order's own limit can only be lower")
    over_temperature_c: float | None = Field(default=None, description="26")
    over_voltage_v: float | None = Field(default=None, description="59")
    under_voltage_v: float | None = Field(default=None, description="27")


class InventoryOutlet(Message):
    outlet: Name
    uid: str = ""
    code: str = Field(default="", description="what the sticker or QR code says")
    place: str = Field(default="", description="of a door: the cabinet or bin that orders name")
    label: str = Field(default="", description="what the site file calls it")
    feeds: tuple[str, ...] = Field(default=(), description="of a contactor: the devices behind it")
    tariff: str = Field(default="", description="id/version of the tariff of a start that names none")
    max_w: int | None = None
    protection: Literal["bounded", "monitored-only", "pile-protected", "none"] = "none"
    bound_ms: float | None = Field(default=None, description="longest time from overcurrent to OFF, one frame lost")
    limits: ProtectionLimits | None = Field(default=None, description="where they are not those of its device")


class InventoryDevice(Message):
    device: Name
    kind: str
    profile: str
    bus: str = ""
    uid: str = ""
    label: str = Field(default="", description="what the site file calls it")
    limits: ProtectionLimits | None = Field(default=None, description="of its outlets; absent where none is protected")
    rated_closings: int | None = Field(default=None, description="closings under load that its relays are rated for")
    outlets: tuple[InventoryOutlet, ...] = ()


class InventoryDocument(Message):
    """A document that was pushed: which version is here."""

    kind: str = Field(description="tariffs, prices, cards")
    name: str
    version: int
    digest: str
    ts: int | None = Field(default=None, description="when it came; null where the clock was not set then")


class Inventory(Message):
    """Retained: what there is."""

    v: Version = 1
    ts: int
    config_hash: str
    label: str = Field(default="", description="what the site file calls the site")
    latitude: float | None = Field(default=None, description="degrees of WGS 84, where the site file says it")
    longitude: float | None = None
    simulated: bool = Field(default=False, description="whether any of its lines ends in a simulator")
    devices: tuple[InventoryDevice, ...]
    documents: tuple[InventoryDocument, ...] = ()

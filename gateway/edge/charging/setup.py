"""What a charge at each outlet may be, and by which figures it is run: site file and profile put together. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from gateway.edge.charging.meter import meter_of
from gateway.edge.charging.tariffs import Tariffs
from gateway.model.device import Delivery, Kind, Role
from gateway.orders.charge import settings as charge
from gateway.orders.charge.authorise import FREE, Place
from gateway.orders.charge.settings import ChargeSettings
from gateway.orders.tariff.quote import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.device import Outlet
    from gateway.model.site import Device, Site
    from gateway.orders.tariff.tariff import Tariff

MOST = Limits(max_s=86_400, max_wh=20_000, max_w=100_000)

RULES = {"ap3000": charge.AP3000, "x10p": charge.X10P, "juy": charge.JUY}
"""Piles whose own rules of full and unplugged the gateway takes over, by the word of the site file."""

_FIGURES = {field.name for field in fields(ChargeSettings)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletSetup:
    """One outlet. `ceiling_mil`: of a start that names no amount; None: such a start needs a tariff without a price.

    `free`: what plugging in starts, at no price; None: nothing. `feeders`: the meters that cut off what feeds it.
    """

    place: Place
    tariff_id: str
    ceiling_mil: int | None
    free: Limits | None
    feeders: tuple[str, ...]


class SiteSetup:
    """One site. `cloud_away_s`: orders that do not want to run without their cloud end after so long without it."""

    def __init__(self, site: Site) -> None:
        self.tariffs = Tariffs(site.tariffs)
        self.cloud_away_s = site.cloud_away_s
        self.cards = site.cards
        self.outlets = {
            f"{device.name}/{outlet.name}": self._outlet(device, outlet, _feeders(site, device))
            for device in site.devices
            if device.model.kind is Kind.PILE
            for outlet in device.model.outlets
            if outlet.switch is not None
        }

    def tariff_at(self, outlet: OutletSetup) -> Tariff:
        """Return the tariff of a start that names none, as it is now."""
        return self.tariffs.find(outlet.tariff_id) or FREE

    def tariff_name(self, outlet: str) -> str:
        """Return id and version of the tariff of a start that names none; empty for what is no outlet of a pile."""
        found = self.outlets.get(outlet)
        if found is None:
            return ""
        tariff = self.tariff_at(found)
        return f"{tariff.id}/{tariff.version}"

    def _outlet(self, device: Device, outlet: Outlet, feeders: tuple[str, ...]) -> OutletSetup:
        said = device.charging
        most = Limits(
            max_s=_whole(said, "longest_s", MOST.max_s),
            max_wh=_whole(said, "most_wh", MOST.max_wh),
            max_w=_whole(said, "most_w", MOST.max_w),
        )
        place = Place(outlet=f"{device.name}/{outlet.name}", settings=_settings(device, outlet), most=most)
        ceiling = said.get("most_mil")
        can_see_plugs = Role.PLUG in outlet.roles
        return OutletSetup(
            place=place,
            tariff_id=str(said.get("tariff", FREE.id)),
            ceiling_mil=ceiling if isinstance(ceiling, int) else None,
            free=_free(said.get("free"), most) if can_see_plugs else None,
            feeders=feeders,
        )


def _feeders(site: Site, device: Device) -> tuple[str, ...]:
    """Return the outlets under whose names protection keeps the latches of the meters before a device."""
    return tuple(
        f"{meter.name}/{outlet.name}"
        for meter in site.devices
        if device.upstream is not None and device.upstream in meter.opens
        for outlet in meter.model.outlets
    )


def _free(said: object, most: Limits) -> Limits | None:
    if not isinstance(said, dict):
        return None
    return Limits(
        max_s=min(said["most_s"], most.max_s),
        max_wh=min(said["most_wh"], most.max_wh),
        max_w=min(said["most_w"], most.max_w),
    )


def _whole(said: Mapping[str, object], name: str, default: int) -> int:
    value = said.get(name, default)
    return value if isinstance(value, int) else default


def _settings(device: Device, outlet: Outlet) -> ChargeSettings:
    said = device.charging
    shows_power = Role.POWER in outlet.roles and device.model.delivery is Delivery.POLLED
    given: dict[str, Any] = {name: value for name, value in said.items() if name in _FIGURES}
    given.setdefault("resumes", device.model.resumes)
    given["resumes"] = charge.Resumes(str(given["resumes"]))
    if "settler" in given:
        given["settler"] = charge.Settler(str(given["settler"]))
    return replace(
        RULES.get(str(said.get("rules", "")), ChargeSettings()),
        confirmed_by_power=shows_power,
        meter=meter_of(device.model, outlet),
        **given,
    )

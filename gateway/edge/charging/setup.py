"""What a charge at each outlet may be, and by which figures it is run: site file and profile put together. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from gateway.model.device import Delivery, Kind, Role
from gateway.orders.charge import settings as charge
from gateway.orders.charge.authorise import Place
from gateway.orders.charge.settings import ChargeSettings
from gateway.orders.tariff.form import read_tariff
from gateway.orders.tariff.quote import Limits
from gateway.orders.tariff.tariff import Tariff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.device import Outlet
    from gateway.model.site import Device, Site

FREE = Tariff(id="free", version=1)
"""What holds where neither the start nor the site names a tariff: no price, and the limits are the ceiling."""

MOST = Limits(max_s=86_400, max_wh=20_000, max_w=100_000)

RULES = {"ap3000": charge.AP3000, "x10p": charge.X10P, "juy": charge.JUY}
"""Piles whose own rules of full and unplugged the gateway takes over, by the word of the site file."""

_FIGURES = {field.name for field in fields(ChargeSettings)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletSetup:
    """One outlet. `ceiling_mil`: of a start that names no amount; None: such a start needs a tariff without a price."""

    place: Place
    tariff: Tariff
    ceiling_mil: int | None


class SiteSetup:
    """One site. `cloud_away_s`: orders that do not want to run without their cloud end after so long without it."""

    def __init__(self, site: Site) -> None:
        read = [read_tariff(tariff) for tariff in site.tariffs]
        self._tariffs = {(tariff.id, tariff.version): tariff for tariff in (FREE, *read)}
        self.cloud_away_s = site.cloud_away_s
        self.outlets = {
            f"{device.name}/{outlet.name}": self._outlet(device, outlet)
            for device in site.devices
            if device.model.kind is Kind.PILE
            for outlet in device.model.outlets
            if outlet.switch is not None
        }

    def tariff(self, tariff_id: str, version: int | None = None) -> Tariff | None:
        """Return a tariff of the site file, the newest where no version is named."""
        if version is not None:
            return self._tariffs.get((tariff_id, version))
        found = [tariff for (name, _), tariff in self._tariffs.items() if name == tariff_id]
        return max(found, key=lambda tariff: tariff.version, default=None)

    def _outlet(self, device: Device, outlet: Outlet) -> OutletSetup:
        said = device.charging
        most = Limits(
            max_s=_whole(said, "longest_s", MOST.max_s),
            max_wh=_whole(said, "most_wh", MOST.max_wh),
            max_w=_whole(said, "most_w", MOST.max_w),
        )
        place = Place(outlet=f"{device.name}/{outlet.name}", settings=_settings(device, outlet), most=most)
        tariff = self.tariff(str(said.get("tariff", FREE.id)))
        ceiling = said.get("most_mil")
        return OutletSetup(
            place=place, tariff=tariff or FREE, ceiling_mil=ceiling if isinstance(ceiling, int) else None
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
    return replace(RULES.get(str(said.get("rules", "")), ChargeSettings()), confirmed_by_power=shows_power, **given)

"""Judge what the reconciliation of a day needs of a site file: its time zone, and which meter feeds what. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from gateway.model.device import Kind, Role
from gateway.profile.findings import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.device import DeviceModel
    from gateway.profile.document import Path
    from gateway.profile.findings import Findings
    from gateway.site.schema import SiteFile


def lint_reconciling(site: SiteFile, models: Mapping[str, DeviceModel], findings: Findings) -> None:
    """Note a time zone that nobody knows, and meters that feed what is not there, twice, or cannot be counted."""
    _lint_zone(site.timezone, findings)
    names = {device.name for device in site.devices}
    fed: dict[str, str] = {}
    for index, device in enumerate(site.devices):
        path: Path = ("devices", index, "feeds")
        model = models.get(device.profile)
        if device.feeds and model is not None and (model.kind is not Kind.METER or Role.ENERGY not in model.roles):
            findings.add(path, f"{device.name} is no meter of energy", "only such a meter can feed devices")
        for place, name in enumerate(device.feeds):
            here: Path = (*path, place)
            if name not in names:
                if not findings.broken("devices"):
                    findings.add(here, f"there is no device `{name}`", did_you_mean(name, names))
            elif name == device.name:
                findings.add(here, f"{name} cannot feed itself")
            elif name in fed:
                findings.add(here, f"{name} is fed by {fed[name]} already", "name it behind the nearest meter only")
            else:
                fed[name] = device.name


NO_PLACES = {"Factory", "localtime", "posixrules"}
"""Names of the tz database that mean another zone on each machine, or none."""


def _lint_zone(name: str, findings: Findings) -> None:
    if name in NO_PLACES or not _is_zone(name):
        near = did_you_mean(name, available_timezones())
        findings.add(("timezone",), f"there is no time zone `{name}`", near if near.startswith("did") else "")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

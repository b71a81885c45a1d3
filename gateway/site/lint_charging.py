"""Judge who may charge without the platform: free charging and cards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Kind, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.device import DeviceModel
    from gateway.profile.findings import Findings
    from gateway.site.schema import SiteFile

HINT = "free charging begins when a plug is seen to come in"


def lint_charging(site: SiteFile, models: Mapping[str, DeviceModel], findings: Findings) -> None:
    """Note free charging where no plug can be seen, and cards without a ceiling that could charge.

    `models` holds every profile that could be loaded.
    """
    seeing: dict[str, bool] = {}
    for device in site.devices:
        model = models.get(device.profile)
        if model is None:
            return  # what cannot be loaded is noted elsewhere, and may be able to see plugs
        seeing[device.name] = model.kind is Kind.PILE and any(Role.PLUG in outlet.roles for outlet in model.outlets)
    cards, has_piles = site.charging.cards, any(models[device.profile].kind is Kind.PILE for device in site.devices)
    if cards is not None and cards.ceiling_mil is None and has_piles:
        findings.add(("charging", "cards"), "a charge by card needs a ceiling", "add `ceiling_mil`, 0.001 yuan")
    if site.charging.free is not None and not any(seeing.values()):
        findings.add(("charging", "free"), "no outlet of this site can see a plug", HINT, key=True)
    for index, device in enumerate(site.devices):
        if device.charging.free is not None and not seeing[device.name]:
            findings.add(("devices", index, "charging", "free"), f"{device.name} cannot see a plug", HINT, key=True)

"""What protection is set to, in the shapes of the contract. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gateway.site.settings import outlet_settings
from gateway.uplink.inventory import InverseLimit, ProtectionLimits, ThermalLimit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.site import Device
    from gateway.protection.settings import InverseSettings, OutletSettings


def usual(limits: Mapping[int, ProtectionLimits]) -> ProtectionLimits | None:
    """Return the limits that most outlets have; None where none is protected."""
    most = Counter(each.model_dump_json() for each in limits.values()).most_common(1)
    return next((each for each in limits.values() if each.model_dump_json() == most[0][0]), None) if most else None


def limits_of(device: Device) -> Mapping[int, ProtectionLimits]:
    """Return the limits of the outlets of a device by their numbers, as its site sets them."""
    return {outlet.number: _limits(outlet_settings(outlet)) for outlet in device.outlets}


def _limits(settings: OutletSettings) -> ProtectionLimits:
    thermal = settings.thermal
    return ProtectionLimits(
        pickup_a=settings.pickup_a,
        samples=settings.samples,
        trip_delay_ms=settings.trip_delay_ms,
        arming_delay_ms=settings.arming_delay_ms,
        inverse=None if settings.inverse is None else _inverse(settings.inverse),
        thermal=None if thermal is None else ThermalLimit(base_a=thermal.base_a, k=thermal.k, tau_s=thermal.tau_s),
        max_power_w=settings.max_power_w,
        over_temperature_c=settings.over_temperature_c,
        over_voltage_v=settings.over_voltage_v,
        under_voltage_v=settings.under_voltage_v,
    )


def _inverse(settings: InverseSettings) -> InverseLimit:
    constants = settings.constants
    return InverseLimit(setting_a=settings.setting_a, tms=settings.tms, k_s=constants.k, alpha=constants.alpha)

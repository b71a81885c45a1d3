"""Protection settings of a site as `gateway.protection` takes them. Pure, and light: field runs it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.model.device import PointType, Role
from gateway.protection.curve import Curve
from gateway.protection.settings import InverseSettings, OutletSettings, PileSettings, ThermalSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.device import DeviceModel, Outlet, Point
    from gateway.model.site import Device, OutletSetup

_CHECKED_ELSEWHERE = frozenset({"trip_within_ms"})
"""A promise for `gateway check`, not a setting of an element."""

_PILE_KEYS = (
    "samples",
    "total_pickup_a",
    "over_temperature_c",
    "residual_ma",
    "frozen_after_s",
    "sight_loss_misses",
    "sight_loss_s",
    "upstream_after_s",
)


def outlet_settings(outlet: OutletSetup) -> OutletSettings:
    """Return the settings of one outlet as `gateway.protection` takes them."""
    given = {key: value for key, value in outlet.protection.items() if key not in _CHECKED_ELSEWHERE}
    inverse, thermal = given.pop("inverse", None), given.pop("thermal", None)
    return OutletSettings(
        number=outlet.number,
        inverse=_inverse(inverse) if isinstance(inverse, dict) else None,
        thermal=ThermalSettings(**thermal) if isinstance(thermal, dict) else None,
        **given,  # type: ignore[arg-type] # validated by the model that OutletProtection is, key by key
    )


def pile_settings(device: Device) -> PileSettings:
    """Return the settings of one pile and its outlets as `gateway.protection` takes them."""
    given = {key: device.protection[key] for key in _PILE_KEYS if key in device.protection}
    if "total_rating_a" in device.protection:
        given["rating_a"] = device.protection["total_rating_a"]
    outlets = zip(device.outlets, device.model.outlets, strict=True)
    return PileSettings(
        name=device.name,
        outlets=tuple(_with_steps(outlet_settings(outlet), device.model, made) for outlet, made in outlets),
        refresh_ms=device.timing.refresh_ms,
        is_feeder=bool(device.opens),
        **given,  # type: ignore[arg-type] # validated by the model that PileProtection is, key by key
    )


def _with_steps(settings: OutletSettings, model: DeviceModel, outlet: Outlet) -> OutletSettings:
    """Return the settings with what one step of the registers of power and energy is worth; floats have none."""
    step_w = _step(outlet.roles.get(Role.POWER), "W")
    step_wh = _step(outlet.roles.get(Role.ENERGY) or model.roles.get(Role.ENERGY), "Wh")
    return replace(settings, step_w=step_w or 0.0, step_wh=step_wh)


def _step(point: Point | None, unit: str) -> float | None:
    has_steps = point is not None and point.type is not PointType.F32 and point.unit == unit and point.scale > 0
    return point.scale if point is not None and has_steps else None


def own_limit_w(device: Device) -> float | None:
    """Return the power above which a device has to cut an outlet off itself: the lowest that the site sets, if any.

    Such a device has one limit for all its outlets.
    """
    limits = [limit for outlet in device.outlets if (limit := outlet_settings(outlet).max_power_w) is not None]
    return min(limits, default=None)


def _inverse(block: Mapping[str, object]) -> InverseSettings:
    return InverseSettings(**{**block, "curve": Curve(str(block["curve"]))})  # type: ignore[arg-type] # as above

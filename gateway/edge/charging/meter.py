"""What is known of the register that measures an outlet, from its pile's profile. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Role
from gateway.model.protocol import PROTOCOLS
from gateway.model.register import MOST_W
from gateway.orders.tariff.register import Meter

if TYPE_CHECKING:
    from gateway.model.device import DeviceModel, Outlet, Point

STEPS = 2
"""A reading may be one step short, and the next one a step ahead."""


def meter_of(model: DeviceModel, outlet: Outlet) -> Meter:
    """Return the meter of an outlet, bounded by the power that its profile allows, or that any outlet has."""
    energy, power = outlet.roles.get(Role.ENERGY), outlet.roles.get(Role.POWER)
    if energy is None:
        return Meter()
    most_w = MOST_W if power is None or power.high is None else min(MOST_W, power.high)
    span_mwh = round(1000 * energy.scale * _values(energy))
    step_mwh = round(1000 * energy.scale * STEPS)
    return Meter(span_mwh=span_mwh, most_w=round(most_w), step_mwh=step_mwh, from_zero=counts_orders(model))


def counts_orders(model: DeviceModel) -> bool:
    """Return whether the registers of a pile begin at 0 with each of its orders: it knows them, and numbers them."""
    return model.driver in PROTOCOLS and PROTOCOLS[model.driver].keeps_orders


def _values(point: Point) -> int:
    """Return how many values a register has before it begins at 0 again; 0 where it is no counter of whole numbers."""
    return {"u16": 1 << 16, "u32": 1 << 32}.get(point.type, 0)

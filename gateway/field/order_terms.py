"""Switching where a device keeps orders itself: a start takes the order along, a stop names it again. Pure."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from gateway.model.wiring import OrderTerms

if TYPE_CHECKING:
    from gateway.field.device import FieldDevice
    from gateway.model.command import Grant
    from gateway.model.wiring import Write


def on_write(device: FieldDevice, outlet: int, grant: Grant, now_s: float) -> Write:
    """Return what closes an outlet under a grant; the device is told the grant's own limits."""
    write = device.ons[outlet]
    if not device.keeps_orders:
        return write
    terms = OrderTerms(grant.device_order_no, max_s=max(1, ceil(grant.until_s - now_s)), max_w=grant.max_w)
    return replace(write, order=terms)


def off_write(device: FieldDevice, outlet: int, number: str) -> Write:
    """Return what opens an outlet; `number` is that of the last order there, empty where none is known."""
    write = device.offs[outlet]
    return replace(write, order=OrderTerms(number)) if device.keeps_orders and number else write

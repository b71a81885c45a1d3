"""What the decisions of protection are called in events: kind, target and body. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.event import EventKind
from gateway.protection.decision import AlarmKind, Clear, Raise, Rung, SightBack, SightLost, Verified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.field.device import FieldDevice
    from gateway.protection.decision import Decision, TripCause

UNFITTING = "it answers, but not with what its profile expects: is it the right profile?"

Told = tuple[EventKind, str, "Mapping[str, object]"]

LATCHES = frozenset(
    {
        AlarmKind.REJECTED,
        AlarmKind.WELD,
        AlarmKind.BREAKER_FAILURE,
        AlarmKind.OVER_TEMPERATURE,
        AlarmKind.SMOKE,
        AlarmKind.LEAKAGE,
    }
)
"""Alarms that latch, or end with their latch, and need no trip for it: edge must know, or it accepts starts in vain."""


def tell(decision: Decision, device: FieldDevice | None, bus: str) -> Told | None:
    """Return kind, target and body of the event that a decision makes; None where it makes none of its own.

    `device` is the decision's pile; None where the whole bus is meant.
    """
    if isinstance(decision, Raise | Clear):
        target = bus if device is None else name_of(device, decision.outlet)
        detail = {"detail": decision.detail} if isinstance(decision, Raise) else {}
        return EventKind.ALARM, target, {"alarm": decision.alarm, "active": isinstance(decision, Raise), **detail}
    return None if device is None else _tell_of(decision, device)


def changes_latches(decision: Decision) -> bool:
    """Return whether what protection remembers may have changed with a decision that is no trip."""
    return isinstance(decision, Raise | Clear) and decision.alarm in LATCHES


def _tell_of(decision: Decision, device: FieldDevice) -> Told | None:
    match decision:
        case SightLost(misses=misses, answering=answering):
            detail = UNFITTING if answering else "it does not answer"
            body = {"alarm": "sight-lost", "active": True, "misses": misses, "answering": answering, "detail": detail}
            return EventKind.ALARM, device.name, body
        case SightBack():
            return EventKind.ALARM, device.name, {"alarm": "sight-lost", "active": False}
        case Rung(outlets=outlets, rung=rung):
            names = [device.outlet_names[outlet] for outlet in outlets]
            return EventKind.TRIP, device.name, {"stage": "not-opened", "outlets": names, "rung": rung}
        case Verified(outlet=outlet, verified=verified, acknowledged=acknowledged):
            body = {"stage": "verified" if verified else "unverified", "acknowledged": acknowledged}
            return EventKind.TRIP, name_of(device, outlet), body
    return None


def name_of(device: FieldDevice, outlet: int | None) -> str:
    """Return the path of an outlet, or of its device where the whole pile is meant."""
    return device.name if outlet is None else device.outlet_names[outlet]


def cause_body(cause: TripCause, device: FieldDevice) -> dict[str, object]:
    """Return one outlet's cause as a trip's event carries it."""
    return {
        "outlet": device.outlet_names[cause.outlet],
        "element": cause.element,
        "ansi": cause.element.ansi,
        "measured": cause.measured,
        "pickup": cause.pickup,
        "latches": cause.latches,
        "inputs": dict(cause.inputs),
    }

"""What the arbiter allows. Pure: one function for closing, one for what acts once, one for everything else.

Opening needs no permission when protection or a person on site wants it, and never more than a matching order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.command import Origin

if TYPE_CHECKING:
    from gateway.model.command import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What is known about an outlet that someone wants switched on."""

    can_switch: bool
    state_known: bool
    in_sight: bool
    blocked_by: tuple[str, ...]
    events_full: bool
    grant_refusal: str


def refuse_closing(closing: Closing) -> str:
    """Return the first reason why an outlet must not be switched on, or an empty string."""
    if not closing.can_switch:
        return "cannot-switch"
    if not closing.state_known:
        return "state-unknown"
    if not closing.in_sight:
        return "silent"
    if closing.blocked_by:
        return closing.blocked_by[0]
    if closing.events_full:
        return "event-ring-full"
    return closing.grant_refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """What is known about a device, or an outlet, that is to act once."""

    is_known: bool
    can_act: bool
    expires_s: float | None
    in_sight: bool
    is_busy: bool
    events_full: bool


def refuse_acting(acting: Acting, now_s: float) -> str:
    """Return the first reason why something must not act, or an empty string.

    What acts once has no opposite: a wish for it that never expires could unlock a door hours later.
    """
    against = {
        "unknown-target": not acting.is_known,
        "cannot-act": not acting.can_act,
        "expiry-missing": acting.expires_s is None,
        "expired": acting.expires_s is not None and now_s >= acting.expires_s,
        "silent": not acting.in_sight,
        "busy": acting.is_busy,
        "event-ring-full": acting.events_full,
    }
    return next((reason for reason, holds in against.items() if holds), "")


def refuse_command(command: Command, now_s: float, *, running_order: str | None) -> str:
    """Return why a command is refused before anything is looked up on the line, or an empty string.

    A stop must name the running order, so that a stop that was queued for one customer cannot cut the next; a
    protection, local or safety OFF names nothing.
    """
    opens = command.kind in ("stop", "safety-off")
    if command.expires_s is not None and now_s >= command.expires_s and not opens:
        return "expired"
    if command.kind == "stop" and command.origin > Origin.LOCAL:
        wanted = command.args.get("order_id")
        if running_order is None:
            return "not-running"
        if wanted != running_order:
            return "order-mismatch"
    if command.kind == "reset" and not str(command.args.get("reason", "")).strip():
        return "reason-missing"
    return ""

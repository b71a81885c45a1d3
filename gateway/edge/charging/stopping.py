"""Which charges a command to open means, and what their orders hear of it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.command import CommandKind
from gateway.orders.charge.event import StopAsked
from gateway.orders.reason import StopReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.edge.charging.charge import Charge
    from gateway.model.command import Command


def stop_of(command: Command) -> StopAsked:
    """Return what an order hears of a command that opens its outlet: why it ends, and by whom."""
    by = str(command.args.get("by", ""))
    if command.kind is CommandKind.SAFETY_OFF:
        return StopAsked(reason=StopReason.SAFETY_OFF, by=by)
    return StopAsked(reason=StopReason.CONSOLE if by else StopReason.PLATFORM, by=by)


def stopped_by(command: Command, charges: Iterable[Charge]) -> Sequence[str]:
    """Return the orders that end by a command: the one that a stop names; those that a known person cuts off.

    What a program cuts off ends by what field tells of it.
    """
    live = [charge.order for charge in charges if charge.is_live]
    if command.kind is CommandKind.STOP:
        return [each.order_id for each in live if _is_named(command, each.order_id) and each.outlet == command.target]
    if command.kind is not CommandKind.SAFETY_OFF or not command.args.get("by"):
        return []
    return [each.order_id for each in live if command.target in ("*", each.outlet, each.outlet.partition("/")[0])]


def pressed(command: Command) -> Mapping[str, object] | None:
    """Return the record of who cut what off; None where a program did."""
    by = command.args.get("by")
    if not by:
        return None
    parts = (command.target, command.args.get("order_id"), command.args.get("why"))
    return {"what": command.kind.value, "by": by, "detail": " ".join(str(part) for part in parts if part)}


def _is_named(command: Command, order_id: str) -> bool:
    return command.args.get("order_id") == order_id

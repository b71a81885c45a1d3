"""The bounds of a site, those of meters that open contactors included: these need the plans of two lines. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.site import SerialLink
from gateway.site.settings import pile_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bus.budget import Bound, OpeningCost
    from gateway.model.site import Device
    from gateway.site.plan import BusPlan


def bound_of(plans: Sequence[BusPlan], plan: BusPlan, index: int) -> Bound | None:
    """Return the bound of a pile, or of a meter that opens contactors; None where none can be given."""
    device = plan.devices[index]
    if not device.opens:
        return plan.bound(index)
    boards = _boards(plans, device)
    if not all(isinstance(each.bus.link, SerialLink) for each in (plan, *boards)):
        return None
    outlet = pile_settings(device).outlets[0]
    bounds = [
        plan.budget.feeder_bound(
            index,
            cost,
            is_own_line=board is plan,
            samples=outlet.samples,
            trip_delay_ms=outlet.trip_delay_ms,
        )
        for board, cost in _costs(boards, device)
    ]
    return max(
        (bound for bound in bounds if bound is not None), key=lambda bound: bound.total_one_lost_ms, default=None
    )


def opening_ms(plans: Sequence[BusPlan], device: Device) -> float:
    """Return how long the contactors of a meter take at most from its OFF: their frames, and their own opening."""
    costs = (cost for _, cost in _costs(_boards(plans, device), device))
    return max((cost.goods_s * 1000 + cost.waits_s * 1000 + cost.relay_ms for cost in costs), default=0.0)


def _boards(plans: Sequence[BusPlan], device: Device) -> list[BusPlan]:
    """Return the lines on which the contactors of a meter hang."""
    names = {contactor.device for contactor in device.opens}
    return [plan for plan in plans if any(each.name in names for each in plan.devices)]


def _costs(boards: Sequence[BusPlan], device: Device) -> list[tuple[BusPlan, OpeningCost]]:
    found = []
    for board in boards:
        places = {each.name: place for place, each in enumerate(board.devices)}
        channels = [
            (places[contactor.device], _position(board.devices[places[contactor.device]], contactor.channel))
            for contactor in device.opens
            if contactor.device in places
        ]
        found.append((board, board.budget.opening_cost(channels)))
    return found


def _position(board: Device, channel: int) -> int:
    return next(place for place, outlet in enumerate(board.model.outlets) if outlet.number == channel)

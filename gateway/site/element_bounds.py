"""How long each protective function may take until its OFF has arrived; what a trip is held against. Pure.

The bound of a site's check is that of a current, which goes round in the ring. Smoke, temperature, voltage and power
are read when their poll group is due: each of their samples can be one renewal late. A total can be measured, slowly,
or made of the currents: the slower counts. A function whose delay is meant (inverse time, thermal) or that answers to
something else than a reading (lost sight, a contact that did not open) has no bound here.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from gateway.model.device import GroupClass, Role
from gateway.protection.decision import Element
from gateway.site.feeder_bounds import bound_of
from gateway.site.settings import pile_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.bus.job import Piece
    from gateway.model.device import Point
    from gateway.site.plan import BusPlan

READ_BY: Mapping[Element, Role] = {
    Element.SMOKE: Role.SMOKE,
    Element.OVER_TEMPERATURE: Role.TEMPERATURE,
    Element.OVER_VOLTAGE: Role.VOLTAGE,
    Element.UNDER_VOLTAGE: Role.VOLTAGE,
    Element.POWER_LIMIT: Role.POWER,
}
"""Functions of readings that nothing asks to be confirmed at once."""

TOTALS = (Element.PILE_TOTAL, Element.BUS_TOTAL)


def element_bounds_ms(plans: Sequence[BusPlan], plan: BusPlan, index: int) -> dict[Element, float]:
    """Return the bounds of a device's protective functions, one frame lost; empty where no OFF can be promised."""
    bound = bound_of(plans, plan, index)
    if bound is None:
        return {}
    ring_ms = bound.total_one_lost_ms
    if plan.devices[index].opens:
        return {Element.DEFINITE_TIME: ring_ms}
    piles = [each for each in range(len(plan.devices)) if plan.is_protected(each)]
    measured_ms = max(_samples_ms(plan, pile, Role.TOTAL_CURRENT) for pile in piles)
    found = {
        Element.DEFINITE_TIME: ring_ms,
        **dict.fromkeys(TOTALS, measured_ms + ring_ms),
        **{element: _samples_ms(plan, index, role) + ring_ms for element, role in READ_BY.items()},
    }
    return {element: ms for element, ms in found.items() if ms < inf}


def slot_share(plan: BusPlan, *classes: GroupClass) -> float:
    """Return how much of a bus's slots its slow reads (of these classes) need; above 1 they are later than meant."""
    ring_s = plan.budget.refresh().ring_ms / 1000
    wanted = classes or (GroupClass.CONTROL, GroupClass.TELEMETRY)
    pieces = (piece for piece in slow_pieces(plan) if piece.group_class in wanted)
    return sum(ring_s / piece.period_s for piece in pieces if piece.period_s > 0)


def slow_pieces(plan: BusPlan) -> list[Piece]:
    """Return everything of a bus that is read, or told, outside its ring."""
    pieces = (piece for device in plan.planned for piece in device.pieces)
    return [piece for piece in pieces if piece.group_class is not GroupClass.PROTECTION]


def _samples_ms(plan: BusPlan, index: int, role: Role) -> float:
    """Return how long the samples of a role that decide can take at most; nothing where it is made of currents."""
    settings = pile_settings(plan.devices[index])
    samples = max(settings.samples, *(outlet.samples for outlet in settings.outlets))
    model = plan.units[index][1]
    points = [roles[role] for roles in (model.roles, *(outlet.roles for outlet in model.outlets)) if role in roles]
    pieces = [p for p in plan.planned[index].pieces if any(_brings(p, point) for point in points)]
    if not pieces:
        return 0.0
    return samples * max(_renewal_ms(plan, piece) for piece in pieces) + (samples - 1) * settings.refresh_ms


def _renewal_ms(plan: BusPlan, piece: Piece) -> float:
    """Return the longest between two reads of a piece.

    Read in time and then as late as can be, when all other slow reads go first: where slots are short, all are late by
    the same, and that is less than one turn of all of them. Those of the control class go first, always.
    """
    refresh = plan.budget.refresh()
    if piece.group_class is GroupClass.PROTECTION:
        return refresh.ring_ms
    left = 1.0 if piece.group_class is GroupClass.CONTROL else 1.0 - slot_share(plan, GroupClass.CONTROL)
    return piece.period_s * 1000 + refresh.slow_ms / left if left > 0 else inf


def _brings(piece: Piece, point: Point) -> bool:
    block = piece.block
    return block.table is point.table and block.address <= point.address < block.end

"""How long each protective function may take until its OFF has arrived; what a trip is held against. Pure.

The bound of a site's check is that of a current, which goes round in the ring. Smoke, temperature, voltage and power
are read when their poll group is due: the first of their samples can be one renewal late, and those that confirm it are
read in the next slots. A total can be measured, slowly, or made of the currents: the slower counts. A function whose
delay is meant (inverse time, thermal) or that answers to something else than a reading (lost sight, a contact that did
not open) has no bound here.
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
"""Functions of readings that are taken outside the ring."""

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


def _samples_ms(plan: BusPlan, index: int, role: Role) -> float:
    """Return how long the samples of a role that decide can take at most; nothing where it is made of currents.

    One read may be lost: it is repeated as an urgent one, as those are that confirm. Samples of a total are not asked
    for again.
    """
    settings = pile_settings(plan.devices[index])
    samples = max(settings.samples, *(outlet.samples for outlet in settings.outlets))
    model = plan.units[index][1]
    points = [roles[role] for roles in (model.roles, *(outlet.roles for outlet in model.outlets)) if role in roles]
    pieces = {_soonest(plan, index, point) for point in points}
    if not pieces:
        return 0.0
    renewal_ms = max(plan.slow.renewal_ms(piece) for piece in pieces)
    others = {piece for piece in plan.slow.pieces if piece.group_class is GroupClass.SAFETY}
    urgent_ms = plan.slow.urgent_ms(len(pieces | others))
    again_ms = renewal_ms if role is Role.TOTAL_CURRENT else urgent_ms
    return renewal_ms + urgent_ms + (samples - 1) * (again_ms + settings.refresh_ms)


def _soonest(plan: BusPlan, index: int, point: Point) -> Piece:
    """Return the piece that brings a point most often."""
    return min((p for p in plan.planned[index].pieces if _brings(p, point)), key=plan.slow.renewal_ms)


def _brings(piece: Piece, point: Point) -> bool:
    block = piece.block
    return block.table is point.table and block.address <= point.address < block.end

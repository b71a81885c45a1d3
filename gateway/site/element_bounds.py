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

from gateway.bus.slow_reads import LEAST, LEAST_SHARE, RANKS, URGENT_SHARE
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


def slot_share(plan: BusPlan, *classes: GroupClass) -> float:
    """Return how much of a bus's slots its slow reads (of these classes) need; above 1 they are later than meant."""
    ring_s = plan.budget.refresh().ring_ms / 1000
    wanted = classes or tuple(RANKS)
    pieces = (piece for piece in slow_pieces(plan) if piece.group_class in wanted)
    return sum(ring_s / piece.period_s for piece in pieces if piece.period_s > 0)


def slow_pieces(plan: BusPlan) -> list[Piece]:
    """Return everything of a bus that is read, or told, outside its ring."""
    pieces = (piece for device in plan.planned for piece in device.pieces)
    return [piece for piece in pieces if piece.group_class is not GroupClass.PROTECTION]


def left_share(plan: BusPlan, group_class: GroupClass) -> float:
    """Return which share of a bus's slots the pieces of a class that is not urgent have, whatever the others want."""
    urgent = min(URGENT_SHARE, slot_share(plan, GroupClass.SAFETY))
    if group_class is LEAST:
        return max(LEAST_SHARE * (1.0 - urgent), 1.0 - urgent - slot_share(plan, GroupClass.CONTROL))
    return (1.0 - LEAST_SHARE) * (1.0 - urgent)


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
    renewal_ms = max(_renewal_ms(plan, piece) for piece in pieces)
    others = {piece for piece in slow_pieces(plan) if piece.group_class is GroupClass.SAFETY}
    urgent_ms = _urgent_ms(plan, len(pieces | others))
    again_ms = renewal_ms if role is Role.TOTAL_CURRENT else urgent_ms
    return renewal_ms + urgent_ms + (samples - 1) * (again_ms + settings.refresh_ms)


def _soonest(plan: BusPlan, index: int, point: Point) -> Piece:
    """Return the piece that brings a point most often."""
    return min((p for p in plan.planned[index].pieces if _brings(p, point)), key=lambda p: _renewal_ms(plan, p))


def _renewal_ms(plan: BusPlan, piece: Piece) -> float:
    """Return the longest between two reads of a piece, while no commands wait for the line.

    Read in time and then as late as can be, when all others of its class and of those before it go first. Urgent ones
    have every second slot, commands or not.
    """
    ring_ms, own = plan.budget.refresh().ring_ms, piece.group_class
    if own is GroupClass.PROTECTION:
        return ring_ms
    before = [each for each in slow_pieces(plan) if RANKS[each.group_class] <= RANKS[own]]
    if own is GroupClass.SAFETY:
        return piece.period_s * 1000 + _urgent_ms(plan, len(before))
    return piece.period_s * 1000 + ring_ms * len(before) / left_share(plan, own)


def _urgent_ms(plan: BusPlan, pieces: int) -> float:
    """Return how long so many urgent reads take: each has every second slot, and the first may have just missed one."""
    return plan.budget.refresh().ring_ms * (pieces / URGENT_SHARE + 1)


def _brings(piece: Piece, point: Point) -> bool:
    block = piece.block
    return block.table is point.table and block.address <= point.address < block.end

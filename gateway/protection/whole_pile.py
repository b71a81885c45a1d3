"""What a pile reads as a whole, apart from its total: mains voltage, temperature, smoke, residual current, door.

Smoke and heat open every outlet and latch the pile; a residual current only blocks starts; a door is only told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Role
from gateway.protection import readings
from gateway.protection.decision import AlarmKind, BlockStarts, Element

if TYPE_CHECKING:
    from gateway.protection.definite_time import DefiniteTime
    from gateway.protection.pile import Pile
    from gateway.protection.report import Report


def step(pile: Pile, role: Role, value: float, raw: float, taken_s: float, now_s: float, report: Report) -> None:
    """Take one finite value of the whole pile in; roles that say nothing about it are passed over."""
    pile.wake()
    if role is Role.VOLTAGE:
        for circuit in pile.circuits:
            circuit.mains.step((raw,), taken_s)
            readings.judge_voltage(circuit, value, raw, taken_s, now_s, report)
    elif role is Role.TEMPERATURE:
        _opens_all(pile, pile.temperature, Element.OVER_TEMPERATURE, value, raw, taken_s, now_s, report)
        report.await_next(pile.index, role, pile.temperature)
    elif role is Role.SMOKE:
        _opens_all(pile, pile.smoke, Element.SMOKE, value, raw, taken_s, now_s, report)
        report.await_next(pile.index, role, pile.smoke)
    elif role is Role.RESIDUAL_CURRENT:
        _residual(pile, value, raw, taken_s, report)
    elif role is Role.DOOR:
        operated = pile.door.step(value, raw, taken_s)
        report.alarm(pile.alarms, AlarmKind.DOOR, pile.index, None, "the pile's door is open" if operated else None)
    pile.witness(role, -1, (raw,), taken_s, now_s, report)


def _opens_all(
    pile: Pile,
    element: DefiniteTime,
    kind: Element,
    value: float,
    raw: float,
    taken_s: float,
    now_s: float,
    report: Report,
) -> None:
    """26 of the whole pile, and smoke: everything opens and latches, and any residue then is a failure."""
    operated = element.step(value, raw, taken_s)
    detail = f"{value:g} above {element.pickup:g}" if operated else None
    report.alarm(pile.alarms, AlarmKind(kind.value), pile.index, None, detail)
    if not operated:
        return
    _latch(pile, kind)
    for circuit in pile.circuits:
        if circuit.may_be_on:
            circuit.trip(
                kind,
                value,
                element.pickup,
                element.picked_up_s,
                now_s,
                report,
                fails_above_a=circuit.settings.residue_a,
                is_latched=True,
            )


def _residual(pile: Pile, value: float, raw: float, taken_s: float, report: Report) -> None:
    operated = pile.residual.step(value, raw, taken_s)
    report.await_next(pile.index, Role.RESIDUAL_CURRENT, pile.residual)
    report.alarm(pile.alarms, AlarmKind.LEAKAGE, pile.index, None, f"{value:g} mA to earth" if operated else None)
    if operated and _latch(pile, Element.LEAKAGE):
        report.add(BlockStarts(pile=pile.index, reason=f"residual current {value:g} mA"))


def _latch(pile: Pile, element: Element) -> bool:
    """Latch the whole pile; return whether that is new."""
    if element in pile.latched:
        return False
    pile.latched.append(element)
    return True

"""Judges an OFF by its effect on one outlet: verified, unverified, welded, or failed (50BF).

A contact that was told to open and still passes more than 50 mA or 5 W in 3 refreshed samples is welded: alarm and
lock-out of that outlet only. A current that appears where OFF was believed is first sent OFF again, then judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.protection.decision import AlarmKind, Element, RungKind, Verified

if TYPE_CHECKING:
    from gateway.protection.circuit import Circuit
    from gateway.protection.report import Report


def judge_current(circuit: Circuit, now_s: float, report: Report) -> None:
    """Take the current that the circuit has just stored as evidence about an OFF."""
    if circuit.is_unseen:
        return
    if circuit.opening.active:
        _judge_opening(circuit, now_s, report)
    elif circuit.commanded is False and circuit.taken_s >= circuit.settled_s:
        residue = circuit.residue
        if residue.step(circuit.current_a, circuit.raw, circuit.taken_s):
            circuit.trip(Element.UNCOMMANDED, circuit.current_a, residue.pickup, residue.picked_up_s, now_s, report)


def _judge_opening(circuit: Circuit, now_s: float, report: Report) -> None:
    opening = circuit.opening
    if opening.sent_s is None or circuit.taken_s <= opening.sent_s:
        return
    if circuit.current_a <= circuit.settings.residue_a:
        circuit.residue.reset()
        if not _power_flows(circuit, opening.sent_s):
            _close(circuit, report, verified=opening.flowing)
    elif circuit.taken_s >= opening.deadline_s and circuit.residue.step(
        circuit.current_a, circuit.raw, circuit.taken_s
    ):
        _weld(circuit, f"{circuit.current_a:.2f} A after OFF", now_s, report)


def _power_flows(circuit: Circuit, sent_s: float) -> bool:
    return (
        circuit.power_w is not None and circuit.power_taken_s > sent_s and circuit.power_w > circuit.settings.residue_w
    )


def judge_power(circuit: Circuit, now_s: float, report: Report) -> None:
    """Take the power that the circuit has just stored as evidence of a weld."""
    opening, residue = circuit.opening, circuit.residue_power
    if circuit.is_unseen or not opening.active or opening.sent_s is None or circuit.power_w is None:
        return
    if circuit.power_taken_s >= opening.deadline_s and residue.step(
        circuit.power_w, circuit.power_raw, circuit.power_taken_s
    ):
        _weld(circuit, f"{circuit.power_w:.1f} W after OFF", now_s, report)


def _weld(circuit: Circuit, detail: str, now_s: float, report: Report) -> None:
    if AlarmKind.WELD in circuit.alarms:
        return
    circuit.latch.apply(Element.WELD, now_s)
    report.alarm(circuit.alarms, AlarmKind.WELD, circuit.pile, circuit.index, detail)
    _say(circuit, report, verified=False)


def _close(circuit: Circuit, report: Report, *, verified: bool) -> None:
    circuit.opening.end()
    _say(circuit, report, verified=verified)


def _say(circuit: Circuit, report: Report, *, verified: bool) -> None:
    report.add(
        Verified(
            pile=circuit.pile,
            outlet=circuit.index,
            verified=verified,
            acknowledged=circuit.opening.acknowledged,
        )
    )


def tick(circuit: Circuit, now_s: float, report: Report, *, is_pile_locked: bool) -> bool:
    """Let time act on one outlet; return whether it needs the next tick too."""
    _climb(circuit, now_s, report)
    _give_up_seeing(circuit, now_s, report)
    _clear_alarms(circuit, report)
    is_locked = is_pile_locked or circuit.latch.blocks
    if is_locked and circuit.commanded is True:
        circuit.trip(Element.LOCK_OUT, circuit.current_a, 0.0, now_s, now_s, report)
    return circuit.opening.active or bool(circuit.alarms) or is_locked


def _climb(circuit: Circuit, now_s: float, report: Report) -> None:
    rung = circuit.opening.tick(now_s, circuit.current_a)
    if rung is None:
        return
    report.rung(circuit.pile, circuit.index, rung)
    if rung is not RungKind.REPEAT:
        circuit.latch.apply(Element.BREAKER_FAILURE, now_s)
        detail = f"{circuit.current_a:.2f} A after OFF and its repetition"
        report.alarm(circuit.alarms, AlarmKind.BREAKER_FAILURE, circuit.pile, circuit.index, detail)


def _give_up_seeing(circuit: Circuit, now_s: float, report: Report) -> None:
    """End an opening that nobody can watch: unverified. One that is still dangerous has just got a new deadline."""
    opening = circuit.opening
    if opening.active and now_s >= opening.deadline_s and circuit.is_unseen:
        _close(circuit, report, verified=False)


def _clear_alarms(circuit: Circuit, report: Report) -> None:
    """Clear what lasts as long as its latch."""
    latch = circuit.latch
    for kind, holds in (
        (AlarmKind.WELD, Element.WELD in latch.causes),
        (AlarmKind.BREAKER_FAILURE, Element.BREAKER_FAILURE in latch.causes),
        (AlarmKind.REJECTED, latch.rejected is not None),
    ):
        if not holds:
            report.alarm(circuit.alarms, kind, circuit.pile, circuit.index, None)

"""50, 51, 49 and the power limit of one outlet, stepped by one current."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.protection.decision import Element

if TYPE_CHECKING:
    from gateway.protection.circuit import Circuit
    from gateway.protection.report import Report

NOMINAL_V = 220.0
"""Mains voltage where a pile brings neither power nor voltage (GB/T 156)."""


def judge(circuit: Circuit, previous_a: float, elapsed_s: float, now_s: float, report: Report) -> None:
    """Step every element with the current that the circuit has just stored."""
    if circuit.taken_s >= circuit.armed_s:
        _definite(circuit, now_s, report)
    _inverse(circuit, previous_a, elapsed_s, now_s, report)
    _thermal(circuit, previous_a, elapsed_s, now_s, report)
    if circuit.power_w is None and math.isfinite(circuit.power_limit.pickup):
        volts = NOMINAL_V if circuit.voltage_v is None else circuit.voltage_v
        judge_power(circuit, volts * circuit.current_a, circuit.raw, circuit.taken_s, now_s, report)


def _definite(circuit: Circuit, now_s: float, report: Report) -> None:
    element, current_a = circuit.definite, circuit.current_a
    if element.step(current_a, circuit.raw, circuit.taken_s):
        circuit.trip(
            Element.DEFINITE_TIME,
            current_a,
            element.pickup,
            element.picked_up_s,
            now_s,
            report,
            samples=element.above,
            delay_s=element.delay_s,
            taken_s=circuit.taken_s,
        )
    elif element.pending:
        report.confirm(circuit.pile, element.due_s)


def _inverse(circuit: Circuit, previous_a: float, elapsed_s: float, now_s: float, report: Report) -> None:
    element, current_a = circuit.inverse, circuit.current_a
    if element is not None and element.step(previous_a, current_a, elapsed_s, circuit.taken_s):
        circuit.trip(
            Element.INVERSE_TIME,
            current_a,
            element.pickup_a,
            element.picked_up_s,
            now_s,
            report,
            fails_above_a=element.pickup_a,
            progress=element.progress,
            taken_s=circuit.taken_s,
        )


def _thermal(circuit: Circuit, previous_a: float, elapsed_s: float, now_s: float, report: Report) -> None:
    element, current_a = circuit.thermal, circuit.current_a
    if element is None:
        return
    element.step(previous_a, elapsed_s)
    if element.operated(current_a, circuit.taken_s):
        circuit.trip(
            Element.THERMAL,
            current_a,
            element.limit_a,
            element.picked_up_s,
            now_s,
            report,
            fails_above_a=element.limit_a,
            theta=element.theta,
            taken_s=circuit.taken_s,
        )


def judge_power(
    circuit: Circuit, watts: float, raw: float | None, taken_s: float, now_s: float, report: Report
) -> None:
    """32: the order's power limit (or the outlet's own); inrush is excused as for 50."""
    element = circuit.power_limit
    if taken_s >= circuit.armed_s and element.step(watts, raw, taken_s):
        circuit.trip(Element.POWER_LIMIT, watts, element.pickup, element.picked_up_s, now_s, report, taken_s=taken_s)

"""One current that was not quiet: judged by every element of its outlet, or missed; too many misses and it is opened.

The quiet ones never come here (`Circuit.current`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.protection import effect, overload, readings
from gateway.protection.decision import AlarmKind, Element

if TYPE_CHECKING:
    from gateway.protection.circuit import Circuit
    from gateway.protection.report import Report


def judge(circuit: Circuit, value: float | None, raw: float, taken_s: float, now_s: float, report: Report) -> None:
    """Take in a current that the quiet path refused. A value that is no number counts as none."""
    if value is None or not math.isfinite(value):
        _unseen(circuit, now_s, report)
    elif taken_s > circuit.taken_s:
        _seen(circuit, abs(value), raw, taken_s, now_s, report)
    circuit.watch()


def _seen(circuit: Circuit, value: float, raw: float, taken_s: float, now_s: float, report: Report) -> None:
    previous_a, elapsed_s = circuit.current_a, taken_s - circuit.taken_s
    if circuit.gap or elapsed_s > circuit.gap_s:
        elapsed_s = 0.0
    if raw != circuit.raw:
        circuit.raw = raw
        circuit.moved_s = taken_s
    circuit.current_a = value
    circuit.taken_s = taken_s
    circuit.seen = True
    circuit.gap = circuit.implausible = False
    circuit.misses = 0
    report.alarm(circuit.alarms, AlarmKind.IMPLAUSIBLE, circuit.pile, circuit.index, None)
    overload.judge(circuit, previous_a, elapsed_s, now_s, report)
    readings.judge_frozen(circuit, now_s, report)
    effect.judge_current(circuit, now_s, report)


def _unseen(circuit: Circuit, now_s: float, report: Report) -> None:
    if circuit.misses == 0:
        circuit.missing_s = now_s
    circuit.misses += 1
    circuit.gap = True
    limits = circuit.limits
    if circuit.misses >= limits.sight_loss_misses and now_s - circuit.missing_s >= limits.sight_loss_s:
        give_up(circuit, circuit.missing_s, now_s, report)


def give_up(circuit: Circuit, since_s: float, now_s: float, report: Report) -> None:
    """Judge the outlet out of sight while its pile still answers: it is not left ON."""
    circuit.implausible = circuit.busy = True
    circuit.definite.reset()
    detail = f"no usable current for {now_s - since_s:.1f} s"
    report.alarm(circuit.alarms, AlarmKind.IMPLAUSIBLE, circuit.pile, circuit.index, detail)
    if circuit.may_be_on and not circuit.limits.is_feeder:
        circuit.trip(Element.SIGHT, circuit.current_a, 0.0, since_s, now_s, report, misses=circuit.misses)

"""What the other roles of an outlet say: power, energy, voltage, temperature, relay, plug; and whether it is frozen.

A missing value changes nothing here: sight is judged on currents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.device import Role
from gateway.protection import effect, frozen, overload
from gateway.protection.decision import AlarmKind, Element

if TYPE_CHECKING:
    from gateway.protection.circuit import Circuit
    from gateway.protection.report import Report

CLOSED = 0.5
"""Between the two states of a relay or plug that reads 0 or 1."""


def step(circuit: Circuit, role: Role, value: float, raw: float, taken_s: float, now_s: float, report: Report) -> None:
    """Take one finite value of any role but the current in; roles that say nothing about an outlet are passed over."""
    if role is Role.POWER:
        _power(circuit, value, raw, taken_s, now_s, report)
    elif role is Role.ENERGY:
        circuit.energy.step((raw,), taken_s)
    elif role is Role.VOLTAGE:
        circuit.voltage.step((raw,), taken_s)
        judge_voltage(circuit, value, raw, taken_s, now_s, report)
    elif role is Role.TEMPERATURE:
        _temperature(circuit, value, raw, taken_s, now_s, report)
    elif role is Role.RELAY:
        circuit.found(taken_s, on=value >= CLOSED)
    elif role is Role.PLUG:
        _plug(circuit, value, taken_s, report)


def _power(circuit: Circuit, value: float, raw: float, taken_s: float, now_s: float, report: Report) -> None:
    if taken_s <= circuit.power_taken_s:
        return
    if raw != circuit.power_raw:
        circuit.power_raw = raw
        circuit.power_moved_s = taken_s
    circuit.power_w = value
    circuit.power_taken_s = taken_s
    overload.judge_power(circuit, value, raw, taken_s, now_s, report)
    if circuit.may_be_on:
        report.await_next(circuit.pile, Role.POWER, circuit.power_limit)
    effect.judge_power(circuit, now_s, report)


def judge_voltage(circuit: Circuit, value: float, raw: float, taken_s: float, now_s: float, report: Report) -> None:
    """Judge the voltage of an outlet, its own or the whole pile's."""
    circuit.voltage_v = value
    over, under = circuit.over_voltage, circuit.under_voltage
    if over.step(value, raw, taken_s) and circuit.may_be_on:
        circuit.trip(Element.OVER_VOLTAGE, value, over.pickup, over.picked_up_s, now_s, report)
    if circuit.commanded is not True or taken_s < circuit.settled_s:
        under.reset()
    elif under.step(value, raw, taken_s):
        circuit.trip(Element.UNDER_VOLTAGE, value, under.pickup_v, under.element.picked_up_s, now_s, report)
    if circuit.may_be_on:
        report.await_next(circuit.pile, Role.VOLTAGE, over)
        report.await_next(circuit.pile, Role.VOLTAGE, under.element)


def _temperature(circuit: Circuit, value: float, raw: float, taken_s: float, now_s: float, report: Report) -> None:
    element = circuit.temperature
    operated = element.step(value, raw, taken_s)
    report.await_next(circuit.pile, Role.TEMPERATURE, element)
    report.alarm(
        circuit.alarms,
        AlarmKind.OVER_TEMPERATURE,
        circuit.pile,
        circuit.index,
        f"{value:.1f} degrees C" if operated else None,
    )
    if operated:
        circuit.latch.apply(Element.OVER_TEMPERATURE, now_s)
        if circuit.may_be_on:
            circuit.trip(Element.OVER_TEMPERATURE, value, element.pickup, element.picked_up_s, now_s, report)


def _plug(circuit: Circuit, value: float, taken_s: float, report: Report) -> None:
    if circuit.latch.plug(taken_s, out=value < CLOSED):
        report.alarm(circuit.alarms, AlarmKind.REJECTED, circuit.pile, circuit.index, None)


def judge_frozen(circuit: Circuit, now_s: float, report: Report) -> None:
    """Judge an outlet frozen: commanded ON, and proved (`gateway.protection.frozen`). A current that moves acquits."""
    after_s = circuit.frozen_s
    taken_s = circuit.taken_s
    moved_s = max(circuit.moved_s, circuit.power_moved_s, circuit.energy.moved_s)
    if circuit.frozen:
        circuit.frozen = circuit.moved_s < taken_s
    else:
        circuit.frozen = frozen.is_proved(circuit, after_s)
    detail = f"{circuit.current_a:.2f} A for {taken_s - circuit.moved_s:.0f} s" if circuit.frozen else None
    report.alarm(circuit.alarms, AlarmKind.FROZEN, circuit.pile, circuit.index, detail)
    if circuit.frozen and circuit.may_be_on and not circuit.limits.is_feeder:
        circuit.trip(Element.SIGHT, circuit.current_a, after_s, moved_s, now_s, report, still_s=taken_s - moved_s)

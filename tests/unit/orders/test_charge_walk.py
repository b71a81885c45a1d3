"""Every stage of a charge meets every event: nothing is undecided, nothing breaks, nothing is permitted after an end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.orders.charge import event as happens
from gateway.orders.charge.order import ChargeOrder, from_json, to_json
from gateway.orders.charge.settings import ChargeSettings, Resumes
from gateway.orders.charge.stage import LIVE, OVER, Stage
from gateway.orders.charge.table import CHARGE
from gateway.orders.drawing import diagram
from gateway.orders.effect import Open, Permit, Tell
from gateway.orders.reason import FaultSide, StopReason
from tests.unit.orders.charging import Run, moment, new_order, total

EVENTS = (
    happens.Begin(),
    happens.SwitchedOn(),
    happens.Refused(word="x", was_sent=True),
    happens.Refused(word="x", was_sent=False),
    happens.Sample(power_w=200.0, register_wh=5100.0, plugged=True),
    happens.Sample(power_w=0.0, register_wh=5100.0, plugged=False),
    happens.Sample(),
    happens.Tick(),
    happens.StopAsked(reason=StopReason.USER),
    happens.Tripped(element="smoke"),
    happens.GrantEnded(word="tripped"),
    happens.DeviceStopped(reason=StopReason.FULL, side=FaultSide.USER),
    happens.SwitchedOff(verified=True),
    happens.SwitchedOff(verified=False),
    happens.Lost(reason=StopReason.POWER_FAIL),
    happens.Back(is_on=True),
    happens.Back(is_on=False),
    happens.CloudLost(),
    happens.DeviceSettled(total=total()),
    happens.OutletTaken(),
    happens.SettlementAcknowledged(digest="x"),
)
WAITS_S = (0, 1, 61, 301, 3601, 90_000)


def in_every_stage() -> dict[Stage, ChargeOrder]:
    """One order in each stage, the way it really gets there where that is short."""
    settings = ChargeSettings(resumes=Resumes.GATEWAY)
    fresh = new_order(settings)
    begun = Run(new_order(settings))
    begun(happens.Begin())
    waiting = Run(begun.order)
    waiting(happens.SwitchedOn())
    charging = Run(new_order(settings)).charging(for_s=120)
    floating = Run(charging.order, at_s=charging.at_s)
    floating.draw(8.0, 900)
    unplugged = Run(charging.order, at_s=charging.at_s)
    unplugged.draw(0.0, 60)
    lost = Run(charging.order, at_s=charging.at_s)
    lost(happens.Lost(reason=StopReason.POWER_FAIL))
    ending = Run(charging.order, at_s=charging.at_s)
    ending(happens.StopAsked(reason=StopReason.USER))
    settled = Run(ending.order, at_s=ending.at_s, register_wh=charging.register_wh)
    settled.off()
    made = [begun, waiting, charging, floating, unplugged, lost, ending, settled]
    orders = {run.order.stage: run.order for run in made}
    orders[Stage.OCCUPIED] = replace(ending.order, stage=Stage.OCCUPIED, is_off_known=True)
    orders[Stage.CLOSED] = replace(settled.order, stage=Stage.CLOSED)
    assert set(orders) == set(Stage)
    assert fresh.stage is Stage.STARTING
    return orders


ORDERS = in_every_stage()


@pytest.mark.parametrize("stage", Stage)
def test_every_event_in_every_stage_at_any_age(stage: Stage) -> None:
    before = ORDERS[stage]
    for event in EVENTS:
        for wait_s in WAITS_S:
            step = CHARGE.step(before, event, moment(5000 + wait_s))
            after = step.order
            assert from_json(to_json(after)) == after
            assert (step.row is None) <= (stage in CHARGE.ignores.get(type(event), ()))
            assert (after.effects_made - before.effects_made) == len(step.intents)
            kinds = {type(intent.effect) for intent in step.intents}
            if stage in OVER:
                assert Permit not in kinds
                assert after.stage in OVER
            if stage in LIVE and after.stage in OVER and not isinstance(event, happens.Refused):
                assert isinstance(step.intents[0].effect, Open)
            if after.receipt is not before.receipt:
                assert [i.effect.stage for i in step.intents if isinstance(i.effect, Tell)][-1] == "settled"


def test_the_walk_knows_every_event_of_the_table() -> None:
    assert {type(event) for event in EVENTS} == set(CHARGE.events)


def test_every_stop_reason_has_a_side_and_a_code_of_the_operator() -> None:
    assert {reason.fault_side for reason in StopReason} == set(FaultSide)
    assert {reason.tower_code for reason in StopReason} == set(range(25))


def test_the_diagram_is_made_of_the_table() -> None:
    assert "    unplugged --> charging : plugged in again" in diagram(CHARGE).splitlines()

"""The settlement of a charge: told until acknowledged; what follows an end, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.orders.charge.event import (
    Back,
    Begin,
    Sample,
    SettlementAcknowledged,
    StopAsked,
    SwitchedOn,
    Tick,
    Tripped,
)
from gateway.orders.charge.record import ended as ended_body
from gateway.orders.charge.record import settlement_digest
from gateway.orders.charge.settings import Resumes
from gateway.orders.charge.stage import Stage
from gateway.orders.charge.table import CHARGE
from gateway.orders.clock import Now
from gateway.orders.effect import Permit
from gateway.orders.reason import StopReason
from tests.unit.orders.charging import Run, interrupted

if TYPE_CHECKING:
    from gateway.orders.charge.order import ChargeOrder


def test_a_settlement_is_told_until_it_is_acknowledged_by_its_digest() -> None:
    run = Run().charging()
    run(StopAsked(reason=StopReason.USER))
    run.off()
    for wait_s in (60, 120, 240, 480, 960, 1920, 3840, 3840):
        run(Tick(), after_s=wait_s - 1)
        before = len(run.told("settled"))
        run(Tick(), after_s=1)
        assert len(run.told("settled")) == before + 1
    assert len({str(body) for body in run.told("settled")}) == 1
    assert run(SettlementAcknowledged(digest="another")) is Stage.SETTLED
    assert run(SettlementAcknowledged(digest=settlement_digest(run.order))) is Stage.CLOSED


def test_an_order_without_wall_time_charges_settles_and_says_so() -> None:
    run = Run()

    def step(order: ChargeOrder, event: object, at_s: float) -> ChargeOrder:
        return CHARGE.step(order, event, Now(at_ms=round(1000 * at_s), ts_ms=0, clock=0)).order

    order = step(run.order, Begin(), 0)
    for second in range(1, 400):
        order = step(order, Sample(power_w=200.0, register_wh=5000 + second / 18), second)
    order = step(order, StopAsked(reason=StopReason.USER), 401)
    assert order.usage.reading is not None
    assert order.usage.reading.ts_ms is None
    assert order.end is not None
    assert order.end.at.clock == 0


def test_no_permit_follows_an_end() -> None:
    run = interrupted(resumes=Resumes.GATEWAY)
    run(Tripped(element="smoke"))
    permits = len(run.permits())
    for event in (Back(is_on=True), Back(is_on=False), SwitchedOn(), Begin(), Tick()):
        run(event)
    assert len(run.permits()) == permits
    assert not any(isinstance(intent.effect, Permit) for intent in run.intents[-5:])


def test_an_order_under_way_has_no_end_to_tell() -> None:
    assert ended_body(Run().charging().order) == {}

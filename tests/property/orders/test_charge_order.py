"""What must hold for any life of a charge order."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.orders.charge import event as happens
from gateway.orders.charge.order import from_json, to_json
from gateway.orders.charge.record import settlement_digest
from gateway.orders.charge.stage import Stage
from gateway.orders.charge.table import CHARGE
from gateway.orders.charge.total import adopt_total
from gateway.orders.reason import StopReason
from gateway.orders.tariff.form import read_tariff
from gateway.orders.tariff.usage import Usage
from tests.depth import examples
from tests.faults.order_steps import Life, Tally
from tests.unit.orders.charging import BY_ENERGY, Run, moment

if TYPE_CHECKING:
    from gateway.orders.charge.order import ChargeOrder
    from gateway.orders.clock import Now
    from gateway.orders.machine import Step

BANDS = ("peak",) * 24 + ("valley",) * 24
BY_BAND = read_tariff(
    {
        "id": "by-band",
        "version": 1,
        "electricity": [{"by": "band", "prices_mil_per_kwh": {"peak": 900, "valley": 300}}],
        "slots": list(BANDS),
    }
)


class Recorded(Life):
    """A life that keeps what happened, so that it can be lived again with power cuts."""

    def __init__(self, seed: int) -> None:
        self.history: list[tuple[ChargeOrder, object, Now, Step[ChargeOrder]]] = []
        super().__init__(random.Random(seed), Tally())  # noqa: S311 - a model, no secret

    def step(self, event: object) -> None:
        before, now = self.order, self.now()
        super().step(event)
        self.history.append((before, event, now, CHARGE.step(before, event, now)))


@settings(max_examples=examples(15), deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_power_cut_at_any_transition_leads_to_the_same_settlement(seed: int) -> None:
    """Before the commit the event comes again; after it the effects leave again, under the same ids."""
    life = Recorded(seed)
    life.live(200)
    order = life.history[0][0]
    carried_out: dict[str, object] = {}
    for before, event, now, step in life.history:
        lost = CHARGE.step(from_json(to_json(order)), event, now)
        again = CHARGE.step(from_json(to_json(order)), event, now)
        assert order == before
        assert again.intents == lost.intents == step.intents
        for intent in (*lost.intents, *again.intents):
            assert carried_out.setdefault(intent.id, intent.effect) == intent.effect
        order = from_json(to_json(again.order))
    assert order.stage is Stage.CLOSED
    assert settlement_digest(order) == life.settlement


@settings(max_examples=examples(6), deadline=None)
@given(power_w=st.floats(40, 900), cut_s=st.integers(1, 55), at=st.integers(10, 500))
def test_samples_lost_in_a_power_cut_cost_no_energy(power_w: float, cut_s: int, at: int) -> None:
    whole, cut = Run(), Run()  # the same charge, sampled all the time and with a gap
    for run in (whole, cut):
        run(happens.Begin())
        run(happens.SwitchedOn())
        for second in range(1, 600, 3):
            sample = happens.Sample(power_w=power_w, register_wh=second * power_w / 3600)
            if run is whole or not at <= second < at + cut_s:
                run.at_s = second
                run(sample)
        run.at_s = 600
        run.register_wh = 600 * power_w / 3600
        run(happens.StopAsked(reason=StopReason.USER))
        run.off()
    assert whole.order.receipt is not None
    assert cut.order.receipt is not None
    assert cut.order.receipt.total_mil == whole.order.receipt.total_mil


@given(
    bands=st.tuples(*[st.integers(0, 10**6)] * 5),
    unknown=st.integers(0, 10**6),
    total_wh=st.floats(-5, 5000),
)
def test_a_pile_s_total_is_shared_out_without_a_rest(bands: tuple[int, ...], unknown: int, total_wh: float) -> None:
    usage = Usage(energy_mwh=sum(bands) + unknown, band_mwh=bands, unknown_mwh=unknown)
    adopted = adopt_total(usage, BY_BAND, total_wh)
    assert adopted.energy_mwh == max(0, round(1000 * total_wh)) == sum(adopted.band_mwh) + adopted.unknown_mwh
    assert min(*adopted.band_mwh, adopted.unknown_mwh) >= 0
    assert adopt_total(usage, BY_ENERGY, total_wh).energy_mwh == adopted.energy_mwh


def test_the_moment_of_a_step_is_all_that_it_knows_of_time() -> None:
    order = Run().charging().order
    assert CHARGE.step(order, happens.Tick(), moment(9e5)) == CHARGE.step(order, happens.Tick(), moment(9e5))

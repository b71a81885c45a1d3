"""Claims about every bill: it is what the samples say, it is bounded, and it grows with what was used."""

import itertools
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.orders.tariff.bill import bill
from gateway.orders.tariff.receipt import Receipt, Side
from gateway.orders.tariff.tariff import Refund, Tariff
from gateway.orders.tariff.usage import ON, Phase, Sample, take
from tests.property.orders.tariff.making import EVENING_MS, TICK_S, charges, tariffs, ticks, used
from tests.property.orders.tariff.oracle import expected

untimed = settings(deadline=None)  # a loaded machine must not fail a claim about arithmetic
ceilings = st.one_of(st.none(), st.integers(0, 5000))


def sides(receipt: Receipt) -> tuple[int, int]:
    electricity, service = (
        sum(line.amount_mil for line in receipt.lines if line.side is side) for side in (Side.ELECTRICITY, Side.SERVICE)
    )
    return electricity, service


@untimed
@given(tariffs(), charges(), ceilings)
def test_a_receipt_equals_what_the_raw_samples_say(
    tariff: Tariff, samples: list[Sample], ceiling_mil: int | None
) -> None:
    receipt = bill(tariff, used(tariff, samples), ceiling_mil=ceiling_mil)
    wanted = expected(tariff, samples, ceiling_mil)
    assert (receipt.electricity_mil, receipt.service_mil, receipt.total_mil) == (
        wanted.electricity_mil,
        wanted.service_mil,
        wanted.total_mil,
    )


@untimed
@given(
    tariff=tariffs(),
    samples=charges(),
    ceiling_mil=ceilings,
    prepaid_mil=st.integers(0, 8000),
    waived=st.booleans(),
)
def test_lines_add_up_and_no_bound_is_crossed(
    tariff: Tariff, samples: list[Sample], ceiling_mil: int | None, prepaid_mil: int, *, waived: bool
) -> None:
    usage = used(tariff, samples)
    receipt = bill(tariff, usage, ceiling_mil=ceiling_mil, prepaid_mil=prepaid_mil, waived=waived)
    assert sides(receipt) == (receipt.electricity_mil, receipt.service_mil)
    assert receipt.electricity_mil + receipt.service_mil == receipt.total_mil
    for amount_mil in (receipt.electricity_mil, receipt.service_mil):
        assert amount_mil >= 0
        assert amount_mil % 10 == 0
    assert ceiling_mil is None or receipt.total_mil <= ceiling_mil
    assert tariff.cap_mil is None or receipt.total_mil <= tariff.cap_mil
    if waived:
        assert receipt.total_mil == 0
    elif ceiling_mil is None and (usage.energy_mwh or usage.times.energised_ms):
        assert receipt.total_mil >= tariff.min_mil
    assert prepaid_mil + receipt.due_mil == receipt.total_mil + receipt.refund_mil + receipt.kept_mil
    assert tariff.refund is Refund.UNUSED or waived or receipt.total_mil == 0 or receipt.refund_mil == 0


@untimed
@given(tariffs(), charges(), st.integers(0, 10**6))
def test_more_energy_never_costs_less(tariff: Tariff, samples: list[Sample], more_mwh: int) -> None:
    *others, last = samples
    read = replace(last, register_mwh=2 * 10**7)  # above every register that is drawn
    more = replace(last, register_mwh=2 * 10**7 + more_mwh)
    assert (
        bill(tariff, used(tariff, [*others, read])).total_mil <= bill(tariff, used(tariff, [*others, more])).total_mil
    )


@untimed
@given(tariffs(), charges(), ticks, st.sampled_from(Phase))
def test_more_time_never_costs_less(tariff: Tariff, samples: list[Sample], more: int, phase: Phase) -> None:
    usage = used(tariff, samples)
    last = samples[-1]
    later = take(usage, replace(last, at_ms=last.at_ms + more * 1000 * TICK_S, phase=phase, register_mwh=None), tariff)
    assert bill(tariff, usage).total_mil <= bill(tariff, later).total_mil


@st.composite
def steady_charges(draw: st.DrawFn) -> list[Sample]:
    """Draw a charge whose every interval takes whole mWh each second, so that a straight line hits whole numbers."""
    made = [
        replace(sample, register_mwh=0 if index == 0 else None)
        for index, sample in enumerate(draw(charges(phases=(*ON, Phase.PAUSED))))
    ]
    made = [replace(sample, ts_ms=EVENING_MS + sample.at_ms, meter=0) for sample in made]
    register_mwh = 0
    for index in range(1, len(made)):
        took_s = (made[index].at_ms - made[index - 1].at_ms) // 1000
        register_mwh += took_s * draw(st.integers(0, 300)) if made[index - 1].phase in ON else 0
        made[index] = replace(made[index], register_mwh=register_mwh)
    return made


@st.composite
def split(draw: st.DrawFn, samples: list[Sample]) -> list[Sample]:
    """Draw further samples between those given, on the straight line between them, some without a register."""
    made = samples[:1]
    for old, new in itertools.pairwise(samples):
        took_s = (new.at_ms - old.at_ms) // 1000
        between = draw(st.lists(st.integers(0, took_s), max_size=3).map(sorted))
        for after_s in between:
            assert old.register_mwh is not None
            assert new.register_mwh is not None
            line_mwh = old.register_mwh + (new.register_mwh - old.register_mwh) * after_s // max(1, took_s)
            assert old.ts_ms is not None
            made.append(
                replace(
                    old,
                    at_ms=old.at_ms + after_s * 1000,
                    ts_ms=old.ts_ms + after_s * 1000,
                    register_mwh=draw(st.sampled_from((line_mwh, None))),
                )
            )
        made.append(new)
    return made


@untimed
@given(st.data(), tariffs(), steady_charges())
def test_more_samples_of_the_same_charge_change_nothing(
    data: st.DataObject, tariff: Tariff, samples: list[Sample]
) -> None:
    finer = data.draw(split(samples))
    assert bill(tariff, used(tariff, finer)).lines == bill(tariff, used(tariff, samples)).lines

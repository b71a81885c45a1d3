"""Claims about what a ceiling in money allows, and about quotes."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.orders.tariff.bill import amount_mil, bill
from gateway.orders.tariff.quote import MOST_S, Limits, limits, quote_energy, quote_money, quote_time
from gateway.orders.tariff.tariff import ByEnergy, Tariff
from gateway.orders.tariff.usage import ON, Phase, Sample, Usage, take
from tests.property.orders.tariff.making import EVENING_MS, charges, tariffs, used

untimed = settings(deadline=None)  # a loaded machine must not fail a claim about arithmetic
energised = tuple(sorted(ON))
ceilings = st.integers(0, 8000)
most_limits = st.builds(
    Limits, max_s=st.integers(0, 40_000), max_wh=st.integers(0, 6000), max_w=st.sampled_from((200, 800, 1300))
)


@st.composite
def continued(draw: st.DrawFn, tariff: Tariff, usage: Usage, at_ms: int, allowed: Limits) -> Usage:
    """Draw a charge that goes on from `usage` with the outlet on, and ends within the limits."""
    left_ms = max(0, allowed.max_s * 1000 - usage.times.energised_ms)
    left_mwh = max(0, allowed.max_wh * 1000 - usage.energy_mwh)
    register_mwh = usage.reading.mwh if usage.reading else 0
    shares = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6))
    time_parts, energy_parts = (sum(share[which] for share in shares) for which in (0, 1))
    for index, (time_part, energy_part) in enumerate([(0, 0), *shares]):
        at_ms += left_ms * time_part // max(1, time_parts)
        register_mwh += left_mwh * energy_part // max(1, energy_parts)
        ts_ms = draw(st.sampled_from((EVENING_MS + at_ms, None)))
        sample = Sample(
            at_ms=at_ms,
            phase=draw(st.sampled_from(energised)),
            register_mwh=register_mwh,
            power_mw=draw(st.integers(0, allowed.max_w * 1000)),
            ts_ms=ts_ms,
            meter=usage.reading.meter if usage.reading else 0,
        )
        usage = take(usage, sample if index else replace(sample, register_mwh=register_mwh), tariff)
    return usage


@untimed
@given(st.data(), tariffs(), ceilings, most_limits, st.integers(0, 1500))
def test_no_charge_within_its_limits_is_billed_above_the_ceiling(
    data: st.DataObject, tariff: Tariff, ceiling_mil: int, most: Limits, power_w: int
) -> None:
    allowed = limits(tariff, ceiling_mil, power_w=power_w, most=most)
    assert allowed.max_s <= most.max_s
    assert allowed.max_wh <= most.max_wh
    usage = data.draw(continued(tariff, used(tariff, []), 0, allowed))
    assert amount_mil(tariff, usage) <= ceiling_mil


@untimed
@given(st.data(), tariffs(), charges(most_gap=60, phases=(*energised, Phase.PAUSED)), ceilings, most_limits)
def test_limits_asked_again_still_keep_the_ceiling(
    data: st.DataObject, tariff: Tariff, samples: list[Sample], ceiling_mil: int, most: Limits
) -> None:
    tame = [replace(sample, power_mw=min(sample.power_mw or 0, most.max_w * 1000)) for sample in samples]
    tame[-1] = replace(tame[-1], phase=Phase.CHARGING)
    begun = used(tariff, tame)
    allowed = limits(tariff, ceiling_mil, power_w=300, most=most, usage=begun)
    usage = data.draw(continued(tariff, begun, tame[-1].at_ms, allowed))
    if amount_mil(tariff, begun) <= ceiling_mil:
        assert amount_mil(tariff, usage) <= ceiling_mil
    else:
        assert (allowed.max_s, allowed.max_wh) == (0, 0)
        assert bill(tariff, usage, ceiling_mil=ceiling_mil).total_mil <= ceiling_mil


@untimed
@given(st.integers(1, 4000), st.integers(10, 8000), st.integers(1, 1300))
def test_by_energy_alone_the_limit_is_the_last_watt_hour_that_the_money_pays(
    price_mil: int, ceiling_mil: int, power_w: int
) -> None:
    tariff = Tariff(id="a", version=1, electricity=(ByEnergy(price_mil_per_kwh=price_mil),))
    allowed = limits(tariff, ceiling_mil, power_w=power_w, most=Limits(max_s=36_000))
    assert allowed.max_s == 36_000
    whole_fen_mil = ceiling_mil // 10 * 10
    # half a fen more than the ceiling is where rounding goes up
    assert allowed.max_wh == min(Limits().max_wh, ((whole_fen_mil + 5) * 1000 - 1) // price_mil)


@untimed
@given(tariffs(), st.integers(0, 8000), st.integers(1, 1300))
def test_money_buys_the_longest_charge_that_it_pays(tariff: Tariff, money_mil: int, power_w: int) -> None:
    quote = quote_money(tariff, money_mil=money_mil, power_w=power_w, ts_ms=EVENING_MS)
    assert quote.amount_mil <= money_mil
    if quote.s < MOST_S:
        assert quote_time(tariff, s=quote.s + 1, power_w=power_w, ts_ms=EVENING_MS).amount_mil > money_mil


@untimed
@given(tariffs(), st.integers(0, 1500), st.integers(100, 1300))
def test_a_full_charge_is_quoted_with_all_of_its_energy(tariff: Tariff, wh: int, power_w: int) -> None:
    quote = quote_energy(tariff, wh=wh, power_w=power_w, ts_ms=EVENING_MS)
    assert wh <= quote.wh <= wh + 1
    assert quote == quote_time(tariff, s=quote.s, power_w=power_w, ts_ms=EVENING_MS)

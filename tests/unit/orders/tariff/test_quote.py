from dataclasses import replace

from gateway.orders.tariff.quote import Limits, Quote, limits, quote_energy, quote_money, quote_time
from gateway.orders.tariff.tariff import ByTime, Tariff
from tests.unit.orders.tariff.making import NINE_PM_MS, PLAIN, TIME_OF_USE, energy, powers, tiered, used

MOST = Limits(max_s=36_000, max_wh=3000, max_w=800)
MIXED = replace(PLAIN, service=(ByTime(price_mil_per_h=200),))


def test_hours_cost_what_their_bands_say() -> None:
    assert quote_time(TIME_OF_USE, s=7200, power_w=1000, ts_ms=NINE_PM_MS) == Quote(s=7200, wh=2000, amount_mil=1210)


def test_hours_begun_at_an_unknown_time_cost_the_cheapest() -> None:
    assert quote_time(TIME_OF_USE, s=7200, power_w=1000).amount_mil == 610


def test_a_full_charge_costs_its_energy() -> None:
    assert quote_energy(PLAIN, wh=960, power_w=200) == Quote(s=17_280, wh=960, amount_mil=960)


def test_two_yuan_last_as_long_as_they_pay() -> None:
    assert quote_money(tiered(), money_mil=2000, power_w=180) == Quote(s=36_089, wh=1804, amount_mil=2000)


def test_a_quote_is_for_a_day_at_most() -> None:
    assert quote_time(PLAIN, s=10**9, power_w=1).s == 86_400


def test_money_for_energy_limits_energy_only() -> None:
    assert limits(PLAIN, 2000, power_w=200, most=MOST) == Limits(max_s=36_000, max_wh=2004, max_w=800)


def test_money_for_time_reckons_with_the_dearest_tier_that_the_power_allows() -> None:
    assert limits(tiered(), 2000, power_w=200, most=MOST) == Limits(max_s=12_029, max_wh=3000, max_w=800)


def test_money_for_both_is_shared_out_for_the_load() -> None:
    allowed = limits(MIXED, 2000, power_w=500, most=MOST)
    assert allowed == Limits(max_s=14_435, max_wh=2005, max_w=800)


def test_limits_widen_as_the_worst_does_not_happen() -> None:
    begun = used(tiered(), powers((7200, 180)))
    assert limits(tiered(), 2000, power_w=200, most=MOST, usage=begun).max_s == 7200 + 9629


def test_a_settled_tier_is_no_longer_reckoned_with() -> None:
    tariff = tiered(rule="settled", settle_s=900)
    assert limits(tariff, 2000, power_w=200, most=MOST).max_s == 12_029
    assert limits(tariff, 2000, power_w=200, most=MOST, usage=used(tariff, powers((901, 180)))).max_s == 36_000


def test_money_that_is_used_up_or_buys_nothing_allows_nothing() -> None:
    nothing = Limits(max_s=0, max_wh=0, max_w=800)
    assert limits(PLAIN, 2000, power_w=200, most=MOST, usage=energy(PLAIN, 3_000_000)) == nothing
    assert limits(replace(PLAIN, min_mil=500), 400, power_w=200, most=MOST) == nothing


def test_what_is_free_is_limited_by_the_order_alone() -> None:
    assert limits(Tariff(id="free", version=1), 0, power_w=200, most=MOST) == MOST
    assert limits(replace(PLAIN, cap_mil=1000), 1000, power_w=200, most=MOST) == MOST

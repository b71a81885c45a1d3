from dataclasses import replace
from fractions import Fraction

import pytest

from gateway.orders.tariff.bill import bill, to_fen
from gateway.orders.tariff.form import digest
from gateway.orders.tariff.receipt import Flag, Line, Receipt, Side, What
from gateway.orders.tariff.tariff import (
    Band,
    BandPrices,
    ByBand,
    ByCount,
    ByEnergy,
    ByTime,
    Counts,
    Refund,
    Tariff,
)
from gateway.orders.tariff.usage import Phase, Sample, nothing_used
from tests.unit.orders.tariff.making import (
    H_MS,
    NINE_PM_MS,
    PLAIN,
    TIME_OF_USE,
    energy,
    powers,
    reading,
    tiered,
    used,
)


def amounts(receipt: Receipt) -> list[tuple[str, str, int]]:
    return [(line.side.value, line.what.value, line.amount_mil) for line in receipt.lines]


@pytest.mark.parametrize(
    ("worth", "paid"), [("0", 0), ("4.999", 0), ("5", 10), ("14.99", 10), ("15", 20), ("994.9999", 990), ("995", 1000)]
)
def test_money_is_rounded_to_the_fen_half_up(worth: str, paid: int) -> None:
    assert to_fen(Fraction(worth)) == paid


def test_electricity_and_service_are_apart_and_add_up() -> None:
    receipt = bill(PLAIN, energy(PLAIN, 1_234_000))
    assert amounts(receipt) == [("electricity", "energy", 740), ("service", "energy", 493), ("service", "rounding", -3)]
    assert (receipt.electricity_mil, receipt.service_mil, receipt.total_mil) == (740, 490, 1230)
    assert (receipt.tariff_id, receipt.tariff_version, receipt.tariff_digest) == ("plain", 2, digest(PLAIN))


def test_the_sum_is_rounded_once_not_each_side() -> None:
    halves = replace(PLAIN, electricity=(ByEnergy(price_mil_per_kwh=6),), service=(ByEnergy(price_mil_per_kwh=6),))
    receipt = bill(halves, energy(halves, 1_000_000))
    assert (receipt.electricity_mil, receipt.service_mil, receipt.total_mil) == (10, 0, 10)


def test_each_band_has_its_line_and_price() -> None:
    samples = [
        reading(0, 0, NINE_PM_MS),
        reading(H_MS, 1_000_000, NINE_PM_MS + H_MS),
        reading(2 * H_MS, 3_000_000, NINE_PM_MS + 2 * H_MS),
    ]
    receipt = bill(TIME_OF_USE, used(TIME_OF_USE, samples))
    assert [(line.of, line.quantity, line.price_mil, line.amount_mil) for line in receipt.lines] == [
        ("peak", 1_000_000, 900, 900),
        ("valley", 2_000_000, 305, 610),
    ]
    assert receipt.flags == ()


def test_an_unknown_time_is_billed_as_the_cheapest_band_and_says_so() -> None:
    receipt = bill(TIME_OF_USE, energy(TIME_OF_USE, 1_000_000))
    (line, rounding) = receipt.lines
    assert (line.what, line.of, line.price_mil, line.amount_mil) == (What.BAND_UNKNOWN, "valley", 305, 305)
    assert rounding.amount_mil == 5
    assert receipt.flags == (Flag.CLOCK_UNKNOWN,)


def test_the_cheapest_band_is_the_cheapest_in_sum_of_those_in_use() -> None:
    service = ByBand(prices_mil_per_kwh=BandPrices(sharp=0, peak=0, flat=0, valley=700))
    tariff = replace(TIME_OF_USE, service=(service,))
    assert (tariff.cheapest, tariff.dearest) == (Band.FLAT, Band.SHARP)
    assert bill(tariff, energy(tariff, 1_000_000)).total_mil == 620


def test_the_tiers_of_a_pile_bill_its_hours() -> None:
    receipt = bill(tiered(), used(tiered(), powers((3600, 180), (1800, 240), (1800, 120))))
    assert [(line.of, line.quantity, line.price_mil, line.amount_mil) for line in receipt.lines] == [
        ("200", H_MS, 200, 200),
        ("300", H_MS, 250, 250),
    ]


def test_a_settled_tier_holds_for_the_whole_charge() -> None:
    tariff = tiered(rule="settled", settle_s=900)
    receipt = bill(tariff, used(tariff, powers((600, 180), (300, 240), (6300, 700))))
    assert [(line.of, line.quantity, line.amount_mil) for line in receipt.lines] == [("300", 2 * H_MS, 500)]


@pytest.mark.parametrize(
    ("free_s", "step_s", "minutes", "paid"),
    [(0, 0, 90, 1500), (0, 3600, 61, 2000), (0, 3600, 60, 1000), (3600, 0, 60, 0), (3600, 1800, 61, 500)],
)
def test_time_may_be_free_at_first_and_billed_in_steps(free_s: int, step_s: int, minutes: int, paid: int) -> None:
    tariff = Tariff(id="t", version=1, service=(ByTime(price_mil_per_h=1000, free_s=free_s, step_s=step_s),))
    assert bill(tariff, used(tariff, powers((minutes * 60, 100)))).total_mil == paid


def test_occupying_the_place_may_cost() -> None:
    tariff = replace(PLAIN, service=(ByTime(price_mil_per_h=2000, counts=Counts.OCCUPIED, free_s=1800),))
    samples = [reading(0, 0), Sample(at_ms=H_MS, phase=Phase.OCCUPIED), Sample(at_ms=2 * H_MS, phase=Phase.APART)]
    assert bill(tariff, used(tariff, samples)).service_mil == 1000


def test_a_charge_may_have_one_price() -> None:
    tariff = Tariff(id="t", version=1, service=(ByCount(price_mil=1500),))
    receipt = bill(tariff, energy(tariff, 1))
    assert receipt.lines == (
        Line(side=Side.SERVICE, what=What.COUNT, quantity=1, unit="charge", price_mil=1500, amount_mil=1500),
    )


def test_a_start_that_never_came_about_costs_nothing_and_keeps_nothing() -> None:
    tariff = Tariff(id="t", version=1, service=(ByCount(price_mil=1500),), min_mil=500, refund=Refund.NONE)
    receipt = bill(tariff, nothing_used(tariff), prepaid_mil=2000)
    assert (receipt.lines, receipt.total_mil, receipt.refund_mil) == ((), 0, 2000)


def test_a_free_tariff_has_a_receipt_of_nothing() -> None:
    free = Tariff(id="free", version=1)
    assert bill(free, energy(free, 1_000_000)).lines == ()


def test_what_lacks_to_the_minimum_is_service_fee() -> None:
    tariff = replace(PLAIN, min_mil=1000)
    receipt = bill(tariff, energy(tariff, 100_000))
    assert amounts(receipt)[-1] == ("service", "minimum", 900)
    assert (receipt.electricity_mil, receipt.service_mil, receipt.flags) == (60, 940, (Flag.MINIMUM,))


def test_what_is_above_the_cap_comes_off_the_service_fee_first() -> None:
    tariff = replace(PLAIN, cap_mil=700)
    receipt = bill(tariff, energy(tariff, 1_000_000))
    assert (receipt.electricity_mil, receipt.service_mil, receipt.flags) == (600, 100, (Flag.CAPPED,))
    receipt = bill(tariff, energy(tariff, 2_000_000))
    assert (receipt.electricity_mil, receipt.service_mil) == (700, 0)
    assert amounts(receipt) == [
        ("electricity", "energy", 1200),
        ("electricity", "cap", -500),
        ("service", "energy", 800),
        ("service", "cap", -800),
    ]


def test_a_ceiling_between_two_fen_counts_as_the_lower() -> None:
    receipt = bill(PLAIN, energy(PLAIN, 1_000_000), ceiling_mil=559)
    assert (receipt.total_mil, receipt.flags) == (550, (Flag.CEILING,))
    assert bill(PLAIN, energy(PLAIN, 1_000_000), ceiling_mil=-5).total_mil == 0


def test_the_ceiling_outranks_the_minimum() -> None:
    tariff = replace(PLAIN, min_mil=1000)
    assert bill(tariff, energy(tariff, 1), ceiling_mil=300).total_mil == 300


def test_what_is_waived_is_shown_and_not_charged() -> None:
    receipt = bill(PLAIN, energy(PLAIN, 1_000_000), prepaid_mil=2000, waived=True)
    assert (receipt.total_mil, receipt.refund_mil, receipt.flags) == (0, 2000, (Flag.WAIVED,))
    assert amounts(receipt)[0] == ("electricity", "energy", 600)


@pytest.mark.parametrize(
    ("refund", "prepaid_mil", "refunded", "kept", "due"),
    [
        (Refund.UNUSED, 1500, 500, 0, 0),
        (Refund.NONE, 1500, 0, 500, 0),
        (Refund.UNUSED, 1000, 0, 0, 0),
        (Refund.UNUSED, 700, 0, 0, 300),
    ],
)
def test_what_becomes_of_prepaid_money(refund: Refund, prepaid_mil: int, refunded: int, kept: int, due: int) -> None:
    tariff = replace(PLAIN, refund=refund)
    receipt = bill(tariff, energy(tariff, 1_000_000), prepaid_mil=prepaid_mil)
    assert (receipt.refund_mil, receipt.kept_mil, receipt.due_mil) == (refunded, kept, due)


def test_an_estimated_edge_and_a_gap_are_flagged() -> None:
    start_ms = NINE_PM_MS + H_MS - 1000
    at_ms = (0, 20_000, 30_000, 31_000)
    samples = [reading(ms, mwh, start_ms + ms) for ms, mwh in zip(at_ms, (0, 100, 50, 50), strict=True)]
    assert bill(TIME_OF_USE, used(TIME_OF_USE, samples)).flags == (Flag.EDGE_ESTIMATED, Flag.REGISTER_GAP)

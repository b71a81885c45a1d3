"""A day's book: what was measured beside what was booked, each record once, every gap named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.orders.charge.event import StopAsked
from gateway.orders.effect import Tell
from gateway.orders.reason import StopReason
from gateway.orders.reconcile.day import DayBook, from_json, to_json
from gateway.orders.reconcile.mark import Article, Container, Mark, Scale, read_mark, write_mark
from gateway.orders.reconcile.report import Note, Report, read_report, write_report
from gateway.orders.reconcile.text import report_rows, report_text
from gateway.orders.tariff.text import Language
from tests.unit.orders.charging import OUTLET, Run

CHINA = timezone(timedelta(hours=8))
PILE, OTHER = "pile-01", "pile-01/outlet-02"
START = Mark(
    day="2026-11-21",
    into_day_s=2,
    ts_ms=1_795_190_402_000,
    folded_to=0,
    registers={"meter-a": 100_000.0, "lights": 500.0, OUTLET: 5000.0, OTHER: 0.0},
    meters=("meter-a", "lights"),
    feeds={"meter-a": (PILE, "lights")},
)


def later(mark: Mark = START, day: str = "2026-11-22", **registers: float | None) -> Mark:
    """Return the mark that begins the next day; a register of None was not read."""
    named = {name.replace("_", "-"): value for name, value in registers.items()}
    shown = {name: value for name, value in {**mark.registers, **named}.items() if value is not None}
    return replace(mark, day=day, ts_ms=mark.ts_ms + 86_400_000, registers=shown)


def report_of(*records: tuple[str, dict[str, Any]], start: Mark = START, end: Mark | None = None) -> Report:
    book = DayBook()
    assert book.mark(start) is None
    for target, body in records:
        book.take(target, body)
    report = book.mark(end or later(start))
    assert report is not None
    return report


def charge(order_id: str = "A-1", power_w: float = 200.0, for_s: float = 3600.0) -> list[tuple[str, dict[str, Any]]]:
    """Return all that a charge which was really run tells, its settlement twice."""
    run = Run().charging(power_w=power_w, for_s=for_s)
    run(StopAsked(reason=StopReason.USER))
    run.off()
    told = [intent.effect for intent in run.intents if isinstance(intent.effect, Tell)]
    found = [(OUTLET, {"order_id": order_id, "stage": tell.stage, **tell.body, "outlet": OUTLET}) for tell in told]
    found = [(target, body | {"order_id": order_id}) for target, body in found]
    return [*found, found[-1]]


# ---------------------------------------------------------------------- energy


def test_line_loss_is_what_the_meter_has_and_nobody_else() -> None:
    records = charge()
    used_wh = round(records[-1][1]["wh"])
    orphan: list[tuple[str, dict[str, Any]]] = [
        (OTHER, {"order_id": "orphan-1", "stage": stage, "outlet": OTHER, "wh": wh})
        for stage, wh in (("orphan-seen", 0.0), ("orphan-opened", 4.0), ("orphan-ended", 7.0))
    ]
    end = later(meter_a=100_000.0 + used_wh + 7 + 30 + 13, lights=530.0) if used_wh else later()
    end = replace(end, registers={**end.registers, OUTLET: 5000.0 + used_wh, OTHER: 7.0})
    report = report_of(*records, *orphan, end=end)
    (feeder,), (pile,) = report.feeders, report.piles
    assert (feeder.orders_wh, feeder.outside_wh, feeder.own_wh, feeder.loss_wh) == (used_wh, 7, 30, 13)
    assert feeder.loss_pct == pytest.approx(100 * 13 / (used_wh + 50), abs=0.01)
    assert (pile.registers_wh, pile.orders_wh, pile.outside_wh, pile.difference_wh) == (used_wh + 7, used_wh, 7, 0)
    assert report.notes == ()


@pytest.mark.parametrize("wh", [None, 99_999.0])
def test_a_meter_that_was_not_read_or_went_back_tells_no_loss(wh: float | None) -> None:
    (feeder,) = report_of(*charge(), end=later(meter_a=wh)).feeders
    assert (feeder.metered_wh, feeder.loss_wh, feeder.loss_pct, feeder.gaps) == (None, None, None, ("meter-a",))
    assert feeder.orders_wh > 0


def test_a_meter_behind_the_meter_that_is_silent_is_a_gap_and_not_a_loss_of_nobody() -> None:
    silent = replace(START, registers={name: wh for name, wh in START.registers.items() if name != "lights"})
    (feeder,) = report_of(start=silent, end=later(silent, meter_a=100_050.0)).feeders
    assert (feeder.metered_wh, feeder.loss_wh, feeder.gaps) == (50, None, ("lights",))


def test_a_pile_is_compared_by_the_outlets_that_can_be_compared() -> None:
    end = later()
    end = replace(end, registers={**end.registers, OUTLET: 12.0, OTHER: 5.0})  # the first was exchanged
    (pile,) = report_of(*charge(), end=end).piles
    assert (pile.registers_wh, pile.orders_wh, pile.gaps) == (5, 0, (OUTLET,))


def test_a_charge_over_midnight_belongs_to_both_days_by_what_was_told_of_it() -> None:
    records = charge(for_s=7200.0)
    wh_at = [body["wh"] for _, body in records if body["stage"] == "progress"]
    assert len(wh_at) > 3
    cut = next(n for n, (_, body) in enumerate(records) if body.get("wh", 0) >= wh_at[len(wh_at) // 2])
    book = DayBook()
    book.mark(START)
    for target, body in records[:cut]:
        book.take(target, body)
    first = book.mark(later())
    for target, body in records[cut:]:
        book.take(target, body)
    second = book.mark(later(later(), "2026-11-23"))
    assert first is not None
    assert second is not None
    days = [report.feeders[0].orders_wh for report in (first, second)]
    assert all(days)
    assert sum(days) == records[-1][1]["wh"]
    assert [[line.count for line in report.money] for report in (first, second)] == [[], [1]]


def test_an_order_whose_beginning_nobody_saw_brings_only_what_came_after() -> None:
    told = [(OUTLET, {"order_id": "X", "stage": "progress", "outlet": OUTLET, "wh": wh}) for wh in (900, 905)]
    report = report_of(*told)
    assert report.feeders[0].orders_wh == 5
    assert Note.ORDERS_UNSEEN in report.notes


def test_what_pile_and_gateway_disagree_about_is_for_a_person_even_after_the_end() -> None:
    settled = charge()[-1]
    later_on = (OUTLET, {"order_id": "A-1", "stage": "settlement-corrected", "outlet": OUTLET, "device_wh": 900.0})
    stray = (OUTLET, {"order_id": "orphan-9", "stage": "orphan-settled", "outlet": OUTLET, "wh": 80.0})
    report = report_of(*charge(), settled, later_on, later_on, stray)
    assert [(each.order_id, each.doubts) for each in report.reviews] == [
        ("A-1", ("settlement-corrected",)),
        ("orphan-9", ("orphan-settled",)),
    ]
    assert (report.feeders[0].outside_wh, report.notes) == (0, ())
    (money,) = report.money
    assert money.count == 1


def test_what_is_to_be_judged_is_bounded_and_says_so() -> None:
    strays = [(OUTLET, {"order_id": f"orphan-{n}", "stage": "orphan-settled", "outlet": OUTLET}) for n in range(300)]
    report = report_of(*strays)
    assert (len(report.reviews), report.notes) == (200, (Note.MORE_REVIEWS,))


def test_an_order_whose_register_was_interrupted_is_a_gap() -> None:
    *records, _, settled = charge()
    assert report_of(*records, (settled[0], settled[1] | {"gaps": 1})).notes == (Note.REGISTER_GAPS,)


def test_a_site_without_a_feeder_says_so() -> None:
    assert Note.NO_FEEDER in report_of(start=replace(START, feeds={})).notes
    assert "feeder" in report_text(report_of(start=replace(START, feeds={})), Language.EN, CHINA)


# ---------------------------------------------------------------------- goods and bins


COLA = Article(shelf="fridge/top", sku="cola", count=10, price_mil=3000, unit_g=350)
SHOP = replace(
    START,
    registers={},
    meters=(),
    feeds={},
    articles=(COLA,),
    scales=(Scale(shelf="fridge/top", expected_g=3500, grams=3500),),
    containers=(Container(name="glass", category="recyclable", gross_g=20_000),),
)


def sale(order_id: str, count: int) -> tuple[str, dict[str, Any]]:
    line = {"shelf": "fridge/top", "sku": "cola", "count": count, "price_mil": 3000, "amount_mil": 3000 * count}
    body = {"cabinet": "fridge", "purpose": "sale", "lines": [line], "amount_mil": 3000 * count}
    return "fridge", {"order_id": order_id, "stage": "settled", **body}


def restock(order_id: str, **line: int) -> tuple[str, dict[str, Any]]:
    said = {"shelf": "fridge/top", "sku": "cola", "found": 0, "added": 0, "removed": 0, **line}
    body = {"cabinet": "fridge", "purpose": "restock", "lines": [said], "amount_mil": 0}
    return "fridge", {"order_id": order_id, "stage": "settled", **body}


def delivery(order_id: str, net_g: int, stage: str = "recorded", **more: Any) -> tuple[str, dict[str, Any]]:
    facts = {"station": "bins", "category": "recyclable", "purpose": "deposit", "net_g": net_g}
    rule = {"id": "green", "points_per_kg_x1000": 10_000}
    return "glass", {"order_id": order_id, "stage": stage, **facts, "rule": rule, "points": net_g // 100, **more}


def test_stock_is_what_was_there_and_came_less_what_was_sold_and_written_off() -> None:
    end = replace(
        later(SHOP),
        articles=(replace(COLA, count=14),),
        scales=(Scale(shelf="fridge/top", expected_g=4900, grams=4205),),
    )
    records = (sale("P-1", 2), sale("P-2", 1), restock("R-1", found=6, added=10, removed=2), sale("P-2", 1))
    report = report_of(*records, start=SHOP, end=end)
    (line,), (scale,), (money,) = report.stock, report.scales, report.money
    assert (line.start, line.added, line.sold, line.removed, line.expected, line.counted) == (10, 10, 3, 2, 15, 14)
    assert (line.difference, line.amount_mil) == (-1, -3000)
    assert (scale.difference_g, scale.pieces) == (-695, -2)
    assert (money.kind, money.count, money.amount_mil) == ("purchase", 2, 9000)


def test_a_purchase_in_doubt_is_named_and_charges_nothing() -> None:
    supposed = [{"shelf": "fridge/top", "sku": "cola", "count": 2, "price_mil": 3000}]
    body = {"cabinet": "fridge", "purpose": "sale", "doubts": ["unexplained"], "supposed": supposed, "amount_mil": 0}
    report = report_of(("fridge", {"order_id": "P-9", "stage": "review", **body}), start=SHOP)
    assert report.money == ()
    (review,) = report.reviews
    assert (review.order_id, review.kind, review.place, review.doubts, review.supposed_mil) == (
        "P-9",
        "purchase",
        "fridge",
        ("unexplained",),
        6000,
    )


def test_a_bin_holds_what_was_credited_and_what_waits_less_what_was_collected() -> None:
    collected: dict[str, Any] = {"purpose": "collection", "collected_g": 9000, "points": 0}
    records = (
        delivery("D-1", 3000),
        delivery("D-1", 3000),
        delivery("D-2", 500, "review", doubts=["two-residents"]),
        delivery("C-1", 0, **collected),
        delivery("D-3", 1000, points=11),
    )
    end = replace(later(SHOP), containers=(Container(name="glass", category="recyclable", gross_g=15_450),))
    report = report_of(*records, start=SHOP, end=end)
    (line,), (money,) = report.bins, report.money
    assert (line.deliveries, line.credited_g, line.review_g, line.collected_g) == (2, 4000, 500, 9000)
    assert line.difference_g == -50
    assert (line.points, line.points_due, line.points_difference) == (41, 40, 1)
    assert (money.kind, money.count, money.points) == ("deposit", 2, 41)
    assert [review.net_g for review in report.reviews] == [500]


def test_a_scale_that_says_nothing_is_no_difference() -> None:
    blind = replace(later(SHOP), scales=(Scale(shelf="fridge/top", expected_g=3500, grams=None),), containers=())
    report = report_of(delivery("D-1", 3000), start=SHOP, end=blind)
    assert report.scales == ()
    assert report.bins[0].difference_g is None


# ---------------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("start", "end", "notes"),
    [
        (START, later(), ()),
        (replace(START, into_day_s=301), later(), (Note.STARTED_LATE,)),
        (START, replace(later(), into_day_s=301), (Note.ENDED_LATE,)),
        (START, later(day="2026-11-24"), (Note.SEVERAL_DAYS,)),
    ],
)
def test_a_day_that_is_not_a_whole_day_says_so(start: Mark, end: Mark, notes: tuple[Note, ...]) -> None:
    assert report_of(start=start, end=end).notes == notes


def test_a_day_under_way_is_told_up_to_its_last_mark() -> None:
    book = DayBook()
    assert book.report() is None
    book.mark(START)
    assert book.report() is None
    assert book.mark(later(day="2026-11-21", meter_a=100_001.0)) is None
    report = book.report()
    assert report is not None
    assert report.notes == (Note.RUNNING,)


def test_a_clock_that_was_set_back_ends_no_day() -> None:
    book = DayBook()
    book.mark(later())
    assert book.mark(START) is None


def test_records_that_the_log_lost_are_told() -> None:
    book = DayBook()
    book.mark(START)
    book.lose(3)
    report = book.mark(later())
    assert report is not None
    assert report.notes == (Note.RECORDS_MISSING,)


@pytest.mark.parametrize(
    "body",
    [
        {"order_id": "P", "stage": "settled", "cabinet": "fridge", "lines": [{"shelf": "fridge/top"}]},
        {"order_id": "D", "stage": "recorded", "category": "other", "net_g": None},
        {"order_id": "A", "stage": "settled", "outlet": OUTLET, "receipt": 5},
    ],
)
def test_a_record_that_cannot_be_read_is_missing_and_stops_nothing(body: dict[str, Any]) -> None:
    assert report_of(("x", body), sale("P-1", 1)).notes == (Note.RECORDS_MISSING,)


def test_an_end_is_known_as_long_as_it_may_be_told_again() -> None:
    book = DayBook()
    book.mark(START)
    end = sale("P-1", 1)
    book.take(*end)
    for hour in range(1, 30):
        book.mark(replace(START, ts_ms=START.ts_ms + hour * 3_600_000, unacknowledged=("P-1",)))
        book.take(*end)
    assert book.money.receipts["purchase"].count == 1
    assert list(book.ended) == ["P-1"]
    book.mark(START)
    assert not book.ended


# ---------------------------------------------------------------------- always


RECORDS = [
    *charge("A-1", for_s=900.0),
    sale("P-1", 2),
    restock("R-1", found=8, added=2),
    delivery("D-1", 3000),
    delivery("D-2", 700, "review", doubts=["unstable-weight"]),
    *charge("A-2", power_w=90.0, for_s=900.0),
]
WHOLE = replace(
    SHOP,
    registers=START.registers,
    meters=START.meters,
    feeds=START.feeds,
    unacknowledged=("A-1", "A-2", "P-1", "R-1", "D-1", "D-2"),
)


@settings(max_examples=60, deadline=None)
@given(
    marks=st.lists(st.tuples(st.integers(0, len(RECORDS)), st.integers(0, 3)), max_size=6),
    again=st.lists(st.integers(0, len(RECORDS) - 1), max_size=6),
    stored=st.integers(0, len(RECORDS)),
)
def test_no_cut_no_repetition_and_no_restart_changes_the_sum_of_the_days(
    marks: list[tuple[int, int]], again: list[int], stored: int
) -> None:
    def total(reports: list[Report]) -> dict[str, float]:
        return {
            "orders": sum(report.feeders[0].orders_wh for report in reports),
            "sold": sum(line.sold for report in reports for line in report.stock),
            "put": sum(line.credited_g + line.review_g for report in reports for line in report.bins),
            "mil": sum(line.amount_mil for report in reports for line in report.money),
            "count": sum(line.count for report in reports for line in report.money),
            "reviews": sum(len(report.reviews) for report in reports),
        }

    def play(book: DayBook, cuts: dict[int, int], repeated: set[int]) -> list[Report]:
        reports, day = [], 0
        book.mark(WHOLE)
        for number, (target, body) in enumerate(RECORDS):
            if number in cuts:
                day += cuts[number]
                reports.append(book.mark(replace(WHOLE, day=f"2026-12-{day + 1:02}" if day else WHOLE.day)))
            if number == stored:
                book = from_json(to_json(book))
            book.take(target, body)
            for earlier in sorted(repeated):
                if earlier < number and RECORDS[earlier][1]["stage"] in {"settled", "recorded", "review"}:
                    book.take(*RECORDS[earlier])
        reports.append(book.mark(replace(WHOLE, day="2027-01-01")))
        return [report for report in reports if report is not None]

    cut, whole = play(DayBook(), dict(marks), set(again)), play(DayBook(), {}, set())
    once, many = total(whole), total(cut)
    assert many.pop("orders") == pytest.approx(once.pop("orders"), abs=len(cut))  # each day is rounded to the watt-hour
    assert many == once


def test_marks_and_reports_are_stored_and_read_back_as_they_are() -> None:
    assert read_mark(write_mark(WHOLE)) == WHOLE
    report = report_of(*RECORDS, start=WHOLE)
    assert read_report(write_report(report)) == report


@pytest.mark.parametrize(("language", "words"), [(Language.EN, "line loss"), (Language.ZH_CN, "线损")])
def test_a_report_is_text_in_both_languages(language: Language, words: str) -> None:
    text = report_text(report_of(*RECORDS, start=WHOLE), language, CHINA)
    assert words in text
    assert "2026-11-21 00:00:02+08:00" in text
    assert "None" not in text
    assert "D-2" in text


def test_every_figure_of_a_report_is_a_row_of_its_table() -> None:
    report = report_of(*RECORDS, start=WHOLE)
    rows = list(report_rows(report))
    assert ("feeders", "meter-a", "", "orders_wh", report.feeders[0].orders_wh) in rows
    assert ("stock", "fridge/top", "cola", "sold", 2) in rows
    assert ("money", "purchase", "", "amount_mil", 6000) in rows

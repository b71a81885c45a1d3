"""The ends of purchases and deliveries as people read them: the worked sum, or why there is none."""
# ruff: noqa: RUF001 - Chinese punctuation and the multiplication sign are meant

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from gateway.app.trade_receipt import EN, ZH, trade_receipt
from gateway.orders.deposit.order import Doubt as BinDoubt
from gateway.orders.deposit.order import Flag
from gateway.orders.purchase.order import Doubt
from gateway.orders.tariff.text import Language
from tests.unit.app.demo_day import charge, collection, deposit, purchase, restock

if TYPE_CHECKING:
    from tests.unit.app.demo_day import Body

BOUGHT = """\
Receipt  c  prices p version 7
  cola-330: 1 × 3.50 yuan = 3.50 yuan
Total: 3.50 yuan
Weighed: s1 10000 g before, 9660 g after"""
THROWN = """\
Receipt  c  points rule r version 3
Weighed: 5000 g before, 7400 g after: 2400 g
2400 g × 10 points/kg = 24 points
The points are provisional: the platform confirms them"""


def text(bodies: list[Body], language: Language = Language.EN) -> str:
    return trade_receipt(bodies[-1], "c", language)


@pytest.mark.parametrize(("bodies", "read"), [(purchase("b"), BOUGHT), (deposit("t"), THROWN)], ids=["sale", "deposit"])
def test_a_receipt_shows_how_its_sum_came_about(bodies: list[Body], read: str) -> None:
    assert text(bodies) == read


def test_what_nothing_was_taken_from_costs_nothing() -> None:
    assert "  nothing taken\nTotal: 0.00 yuan" in text(purchase("b", left_g=10_000))
    assert "  未取商品\n合计: 0.00 元" in text(purchase("b", left_g=10_000), Language.ZH_CN)


def test_an_end_in_doubt_says_so_and_books_nothing() -> None:
    assert "A person looks at it, nothing is booked: foreign-object" in text(purchase("b", left_g=10_700))
    assert "转人工，不入账: 比之前轻" in text(deposit("t", after_g=4_000), Language.ZH_CN)
    assert "points/kg" not in text(deposit("t", after_g=4_000))


def test_staff_reads_what_it_declared_and_took_away() -> None:
    assert "  s1 cola: 3 found, 1 added, 0 removed\nDifference: s1 cola: 4 booked, 3 found" in text(restock("f"))
    assert "Taken away: 4100 g, left: 0 g\nThe bin is empty" in text(collection("e"))


def test_what_is_no_end_of_a_trade_has_no_receipt() -> None:
    assert trade_receipt(purchase("b")[0], "c", Language.EN) == ""
    assert trade_receipt(charge("c")[-1], "c", Language.EN) == ""


def test_chinese_has_every_form_with_the_same_figures_and_every_doubt_and_flag() -> None:
    figures = re.compile(r"{(\w+)")
    for name in (field.name for field in fields(EN) if field.name != "word"):
        assert sorted(figures.findall(getattr(EN, name))) == sorted(figures.findall(getattr(ZH, name))), name
    assert ZH.word.keys() == {str(word) for kind in (Doubt, BinDoubt, Flag) for word in kind}

"""The reference pages say what the code says."""

import json

import pytest

from gateway.app.orders_reference import DIRECTORY
from gateway.orders.reference.examples import EXAMPLES, Example, tariff_text
from gateway.orders.reference.pages import pages
from gateway.orders.tariff.form import read_tariff

PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_the_code_has_it(name: str) -> None:
    stands = (DIRECTORY / name).read_text(encoding="utf-8")
    assert stands == PAGES[name], f"{name} is stale: python -m gateway.app.orders_reference"


def test_no_page_is_left_over() -> None:
    played = {"cases.md", "cases.zh-CN.md"}  # written and checked by tests/cases
    assert {path.name for path in DIRECTORY.iterdir()} == set(PAGES) | played


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.tariff.id)
def test_a_tariff_as_it_is_shown_is_the_tariff_of_its_receipt(example: Example) -> None:
    assert read_tariff(json.loads(tariff_text(example.tariff))) == example.tariff


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.tariff.id)
def test_an_example_uses_what_its_course_says(example: Example) -> None:
    watt_minutes = sum(part.minutes * part.power_w for part in example.parts)
    assert abs(example.usage.energy_mwh - watt_minutes * 1000 / 60) < 1
    receipt = example.receipt
    assert receipt.total_mil == sum(line.amount_mil for line in receipt.lines)
    assert receipt.prepaid_mil == receipt.total_mil + receipt.refund_mil + receipt.kept_mil


def test_no_label_of_a_diagram_has_a_colon_that_mermaid_refuses() -> None:
    labels = [
        line.split(" : ", 1)[1]
        for page in PAGES.values()
        for line in page.splitlines()
        if " --> " in line and " : " in line
    ]
    assert labels
    assert [label for label in labels if ":" in label] == []

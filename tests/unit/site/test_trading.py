"""What a site file says of cabinets and bins is judged where it is written, and becomes the desk's setup."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.edge.trading.setup import TradingSetup
from gateway.model.errors import ConfigError
from gateway.orders.purchase.shelf import Proof
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site
from tests.scenario.trading_side import FRIDGE, GLASS, SITE, SITE_TEXT, SLOT

LIBRARY = Library((BUILT_IN,))


def test_what_belongs_together_is_put_together() -> None:
    setup = TradingSetup(SITE)
    fridge, glass = setup.cabinets["fridge"], setup.bins["glass"]
    assert fridge.doors == (FRIDGE, SLOT)
    assert setup.doors == {FRIDGE: "fridge", SLOT: "fridge", GLASS: "glass"}
    assert setup.scales == {"top": "fridge", "low": "fridge", "floor": "glass"}
    assert [(shelf.name, shelf.proofs) for shelf in fridge.shelves] == [
        ("fridge/top", (Proof.WEIGHT,)),
        ("fridge/low", (Proof.WEIGHT,)),
        ("fridge/slot", (Proof.OPENING,)),
    ]
    assert [stock.price_mil for shelf in fridge.shelves for stock in shelf.stock] == [3000, 2000, 5000, 12000]
    assert fridge.rules.most_c == 5.0
    assert (glass.door, glass.tare_g, glass.rule.id) == (GLASS, 12_000, "green")


def test_the_newest_version_of_a_list_holds() -> None:
    newer = SITE_TEXT + (
        "  - {id: green, version: 3, community: riverside}\n  - {id: green, version: 2, community: riverside}\n"
    )
    site = compile_site(newer, Path("s.yaml"), LIBRARY)
    assert TradingSetup(site).bins["glass"].rule.version == 3


@pytest.mark.parametrize(
    ("old", "new", "at", "what"),
    [
        ("lock: lock\n", "lock: lokc\n", "lock: lokc", "there is no device `lokc`"),
        ("lock: lock\n", "lock: top\n", "lock: top", "`top` is a weigher, not a lock"),
        ("prices: drinks", "prices: drink", "prices: drink", "there is no price list `drink`"),
        ("    thermometer: air\n", "", "climate: chilled", "chilled goods need a `thermometer`"),
        ("door: 2, articles: [salad]", "door: 25, articles: [salad]", "door: 25", "`lock` has no door 25"),
        ("weigher: low", "weigher: top", "name: low, door", "a second use of `top`"),
        ("articles: [milk]", "articles: [mlik]", "articles: [mlik]", "lacks mlik of shelf fridge/low"),
        ("articles: [milk]", "articles: [salad]", "name: low, door", "salad is too light for a scale"),
        ("articles: [salad]", "articles: [salad, milk]", "name: slot", "a slot holds one article, not 2"),
        ("{name: low, door", "{name: top, door", "weigher: low", "a second shelf `top`"),
        ("name: glass", "name: fridge", "    lock: bins", "a second cabinet or bin `fridge`"),
        ("points: green", "points: blue", "points: blue", "there is no points rule `blue`"),
        ("    empty_mm: 1000\n", "", "level: depth", "a level sensor needs `empty_mm` and `full_mm`"),
        ("full_mm: 200", "full_mm: 1200", "full_mm: 1200", "must be less than `empty_mm`"),
        ("tare_g: 12000", "tare_g: 150000", "name: glass", "must be more than the empty container"),
        ("price_mil: 3000", "price_mil: 3001", "sku: cola", "price list.articles[0].price_mil: "),
        ("points_per_kg_x1000: 10000", "points_per_kg_x1000: -1", "points_per_kg", "points_per_kg_x1000: "),
        ("category: recyclable\n", "category: glass\n", "category: glass", "category"),
    ],
)
def test_a_mistake_is_found_where_it_is_written(old: str, new: str, at: str, what: str) -> None:
    assert SITE_TEXT.count(old) == 1
    text = SITE_TEXT.replace(old, new)
    with pytest.raises(ConfigError) as caught:
        compile_site(text, Path("s.yaml"), LIBRARY)
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if at in line]
    found = [(problem.line, problem.what) for problem in caught.value.problems if what in f"{problem.what}"]
    assert found, caught.value.problems
    assert {line for line, _ in found} & {number + offset for number in lines for offset in (-1, 0)}


def test_who_has_no_use_for_prices_need_not_judge_them() -> None:
    text = SITE_TEXT.replace("price_mil: 3000", "price_mil: 3001")
    assert compile_site(text, Path("s.yaml"), LIBRARY, with_tariffs=False).trading

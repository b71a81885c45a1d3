"""Price lists that are pushed: taken whole or not at all, kept over restarts, never for a purchase under way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.command import CommandKind, Outcome
from gateway.testing.clock import run_virtual
from tests.scenario.trading_side import FRIDGE, SITE_TEXT, Corner, with_more

if TYPE_CHECKING:
    from collections.abc import Mapping

SALE = {"user_ref": "u-7", "limit_mil": 50_000, "doors": [1]}
ARTICLES: tuple[Mapping[str, Any], ...] = (
    {"sku": "cola", "name": "Cola", "price_mil": 3100, "unit_g": 350, "tolerance_g": 8},
    {"sku": "water", "name": "Water", "price_mil": 2000, "unit_g": 560, "tolerance_g": 10},
    {"sku": "milk", "name": "Milk", "price_mil": 5000, "unit_g": 1050, "tolerance_g": 20},
    {"sku": "salad", "name": "Salad", "price_mil": 12_000},
)


def drinks(version: int, **of_cola: object) -> dict[str, Any]:
    """Return a version of the list that the corner sells by."""
    cola, *others = ARTICLES
    return {"id": "drinks", "version": version, "articles": [dict(cola) | of_cola, *map(dict, others)]}


async def push(corner: Corner, command_id: str, *lists: dict[str, Any]) -> Outcome:
    return await corner.ask(command_id, CommandKind.PRICES, "*", price_lists=list(lists))


async def buy(corner: Corner, order_id: str) -> dict[str, Any]:
    """Have somebody take a cola; return the end of the order."""
    loop = asyncio.get_running_loop()

    def take() -> None:
        corner.grams["top"] -= 350

    def opened(_door: str) -> None:
        loop.call_later(1.0, corner.open.add, FRIDGE)
        loop.call_later(2.0, take)
        loop.call_later(4.0, corner.open.discard, FRIDGE)

    corner.on_unlock = opened
    assert (
        await corner.ask(f"c-{order_id}", CommandKind.PURCHASE, "fridge", order_id=order_id, **SALE)
    ).reason == "begun"
    await asyncio.sleep(20)
    (end,) = corner.ends(order_id)
    return end


def test_a_new_version_holds_at_once_and_over_restarts() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await corner.restock()
            assert (await buy(corner, "o-1"))["amount_mil"] == 3000
            assert (await push(corner, "p-1", drinks(2))).reason == "taken"
            end = await buy(corner, "o-2")
            assert (end["amount_mil"], end["prices"]["version"]) == (3100, 2)
        async with corner.edge():
            await asyncio.sleep(1)
            end = await buy(corner, "o-3")
            assert (end["amount_mil"], end["prices"]["version"]) == (3100, 2)
            assert (await push(corner, "p-2", drinks(2))).reason == "known-already"
            assert (await push(corner, "p-3", drinks(1))).reason == "version-not-newer"
            assert (await push(corner, "p-4", drinks(2, price_mil=9900))).reason == "version-not-newer"
            assert (await buy(corner, "o-4"))["amount_mil"] == 3100

    run_virtual(act())


def test_a_purchase_under_way_keeps_its_prices() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await corner.restock()
            buying = asyncio.create_task(buy(corner, "o-1"))
            await asyncio.sleep(5)
            assert (await push(corner, "p-1", drinks(7))).state == "done"
            end = await buying
            assert (end["amount_mil"], end["prices"]["version"]) == (3000, 1)
            assert corner.desk is not None
            (cola, *_others) = corner.desk.books.cabinets["fridge"].shelves[0].stock
            assert (cola.price_mil, cola.count) == (3100, 9), "the next one pays the new price for what is left"

    run_virtual(act())


@pytest.mark.parametrize(
    ("lists", "reason", "says"),
    [
        ([drinks(2, price_mil=3101)], "malformed", "price_lists[0]: price list.articles[0].price_mil: "),
        (
            [drinks(2, sku="kola")],
            "does-not-fit",
            "price_lists[0]: price list drinks version 2: lacks cola of shelf fridge/top",
        ),
        ([drinks(2, unit_g=20)], "does-not-fit", "price_lists[0]: shelf fridge/top: cola is too light"),
        ([drinks(2), {"id": "x\ny", "version": 1, "articles": []}], "malformed", "price_lists[1]: price list.id: "),
        ([drinks(2) | {"a\nb": 1}], "malformed", r"price_lists[0]: price list.'a\nb': "),
        ([drinks(2), drinks(3)], "named-twice", "drinks"),
    ],
)
def test_what_cannot_be_sold_by_is_refused_whole(lists: list[dict[str, Any]], reason: str, says: str) -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await corner.restock()
            outcome = await push(corner, "p-1", *lists)
            assert (outcome.state, outcome.reason) == ("refused", reason)
            assert outcome.detail.startswith(says)
            assert "\n" not in outcome.detail
            assert (await buy(corner, "o-1"))["amount_mil"] == 3000

    run_virtual(act())


def test_one_push_serves_many_cabinets_and_keeps_what_none_here_goes_by() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            other = {"id": "elsewhere", "version": 4, "articles": [{"sku": "tea", "name": "Tea", "price_mil": 10}]}
            assert (await push(corner, "p-1", other, drinks(2))).reason == "taken"
            assert {name for name in corner.disk.state if name.startswith("pushed/")} == {
                "pushed/prices/drinks",
                "pushed/prices/elsewhere",
            }

    run_virtual(act())


def test_a_pushed_list_that_fits_the_cabinet_no_more_is_told_and_the_site_file_holds() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            assert (await push(corner, "p-1", drinks(2))).state == "done"
        text = "      - {sku: salad, name: Salad, price_mil: 12000}\n"
        assert text in SITE_TEXT
        corner.site = with_more(
            {
                text: f"{text}      - {{sku: wrap, name: Wrap, price_mil: 7000}}\n",
                "articles: [salad]": "articles: [wrap]",
            }
        )
        async with corner.edge():
            await asyncio.sleep(3)
            assert ("fridge", "price-list-unfit") in corner.alarms()
            assert corner.setup is not None
            assert corner.setup.cabinets["fridge"].prices.version == 1
            articles = [*drinks(3)["articles"], {"sku": "wrap", "name": "Wrap", "price_mil": 8000}]
            assert (await push(corner, "p-2", drinks(3) | {"articles": articles})).state == "done"
            await asyncio.sleep(2)
            assert corner.alarms() == set()

    run_virtual(act())


def test_a_push_is_whole_on_the_disk_or_not_there_whenever_edge_dies() -> None:
    async def act(*, dies_after: bool) -> None:
        corner = Corner()
        async with corner.edge():
            await corner.restock()
            corner.disk.commits, corner.disk.dies_at, corner.disk.dies_after = 0, 1, dies_after
            asking = asyncio.create_task(push(corner, "p-1", drinks(2)))
            await corner.disk.died.wait()
            assert not asking.done(), "nothing is answered before it is stored"
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        corner.disk.dies_at = 0
        async with corner.edge():
            await asyncio.sleep(1)
            assert (await buy(corner, "o-1"))["amount_mil"] == (3100 if dies_after else 3000)
            again = await push(corner, "p-1", drinks(2))
            assert again.reason == ("known-already" if dies_after else "taken")
            assert (await buy(corner, "o-2"))["amount_mil"] == 3100

    for dies_after in (False, True):
        run_virtual(act(dies_after=dies_after))

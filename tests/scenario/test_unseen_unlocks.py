"""An unlock that field took with it when it died: the door may have opened while nobody looked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.model.command import CommandKind
from gateway.testing.clock import run_virtual
from tests.scenario.trading_side import Corner

if TYPE_CHECKING:
    from typing import Any

SALE: dict[str, Any] = {"order_id": "o-1", "user_ref": "u-7", "limit_mil": 50_000}
ALL = {"lock", "bins", "top", "low", "floor", "depth", "air"}


async def field_dies_with_the_unlock(corner: Corner, door: int, away_s: float) -> None:
    """Fill the cabinet, sell from a door, and let field be dead from the unlock on for a while."""
    await asyncio.sleep(2.0)
    await corner.restock()
    unlocks = len(corner.unlocks)
    corner._release = lambda *_: None  # type: ignore[method-assign] # the answer dies with field
    assert (await corner.ask("c-1", CommandKind.PURCHASE, "fridge", **SALE, doors=[door])).reason == "begun"
    while len(corner.unlocks) == unlocks:  # noqa: ASYNC110 - virtual time
        await asyncio.sleep(0.05)
    corner.is_ready, corner.blind = False, set(ALL)
    await asyncio.sleep(away_s / 2)
    if door == 1:
        corner.grams["top"] -= 350  # opened, taken, shut: seen by nobody
    await asyncio.sleep(away_s / 2)
    corner.is_ready, corner.blind = True, set()
    await asyncio.sleep(40.0)
    assert len(corner.unlocks) == unlocks + 1, "what may have happened is not done again"


@pytest.mark.parametrize("away_s", [1.0, 2.8, 5.0])
def test_a_door_that_may_have_opened_unseen_is_not_unlocked_again_and_the_scale_proves_what_went(away_s: float) -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await field_dies_with_the_unlock(corner, 1, away_s)
            (end,) = corner.ends("o-1")
            assert (end["stage"], end["amount_mil"]) == ("settled", 3000)

    run_virtual(act())


@pytest.mark.parametrize("away_s", [1.0, 2.8, 5.0])
def test_a_slot_that_may_have_opened_unseen_goes_to_a_person(away_s: float) -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await field_dies_with_the_unlock(corner, 2, away_s)
            (end,) = corner.ends("o-1")
            assert (end["stage"], end["amount_mil"], end["doubts"]) == ("review", 0, ["unproved"])

    run_virtual(act())


def test_an_unlock_that_never_left_is_sent_once_field_is_back() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await asyncio.sleep(2.0)
            await corner.restock()
            unlocks = len(corner.unlocks)
            assert (await corner.ask("c-1", CommandKind.PURCHASE, "fridge", **SALE, doors=[1])).reason == "begun"
            corner.is_ready = False
            await asyncio.sleep(3.0)
            assert len(corner.unlocks) == unlocks
            corner.is_ready = True
            await asyncio.sleep(3.0)
            assert len(corner.unlocks) == unlocks + 1

    run_virtual(act())

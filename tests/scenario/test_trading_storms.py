"""Random days of a cabinet and a bin: people, faults, deaths, a full disk. Whatever happens, these things hold."""

from __future__ import annotations

import asyncio
import contextlib
import json
from random import Random
from typing import TYPE_CHECKING

import pytest

from gateway.model.command import CommandKind
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.testing.clock import run_virtual
from tests.depth import sample
from tests.scenario.edge_side import MACHINE
from tests.scenario.trading_side import (
    DEFROST,
    FRIDGE,
    FULL,
    GLASS,
    GOODS,
    HAND,
    JAM,
    SLOT,
    WRONG,
    Corner,
    with_more,
)

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET_S = 700.0
"""Longer than any order stays open once nobody does anything any more."""


class Storm:
    """One day. Everything that happens is drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - repeatable weather, not secrets
        self.corner = Corner(on_unlock=self.opened, site=with_more(), closed={WRONG, GOODS})
        self.asked = 0
        self.acknowledged: set[str] = set()

    def opened(self, door: str) -> None:
        """Have somebody at an unlocked door, or nobody."""
        loop, chance = asyncio.get_running_loop(), self.chance
        if chance.random() < 0.1:
            return
        if chance.random() < 0.5:  # somebody who knows what he wants
            loop.call_later(0.5, self.corner.open.add, door)
            loop.call_later(2.0, self.change, door)
            loop.call_later(4.0, self.corner.open.discard, door)
            return
        begin_s = chance.uniform(0.1, 8.0)
        loop.call_later(begin_s, self.corner.open.add, door)
        for _ in range(chance.randrange(3)):
            loop.call_later(begin_s + chance.uniform(0.5, 6.0), self.change, door)
        if chance.random() < 0.9:
            loop.call_later(begin_s + chance.uniform(1.0, 12.0), self.corner.open.discard, door)

    def change(self, door: str) -> None:
        """Have something taken or put, if the door is open."""
        if door not in self.corner.open or door == SLOT:
            return
        if door == GLASS:
            self.corner.grams["floor"] += self.chance.choice((-3000, 15, 800, 2500, 9000))
        else:
            sku = self.chance.choice(("cola", "water", "milk"))
            self.corner.grams[FULL[sku][0]] -= FULL[sku][2] * self.chance.choice((-1, 1, 1, 1, 2))

    def weather(self) -> None:
        """Let something happen that nobody has asked for."""
        corner, chance = self.corner, self.chance
        things: list[Callable[[], object]] = [
            corner.open.clear,
            lambda: corner.open.add(chance.choice((FRIDGE, SLOT, GLASS))),
            lambda: corner.jammed.symmetric_difference_update({chance.choice((FRIDGE, GLASS))}),
            lambda: corner.blind.symmetric_difference_update({chance.choice(("lock", "bins", "top", "floor"))}),
            lambda: setattr(corner, "distance_mm", chance.choice((900, 500, 205))),
            lambda: setattr(corner, "is_ready", not corner.is_ready),
            lambda: setattr(corner.disk, "full", not corner.disk.full),
            lambda: corner.closed.symmetric_difference_update({chance.choice((HAND, JAM, WRONG, GOODS, DEFROST))}),
            corner.blind.clear,
            corner.jammed.clear,
        ]
        chance.choice(things)()

    async def somebody(self) -> None:
        """Have somebody ask for something, in any stage and in any order."""
        self.asked += 1
        chance, name = (
            self.chance,
            f"o-{self.asked if self.chance.random() < 0.8 else self.chance.randrange(self.asked)}",
        )
        where = {CommandKind.PURCHASE: "fridge", CommandKind.RESTOCK: "fridge", CommandKind.DECLARE: "fridge"}
        kind, args = chance.choice(
            [
                (CommandKind.PURCHASE, {"user_ref": "u", "limit_mil": 30_000, "doors": chance.choice(([1], [2], []))}),
                *[(CommandKind.PURCHASE, {"user_ref": "u", "limit_mil": 30_000, "doors": [1]})] * 4,
                (CommandKind.RESTOCK, {"user_ref": "s"}),
                (CommandKind.DECLARE, {"lines": []}),
                *[(CommandKind.DEPOSIT, {"user_ref": f"u-{self.asked}"})] * 4,
                (CommandKind.COLLECTION, {"user_ref": "s"}),
                (CommandKind.WITHDRAW, {}),
                (CommandKind.FINISH, {}),
                (CommandKind.SEEN, {"photo": "p"}),
                (CommandKind.SEEN, {"category": chance.choice(("recyclable", "kitchen"))}),
            ]
        )
        with contextlib.suppress(GatewayError):
            if self.chance.random() < 0.2:
                await self.acknowledge()
            target = chance.choice((where.get(kind, "glass"),) * 4 + ("fridge", "glass"))
            await self.corner.ask(f"c-{self.asked}", kind, target, order_id=name, **args)  # type: ignore[arg-type] # a table of arguments

    async def acknowledge(self) -> None:
        """Have the back end acknowledge one of the ends that it was told, whether it is owed or not."""
        told = [body for body in self.corner.told(EventKind.ORDER) if "digest" in body]
        if told:
            body = self.chance.choice(told)
            args = {"order_id": body["order_id"], "digest": body["digest"]}
            await self.corner.ask(f"a-{self.asked}", CommandKind.SETTLED_ACK, "*", **args)
            self.acknowledged.add(str(body["order_id"]))

    async def day(self) -> None:
        people, self.corner.on_unlock = self.corner.on_unlock, lambda _: None
        async with self.corner.edge():
            await self.corner.restock()
        self.corner.on_unlock = people
        for _ in range(sample(2, deep=8)):
            machine = self.chance.choice((MACHINE, MACHINE, "another-boot"))
            async with self.corner.edge(machine):
                for _ in range(self.chance.randrange(2, 12)):
                    await asyncio.sleep(self.chance.expovariate(1 / 15.0))
                    if self.chance.random() < 0.75:
                        await self.somebody()
                    else:
                        self.weather()
            await asyncio.sleep(self.chance.choice((0.0, 5.0, 100.0)))
        corner = self.corner
        corner.blind.clear()
        corner.open.clear()
        corner.disk.full = False
        async with corner.edge():
            await asyncio.sleep(15.0)
            corner.open.clear()
            corner.scan_s = 1.0
            await asyncio.sleep(QUIET_S)


def seeds() -> range:
    return range(sample(2, deep=24))


@pytest.mark.parametrize("block", range(2))
def test_every_order_ends_once_and_nothing_opens_without_one(block: int) -> None:
    for seed in (seed for seed in seeds() if seed % 2 == block):
        storm = Storm(seed)
        run_virtual(storm.day())
        corner = storm.corner
        assert corner.open_orders() == [], seed
        begun = {str(body["order_id"]) for body in corner.told(EventKind.ORDER, stage="accepted")}
        assert len(corner.told(EventKind.ORDER, stage="accepted")) == len(begun), "no id begins twice"
        for order_id in begun:
            ends = list(corner.ends(order_id))
            assert len(ends) == 1, (seed, order_id)
            assert ends[0].get("amount_mil", 0) <= 30_000, (seed, order_id)
            stages = corner.stages(order_id)
            assert stages[-1] == ends[0]["stage"], "an end is the last word"
            if ends[0]["stage"] in {"review", "cancelled"}:
                assert not ends[0].get("amount_mil"), (seed, order_id)
                assert not ends[0].get("points"), (seed, order_id)
        owed = {json.loads(value)["order_id"] for name, value in corner.disk.state.items() if name.startswith("owed/")}
        assert owed == begun - storm.acknowledged, (seed, "an end is owed until it is acknowledged")
        commands = [command for _, command, _ in corner.unlocks]
        assert len(set(commands)) == len(commands), "an unlock leaves once"
        released = corner.told(EventKind.ORDER, stage="unlocking") + corner.told(EventKind.ORDER, stage="opening")
        assert bool(corner.unlocks) <= bool(released)


def test_nobody_pays_for_more_than_the_shelves_have_lost() -> None:
    paid_mil = 0
    for seed in seeds():
        storm = Storm(1000 + seed)
        run_virtual(storm.day())
        for body in storm.corner.told(EventKind.ORDER, stage="settled", purpose="sale"):
            shelves = {each["shelf"]: each for each in body["evidence"]["shelves"]}
            for line in body["lines"]:
                before, after = (shelves[line["shelf"]][when]["grams"] for when in ("before", "after"))
                if before is not None:
                    assert before - after >= line["count"] * (FULL[line["sku"]][2] - 20) - 10, (seed, body)
                paid_mil += line["amount_mil"]
    assert paid_mil, "somebody buys"

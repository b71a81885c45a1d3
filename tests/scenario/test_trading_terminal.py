"""What a terminal beside the machine reports of an order: rounds of RFID tags, photos, what a camera saw thrown in."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.command import CommandKind
from gateway.model.event import EventKind
from gateway.site.load import load_site
from gateway.testing.clock import run_virtual
from tests.scenario.trading_place import SITES, Place
from tests.scenario.trading_side import GLASS, SLOT, Corner, with_more

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

OVERLOOKED = 0.1
ROUNDS = 3
SHELF = "fridge/slot"
SALE = {"user_ref": "u-7", "limit_mil": 50_000, "doors": [2]}
RFID = {"articles: [salad]": "rfid: true, articles: [salad]"}
BOTH = {
    "buses:\n": "buses:\n  - {name: more, link: {kind: serial, path: /dev/more, baud: 9600}}\n",
    "devices:\n  - {name: lock": (
        "devices:\n  - {name: extra, bus: more, profile: weigher/toledo_continuous, unit: 1}\n  - {name: lock"
    ),
    "articles: [salad]": "weigher: extra, rfid: true, articles: [salad]",
    "price_mil: 12000": "price_mil: 12000, unit_g: 300, tolerance_g: 10",
}
_numbers = itertools.count(1)


@dataclass
class Terminal:
    """A reader and a camera on site. It reads while an order looks or settles, and overlooks a tag now and then."""

    corner: Corner
    tags: set[str] = field(default_factory=lambda: {"T1", "T2", "T3"})
    chance: Random = field(default_factory=lambda: Random(5))  # noqa: S311 - repeatable misses, not secrets

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._read())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _read(self) -> None:
        while True:
            await asyncio.sleep(0.3)
            for trade in tuple(self.corner.desk.trades.values()) if self.corner.desk is not None else ():
                stage = trade.order.stage.value
                if stage in ("looking", "settling"):
                    found = [tag for tag in sorted(self.tags) if self.chance.random() > OVERLOOKED]
                    await self.say(trade.place, trade.order_id, shelf=SHELF, tags=found, stage=stage)

    async def say(self, place: str, order_id: str, **seen: object) -> Any:
        return await self.corner.ask(f"t-{next(_numbers)}", CommandKind.SEEN, place, order_id=order_id, **seen)


async def fill(corner: Corner, tags: list[str], **line: int) -> Any:
    """Have staff open the second door and declare what stands there."""
    name = f"r-{next(_numbers)}"
    corner.on_unlock = lambda _: visit(corner, lambda: None)
    await corner.ask(f"c-{name}", CommandKind.RESTOCK, "fridge", order_id=name, user_ref="s", doors=[2])
    await asyncio.sleep(6)
    said = {"shelf": SHELF, "sku": "salad", "found": 0, "added": 0, "removed": 0, "tags": tags} | line
    outcome = await corner.ask(f"d-{name}", CommandKind.DECLARE, "fridge", order_id=name, lines=[said])
    await asyncio.sleep(10)
    return outcome, next(corner.ends(name), None)


def visit(corner: Corner, act: Callable[[], object]) -> None:
    """Have somebody open the second door, do something, and shut it."""
    loop = asyncio.get_running_loop()
    loop.call_later(1.0, corner.open.add, SLOT)
    loop.call_later(2.0, act)
    loop.call_later(4.0, corner.open.discard, SLOT)


async def buy(corner: Corner, order_id: str, act: Callable[[], object]) -> dict[str, Any]:
    corner.on_unlock = lambda _: visit(corner, act)
    outcome = await corner.ask(f"c-{order_id}", CommandKind.PURCHASE, "fridge", order_id=order_id, **SALE)
    assert outcome.reason == "begun"
    await asyncio.sleep(40)
    (end,) = corner.ends(order_id)
    return end


def test_goods_whose_tags_are_gone_are_paid_for_though_the_reader_overlooks_some() -> None:
    async def act() -> None:
        corner = Corner(site=with_more(RFID))
        terminal = Terminal(corner)
        async with corner.edge(), terminal.reading():
            await asyncio.sleep(1)
            outcome, end = await fill(corner, ["T1", "T2", "T3"], added=3)
            assert outcome.state == "done"
            assert (end["stage"], end["tag_gaps"]) == ("settled", {})
            end = await buy(corner, "o-1", lambda: terminal.tags.discard("T2"))
            assert (end["stage"], end["amount_mil"], end["lines"][0]["count"]) == ("settled", 12_000, 1)
            end = await buy(corner, "o-2", lambda: None)
            assert (end["stage"], end["outcome"]) == ("settled", "nothing-taken")
            end = await buy(corner, "o-3", terminal.tags.clear)
            assert (end["stage"], end["amount_mil"]) == ("settled", 24_000)

    run_virtual(act())


def test_a_tag_that_nobody_has_declared_is_for_a_person_and_a_strange_one_too() -> None:
    async def act() -> None:
        corner = Corner(site=with_more(RFID))
        terminal = Terminal(corner)
        async with corner.edge(), terminal.reading():
            await asyncio.sleep(1)
            _outcome, end = await fill(corner, ["T1", "T2"], added=2)
            assert end["tag_gaps"] == {SHELF: {"unknown": ["T3"]}}
            assert ("fridge", "stock-difference") in corner.alarms()
            end = await buy(corner, "o-1", lambda: terminal.tags.discard("T3"))
            assert (end["stage"], end["amount_mil"], end["doubts"]) == ("review", 0, ["unexplained"])
            end = await buy(corner, "o-2", lambda: terminal.tags.add("X9"))
            assert (end["stage"], end["amount_mil"], end["doubts"]) == ("review", 0, ["foreign-object"])

    run_virtual(act())


@pytest.mark.parametrize("heavier", [True, False])
def test_tags_and_weight_have_to_agree(*, heavier: bool) -> None:
    async def act() -> None:
        corner = Corner(site=with_more(BOTH))
        corner.grams["extra"] = 900
        terminal = Terminal(corner)
        async with corner.edge(), terminal.reading():
            await asyncio.sleep(1)
            await fill(corner, ["T1", "T2", "T3"], added=3)

            def take() -> None:
                terminal.tags.discard("T1")
                corner.grams["extra"] -= 600 if heavier else 300

            end = await buy(corner, "o-1", take)
            if heavier:
                assert (end["stage"], end["amount_mil"], end["doubts"]) == ("review", 0, ["proofs-differ"])
            else:
                assert (end["stage"], end["amount_mil"]) == ("settled", 12_000)

    run_virtual(act())


def test_a_round_that_was_read_in_another_stage_counts_for_nothing() -> None:
    async def act() -> None:
        corner = Corner(site=with_more(RFID))
        terminal = Terminal(corner)
        async with corner.edge():
            async with terminal.reading():
                await asyncio.sleep(1)
                await fill(corner, ["T1", "T2", "T3"], added=3)
            corner.on_unlock = lambda _: visit(corner, terminal.tags.clear)
            corner.blind.add("lock")
            await asyncio.sleep(1)
            await corner.ask("c-1", CommandKind.PURCHASE, "fridge", order_id="o-1", **SALE)
            seen = {"shelf": SHELF, "tags": ["T1", "T2", "T3"], "stage": "looking"}
            assert (await terminal.say("fridge", "o-1", **seen)).reason == "too-early", "no door has been seen yet"
            corner.blind.clear()
            await asyncio.sleep(1)
            for _ in range(ROUNDS):
                assert (await terminal.say("fridge", "o-1", **seen)).state == "done"
            await asyncio.sleep(6)
            assert corner.stages("o-1")[-1] == "settling"
            assert (await terminal.say("fridge", "o-1", **seen)).reason == "too-late"
            seen = {"shelf": SHELF, "tags": [], "stage": "settling"}
            for _ in range(ROUNDS):
                await terminal.say("fridge", "o-1", **seen)
            await asyncio.sleep(2)
            (end,) = corner.ends("o-1")
            assert (end["stage"], end["amount_mil"]) == ("settled", 36_000)

    run_virtual(act())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"added": 2, "tags": ["T1"]}, "tags-differ"),
        ({"added": 2, "tags": None}, "tags-missing"),
        ({"added": 2, "tags": ["T1", "T1"]}, "named-twice"),
    ],
)
def test_staff_has_to_name_the_tags_of_what_stands_there(line: dict[str, Any], reason: str) -> None:
    async def act() -> None:
        corner = Corner(site=with_more(RFID))
        async with corner.edge(), Terminal(corner).reading():
            await asyncio.sleep(1)
            outcome, _end = await fill(corner, **{"tags": [], **line})
            assert (outcome.state, outcome.reason) == ("refused", reason)

    run_virtual(act())


def test_photos_are_kept_with_both_kinds_of_order() -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: throw_in(corner))
        terminal = Terminal(corner)
        async with corner.edge():
            await asyncio.sleep(1)
            await corner.ask("c-1", CommandKind.DEPOSIT, "glass", order_id="d-1", user_ref="u")
            await asyncio.sleep(5)
            assert (await terminal.say("glass", "d-1", photo="cam-1/0017.jpg")).state == "done"
            await asyncio.sleep(30)
            (end,) = corner.ends("d-1")
            assert (end["stage"], end["evidence"]["photos"]) == ("recorded", ["cam-1/0017.jpg"])
            assert (await terminal.say("glass", "d-1", photo="late.jpg")).reason == "not-running"
            corner.on_unlock = lambda _: None
            await corner.ask("c-2", CommandKind.PURCHASE, "fridge", order_id="o-1", **SALE)
            await asyncio.sleep(3)
            assert (await terminal.say("fridge", "o-1", photo="cam-2/4.jpg", category=None)).state == "done"
            assert (await terminal.say("fridge", "o-1", category="kitchen")).reason == "other-kind-of-order"
            assert (
                await terminal.say("fridge", "o-1", shelf=SHELF, tags=[], stage="looking")
            ).reason == "unknown-shelf"
            await asyncio.sleep(40)
            (end,) = corner.ends("o-1")
            assert end["evidence"]["photos"] == ["cam-2/4.jpg"]

    run_virtual(act())


def throw_in(corner: Corner) -> None:
    loop = asyncio.get_running_loop()

    def drop() -> None:
        corner.grams["floor"] += 2000

    loop.call_later(1.0, corner.open.add, GLASS)
    loop.call_later(3.0, drop)
    loop.call_later(9.0, corner.open.discard, GLASS)


@pytest.mark.parametrize(("category", "stage"), [("recyclable", "recorded"), ("kitchen", "review")])
def test_a_camera_that_saw_another_category_takes_the_points(category: str, stage: str) -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: throw_in(corner))
        async with corner.edge():
            await asyncio.sleep(1)
            await corner.ask("c-1", CommandKind.DEPOSIT, "glass", order_id="d-1", user_ref="u")
            await asyncio.sleep(6)
            assert (await Terminal(corner).say("glass", "d-1", category=category)).state == "done"
            await asyncio.sleep(30)
            (end,) = corner.ends("d-1")
            assert end["stage"] == stage
            assert bool(end["points"]) == (stage == "recorded")

    run_virtual(act())


def test_two_residents_at_one_door_the_second_is_refused_and_a_person_looks_at_the_first() -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: throw_in(corner))
        async with corner.edge():
            await asyncio.sleep(1)
            await corner.ask("c-1", CommandKind.DEPOSIT, "glass", order_id="d-1", user_ref="u")
            await asyncio.sleep(5)
            same = await corner.ask("c-2", CommandKind.DEPOSIT, "glass", order_id="d-2", user_ref="u")
            assert same.reason == "door-busy"
            other = await corner.ask("c-3", CommandKind.DEPOSIT, "glass", order_id="d-3", user_ref="v")
            assert (other.state, other.reason) == ("refused", "door-busy")
            await asyncio.sleep(30)
            (end,) = corner.ends("d-1")
            assert (end["stage"], end["points"], end["doubts"]) == ("review", 0, ["two-residents"])
            assert not corner.told(EventKind.ORDER, order_id="d-3")

    run_virtual(act())


def test_a_resident_who_identifies_while_staff_empties_the_bin_disturbs_nothing() -> None:
    async def act() -> None:
        corner = Corner()
        corner.grams["floor"] = 60_000
        async with corner.edge():
            await asyncio.sleep(1)
            await corner.ask("c-1", CommandKind.COLLECTION, "glass", order_id="k-1", user_ref="s")

            def empty() -> None:
                corner.grams["floor"] = 12_000

            await corner.walk(4.0, lambda: corner.open.add(GLASS), empty)
            assert (
                await corner.ask("c-2", CommandKind.DEPOSIT, "glass", order_id="d-1", user_ref="v")
            ).reason == "door-busy"
            corner.open.clear()
            await asyncio.sleep(30)
            (end,) = corner.ends("k-1")
            assert (end["stage"], end["collected_g"]) == ("recorded", 48_000)

    run_virtual(act())


def test_the_tags_of_simulated_goods_are_what_a_reader_finds(tmp_path: Path) -> None:
    text = (SITES / "cabinet_row.yaml").read_text()
    old = "weigher: cabinet-01-shelf-1, articles: [cola-330]"
    assert old in text
    file = tmp_path / "row.yaml"
    file.write_text(text.replace(old, old.replace("articles", "rfid: true, articles")))

    async def act() -> None:
        place = Place(load_site(file), tmp_path)
        async with place.running():

            def tags() -> list[str]:
                return sorted(place.truth("cabinet-01", 1)["shelves"]["cabinet-01-shelf-1"]["tags"])

            async def read(order_id: str, stage: str) -> None:
                said: list[str] = []
                while said.count("") < ROUNDS:
                    seen = {"shelf": "cabinet-01/cola", "tags": tags(), "stage": stage}
                    outcome = await place.ask(CommandKind.SEEN, "cabinet-01", order_id=order_id, **seen)
                    said.append(outcome.reason)
                    assert len(said) < 50, said
                    await asyncio.sleep(0.3)

            place.inject("cabinet-01/outlet-01", "takes=0")
            await place.ask(CommandKind.RESTOCK, "cabinet-01", order_id="stock", user_ref="s", doors=[1])
            await read("stock", "looking")
            there = tags()
            lines = [{"shelf": "cabinet-01/cola", "sku": "cola-330", "found": len(there), "tags": there}]
            await place.ask(CommandKind.DECLARE, "cabinet-01", order_id="stock", lines=lines)
            await asyncio.sleep(9)
            await read("stock", "settling")
            assert (await place.end("stock"))["tag_gaps"] == {}
            place.inject("cabinet-01/outlet-01", "takes=2,back=1")
            args = {"order_id": "o-1", "user_ref": "u", "limit_mil": 50_000, "doors": [1]}
            await place.ask(CommandKind.PURCHASE, "cabinet-01", **args)
            await read("o-1", "looking")
            await asyncio.sleep(9)
            await read("o-1", "settling")
            end = await place.end("o-1")
            assert (end["stage"], end["amount_mil"]) == ("settled", 3500), end

    run_virtual(act())

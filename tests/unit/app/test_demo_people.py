"""The demo's people, in virtual time and before a cabinet and a bin of paper."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.app.demo_estate import community_of
from gateway.app.demo_people import FULL_G, SALES, THROWS, People
from gateway.app.demo_picture import Picture
from gateway.site.load import load_site
from gateway.testing.clock import run_virtual
from simulators.estate.directory import Directory
from simulators.estate.injection import read_injection

if TYPE_CHECKING:
    from collections.abc import Callable

SITE = load_site(Path("configs/sites/demo.yaml"))
DIRECTORY = Directory.of(SITE)


class Paper:
    """Hands and back end at once: what people did and ordered; each order is over as soon as it is waited for."""

    def __init__(self, *, taken: int = 0, content_g: float = 0.0, refuses: str = "") -> None:
        self.done: list[tuple[str, str]] = []
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.picture = Picture(community_of(SITE))
        self._taken, self._content_g, self._refuses = taken, content_g, refuses

    async def do(self, target: str, what: str) -> None:
        read_injection(target, what, DIRECTORY)  # raises for what the simulator would not take
        if what != "clear":
            self.done.append((target, what))

    async def outlet(self, path: str) -> dict[str, Any]:
        shelf = next((shelf.weigher for shelf in self.picture.community.shelves if shelf.door == path), "")
        there = {"pieces": 12 - self._taken, "taken_g": [352.0] * self._taken}
        return {"shelves": {shelf: there}, "content_g": self._content_g}

    async def ask(self, kind: str, target: str, args: dict[str, Any]) -> str:
        self.asked.append((kind, target, args))
        return self._refuses

    async def until(self, holds: Callable[[], bool], within_s: float) -> bool:
        self.picture.finals |= {args["order_id"]: "" for _, _, args in self.asked}
        assert holds()
        return within_s > 0

    def lets_pass(self, seconds: float) -> Paper:
        """Let people come for so long."""
        people = People(self.picture, self, self)  # type: ignore[arg-type]  # what it needs of both

        async def passes() -> None:
            stories = [asyncio.ensure_future(story) for story in people.stories()]
            await asyncio.wait(stories, timeout=seconds)
            for story in stories:
                story.cancel()
            await asyncio.gather(*stories, return_exceptions=True)

        run_virtual(passes())
        return self

    def kinds(self, target: str) -> list[str]:
        return [kind for kind, at, _ in self.asked if at == target]


def test_before_anything_is_sold_staff_declares_what_stands_there() -> None:
    day = Paper(taken=3).lets_pass(0.5)
    assert day.kinds("cabinet-01") == ["restock", "declare"]
    lines = [line for kind, _, args in day.asked if kind == "declare" for line in args["lines"]]
    assert [(line["shelf"], line["sku"]) for line in lines] == [
        ("cabinet-01/cola", "cola-330"),
        ("cabinet-01/water", "water-550"),
    ]
    assert {(line["found"], line["added"]) for line in lines} == {(9, 3)}
    assert [what for target, what in day.done if target.startswith("cabinet-01")] == ["puts-back=3"] * 2


def test_people_buy_in_every_way_and_staff_comes_again() -> None:
    day = Paper().lets_pass(len(SALES) + 1.5)
    assert day.kinds("cabinet-01") == ["restock", "declare", *["purchase"] * len(SALES), "restock", "declare"]
    assert {visit.does for visit in SALES} <= {what for _, what in day.done}
    sold = [args for kind, _, args in day.asked if kind == "purchase"]
    assert [args["doors"] for args in sold] == [[1], [2], [1], [2]]
    assert len({args["order_id"] for args in sold}) == len(SALES)


def test_people_throw_in_every_way_at_each_bin_and_nobody_comes_twice() -> None:
    day = Paper().lets_pass(len(THROWS) + 2.6)
    for name, door in (("recyclable", "bins/outlet-01"), ("kitchen", "bins/outlet-02")):
        assert set(day.kinds(name)) == {"deposit"}
        assert {what for target, what in day.done if target == door} == {visit.does for visit in THROWS}
    people = [args["user_ref"] for kind, _, args in day.asked if kind == "deposit"]
    assert len(set(people)) == len(people)  # a station lets nobody come again within a minute


def test_a_full_bin_is_emptied() -> None:
    day = Paper(content_g=FULL_G + 500).lets_pass(4.5)
    assert day.kinds("kitchen") == ["deposit", "collection"]
    assert ("bins/outlet-02", "throws=0g,out=20500g") in day.done


def test_a_refusal_is_shown_and_the_next_one_comes() -> None:
    day = Paper(refuses="stop-sale").lets_pass(1.4)
    assert day.kinds("cabinet-01") == ["restock", "declare", "purchase"]
    assert ("refused", {"place": "cabinet-01", "order": "purchase", "reason": "stop-sale"}) in day.picture.events

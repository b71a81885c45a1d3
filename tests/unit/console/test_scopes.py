"""Who looks at one part hears of that part, encoded once for all who look at it; nobody takes one part for another."""

from __future__ import annotations

import gzip
import json
from typing import Any

from gateway.console import live as module
from gateway.console.scopes import PARTS_MOST, Scopes


class Parts:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.number = 0

    def documents(self, name: str) -> dict[str, Any]:
        self.asked.append(name)
        return {"f/broker": {"number": self.number}} | ({f"o/{name}/x/y": {"number": self.number}} if name else {})


def scopes(parts: Parts) -> Scopes:
    return Scopes(parts, lambda: None, lambda: 0)


def snapshot(found: Scopes, scope: str) -> dict[str, Any]:
    return dict(json.loads(gzip.decompress(found.live(scope).snapshot())))


def test_each_part_has_its_own_documents() -> None:
    found = scopes(Parts())
    assert snapshot(found, "")["documents"].keys() == {"f/broker"}
    assert snapshot(found, "a/b")["documents"].keys() == {"f/broker", "o/a/b/x/y"}


async def test_one_text_for_all_who_look_at_a_part_and_none_for_a_part_that_nobody_looks_at() -> None:
    parts = Parts()
    found = scopes(parts)
    after = snapshot(found, "a/b")["revision"]
    snapshot(found, "")
    viewers = [found.live("a/b").listen(after) for _ in range(2)]
    assert [await anext(viewer) for viewer in viewers] == [module.ALIVE] * 2
    assert found.viewers == 2
    parts.number = 1
    for live in found._lives.values():
        if live.viewers:
            live.look()
    first, second = [await anext(viewer) for viewer in viewers]
    assert first is not module.ALIVE
    assert first == second
    assert parts.asked.count("") == 1
    for viewer in viewers:
        await viewer.aclose()  # type: ignore[attr-defined]  # a generator


async def test_a_part_that_was_dropped_meanwhile_starts_anew_for_who_comes_back() -> None:
    found = scopes(Parts())
    after = snapshot(found, "a/b")["revision"]
    for number in range(PARTS_MOST + 1):
        snapshot(found, f"s{number}/b")
    assert len(found._lives) <= PARTS_MOST
    viewer = found.live("a/b").listen(after)
    assert [await anext(viewer), await anext(viewer)] == [module.ALIVE, module.AGAIN]

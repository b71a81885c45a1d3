"""While field's memory is not whole, a latch that only edge remembers stays in edge's copy."""

from __future__ import annotations

import json
from typing import Any

from gateway.edge.book import PROTECTION, Book
from gateway.edge.places import Places
from gateway.edge.remembered import merged
from gateway.model.event import Event, EventKind
from gateway.wire.messages import MEMORY_ADDED, Snapshot
from tests.scenario.house import shipped_shed

SITE = shipped_shed()
KEPT: dict[str, Any] = {"version": 1, "piles": {"pile-01": {"latched": ["smoke"], "outlets": {}}}}
TOLD: dict[str, Any] = {
    "version": 1,
    "piles": {"pile-01": {"latched": [], "outlets": {"1": {"latched": ["definite-time"], "rejected": None}}}},
}


def told(what: str, number: int) -> Event:
    return Event(id=f"b-{number}", kind=EventKind.GATEWAY, target="line-1", at_s=1.0, body={"what": what})


def test_a_latch_in_either_copy_is_a_latch() -> None:
    both = merged(KEPT, TOLD)["piles"]["pile-01"]
    assert both["latched"] == ["smoke"]
    assert both["outlets"]["1"] == {"latched": ["definite-time"], "rejected": None}
    assert merged(TOLD, KEPT)["piles"]["pile-01"]["outlets"]["1"]["latched"] == ["definite-time"]
    rejected = {"piles": {"p": {"latched": [], "outlets": {"2": {"latched": [], "rejected": "inverse-time"}}}}}
    assert merged(rejected, {"piles": {"p": {}}})["piles"]["p"]["outlets"]["2"]["rejected"] == "inverse-time"


def test_what_nobody_can_read_takes_nothing_away() -> None:
    assert merged({}, TOLD)["piles"]["pile-01"]["outlets"]["1"]["latched"] == ["definite-time"]
    odd: dict[str, Any] = {"piles": {"pile-01": 3, "pile-02": {"latched": "smoke", "outlets": [1]}}}
    assert merged(KEPT, odd)["piles"]["pile-01"]["latched"] == ["smoke"]


def test_the_copy_is_added_to_until_field_has_taken_it_and_then_follows_field() -> None:
    book = Book(SITE, "m", {PROTECTION + "line-1": json.dumps(KEPT).encode()})
    book.take_snapshot(Snapshot(had_memory=False), Places((), book.models), "stream-1")
    stored = book.apply(told("something", 1), {"line-1": TOLD})[PROTECTION + "line-1"]
    assert json.loads(stored or b"")["piles"]["pile-01"]["latched"] == ["smoke"]
    assert book.protection["line-1"]["piles"]["pile-01"]["outlets"]["1"]["latched"] == ["definite-time"]
    book.apply(told(MEMORY_ADDED, 2), {"line-1": merged(KEPT, TOLD)})
    book.apply(told("something", 3), {"line-1": TOLD})
    assert book.protection["line-1"] == TOLD, "a person has reset it"


def test_the_copy_of_a_field_that_remembers_is_what_field_says() -> None:
    book = Book(SITE, "m", {PROTECTION + "line-1": json.dumps(KEPT).encode()})
    book.take_snapshot(Snapshot(had_memory=True, protection={"line-1": TOLD}), Places((), book.models), "stream-1")
    book.apply(told("something", 1), {"line-1": TOLD})
    assert book.protection["line-1"] == TOLD

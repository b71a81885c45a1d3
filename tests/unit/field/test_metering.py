"""What field tells of the registers: enough to know a run's energy later, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.field.events import Events
from gateway.field.grants import GrantBook
from gateway.field.metering import EVERY_S, OFF_S, Metering
from gateway.model.command import Grant
from gateway.wire.messages import decode_event
from gateway.wire.outbox import EVENT_RING, Outbox

OUTLET = "pile-01/outlet-01"


class Bench:
    """One outlet, a grant now and then, and what was told."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.outbox = Outbox("stream")
        self.events = Events(boot="one", outbox=self.outbox, memory=None, wake=lambda: None, now=lambda: self.now_s)
        self.grants = GrantBook()
        self.metering = Metering(events=self.events, outbox=self.outbox, grants=self.grants, now=lambda: self.now_s)

    def read(self, wh: float, *, after_s: float = 10.0, age_s: float = 0.0) -> None:
        self.now_s += after_s
        self.metering.read(OUTLET, wh, self.now_s - age_s)

    def on(self, order_id: str = "o-1", *, found: bool = False) -> None:
        self.grants.take(Grant(outlet=OUTLET, order_id=order_id, until_s=1e6), self.now_s, adopt=True)
        if not found:
            self.metering.started(OUTLET, order_id)

    def off(self) -> None:
        ended = self.grants.end(OUTLET)
        assert ended is not None
        self.metering.ended(OUTLET, ended.grant.order_id)

    @property
    def told(self) -> list[tuple[str, float]]:
        return [(body["metered"], body["register_wh"]) for body in self.bodies]

    @property
    def bodies(self) -> list[Any]:
        self.events.settle()
        return [decode_event(text)[0].body for _, text in self.outbox.unacknowledged]


def test_a_run_is_told_from_before_its_on_to_after_its_off() -> None:
    bench = Bench()
    bench.read(500)
    bench.on()
    bench.read(500)
    bench.read(502)
    for wh in (504, 506, 508):
        bench.read(wh)
    bench.off()
    bench.read(509, after_s=OFF_S / 2)
    bench.read(510)
    bench.read(510)
    assert bench.told == [("on", 500), ("runs", 502), ("runs", 508), ("off", 510)]
    assert {body["order_id"] for body in bench.bodies} == {"o-1"}


def test_a_reading_says_how_old_it_is() -> None:
    bench = Bench()
    bench.read(500, age_s=0.5)
    bench.now_s += 4.0
    bench.on()
    assert bench.bodies[0]["age_s"] == 4.5


def test_one_reading_every_so_often_while_it_changes() -> None:
    bench = Bench()
    bench.read(500)
    bench.on()
    for tenth in range(1, 181):
        bench.read(500 + tenth)
    told = [wh for _, wh in bench.told]
    assert told == [500, 501, *range(501 + round(EVERY_S / 10), 681, round(EVERY_S / 10))]
    for _ in range(180):
        bench.read(680)
    assert len(bench.told) == len(told) + 1


def test_a_process_that_finds_a_grant_tells_the_next_reading() -> None:
    bench = Bench()
    bench.on(found=True)
    bench.read(700)
    bench.read(700)
    assert bench.told == [("on", 700)]


def test_the_next_run_does_not_begin_with_what_was_read_before_the_off_of_the_last() -> None:
    bench = Bench()
    bench.read(500)
    bench.on()
    bench.read(520)
    bench.off()
    bench.on("o-2")
    bench.read(530, after_s=0.5)
    assert bench.bodies[-1] == {"metered": "on", "order_id": "o-2", "register_wh": 530, "age_s": 0.0}
    bench.read(540)
    assert [body["order_id"] for body in bench.bodies] == ["o-1", "o-1", "o-2", "o-2"]


@pytest.mark.parametrize("is_full", [False, True])
def test_how_it_goes_leaves_room_for_what_happens(is_full: bool) -> None:  # noqa: FBT001 - the two cases
    bench = Bench()
    bench.read(500)
    bench.on()
    for _ in range(EVENT_RING // 2 if is_full else 10):
        bench.outbox.event(b'{"id":"x","kind":"device","target":"a","at_s":0,"body":{"metered":"","register_wh":0}}')
    bench.read(501)
    bench.off()
    bench.read(502)
    assert [told for told in bench.told if told[0]] == [("on", 500), ("runs", 501), ("off", 502)]
    assert len([told for told in bench.told if told[0]]) == 3


def test_an_outlet_without_a_register_is_told_nothing_of() -> None:
    bench = Bench()
    bench.on()
    bench.off()
    assert bench.told == []

"""What was too warm for too long, or is past its date, is not sold; and what has been stopped stays so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.orders.clock import HELD, UNSET, Now
from gateway.orders.purchase.health import (
    Climate,
    Health,
    Rules,
    Stop,
    defrost_began,
    defrosted,
    power_up,
    serviced,
    watch,
)
from gateway.orders.purchase.shelf import Batch
from tests.unit.orders.purchase.shop import COLA, SCALE

CHILLED = Rules(climate=Climate.CHILLED)
FROZEN = Rules(climate=Climate.FROZEN)
AMBIENT = Rules(climate=Climate.AMBIENT)
TS_MS = 1_800_000_000_000


def moment(minutes: float, clock: int = HELD) -> Now:
    at_ms = round(minutes * 60_000)
    return Now(at_ms=at_ms, ts_ms=TS_MS + at_ms, clock=clock)


class Watch:
    """A shelf looked at once a minute."""

    def __init__(self, rules: Rules = CHILLED) -> None:
        self.rules = rules
        self.minute = 0.0
        self.health = power_up(moment(0))

    def __call__(self, read_c: float | None, minutes: float = 1, *, is_open: bool = False) -> set[Stop]:
        until = self.minute + minutes
        while self.minute < until:
            self.minute += 1
            look = moment(self.minute)
            self.health = watch(self.health, SCALE, self.rules, look, read_c=read_c, is_open=is_open)
        return set(self.health.stops)


def test_half_an_hour_after_power_up_it_has_to_be_cold() -> None:
    late, early = Watch(), Watch()
    assert late(9.0, 29) == set()
    assert late(9.0) == {Stop.NOT_RECOVERED}
    early(9.0, 29)
    assert early(5.0) == set()
    assert early(5.0, 60) == set()


@pytest.mark.parametrize(
    ("rules", "cold_c"), [(CHILLED, 5.0), (FROZEN, -18.0), (Rules(climate=Climate.CHILLED, limit_c=8.0), 8.0)]
)
def test_never_warmer_than_its_class_for_more_than_a_quarter_of_an_hour(rules: Rules, cold_c: float) -> None:
    shelf = Watch(rules)
    shelf(cold_c)
    assert shelf(cold_c + 0.1, 16) == set()
    assert shelf(cold_c + 0.1) == {Stop.TOO_WARM}
    assert shelf(cold_c, 600) == {Stop.TOO_WARM}, "cold again is not good again"
    assert shelf.health.warmest_c == cold_c + 0.1


def test_cold_in_between_begins_the_quarter_of_an_hour_anew() -> None:
    shelf = Watch()
    shelf(4.0)
    for _ in range(5):
        assert shelf(6.0, 10) == set()
        assert shelf(5.0) == set()


def test_an_open_door_stops_the_clock_but_not_for_ever() -> None:
    shelf = Watch()
    shelf(4.0)
    shelf(6.0, 10)
    assert shelf(7.0, 10, is_open=True) == set()
    assert shelf(6.0, 5) == set()
    assert shelf(6.0, 2) == {Stop.TOO_WARM}, "shut for more than a quarter of an hour in all"
    shelf = Watch()
    shelf(4.0)
    assert shelf(7.0, 31, is_open=True) == set()
    assert shelf(7.0, is_open=True) == {Stop.TOO_WARM}, "no door excuses half an hour"


def test_a_defrost_gives_half_an_hour_from_its_end_and_forgives_nothing() -> None:
    shelf = Watch()
    shelf(4.0)
    shelf(8.0, 14)
    shelf.health = defrost_began(shelf.health, moment(shelf.minute))
    assert shelf(8.0, 20) == set()
    shelf.health = defrosted(shelf.health, moment(shelf.minute))
    assert shelf(8.0, 29) == set()
    assert shelf(8.0) == {Stop.NOT_RECOVERED}
    assert defrosted(shelf.health, moment(99)).stops == {Stop.NOT_RECOVERED}


def test_a_defrost_that_finds_the_air_still_cold_has_its_time_all_the_same() -> None:
    shelf = Watch()
    shelf(4.0)
    shelf.health = defrost_began(shelf.health, moment(shelf.minute))
    shelf(4.0, 2)
    assert shelf(8.0, 20) == set()
    shelf.health = defrosted(shelf.health, moment(shelf.minute))
    assert shelf(4.0) == set()
    assert shelf(8.0, 15) == set()
    assert shelf(8.0, 2) == {Stop.TOO_WARM}, "cold once, then warm: the usual quarter of an hour"


def test_a_defrost_that_never_ends_and_defrosts_without_cold_in_between_stop_the_sale() -> None:
    stuck = Watch()
    stuck(4.0)
    stuck.health = defrost_began(stuck.health, moment(stuck.minute))
    assert stuck(8.0, 29) == set()
    assert stuck(8.0, 2) == {Stop.NOT_RECOVERED}
    again = Watch()
    again(4.0)
    for minutes in (20, 25):
        again.health = defrost_began(again.health, moment(again.minute))
        again(8.0, minutes)
        again.health = defrosted(again.health, moment(again.minute))
    assert again(8.0, 6) == {Stop.NOT_RECOVERED}


def test_only_a_service_lifts_a_stop_and_no_restart_does() -> None:
    shelf = Watch()
    shelf(20.0, 31)
    assert shelf.health.stops == {Stop.NOT_RECOVERED}
    again = power_up(moment(shelf.minute), shelf.health)
    assert (set(again.stops), again.warmest_c) == ({Stop.NOT_RECOVERED}, 20.0)
    assert serviced(moment(shelf.minute)) == Health(
        seen_ms=shelf.health.seen_ms, read_ms=shelf.health.seen_ms, recovering_ms=shelf.health.seen_ms
    )


def test_a_thermometer_that_is_silent_proves_no_cold_and_comes_back() -> None:
    shelf = Watch()
    shelf(4.0)
    assert shelf(None, 15) == set()
    assert shelf(None) == {Stop.NO_TEMPERATURE}
    assert shelf(4.0) == set()


def test_warm_and_then_silent_is_still_warm() -> None:
    shelf = Watch()
    shelf(4.0)
    shelf(9.0)
    assert shelf(None, 16) == {Stop.TOO_WARM, Stop.NO_TEMPERATURE}


def test_what_needs_no_cold_is_never_too_warm() -> None:
    assert Watch(AMBIENT)(35.0, 120) == set()
    assert Watch(AMBIENT)(None, 120) == set()


@pytest.mark.parametrize(
    ("batches", "clock", "stops"),
    [
        ((Batch(count=1),), UNSET, set()),
        ((Batch(count=1, expires_ts_ms=TS_MS + 60_001),), HELD, set()),
        ((Batch(count=1, expires_ts_ms=TS_MS + 60_000),), HELD, {Stop.EXPIRED}),
        ((Batch(count=0, expires_ts_ms=TS_MS), Batch(count=1)), HELD, set()),
        ((Batch(count=9, expires_ts_ms=TS_MS * 2), Batch(count=1, expires_ts_ms=TS_MS)), HELD, {Stop.EXPIRED}),
        ((Batch(count=1, expires_ts_ms=TS_MS * 2),), UNSET, {Stop.DATE_UNKNOWN}),
    ],
)
def test_one_expired_piece_stops_the_shelf(batches: tuple[Batch, ...], clock: int, stops: set[Stop]) -> None:
    shelf = replace(SCALE, stock=(replace(COLA, batches=batches),))
    seen = watch(power_up(moment(0)), shelf, AMBIENT, moment(1, clock), read_c=None, is_open=False)
    assert seen.stops == stops
    emptied = watch(seen, replace(shelf, stock=(COLA,)), AMBIENT, moment(2), read_c=None, is_open=False)
    assert emptied.stops == set(), "who takes the expired goods out lifts it"

"""Attempts to leave an outlet on unseen: lines and piles that go and come back, readings that lie or stand still."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.scenario.attack import OVERLOAD_A, Stubborn, cut_after_ms, until
from tests.scenario.test_house import OUTLET, POSITION, SETTLED_S, UNIT, charge, charging, now_s, play

if TYPE_CHECKING:
    from tests.scenario.house import Running


def test_a_trip_whose_link_goes_with_its_off_is_sent_first_when_the_link_is_back() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        shed.bank.amps[UNIT, POSITION] = OVERLOAD_A
        await until(lambda: shed.told("trip", stage="tripped"))
        shed.line.lose("unplugged")
        await asyncio.sleep(30.0)
        back_s = now_s()
        shed.line.refuse = ""
        await asyncio.sleep(4.0)
        assert cut_after_ms(shed, (UNIT, POSITION), back_s) <= 2000 + shed.bound_ms  # the link is tried every 2 s
        assert shed.bank.coils[UNIT, POSITION] == 0

    play(story)


def test_a_pile_that_returns_overloaded_is_cut_off_within_the_bound_of_its_first_answer() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        shed.bank.silent.add(UNIT)
        await asyncio.sleep(60.0)
        shed.bank.amps[UNIT, POSITION] = OVERLOAD_A
        shed.bank.silent.clear()
        back_s = now_s()
        await asyncio.sleep(12.0)
        first_s = next(h.end_s for h in shed.line.heard if h.frame[0] == UNIT and h.end_s > back_s)
        assert cut_after_ms(shed, (UNIT, POSITION), first_s) <= shed.bound_ms

    play(story)


def test_a_pile_that_starts_anew_ends_its_grants() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        shed.bank.coils.clear()
        shed.bank.watt_hours.clear()
        await asyncio.sleep(15.0)
        assert [e["body"]["reason"] for e in shed.told("order", stage="ended")] == ["opened-by-device"]
        assert not shed.house.field.arbiter.explains(OUTLET)

    play(story)


@pytest.mark.parametrize("claim", [0, 0xFFF])
def test_a_relay_that_reads_back_wrongly_changes_no_cutoff(claim: int) -> None:
    bank = Stubborn()

    async def story(shed: Running) -> None:
        await charging(shed)
        bank.claims[UNIT] = claim
        await asyncio.sleep(1.0)
        stepped_s = now_s()
        bank.amps[UNIT, POSITION] = OVERLOAD_A
        await asyncio.sleep(3.0)
        assert cut_after_ms(shed, (UNIT, POSITION), stepped_s) <= shed.bound_ms

    play(story, bank)


def test_a_current_beyond_what_its_meter_can_mean_opens_the_outlet() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        stepped_s = now_s()
        shed.bank.amps[UNIT, POSITION] = 500.0
        await asyncio.sleep(5.0)
        assert cut_after_ms(shed, (UNIT, POSITION), stepped_s) <= 3000

    play(story)


def test_every_second_reading_unusable_still_trips() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        stepped_s = now_s()
        for _ in range(60):
            shed.bank.amps[UNIT, POSITION] = 500.0 if shed.bank.amps[UNIT, POSITION] == OVERLOAD_A else OVERLOAD_A
            await asyncio.sleep(0.06)
        assert cut_after_ms(shed, (UNIT, POSITION), stepped_s) <= 2000

    play(story)


def test_energy_that_wraps_ends_an_order_at_its_limit_all_the_same() -> None:
    async def story(shed: Running) -> None:
        shed.bank.watt_hours[UNIT, POSITION] = 0xFFFFFFFF - 20
        shed.bank.amps[UNIT, POSITION] = 3.0
        await asyncio.sleep(SETTLED_S)
        charge(shed, max_wh=50)
        for _ in range(90):
            await asyncio.sleep(1.0)
            energy = shed.bank.watt_hours[UNIT, POSITION] + 1
            shed.bank.watt_hours[UNIT, POSITION] = energy & 0xFFFFFFFF
        assert [e["body"]["reason"] for e in shed.told("order", stage="ended")] == ["set-limit"]

    play(story)


def test_heartbeat_and_currents_that_stand_still_open_what_draws() -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        await asyncio.sleep(300.0)
        tripped = shed.told("trip", stage="tripped")
        assert [cause["element"] for event in tripped for cause in event["body"]["causes"]][:1] == ["sight"]
        assert shed.bank.coils[UNIT, POSITION] == 0

    play(story)

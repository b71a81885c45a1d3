"""A simulated shed on real terminals, whose metered feed is cut off by its contactors: values and order, no times."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.app.field import FieldHouse
from gateway.model.command import Command, CommandKind, Grant, Origin
from gateway.site.load import load_site
from simulators.estate.estate import start_estate
from tests.realtime.hearing import comes, told

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.realtime

OUTLET = "pile/outlet-02"
SITE = """
site: shed
buses:
  - {name: piles, link: {kind: serial, path: "sim://piles", baud: 9600}}
  - {name: feed, link: {kind: serial, path: "sim://feed", baud: 9600}}
devices:
  - name: pile
    bus: piles
    profile: pile/generic_pile_12
    unit: 1
    upstream: {device: contactors, channel: 1}
    protection: {pickup_a: null, inverse: null, thermal: null, total_pickup_a: null, max_power_w: null}
  - {name: contactors, bus: feed, profile: relay/waveshare_relay_8, unit: 1}
  - name: feeder
    bus: feed
    profile: meter/eastron_sdm630
    unit: 2
    feeds: [pile]
    opens: [{device: contactors, channel: 1}]
    protection: {pickup_a: 15}
"""


async def starts(house: FieldHouse, order: str) -> str:
    """Start an order; where field has not yet read how everything stands, try again. Return the last word."""
    for attempt in range(20):
        until_s, wish = asyncio.get_running_loop().time() + 600, f"{order}-{attempt}"
        house.field.arbiter.grant(Grant(outlet=OUTLET, order_id=order, until_s=until_s), wish)
        assert await comes(lambda wish=wish: told(house, "outcome", id=wish))  # type: ignore[misc]
        (outcome,) = told(house, "outcome", id=wish)
        if outcome["state"] == "done":
            return "done"
        await asyncio.sleep(0.5)
    return str(outcome["reason"])


async def resets(house: FieldHouse, target: str) -> bool:
    """Reset what may have to be seen open first."""
    for attempt in range(20):
        wish = f"reset-{target}-{attempt}"
        args = {"by": "a person", "reason": "looked at it"}
        house.field.command(Command(id=wish, kind=CommandKind.RESET, target=target, origin=Origin.LOCAL, args=args))
        assert await comes(lambda wish=wish: told(house, "outcome", id=wish))  # type: ignore[misc]
        if told(house, "outcome", id=wish)[0]["state"] == "done":
            return True
        await asyncio.sleep(0.5)
    return False


async def test_an_overcurrent_through_the_meter_opens_the_contactor_and_a_person_closes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    file = tmp_path / "shed.yaml"
    file.write_text(SITE, encoding="utf-8")
    with start_estate(load_site(file)) as estate:
        house = FieldHouse(load_site(file, links=estate.paths), boot="test")
        task = asyncio.create_task(house.run())

        def closed() -> bool:
            return bool(estate.control.outlets("contactors")[0]["closed"])

        try:
            estate.control.inject(OUTLET, "plug-in")
            assert await starts(house, "order-1") == "done"
            assert closed()
            estate.control.inject(OUTLET, "overload=25A")
            assert await comes(lambda: told(house, "trip", stage="tripped"))
            assert await comes(lambda: not closed())
            (trip,) = told(house, "trip", stage="tripped")
            assert trip["behind"] == ["pile"]
            assert await comes(lambda: told(house, "trip", stage="recorded"))
            (record,) = told(house, "trip", stage="recorded")
            assert record["verified"] == {"feeder/outlet-01": True}
            print(f"measured {record['measured_ms']} ms, bound {record['bound_ms']} ms")
            assert [body["reason"] for body in told(house, "order", stage="ended")] == ["tripped"]
            estate.control.inject(OUTLET, "plug-out")
            assert await resets(house, "feeder")
            assert await resets(house, "contactors/outlet-01")
            assert await comes(closed)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

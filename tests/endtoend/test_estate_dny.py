"""Simulated DNY piles on a real terminal and over real TCP, served by a real field: values and order, no times."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import TYPE_CHECKING

import pytest

from gateway.app.field import FieldHouse
from gateway.model.command import Command, CommandKind, Grant, Origin
from gateway.site.load import load_site
from simulators.estate.estate import start_estate
from tests.realtime.hearing import comes, told

if TYPE_CHECKING:
    from pathlib import Path

    from simulators.estate.estate import Estate

pytestmark = pytest.mark.endtoend

OUTLET = "pile/outlet-02"
SERIAL = '{kind: serial, path: "sim://piles", baud: 9600}'
SITE = """
site: shed
buses: [{{name: piles, link: {link}}}]
devices: [{{name: pile, bus: piles, profile: pile/ap3000_12, unit: 117441746, protection: {{max_power_w: 600}}}}]
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@pytest.mark.lasting
@pytest.mark.parametrize("way", ["pty", "tcp"])
async def test_a_pile_is_started_stopped_by_its_number_cut_off_by_itself_and_found_again(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    file = tmp_path / "shed.yaml"
    link = SERIAL if way == "pty" else f"{{kind: dial-in, port: {free_port()}}}"
    file.write_text(SITE.format(link=link), encoding="utf-8")
    with start_estate(load_site(file)) as estate:
        house = FieldHouse(load_site(file, links=estate.paths), boot="test", known_time_s=lambda: 1_795_000_000)
        task = asyncio.create_task(house.run())
        try:
            await plays(house, estate)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def starts(house: FieldHouse, order: str) -> bool:
    """Start an order as edge does; where field has not yet heard how the outlets stand, try again."""
    for attempt in range(20):
        until_s, wish = asyncio.get_running_loop().time() + 600, f"{order}-{attempt}"
        house.field.arbiter.grant(Grant(outlet=OUTLET, order_id=order, until_s=until_s, device_order_no=order), wish)
        assert await comes(partial(told, house, "outcome", id=wish))
        (outcome,) = told(house, "outcome", id=wish)
        if outcome["state"] == "done":
            return True
        await asyncio.sleep(0.5)
    return False


async def plays(house: FieldHouse, estate: Estate) -> None:
    def closed() -> bool:
        return bool(estate.control.outlets("pile")[1]["closed"])

    (bus,) = estate.paths
    assert await comes(lambda: told(house, "device", report="registered"))
    estate.control.inject(OUTLET, "plug-in")
    estate.control.inject("pile", "flip=3,times=2")
    assert await starts(house, "order-1")
    assert await comes(closed)
    stop = Command(id="stop", kind=CommandKind.STOP, target=OUTLET, origin=Origin.LOCAL)
    house.field.arbiter.submit(stop)
    assert await comes(lambda: not closed())
    assert await comes(lambda: told(house, "device", report="settlement", number="order-1", reason="server"))
    assert await starts(house, "order-2")
    assert await comes(closed)
    estate.control.inject(OUTLET, "overload=5A")
    assert await comes(lambda: not closed())
    assert await comes(lambda: told(house, "device", report="settlement", number="order-2", reason="overload"))
    estate.control.inject(bus, "unplug=1s")
    assert await comes(lambda: told(house, "alarm", alarm="link-down", active=True))
    assert await comes(lambda: told(house, "alarm", alarm="link-down", active=False)) or bus == "piles"

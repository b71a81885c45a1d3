"""What was measured at one outlet comes back from the log, and of no other outlet, device or time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.app.console_readings import LocalReadings
from gateway.console.buckets import Buckets
from gateway.model.device import Order, Point, PointType
from gateway.model.layout import Layout, describe
from gateway.model.scan import Quality, Scan
from gateway.model.wiring import Block, Table
from gateway.store.log import Log
from gateway.store.record import ClockQuality, Stamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

START_MS = 1_700_000_000_000


class Clock:
    """The log's; set by hand."""

    now_s = 100.0

    def __call__(self) -> Stamp:
        return Stamp(ts_ms=START_MS + round(self.now_s * 1000), clock=ClockQuality.SYNCED, mono_s=self.now_s)


def point(name: str, address: int) -> Point:
    order = Order.HIGH_FIRST
    return Point(
        name=name,
        table=Table.HOLDING,
        address=address,
        type=PointType.U16,
        word_order=order,
        byte_order=order,
        scale=0.01,
        unit="A",
    )


def layout(device: str) -> bytes:
    points = (point("outlet-01/current", 0), point("outlet-02/current", 1))
    return describe(Layout(device=device, kind="pile", block=Block(Table.HOLDING, 0, 2), points=points))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def log(tmp_path: Path, clock: Clock) -> AsyncIterator[Log]:
    opened = await Log.open(tmp_path / "log", clock=clock)
    yield opened
    await opened.close()


async def stored(log: Log, clock: Clock, taken_s: float, amps: dict[str, float]) -> None:
    """Store one scan of each device; its second outlet has 9 A."""
    scans = [
        Scan(device, 1, taken_s, round(value * 100).to_bytes(2, "big") + (900).to_bytes(2, "big"))
        for device, value in amps.items()
    ]
    log.offer_scans([*scans, Scan("p", 1, taken_s, b"", Quality.SILENT)])
    clock.now_s = taken_s + 3.0
    await log.flush()


async def test_only_this_outlet_and_this_time(log: Log, clock: Clock) -> None:
    for device in ("p", "q"):
        await log.declare_layouts([(device, 1, layout(device))])
    for number in range(60):
        await stored(log, clock, 100.0 + 10 * number, {"p": number / 10, "q": 7.0})
    buckets = Buckets(START_MS + 300_000, START_MS + 400_000)
    await LocalReadings(log).history("p/outlet-01", buckets)
    assert set(buckets.result()) == {"current"}
    series = buckets.result()["current"]
    assert series["unit"] == "A"
    assert series["high"] == pytest.approx([number / 10 for number in range(20, 30)])
    assert series["ts"] == [START_MS + 300_000 + 10_000 * number for number in range(10)]


async def test_a_time_of_which_nothing_is_left_has_no_series(log: Log) -> None:
    buckets = Buckets(START_MS - 900_000, START_MS - 100_000)
    await LocalReadings(log).history("p/outlet-01", buckets)
    assert buckets.result() == {}

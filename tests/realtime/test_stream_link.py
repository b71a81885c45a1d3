"""A device that talks by itself on a real terminal, listened to through the real link: order and values, no times."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import select
import tty

import pytest

from drivers.toledo.driver import Toledo
from gateway.app.lines import link_of, timing_of
from gateway.bus.bus import Bus
from gateway.bus.pieces import plan_devices
from gateway.model.site import Parity, SerialLink
from gateway.profile.load import Library
from simulators.vendor.streams import ToledoIndicator
from tests.scenario.vendor_line import Notes

pytestmark = pytest.mark.realtime

PATIENCE_S = 10.0
FRAMES = 40
PAUSE_S = 0.02


async def test_a_seven_bit_stream_is_read_in_order_and_a_tare_goes_out() -> None:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    model = Library().load("weigher/toledo_continuous")
    setup = SerialLink(path=os.ttyname(theirs), baud=9600, parity=Parity.EVEN, data_bits=7, latency_timer_ms=1)
    line, notes = timing_of(setup), Notes([model])
    planned = plan_devices([(1, model)], Toledo(), line)
    bus = Bus(
        name="scale",
        link=link_of(setup),
        driver=Toledo(),
        line=line,
        devices=planned,
        units=[(1, model.timing)],
        listener=notes,
    )
    task = asyncio.create_task(bus.run())
    try:
        indicator = ToledoIndicator()
        for number in range(FRAMES):
            indicator.load_g = number
            os.write(ours, indicator.frame())
            await asyncio.sleep(PAUSE_S)
        bus.command(0, next(iter(model.actions.values())), token=1)
        assert await asyncio.to_thread(_comes, ours, b"T\r\n")
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        os.close(ours)
        os.close(theirs)
    weights = [heard.value or 0.0 for heard in notes.values if heard.name == "weight"]
    assert len(weights) > 1
    assert weights == sorted(set(weights)), "each frame at most once, in order"
    assert all(heard.taken_s <= heard.known_s for heard in notes.values)


def _comes(descriptor: int, wanted: bytes) -> bool:
    heard = b""
    while wanted not in heard and select.select([descriptor], [], [], PATIENCE_S)[0]:
        heard += os.read(descriptor, 64)
    return wanted in heard

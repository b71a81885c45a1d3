"""The fleet console's line over a real Mosquitto, to the gateway's own uplink: what is lost comes, what dies is seen."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiomqtt
import pytest

from gateway.app.asked_past import AskedPast
from gateway.console.buckets import Buckets
from gateway.console.commanded import Asked
from gateway.fleet.estate import Estate, Heard
from gateway.fleet.listener import Listener
from gateway.fleet.readings import FarReadings
from gateway.fleet.recovery import Recovery
from gateway.fleet.wishes import FarHands, Wishes
from gateway.model.site import MqttUplink
from gateway.uplink.settings import MqttPace
from tests.endtoend.mqtt_uplink import FAST, a_source, broker, uplink
from tests.endtoend.proxy import Proxy
from tests.endtoend.watcher import until
from tests.unit.console.access.porter import Audited
from tests.unit.fleet.test_readings import Kept
from tests.unit.fleet.told import NOW_MS, ZONE
from tests.unit.uplink.memory import AnEvent, MemoryDesk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.endtoend
SHED = "shed/box"


class Fleet:
    """An estate that listens, asks for what is missing, and acts."""

    def __init__(self, port: int) -> None:
        self.estate = Estate("gw/", ZONE)
        self.heard: list[Heard] = []
        names = (f"fleet-{number:06d}" for number in itertools.count(1))
        self.listener = Listener(
            MqttUplink(host="127.0.0.1", port=port, prefix="gw/"), self.estate, identifier="fleet-test",
            heard=lambda heard, _: self.heard.append(heard), now_s=time.monotonic, chance=lambda: 0.5,
            pace=MqttPace(**FAST, incoming_most=10_000),
        )  # fmt: skip
        self.recovery = Recovery(self.estate, self.listener, new_id=lambda: next(names), now_s=time.monotonic)
        self.audit = Audited()
        self.wishes = Wishes(self.estate, time.monotonic)
        self.hands = FarHands(self.estate, self.listener, self.audit)

    def seqs(self) -> list[int]:
        return [heard.event.event_seq for heard in self.heard if heard.event is not None]

    def standing(self) -> str:
        shed = self.estate.sheds.get(SHED)
        return "" if shed is None else shed.standing(time.monotonic())


@asynccontextmanager
async def fleet(port: int) -> AsyncIterator[Fleet]:
    made = Fleet(port)
    tasks = [asyncio.create_task(made.listener.run()), asyncio.create_task(made.recovery.run())]
    try:
        yield made
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)


async def test_events_that_never_arrived_are_asked_for_and_come(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    async with broker(real_program, tmp_path) as mosquitto:
        source = a_source()
        source.add_event()
        async with fleet(mosquitto.port) as console, uplink(mosquitto.port, source):
            await until(lambda: console.seqs() == [1])
            for _ in range(3):  # told while nobody listened, and kept nowhere
                source.event_records.append(AnEvent(source.newest_event() + 1))
            source.offsets["event"] = source.newest_event()
            source.add_event()
            await until(lambda: console.estate.sheds[SHED].gaps.missing == 3)
            await until(lambda: sorted(console.seqs()) == [1, 2, 3, 4, 5])
            assert console.estate.sheds[SHED].gaps.missing == 0
            assert console.estate.sheds[SHED].gaps.gone == 0


async def test_a_gateway_that_dies_is_seen_and_one_that_comes_back_too(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    async with broker(real_program, tmp_path) as mosquitto, fleet(mosquitto.port) as console:
        line = Proxy(mosquitto.port)
        await line.start()
        async with uplink(line.port, a_source(), retry_first_s=1.0, retry_most_s=1.0):
            await until(lambda: console.standing() == "online")
            line.reset()
            await until(lambda: console.standing() == "offline")
            await until(lambda: console.standing() == "online")
        await line.stop()


async def test_a_wish_reaches_the_gateway_under_its_session_and_is_recorded(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    desk = MemoryDesk()
    async with (
        broker(real_program, tmp_path) as mosquitto,
        fleet(mosquitto.port) as console,
        uplink(mosquitto.port, a_source(), desk),
    ):
        await until(lambda: console.standing() == "online")
        for kind in ("stop", "safety-off", "reset", "read-now"):
            target = "pile-01" if kind == "read-now" else "pile-01/outlet-01"
            asked = Asked(
                id=f"wish-{kind}", gateway=SHED, kind=kind, target=target, by="otto", order_id="o-1", why="dry again"
            )
            outcome = await console.hands.act(asked)
            assert outcome is not None
            assert (outcome.state, outcome.reason) == ("accepted", "")
        assert [str(command.kind) for command in desk.commands] == ["stop", "safety-off", "reset", "read-now"]
        assert console.audit.notes == [("otto", kind) for kind in ("stop", "safety-off", "reset", "read-now")]
        nobody = Asked(id="wish-nobody", gateway="no/where", kind="stop", target="*", by="otto")
        assert await console.hands.act(nobody) is None


async def test_what_was_measured_comes_from_the_gateway_that_keeps_it(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    desk, kept = MemoryDesk(), Kept()
    async with (
        broker(real_program, tmp_path) as mosquitto,
        fleet(mosquitto.port) as console,
        uplink(mosquitto.port, a_source(), AskedPast(desk, kept)),
    ):
        await until(lambda: console.standing() == "online")
        readings = FarReadings(console.estate, console.listener, new_id=lambda: "question-1", now_s=time.monotonic)
        buckets = Buckets(NOW_MS, NOW_MS + 60_000)
        await readings.history(f"{SHED}/pile-01/outlet-01", buckets)
        assert max(buckets.result()["current"]["high"]) == 9.8765
        assert (kept.asked, desk.commands) == (["pile-01/outlet-01"], [])


async def test_a_flood_of_kept_documents_is_heard_in_full(real_program: Callable[[str], str], tmp_path: Path) -> None:
    async with broker(real_program, tmp_path) as mosquitto:
        async with aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
            for number in range(1000):
                payload = json.dumps({"v": 1, "ts": 1, "config_hash": "", "devices": []})
                await client.publish(f"gw/s{number}/box/inventory", payload, qos=1, retain=True)
        async with fleet(mosquitto.port) as console:
            await until(lambda: len(console.estate.sheds) == 1000)
            assert console.estate.refused == 0

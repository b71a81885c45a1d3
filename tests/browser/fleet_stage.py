"""A fleet console over a real broker, to which a few sheds have told what they are and what has happened there."""

from __future__ import annotations

import asyncio
import contextlib
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import aiomqtt

from gateway.app.box_acts import ask_for_link
from gateway.app.clock import wall_ms
from gateway.app.fleet import FleetConsole
from gateway.console.access.roles import Role
from gateway.model.site import ConsoleSetup, MqttUplink
from gateway.uplink.alarms import AlarmList, StandingAlarm
from gateway.uplink.inventory import Inventory, InventoryDevice, InventoryDocument, InventoryOutlet
from gateway.uplink.message import DeviceState, EventMessage, OutletState, Status
from tests.endtoend.mosquitto import Mosquitto, free_port
from tests.unit.app.test_orders import an_order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from gateway.uplink.message import Message

ZONE = ZoneInfo("Australia/Lord_Howe")
"""Not the browser's, and with a summer time of half an hour."""

SHEDS = tuple(f"shed-{number:02d}/gw-1" for number in range(1, 13))
STICKER, ORDER = "A7-000301", "A-1"
OUTLET = "pile-01/outlet-01"
OPEN = "the pile's door is open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """`url`: the console's front page; `link` signs an installer in once."""

    url: str
    link: str


def _inventory(number: int) -> Inventory:
    outlets = tuple(
        InventoryOutlet(outlet=f"outlet-{each:02d}", code=f"A7-{number:04d}{each:02d}") for each in range(1, 13)
    )
    return Inventory(
        ts=wall_ms(),
        config_hash=f"{number:02d}c0ffee",
        label=f"河滨{number}号车棚" if number % 2 else "",
        latitude=30.2 + number * 0.003,
        longitude=120.1 + number % 4 * 0.01,
        devices=(InventoryDevice(device="pile-01", kind="pile", profile="p", outlets=outlets),),
        documents=(
            InventoryDocument(kind="tariffs", name="standard", version=4 if number == 5 else 3, digest="d", ts=None),
        ),
    )


def _state(number: int) -> DeviceState:
    told = {
        f"outlet-{each:02d}": OutletState(
            state="latched" if (number, each) == (3, 1) else "on" if each < 7 else "off",
            latch="power-limit" if (number, each) == (3, 1) else "",
            stage="charging" if each < 7 else "",
            order_id=f"S-{number}-{each}" if each < 7 else "",
            w=210.0 if each < 7 else 0.0,
            as_of=wall_ms(),
        )
        for each in range(1, 13)
    }
    return DeviceState(ts=wall_ms(), link="ok", outlets=told)


def _events() -> list[tuple[str, EventMessage]]:
    """Return a charge that its pile's power limit ended at shed 3, and an ordinary one at shed 1."""
    found: list[tuple[str, EventMessage]] = []
    now_ms = wall_ms() - 60_000
    cause = {"outlet": OUTLET, "element": "power-limit", "ansi": "32", "measured": 1320.0, "pickup": 1000.0}
    for shed, order_id in ((SHEDS[2], ORDER), (SHEDS[0], "B-1")):
        told: list[tuple[str, str, dict[str, Any]]] = [
            ("order", OUTLET, body | ({"ended_ts_ms": now_ms} if stage == "settled" else {}))
            for stage, body in an_order(order_id)[:3]
        ]
        told.append(("trip", "pile-01", {"trip_id": f"t-{order_id}", "outlets": [OUTLET], "causes": [cause]}))
        found += [
            (
                f"gw/{shed}/event/{kind}",
                EventMessage(
                    id=f"{order_id}-{seq}", boot="1-aa", event_seq=seq, ts=now_ms + seq, clock="synced", kind=kind,
                    target=target, body=body,
                ),
            )
            for seq, (kind, target, body) in enumerate(told[: 4 if shed == SHEDS[2] else 3], 1)
        ]  # fmt: skip
    return found


async def _tell(client: aiomqtt.Client, topic: str, message: Message, *, retain: bool = True) -> None:
    await client.publish(topic, message.model_dump_json(exclude_none=True), qos=1, retain=retain)


async def _be_born(client: aiomqtt.Client) -> None:
    for number, shed in enumerate(SHEDS, 1):
        is_there = number != 7
        state: Literal["online", "offline"] = "online" if is_there else "offline"
        version = "0.2.0" if number == 9 else "0.1.0"
        await _tell(client, f"gw/{shed}/status", Status(state=state, session="session-0001", version=version))
        await _tell(client, f"gw/{shed}/inventory", _inventory(number))
        await _tell(client, f"gw/{shed}/state/pile-01", _state(number))
    weld = StandingAlarm(
        target=OUTLET, alarm="weld", state="unacknowledged", severity="critical", active=True, since=wall_ms()
    )
    await _tell(client, f"gw/{SHEDS[3]}/alarms", AlarmList(ts=wall_ms(), revision=1, alarms=(weld,)))
    door = StandingAlarm(
        target="pile-01", alarm="door", state="acknowledged", severity="low", active=True, since=wall_ms(), detail=OPEN
    )
    await _tell(client, f"gw/{SHEDS[4]}/alarms", AlarmList(ts=wall_ms(), revision=1, alarms=(door,)))


def _measured(question: dict[str, Any]) -> dict[str, Any]:
    """Return a power that rises over the time that was asked for."""
    begin, end = question["args"]["begin"], question["args"]["end"]
    watts = [200.0 + 10 * step for step in range(10)]
    ts = [begin + step * (end - begin) // 10 for step in range(10)]
    return {"power": {"unit": "W", "ts": ts, "low": watts, "high": watts}}


def _seen(args: dict[str, Any]) -> StandingAlarm:
    return StandingAlarm(
        target=OUTLET, alarm="weld", state="acknowledged", severity="critical", active=True, since=wall_ms(),
        by=args["by"],
    )  # fmt: skip


def _shelved(args: dict[str, Any]) -> StandingAlarm:
    return StandingAlarm(
        target="pile-01", alarm="door", state="shelved", severity="low", active=True, since=wall_ms(),
        until=wall_ms() + 3_600_000, by=args["by"], why=args["reason"], detail=OPEN,
    )  # fmt: skip


WORKED = {"alarm-ack": _seen, "alarm-shelve": _shelved}


async def _answer(client: aiomqtt.Client) -> None:
    """Play the gateways: call the echoes, and do what is asked of an alarm."""

    async def echo() -> None:
        while True:
            for shed in SHEDS:
                await client.publish(f"gw/{shed}/echo", b"session-0001")
            await asyncio.sleep(1.0)

    echoing = asyncio.create_task(echo())
    try:
        await client.subscribe("gw/+/+/command/service")
        async for message in client.messages:
            said, shed = json.loads(bytes(message.payload)), "/".join(str(message.topic).split("/")[1:3])
            answer = {"body": {"series": _measured(said)}} if said["kind"] == "history" else {}
            done = json.dumps({"v": 1, "id": said["id"], "state": "done", **answer})
            await client.publish(f"gw/{shed}/outcome/{said['id']}", done, qos=1)
            if said["kind"] in WORKED:
                standing = WORKED[said["kind"]](said["args"])
                await _tell(client, f"gw/{shed}/alarms", AlarmList(ts=wall_ms(), revision=2, alarms=(standing,)))
    finally:
        echoing.cancel()


@asynccontextmanager
async def running_fleet(find: Callable[[str], str], folder: Path) -> AsyncIterator[Fleet]:
    """Run a fleet console that keeps everything in `folder`, until the end of the block."""
    broker, port = Mosquitto(find("mosquitto"), folder), free_port()
    await broker.start()
    target = MqttUplink(host="127.0.0.1", port=broker.port, prefix="gw/")
    console = FleetConsole(target, ConsoleSetup(port=port), folder / "state", ZONE)
    async with contextlib.AsyncExitStack() as ends:
        ends.push_async_callback(broker.kill)
        client = await ends.enter_async_context(aiomqtt.Client("127.0.0.1", broker.port))
        await _be_born(client)
        tasks = [asyncio.create_task(console.run()), asyncio.create_task(_answer(client))]
        ends.push_async_callback(_end, tasks)
        link = await ask_for_link(folder / "state", Role.INSTALLER)
        assert link is not None
        while len(console._estate.sheds) < len(SHEDS):  # noqa: ASYNC110 - another process tells
            await asyncio.sleep(0.05)
        for topic, event in _events():
            await _tell(client, topic, event, retain=False)
        yield Fleet(url=f"http://127.0.0.1:{port}/", link=link)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

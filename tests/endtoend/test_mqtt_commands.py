"""Commands and replays through a real Mosquitto: each acts once, and only where it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.command import CommandKind
from tests.endtoend.mqtt_uplink import a_source, broker, nothing_is_missing, uplink
from tests.endtoend.watcher import until, watching
from tests.unit.uplink.memory import MemoryDesk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.endtoend


def start(session: str, command_id: str = "c-1", **more: object) -> dict[str, Any]:
    args = {"order_id": "o-1", "limits": {"s": 3600, "wh": 500}}
    return {
        "v": 1, "id": command_id, "kind": "start", "target": "pile-01/outlet-07", "args": args, "session": session, "ttl_s": 30, **more,
    }  # fmt: skip


async def test_a_command_acts_once_however_often_it_comes(real_program: Callable[[str], str], tmp_path: Path) -> None:
    desk = MemoryDesk()
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        async with uplink(mosquitto.port, a_source(), desk):
            session = await watcher.session()
            for _ in range(3):
                await watcher.send("command/order", start(session))
            await until(lambda: len(watcher.of("outcome/c-1")) >= 1)
        async with uplink(mosquitto.port, a_source(), desk):
            await until(lambda: watcher.of("status")[-1]["state"] == "online")
            await watcher.send("command/order", start(watcher.of("status")[-1]["session"]))
            await until(lambda: len(watcher.of("outcome/c-1")) >= 2)
    assert [command.kind for command in desk.commands] == [CommandKind.START]
    assert desk.commands[0].args == {"order_id": "o-1", "max_s": 3600, "max_wh": 500, "max_w": 0}
    assert {outcome["state"] for outcome in watcher.of("outcome/c-1")} == {"accepted"}


async def test_a_retained_command_is_refused_and_a_stale_one_is_told_the_new_session(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    desk = MemoryDesk()
    off = {"v": 1, "id": "off-1", "kind": "safety-off", "target": "*"}
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        await watcher.send("command/safety", off, retain=True)
        async with uplink(mosquitto.port, a_source(), desk):
            await until(lambda: bool(watcher.of("outcome/off-1")))
            await watcher.send("command/order", start("session-of-yesterday", "c-2"))
            await until(lambda: bool(watcher.of("outcome/c-2")))
            assert desk.commands == []
            await watcher.send("command/safety", {**off, "id": "off-2"})
            await until(lambda: bool(watcher.of("outcome/off-2")))
    assert watcher.of("outcome/off-1")[0]["reason"] == "retained"
    stale = watcher.of("outcome/c-2")[0]
    assert (stale["reason"], stale["session"]) == ("stale-session", watcher.of("status")[0]["session"])
    assert [(command.kind, command.target) for command in desk.commands] == [(CommandKind.SAFETY_OFF, "*")]


async def test_a_safety_off_sent_while_the_line_was_down_still_acts(
    real_program: Callable[[str], str], tmp_path: Path
) -> None:
    desk = MemoryDesk()
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        async with uplink(mosquitto.port, a_source(), desk):
            await watcher.session()
        await watcher.send("command/safety", {"v": 1, "id": "off-3", "kind": "safety-off", "target": "pile-01"})
        assert desk.commands == []
        async with uplink(mosquitto.port, a_source(), desk):
            await until(lambda: [command.id for command in desk.commands] == ["off-3"])


async def test_a_range_is_sent_again_on_request(real_program: Callable[[str], str], tmp_path: Path) -> None:
    source = a_source(1)
    source.add_scans(100)
    async with broker(real_program, tmp_path) as mosquitto, watching(mosquitto.port) as watcher:
        async with uplink(mosquitto.port, source):
            await until(lambda: nothing_is_missing(watcher, source) and source.is_drained)
            watcher.seen = [entry for entry in watcher.seen if not entry[0].startswith("telemetry/")]
            replay = {"v": 1, "id": "r-1", "kind": "replay", "session": await watcher.session(), "ttl_s": 10}
            args = {"boot": "1-aa", "stream": "reading", "from": 11, "to": 100}
            await watcher.send("command/service", {**replay, "args": args})
            await until(lambda: set(watcher.numbers("reading")) == {("1-aa", n) for n in range(11, 101)})
            await until(lambda: [said["state"] for said in watcher.of("outcome/r-1")] == ["accepted", "done"])
        assert source.is_drained

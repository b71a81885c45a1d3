"""Commands that come over a broker: what waits, what is dropped, what is answered."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import TYPE_CHECKING, Any

from gateway.model.errors import GatewayError
from gateway.uplink.downlink import WAITING_EACH, Downlink
from gateway.uplink.replay import Replay
from gateway.uplink.standing import Standing
from tests.unit.uplink.memory import MemoryDesk
from tests.unit.uplink.stand_in import SESSION, TOPICS, Broker, during, settle

if TYPE_CHECKING:
    from gateway.model.command import Command, Outcome


def downlink(desk: Any, broker: Broker) -> tuple[Downlink, Standing, deque[Replay]]:
    standing, replays = Standing(where="here"), deque[Replay]()
    made = Downlink(
        topics=TOPICS, desk=desk, replays=replays, publish=broker.publish, session=SESSION, standing=standing
    )
    return made, standing, replays


def stop(command_id: str, **more: object) -> bytes:
    said = {"v": 1, "id": command_id, "kind": "stop", "target": "pile-01/outlet-01", "args": {"order_id": "o"}}
    return json.dumps({**said, "session": SESSION, "ttl_s": 9, **more}).encode()


OFF = b'{"v":1,"id":"off-1","kind":"safety-off","target":"*"}'


class Stuck(MemoryDesk):
    """Takes for ever over orders."""

    async def submit(self, command: Command) -> Outcome:
        if command.id != "off-1":
            await asyncio.sleep(3600)
        return await super().submit(command)


class Full(MemoryDesk):
    async def submit(self, command: Command) -> Outcome:
        raise GatewayError(f"disk full: {command.id}")


class TestDownlink:
    def test_a_safety_off_waits_for_no_order(self) -> None:
        desk, broker = Stuck(), Broker(at_once=True)
        made, _, _ = downlink(desk, broker)

        async def then() -> None:
            made.offer(f"{TOPICS.prefix}command/order", stop("c-1"), retained=False)
            made.offer(f"{TOPICS.prefix}command/safety", OFF, retained=False)
            await settle()
            assert broker.topics() == ["outcome/off-1"]

        during(made.run(), then)

    def test_a_flood_is_cut_off_and_counted(self) -> None:
        made, standing, _ = downlink(Stuck(), Broker())
        for number in range(WAITING_EACH + 5):
            made.offer(f"{TOPICS.prefix}command/order", stop(f"c-{number}"), retained=False)
        made.offer("somebody/else", b"", retained=False)
        assert (standing.commands, standing.dropped_commands) == (WAITING_EACH + 5, 5)

    def test_what_cannot_be_recorded_is_told_and_not_done(self) -> None:
        broker = Broker(at_once=True)
        made, _, _ = downlink(Full(), broker)

        async def then() -> None:
            made.offer(f"{TOPICS.prefix}command/order", stop("c-1", reply_to="back/end"), retained=False)
            await settle()
            assert [topic for topic, _, _ in broker.held] == [f"{TOPICS.prefix}outcome/c-1", "back/end"]
            said = json.loads(broker.held[0][1])
            assert (said["state"], said["reason"]) == ("failed", "not-recorded")

        during(made.run(), then)

    def test_so_many_replays_and_no_more(self) -> None:
        broker = Broker(at_once=True)
        made, _, replays = downlink(MemoryDesk(), broker)

        async def then() -> None:
            args = {"boot": "1-aa", "stream": "reading", "from": 1, "to": 9}
            for number in range(5):
                said = stop(f"r-{number}", kind="replay", target="*", args=args)
                made.offer(f"{TOPICS.prefix}command/service", said, retained=False)
            await settle()
            assert [json.loads(payload)["state"] for _, payload, _ in broker.held] == ["accepted"] * 4 + ["refused"]
            assert replays[0] == Replay("1-aa", "reading", 1, 9, id="r-0")

        during(made.run(), then)

"""The connection to a broker: presence, echo, refused subscriptions, and the wait before the next attempt."""

from __future__ import annotations

import asyncio
import json

import pytest

from gateway.model.site import MqttUplink
from gateway.testing.clock import run_virtual
from gateway.uplink.backoff import Backoff
from gateway.uplink.connection import Connection, ConnectionEnded
from gateway.uplink.presence import Presence
from gateway.uplink.schedule import Schedule
from gateway.uplink.settings import MqttPace
from tests.unit.uplink.memory import StillBoard
from tests.unit.uplink.stand_in import SESSION, TOPICS, Broker


class TestPresence:
    def presence(self, board: StillBoard) -> Presence:
        return Presence(pace=MqttPace(), topics=TOPICS, board=board, session=SESSION, wall_ms=lambda: 5)

    def test_a_state_is_told_on_a_change_else_each_minute(self) -> None:
        board, broker = StillBoard(numbers={"pile-01": 1, "pile-02": 1}), Broker(at_once=True)
        presence = self.presence(board)

        async def then() -> None:
            await presence.be_born(broker.publish)
            assert broker.topics() == ["status", "inventory", "alarms", "state/pile-01", "state/pile-02"]
            broker.held.clear()
            task = asyncio.create_task(presence.run(broker.publish))
            await asyncio.sleep(30)
            assert broker.topics() == []
            board.numbers["pile-02"] = 2
            await asyncio.sleep(2)
            assert broker.topics() == ["state/pile-02"]
            await asyncio.sleep(30)
            assert broker.topics() == ["state/pile-02", "state/pile-01"]
            task.cancel()

        run_virtual(then())

    def test_the_alarms_that_stand_are_told_at_birth_and_with_each_change(self) -> None:
        board, broker = StillBoard(numbers={}), Broker(at_once=True)
        presence = self.presence(board)

        async def then() -> None:
            await presence.be_born(broker.publish)
            task = asyncio.create_task(presence.run(broker.publish))
            await asyncio.sleep(30)
            board.alarm_changes = 7
            await asyncio.sleep(2)
            task.cancel()

        run_virtual(then())
        assert broker.topics() == ["status", "inventory", "alarms", "alarms"]
        told = [json.loads(payload) for topic, payload, _ in broker.held if topic == TOPICS.alarms]
        assert [each["revision"] for each in told] == [1, 7]

    def test_a_line_that_returns_no_echo_is_down_and_an_old_echo_proves_nothing(self) -> None:
        broker = Broker(at_once=True)
        presence = self.presence(StillBoard())

        async def then() -> None:
            task = asyncio.create_task(presence.call(broker.publish))
            for _ in range(10):
                await asyncio.sleep(10)
                presence.heard(SESSION.encode())
            assert not task.done()
            await asyncio.sleep(15)
            presence.heard(b"session-0000")
            with pytest.raises(ConnectionEnded, match="echo"):
                await task

        run_virtual(then())

    def test_what_changed_is_sent_before_what_is_only_old(self) -> None:
        schedule = Schedule()
        for device in ("a", "b"):
            schedule.sent(device, 1, 0.0)
        assert schedule.due({"a": 1, "b": 2}, 100.0) == ["b", "a"]


class Deaf:
    """A client whose broker refuses what is not the echo."""

    async def subscribe(self, topic: str, _qos: int, *, timeout: float) -> tuple[int, ...]:  # noqa: ASYNC109 - aiomqtt's
        assert timeout > 0
        return (0,) if topic.endswith("echo") else (128,)


def test_a_refused_subscription_ends_the_connection_with_its_topic() -> None:
    target = MqttUplink(host="h", port=1883, prefix="gw/shed/box/")
    connection = Connection(Deaf(), target, MqttPace())  # type: ignore[arg-type]  # stands in for aiomqtt's client
    run_virtual(connection.subscribe({TOPICS.echo: 0}))
    with pytest.raises(
        ConnectionEnded, match="the broker h:1883 refuses the subscription to gw/shed/box/command/order"
    ):
        run_virtual(connection.subscribe(dict.fromkeys(TOPICS.commands, 1)))


def test_the_wait_grows_to_a_minute_is_spread_and_starts_again_after_a_good_connection() -> None:
    backoff = Backoff()
    assert [backoff.next_s(1.0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff.next_s(0.0) == 30
    assert backoff.next_s(1.0, lasted_s=29.0) == 60
    assert backoff.next_s(1.0, lasted_s=31.0) == 1

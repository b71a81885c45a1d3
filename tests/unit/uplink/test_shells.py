"""Delivery, downlink, presence and the database's consumer in virtual time, against stand-ins for the other side."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.errors import GatewayError
from gateway.model.layout import describe
from gateway.model.site import InfluxDialect, InfluxUplink, MqttUplink
from gateway.testing.clock import run_virtual
from gateway.uplink.backoff import Backoff
from gateway.uplink.connection import Connection, ConnectionEnded
from gateway.uplink.delivery import Delivery, Replay
from gateway.uplink.downlink import WAITING_EACH, Downlink
from gateway.uplink.influx import DatabaseDown, DataRefused, InfluxConsumer
from gateway.uplink.presence import Presence
from gateway.uplink.schedule import Schedule
from gateway.uplink.settings import Identity, InfluxPace, MqttPace
from gateway.uplink.standing import Standing
from gateway.uplink.topic import Topics
from tests.unit.uplink.memory import MemoryDesk, MemorySource, StillBoard, pile_layout

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gateway.model.command import Command, Outcome

TOPICS = Topics("gw/shed/box/")
SESSION = "session-0001"


@dataclass
class Broker:
    """Acknowledges when the test says so."""

    held: list[tuple[str, bytes, asyncio.Future[None]]] = field(default_factory=list)
    most: int = 0
    at_once: bool = False

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        assert retain in (False, True)
        puback: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.at_once:
            puback.set_result(None)
        self.held.append((topic, payload, puback))
        self.most = max(self.most, sum(not done.done() for _, _, done in self.held))
        await puback

    def acknowledge(self, place: int) -> None:
        self.held[place][2].set_result(None)

    def topics(self) -> list[str]:
        return [topic.removeprefix(TOPICS.prefix) for topic, _, _ in self.held]


def delivery(
    source: MemorySource, broker: Broker, in_flight: int = 4, replays: deque[Replay] | None = None
) -> Delivery:
    return Delivery(
        source=source,
        topics=TOPICS,
        publish=broker.publish,
        in_flight=in_flight,
        replays=deque() if replays is None else replays,
        standing=Standing(where="here"),
    )


def during(work: Coroutine[Any, Any, None], then: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        task = asyncio.create_task(work)
        try:
            await then()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    run_virtual(main())


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


class TestDelivery:
    def test_no_more_than_so_many_wait_and_the_offset_follows_the_lowest(self) -> None:
        source, broker = MemorySource(), Broker()
        for _ in range(6):
            source.add_event()

        async def then() -> None:
            await settle()
            assert len(broker.held) == 4
            broker.acknowledge(2)
            broker.acknowledge(1)
            await settle()
            assert source.offsets["event"] == 0
            assert len(broker.held) == 6
            broker.acknowledge(0)
            await settle()
            assert source.offsets["event"] == 3
            assert broker.most == 4

        during(delivery(source, broker).run(), then)

    def test_an_event_overtakes_a_backlog_of_readings(self) -> None:
        source, broker = MemorySource(), Broker()
        source.add_scans(500)

        async def then() -> None:
            await settle()
            source.add_event()
            broker.acknowledge(0)
            broker.acknowledge(1)
            await settle()
            assert broker.topics()[:6].index("event/trip") <= 5
            assert broker.topics().count("telemetry/pile-01") < 30

        during(delivery(source, broker).run(), then)

    def test_an_outcome_goes_to_its_own_topic_too_and_counts_when_both_arrived(self) -> None:
        source, broker = MemorySource(), Broker()
        source.add_event(kind="outcome", body=b'{"target":"*","body":{"id":"c-1","state":"done"}}')

        async def then() -> None:
            await settle()
            broker.acknowledge(0)
            await settle()
            assert (broker.topics(), source.offsets["event"]) == (["event/outcome", "outcome/c-1"], 0)
            broker.acknowledge(1)
            await settle()
            assert source.offsets["event"] == 1

        during(delivery(source, broker).run(), then)

    def test_scans_of_an_unknown_layout_are_told_and_hold_nothing_up(self) -> None:
        source, broker = MemorySource(), Broker(at_once=True)
        source.add_scans(4, (1, 9))

        async def then() -> None:
            await settle()
            assert source.is_drained
            assert sorted(broker.topics()) == ["telemetry/pile-01", "telemetry/unknown"]
            assert {json.loads(payload).get("quality") for _, payload, _ in broker.held} == {None, "unknown-layout"}

        during(delivery(source, broker).run(), then)

    def test_what_the_publisher_raises_ends_the_delivery_and_moves_no_offset(self) -> None:
        source = MemorySource()
        source.add_event()

        class Cut(Broker):
            async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
                raise ConnectionEnded(f"{topic}: {payload!r} {retain}")

        broker = Cut()
        with pytest.raises(ExceptionGroup):
            run_virtual(delivery(source, broker).run())
        assert source.offsets["event"] == 0

    def test_a_replay_survives_the_connection_and_leaves_the_offsets_alone(self) -> None:
        source, broker = MemorySource(), Broker(at_once=True)
        for _ in range(100):
            source.add_event()
        source.offsets["event"] = 100
        replays = deque([Replay("1-aa", "event", 10, 90)])

        async def then() -> None:
            await asyncio.sleep(5)
            assert [json.loads(payload)["event_seq"] for _, payload, _ in broker.held] == list(range(10, 91))
            assert source.offsets["event"] == 100
            assert not replays

        during(delivery(source, broker, replays=replays).run(), then)


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
            assert replays[0] == Replay("1-aa", "reading", 1, 9)

        during(made.run(), then)


class TestPresence:
    def presence(self, board: StillBoard) -> Presence:
        return Presence(pace=MqttPace(), topics=TOPICS, board=board, session=SESSION, wall_ms=lambda: 5)

    def test_a_state_is_told_on_a_change_else_each_minute(self) -> None:
        board, broker = StillBoard(numbers={"pile-01": 1, "pile-02": 1}), Broker(at_once=True)
        presence = self.presence(board)

        async def then() -> None:
            await presence.be_born(broker.publish)
            assert broker.topics() == ["status", "inventory", "state/pile-01", "state/pile-02"]
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


@dataclass
class Server:
    """Refuses what `dislikes` says, is down for the first `down` writes."""

    dislikes: str = "\0"
    down: int = 0
    taken: list[str] = field(default_factory=list)
    requests: int = 0

    def __call__(self, lines: bytes) -> None:
        self.requests += 1
        if self.requests <= self.down:
            raise DatabaseDown("down")
        text = lines.decode()
        if self.dislikes in text:
            raise DataRefused(400, "unable to parse")
        self.taken += text.splitlines()


def consumed(server: Server, source: MemorySource) -> InfluxConsumer:
    made = InfluxConsumer(
        target=InfluxUplink(url="http://h", dialect=InfluxDialect.V2, bucket="b"),
        pace=InfluxPace(retry_first_s=0.001),
        identity=Identity(site="shed", gateway="box"),
        source=source,
        chance=lambda: 0.5,
        open_writer=lambda _target, _pace: server,
    )

    async def main() -> None:
        task = asyncio.create_task(made.run())
        async with asyncio.timeout(20):
            while not source.is_drained:  # noqa: ASYNC110 - a thread tells nobody
                await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    return made


class TestInflux:
    def source(self, scans: int) -> MemorySource:
        source = MemorySource(layouts={1: describe(pile_layout(outlets=2))})
        source.add_scans(scans)
        for batch in source.reading_records:
            for scan in batch.scans():  # type: ignore[union-attr]
                object.__setattr__(scan, "raw", scan.raw[:20])
        return source

    def test_a_line_is_as_the_database_wants_it_and_every_number_is_a_float(self) -> None:
        server = Server()
        consumed(server, self.source(1))
        assert server.taken[0] == (
            "pile,device=pile-01,gateway=box,outlet=01,site=shed "
            "voltage=0.1,current=0.02,power=3,energy=0.004,temperature=5 1763800000100"
        )

    def test_a_record_that_is_refused_is_found_and_left_behind(self) -> None:
        server, source = Server(dislikes="1763800001700"), self.source(40)
        made = consumed(server, source)
        assert (made.standing.refused_records, len(server.taken)) == (1, 2 * 39)
        assert server.requests < 20

    def test_nothing_is_left_out_while_the_database_is_down(self) -> None:
        server, source = Server(down=1), self.source(5)
        made = consumed(server, source)
        assert (len(server.taken), made.standing.failures, made.standing.state) == (10, 1, "stopped")

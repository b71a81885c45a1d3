"""What is delivered, in which order and how far the offset follows, in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections import deque

import pytest

from gateway.testing.clock import run_virtual
from gateway.uplink.connection import ConnectionEnded
from gateway.uplink.delivery import Delivery
from gateway.uplink.replay import Replay
from gateway.uplink.standing import Standing
from tests.unit.uplink.memory import MemorySource
from tests.unit.uplink.stand_in import TOPICS, Broker, during, settle


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
        replays = deque([Replay("1-aa", "event", 10, 90, id="r-1", reply_to="cloud/answers")])

        async def then() -> None:
            await asyncio.sleep(5)
            said = [json.loads(payload) for _, payload, _ in broker.held]
            assert [message["event_seq"] for message in said[:-2]] == list(range(10, 91))
            done = {"v": 1, "id": "r-1", "state": "done", "reason": "", "detail": "81 records sent again, 0 are gone"}
            assert said[-2:] == [done, done]
            assert [topic for topic, _, _ in broker.held][-2:] == [TOPICS.outcome("r-1"), "cloud/answers"]
            assert source.offsets["event"] == 100
            assert not replays

        during(delivery(source, broker, replays=replays).run(), then)

    def test_a_replay_is_done_when_its_last_record_has_arrived_and_a_new_connection_repeats_the_rest(self) -> None:
        source, broker = MemorySource(), Broker()
        source.add_scans(300)
        source.offsets["reading"] = 300
        replays = deque([Replay("1-aa", "reading", 1, 300, id="r-1")])

        async def then() -> None:
            await asyncio.sleep(5)
            broker.acknowledge(0)
            await asyncio.sleep(5)
            assert len(broker.held) == 5
            assert not [topic for topic, _, _ in broker.held if topic == TOPICS.outcome("r-1")]

        during(delivery(source, broker, replays=replays).run(), then)
        assert replays[0].first == 1
        again = Broker(at_once=True)

        async def later() -> None:
            await asyncio.sleep(5)
            seqs = [seq for _, payload, _ in again.held[:-1] for seq in json.loads(payload)["seq"]]
            assert sorted(seqs) == list(range(1, 301))
            assert json.loads(again.held[-1][1])["state"] == "done"
            assert not replays

        during(delivery(source, again, replays=replays).run(), later)

    def test_a_replay_of_what_is_gone_fails_and_says_so(self) -> None:
        source, broker = MemorySource(), Broker(at_once=True)
        replays = deque([Replay("1-zz", "event", 1, 9, id="r-1")])

        async def then() -> None:
            await asyncio.sleep(5)
            (said,) = [json.loads(payload) for _, payload, _ in broker.held]
            assert (said["id"], said["state"], said["reason"]) == ("r-1", "failed", "gone")
            assert "boot 1-zz" in said["detail"]
            assert not replays

        during(delivery(source, broker, replays=replays).run(), then)

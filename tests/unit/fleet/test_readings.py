"""What was measured is asked of the gateway that keeps it, in the words of the contract, and never guessed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.app.asked_past import WITHIN_S, AskedPast
from gateway.console.buckets import Buckets
from gateway.fleet.readings import WAITING_MOST, FarReadings
from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.errors import GatewayError
from gateway.testing.clock import run_virtual
from gateway.uplink.connection import ConnectionEnded
from gateway.uplink.judge import Accepted, Arrived, judge
from gateway.uplink.message import OutcomeMessage
from gateway.uplink.topic import Authority, Topics
from tests.unit.fleet.test_estate import SHED, told
from tests.unit.fleet.told import NOW_MS, SESSION
from tests.unit.uplink.memory import MemoryDesk

if TYPE_CHECKING:
    from collections.abc import Mapping

OUTLET = f"{SHED}/pile-01/outlet-01"


class Kept:
    """The log of a gateway: one current a second, with a peak."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.takes_s = 0.0

    async def history(self, target: str, buckets: Buckets) -> None:
        self.asked.append(target)
        await asyncio.sleep(self.takes_s)
        for second in range(60):
            value = 1.0 / 3 if second != 30 else 9.87654321
            buckets.take("current", "A", NOW_MS + second * 1000, value)


class Gateway:
    """Judges and answers what comes over the line, as the gateway's downlink does; `takes`: what it knows."""

    def __init__(self, said: str = "") -> None:
        self.kept, self.desk, self.said = Kept(), MemoryDesk(), said
        self.past = AskedPast(self.desk, self.kept)

    async def wish(
        self, gateway: str, authority: str, wish: Mapping[str, Any], *, within_s: float, final: bool = True
    ) -> OutcomeMessage | None:
        assert (gateway, final) == (SHED, True)
        if self.said == "away":
            raise ConnectionEnded("gone")
        if self.said == "mute":
            await asyncio.sleep(within_s)
            return None
        payload = json.dumps({"v": 1, "session": SESSION, **wish}).encode()
        arrived = Arrived(authority=Authority(authority), payload=payload, retained=False)
        verdict = judge(arrived, topics=Topics(f"gw/{SHED}/"), session=SESSION, now_s=0.0)
        outcome = await self.past.submit(verdict.command) if isinstance(verdict, Accepted) else verdict
        told = {"id": outcome.id, "state": outcome.state, "reason": outcome.reason, "body": dict(outcome.body) or None}
        if self.said == "strange":
            told["body"] = {"series": {"current": {"ts": [1], "low": [], "high": [1]}}}
        return OutcomeMessage.model_validate_json(json.dumps(told))


def far(gateway: Gateway, now_s: float = 0.0) -> FarReadings:
    return FarReadings(told(), gateway, new_id=lambda: "question-1", now_s=lambda: now_s)


async def test_a_moment_is_told_with_its_peak_and_nothing_is_recorded_of_the_question() -> None:
    gateway, buckets = Gateway(), Buckets(NOW_MS, NOW_MS + 60_000)
    await far(gateway).history(OUTLET, buckets)
    series = buckets.result()["current"]
    assert (series["unit"], len(series["ts"]), max(series["high"]), series["low"][0]) == ("A", 60, 9.8765, 0.3333)
    assert gateway.kept.asked == ["pile-01/outlet-01"]
    assert gateway.desk.commands == []


@pytest.mark.parametrize(
    ("said", "why"), [("away", "broker-away"), ("mute", "no-answer"), ("strange", "not-understood")]
)
def test_what_cannot_be_had_says_why(said: str, why: str) -> None:
    async def scene() -> None:
        with pytest.raises(GatewayError, match=why):
            await far(Gateway(said)).history(OUTLET, Buckets(NOW_MS, NOW_MS + 60_000))

    run_virtual(scene())


@pytest.mark.parametrize(
    ("outlet", "now_s"), [("no/where/pile-01/outlet-01", 0.0), ("pile-01/outlet-01", 0.0), (OUTLET, 99.0)]
)
async def test_a_gateway_that_is_not_there_is_not_asked(outlet: str, now_s: float) -> None:
    gateway = Gateway()
    with pytest.raises(GatewayError, match="gateway-away"):
        await far(gateway, now_s).history(outlet, Buckets(NOW_MS, NOW_MS + 60_000))
    assert not gateway.kept.asked


def test_a_crowd_of_questions_leaves_the_way_to_commands() -> None:
    async def scene() -> None:
        gateway = Gateway()
        gateway.kept.takes_s = 1.0
        asked = far(gateway)
        asking = [asked.history(OUTLET, Buckets(NOW_MS, NOW_MS + 60_000)) for _ in range(WAITING_MOST + 2)]
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert [str(each) for each in found if each is not None] == ["busy"] * 2
        assert len(gateway.kept.asked) == WAITING_MOST

    run_virtual(scene())


def test_a_log_that_takes_too_long_is_left_and_other_commands_go_on() -> None:
    async def scene() -> None:
        gateway = Gateway()
        gateway.kept.takes_s = WITHIN_S + 1.0
        with pytest.raises(GatewayError, match="busy"):
            await far(gateway).history(OUTLET, Buckets(NOW_MS, NOW_MS + 60_000))
        other = Command(id="read-0001", kind=CommandKind.READ_NOW, target="pile-01", origin=Origin.CLOUD)
        assert isinstance(await gateway.past.submit(other), Outcome)
        assert gateway.desk.commands == [other]

    run_virtual(scene())


@pytest.mark.parametrize("span_ms", [0, -1, 900_001])
def test_a_time_that_is_none_or_too_long_is_refused(span_ms: int) -> None:
    wish = {"v": 1, "id": "q-1", "kind": "history", "target": "pile-01/outlet-01", "session": SESSION, "ttl_s": 5}
    payload = json.dumps(wish | {"args": {"begin": NOW_MS, "end": NOW_MS + span_ms}}).encode()
    arrived = Arrived(authority=Authority.SERVICE, payload=payload, retained=False)
    verdict = judge(arrived, topics=Topics("gw/a/b/"), session=SESSION, now_s=0.0)
    assert isinstance(verdict, Outcome)
    assert (verdict.reason, "15 minutes" in verdict.detail) == ("malformed", True)

"""What only observes may break; protection goes on. What protects may break; then the process ends and is replaced."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.field import events, process
from gateway.field.recorder import Recorder
from gateway.field.trips import Trips
from gateway.protection.relay import Relay
from gateway.wire.messages import encode_event
from gateway.wire.outbox import Outbox
from tests.scenario.test_house import OUTLET, POSITION, SETTLED_S, UNIT, charging, now_s, play

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.scenario.house import Running


def breaks(*_: Any, **__: Any) -> None:
    raise RuntimeError("broken on purpose")


@pytest.mark.parametrize(
    ("place", "name", "fault"),
    [
        (Recorder, "note", "record"),
        (Recorder, "begin", "telling"),
        (Recorder, "sent", "record"),
        (Recorder, "close_due", "record"),
        (Recorder, "verified", "telling"),
        (Trips, "begin", "telling"),
        (Outbox, "scan", "record"),
        (process, "tell", "telling"),
        (process.Field, "keep", "memory"),
    ],
)
def test_an_overcurrent_is_cut_off_while_an_observer_is_broken(
    monkeypatch: pytest.MonkeyPatch, place: Any, name: str, fault: str
) -> None:
    async def story(shed: Running) -> None:
        await charging(shed)
        monkeypatch.setattr(place, name, breaks)
        stepped_s = now_s()
        shed.bank.amps[UNIT, POSITION] = 16.0
        await asyncio.sleep(8.0)
        offs = [end_s for end_s, is_on in shed.bank.switched(UNIT, POSITION) if not is_on]
        assert (offs[0] - stepped_s) * 1000 <= shed.bound_ms
        monkeypatch.undo()
        told = shed.told("alarm", alarm=f"{fault}-failed", active=True)
        assert [event["body"]["detail"] for event in told] == ["RuntimeError: broken on purpose"]
        assert shed.house.field.faults[fault] >= 1

    play(story)


def test_an_event_that_cannot_be_told_is_in_nobodys_way(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = encode_event

    def picky(event: Any, memory: Any = None) -> bytes:
        if event.body.get("stage") == "tripped":
            raise TypeError("no text for this")
        return whole(event, memory)

    async def story(shed: Running) -> None:
        await charging(shed)
        monkeypatch.setattr(events, "encode_event", picky)
        shed.bank.amps[UNIT, POSITION] = 16.0
        await asyncio.sleep(8.0)
        assert shed.bank.coils[UNIT, POSITION] == 0
        assert len(shed.told("gateway", what="untold")) == 1
        assert shed.told("trip", stage="recorded")
        numbers = [int(event["id"].rpartition("-")[2]) for event in shed.events]
        assert numbers == list(range(1, len(numbers) + 1))

    play(story)


@pytest.mark.parametrize(
    "break_it", [lambda m: m.setattr(Relay, "sample", breaks), lambda m: m.setattr(Relay, "tick", breaks)]
)
def test_an_error_in_what_protects_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, break_it: Callable[[pytest.MonkeyPatch], None]
) -> None:
    async def story(shed: Running) -> None:
        await asyncio.sleep(SETTLED_S)
        break_it(monkeypatch)
        await asyncio.sleep(5.0)
        assert shed.house.field.arbiter.grants.of(OUTLET) is None

    with pytest.raises(ExceptionGroup) as ended:
        play(story)
    assert ended.group_contains(RuntimeError, match="broken on purpose")

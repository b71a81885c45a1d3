"""What is remembered of devices' own messages stays small, whatever they send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from gateway.bus.driver import Report
from gateway.field.events import Events
from gateway.field.reported import MOST_ANSWERED, MOST_UNDER_WAY, Reported
from gateway.model.event import EventKind
from gateway.model.wiring import Table, Write
from gateway.wire.messages import decode_event
from gateway.wire.outbox import Outbox

if TYPE_CHECKING:
    from gateway.field.device import FieldDevice
    from gateway.field.loop import ControlLoop


class Model:
    outlets = ()


class Device:
    name = "pile"
    model = Model()
    outlet_names = ()


class Bench:
    """Messages of one device; `told` is what it was answered."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.told: list[Write] = []
        self.outbox = Outbox("stream")
        self.events = Events(boot="one", outbox=self.outbox, memory=None, wake=lambda: None, now=lambda: self.now_s)
        self.reported = Reported(
            events=self.events, answering=self, events_full=lambda: self.outbox.is_full, now=lambda: self.now_s
        )

    def tell(self, loop: ControlLoop, device: FieldDevice, write: Write) -> None:
        del loop, device
        self.told.append(write)

    def take(self, number: int, *, wants_answer: bool = True) -> None:
        answer = Write(Table.HOLDING, 0x0500, (number,)) if wants_answer else None
        report = Report(
            unit=1,
            name="told",
            frame=b"frame",
            payload=b"payload",
            values={"energy_wh": 480},
            number=str(number),
            answer=answer,
            repeats_for_s=60.0,
        )
        self.reported.take(cast("Any", None), cast("Any", Device()), report)

    def stores(self) -> None:
        self.events.settle()
        self.events.acknowledged(self.outbox.events_to)


def test_a_device_that_counts_on_for_ever_fills_nothing() -> None:
    bench = Bench()
    for number in range(3 * MOST_ANSWERED):
        bench.take(number)
        bench.stores()
    assert len(bench.told) == 3 * MOST_ANSWERED
    assert len(bench.reported._answered) == MOST_ANSWERED
    assert not bench.reported._under_way
    bench.now_s = 61.0
    bench.take(-1)
    assert not bench.reported._answered


def test_what_wants_no_answer_is_an_event_each_time_and_is_remembered_by_nobody() -> None:
    bench = Bench()
    for _ in range(MOST_UNDER_WAY + 5):
        bench.take(1, wants_answer=False)
    bench.events.settle()
    assert bench.outbox.events_to == MOST_UNDER_WAY + 5
    assert not bench.reported._under_way
    bench.stores()
    assert bench.told == []


def test_an_event_carries_everything_that_its_device_has_said() -> None:
    bench = Bench()
    bench.take(7)
    bench.events.settle()
    ((_, text),) = bench.outbox.unacknowledged
    event, _ = decode_event(text)
    assert (event.kind, event.target) == (EventKind.DEVICE, "pile")
    assert {name: event.body[name] for name in ("report", "energy_wh", "number", "wants_answer", "raw")} == {
        "report": "told",
        "energy_wh": 480,
        "number": "7",
        "wants_answer": True,
        "raw": b"frame".hex(),
    }


def test_a_message_is_answered_only_by_the_acknowledgement_of_its_own_event() -> None:
    bench = Bench()
    bench.take(1)
    bench.events.settle()
    first = bench.outbox.events_to
    bench.take(2)
    bench.events.settle()
    bench.events.acknowledged(first)
    assert [write.values for write in bench.told] == [(1,)]
    bench.events.acknowledged(first + 1)
    assert [write.values for write in bench.told] == [(1,), (2,)]

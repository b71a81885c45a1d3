"""Offsets and messages, whatever order things happen in."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.model.scan import Quality
from gateway.uplink.outgoing import Routed, of_events, of_readings, route
from gateway.uplink.source import Batch
from gateway.uplink.topic import Topics
from gateway.uplink.window import Window
from tests.unit.uplink.memory import AGap, AnEvent, AScan, At, parsed, pile_layout, pile_raw

TOPICS = Topics("gw/shed/box/")
DEVICES = 3


@st.composite
def slices(draw: st.DrawFn) -> list[tuple[list[list[int]], int]]:
    """Slices of records 1.. in a row, each dealt out to messages at random: (records of each message, last record)."""
    found, first = [], 1
    for size in draw(st.lists(st.integers(1, 12), min_size=1, max_size=5)):
        messages: dict[int, list[int]] = {}
        for seq in range(first, first + size):
            messages.setdefault(draw(st.integers(0, 3)), []).append(seq)
        found.append((sorted(messages.values()), first + size - 1))
        first += size
    return found


@given(slices(), st.data())
def test_the_offset_is_the_lowest_contiguous_acknowledgement_in_any_order(
    dealt: list[tuple[list[list[int]], int]], data: st.DataObject
) -> None:
    window, arrived = Window(0), set()
    waiting: list[list[int]] = []
    pending = list(dealt)
    while pending or waiting:
        if pending and (not waiting or data.draw(st.booleans())):
            messages, last = pending.pop(0)
            window.announce([message[0] for message in messages], last)
            waiting += messages
        else:
            message = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
            arrived |= set(message)
            before = window.offset
            assert window.acknowledge(message[0]) == (window.offset > before)
        contiguous = 0
        while contiguous + 1 in arrived:
            contiguous += 1
        # Never beyond what arrived; behind it only by records of a message whose lowest is still on its way.
        assert window.offset <= contiguous
        assert all(seq <= window.offset or not _is_safe(seq, waiting, window.head) for seq in range(1, contiguous + 1))
    assert window.offset == window.head == dealt[-1][1]


def _is_safe(seq: int, waiting: list[list[int]], head: int) -> bool:
    return seq <= head and all(message[0] > seq for message in waiting)


@st.composite
def logged(draw: st.DrawFn) -> tuple[list[Batch | AGap], set[int], set[int]]:
    """Batches and gaps in a row; with the numbers that scans have, and the numbers that are gone."""
    records: list[Batch | AGap] = []
    scans_of, gone, first = set(), set(), draw(st.integers(1, 1000))
    for size in draw(st.lists(st.integers(1, 60), min_size=1, max_size=4)):
        numbers = range(first, first + size)
        if draw(st.integers(0, 4)) == 0:
            records.append(AGap("reading", first, first + size - 1))
            gone |= set(numbers)
        else:
            clock = draw(st.integers(0, 2))
            held = [
                AScan(draw(st.integers(1, DEVICES + 1)), 100.0, pile_raw(1), draw(st.sampled_from(Quality)))
                for _ in numbers
            ]
            records.append(Batch("1-aa", first, first + size - 1, At(clock=clock), held))
            scans_of |= set(numbers)
        first += size
    return records, scans_of, gone


@given(logged())
def test_every_record_is_in_exactly_one_message_in_ascending_order(
    given_: tuple[list[Batch | AGap], set[int], set[int]],
) -> None:
    records, scans, gone = given_
    made: dict[tuple[str, int], Routed | None] = {
        ("1-aa", n): route(pile_layout(f"pile-{n:02d}"), TOPICS) for n in range(1, DEVICES + 1)
    }
    messages = of_readings(records, made, TOPICS)
    lowest = [message.lowest for message in messages]
    assert lowest == sorted(set(lowest))
    carried: list[int] = []
    dropped: list[int] = []
    for message in messages:
        said: Any = parsed(message.payload())
        if message.topics == ("gw/shed/box/event/dropped",):
            own = list(range(said["first_seq"], said["last_seq"] + 1))
            dropped += own
        else:
            own = said["seq"]
            carried += own
        assert (message.lowest, message.records) == (own[0], len(own))
    assert sorted(carried) == sorted(scans)
    assert sorted(dropped) == sorted(gone)


@given(st.binary(max_size=60) | st.just(b'{"target":"a","body":1}'), st.text(max_size=20))
def test_no_stored_event_can_stop_the_ones_behind_it(body: bytes, kind: str) -> None:
    (message,) = of_events([AnEvent(5, body=body, kind=kind)], TOPICS)
    assert parsed(message.payload())["event_seq"] == 5

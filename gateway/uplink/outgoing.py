"""Records to messages: which topics, which payload, and which records' arrival an acknowledgement proves. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.model.scan import Quality
from gateway.uplink.encode import CLOCKS, Dated, Template, undecoded
from gateway.uplink.message import DroppedMessage, EventMessage
from gateway.uplink.source import EVENT, Batch, Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.layout import Layout
    from gateway.uplink.source import Record, StoredEvent
    from gateway.uplink.topic import Topics

SCANS_A_MESSAGE = 16
"""A message of 60 registers is then 8 KB; publishing costs a tenth of what it costs with a message for each scan."""

Made = Mapping[tuple[str, int], "Routed | None"]
"""Routes by boot and the log's number of the layout; None where a layout cannot be known."""

_LEVEL = re.compile(r"[a-z0-9-]{1,64}")
_UNKNOWN = "unknown"


class Outgoing(NamedTuple):
    """One message, for one or two topics. `lowest` is the lowest number of its `records`; the payload is made late."""

    lowest: int
    records: int
    topics: tuple[str, ...]
    payload: Callable[[], bytes]


class Routed(NamedTuple):
    """Where the scans of a layout go, and how they are written."""

    topic: str
    template: Template


def route(layout: Layout, topics: Topics) -> Routed:
    """Return the way of a layout. Raises `ValueError` for a device that cannot be a topic, or stray points."""
    return Routed(topics.telemetry(layout.device), Template(layout))


def of_events(records: Sequence[StoredEvent | Missing], topics: Topics) -> list[Outgoing]:
    """Return a message for each record, in order."""
    return [_missing(record, topics) if isinstance(record, Missing) else _event(record, topics) for record in records]


def of_readings(records: Sequence[Batch | Missing], made: Made, topics: Topics) -> list[Outgoing]:
    """Return messages in ascending order of their lowest number, each with scans of one block of one device."""
    full: list[Outgoing] = []
    open_: dict[tuple[str, int, int, int], list[Dated]] = {}
    for record in records:
        if isinstance(record, Missing):
            full.append(_missing(record, topics))
            continue
        at, boot = record.at, record.boot
        clock, offset_ms = int(at.clock), at.ts_ms - at.mono_s * 1000.0
        for seq, scan in enumerate(record.scans, record.first_seq):
            key = (boot, clock, scan.layout_id, int(scan.quality))
            group = open_.setdefault(key, [])
            group.append(Dated(seq, round(offset_ms + scan.taken_s * 1000.0), scan.raw))
            if len(group) == SCANS_A_MESSAGE:
                full.append(_telemetry(key, open_.pop(key), made, topics))
    full += [_telemetry(key, group, made, topics) for key, group in open_.items()]
    full.sort(key=lambda message: message.lowest)
    return full


def of_replay(records: Sequence[Record], made: Made, topics: Topics) -> list[Outgoing]:
    """Return the messages of records of either sort."""
    batches = [record for record in records if isinstance(record, Batch)]
    others = [record for record in records if not isinstance(record, Batch)]
    return of_events(others, topics) + of_readings(batches, made, topics)


def _telemetry(
    key: tuple[str, int, int, int],
    scans: list[Dated],
    made: Made,
    topics: Topics,
) -> Outgoing:
    boot, clock, layout_id, quality = key
    routed = made.get((boot, layout_id))
    if routed is None:
        payload = partial(undecoded, boot, clock, scans, "unknown-layout", _UNKNOWN)
        return Outgoing(scans[0].seq, len(scans), (topics.telemetry(_UNKNOWN),), payload)
    if quality == Quality.GOOD:
        payload = partial(routed.template.telemetry, boot, clock, scans)
    else:
        payload = partial(routed.template.failed, boot, clock, scans, Quality(quality))
    return Outgoing(scans[0].seq, len(scans), (routed.topic,), payload)


def _event(record: StoredEvent, topics: Topics) -> Outgoing:
    kind = record.kind if _LEVEL.fullmatch(record.kind) else _UNKNOWN
    target, body = read_body(record.body)
    message = EventMessage(
        id=record.id,
        boot=record.boot,
        event_seq=record.seq,
        ts=record.at.ts_ms,
        clock=CLOCKS[int(record.at.clock)],  # type: ignore[arg-type]  # one of the three words
        kind=kind,
        target=target,
        body=body,
    )
    payload = message.model_dump_json().encode()
    names = [topics.event(kind)]
    command_id = body.get("id") if kind == "outcome" and isinstance(body, dict) else None
    if isinstance(command_id, str) and _LEVEL.fullmatch(command_id):
        names.append(topics.outcome(command_id))
    return Outgoing(record.seq, 1, tuple(names), lambda: payload)


def read_body(stored: bytes) -> tuple[str, Any]:
    """Return target and body of a stored event; what is not of that form is passed on whole, for the whole site."""
    try:
        said = json.loads(stored)
    except ValueError:
        return "*", {"undecoded": stored.decode("utf-8", "replace")}
    if isinstance(said, dict) and said.keys() == {"target", "body"} and isinstance(said["target"], str):
        return said["target"], said["body"]
    return "*", said


def _missing(record: Missing, topics: Topics) -> Outgoing:
    message = DroppedMessage(
        stream="event" if record.stream == EVENT else "reading", first_seq=record.first_seq, last_seq=record.last_seq
    )
    payload = message.model_dump_json().encode()
    return Outgoing(
        record.first_seq, record.last_seq - record.first_seq + 1, (topics.event("dropped"),), lambda: payload
    )

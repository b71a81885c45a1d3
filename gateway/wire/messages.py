"""What field and edge say to one another in JSON: hello, snapshot, events, grants, commands. Pure.

Times inside are field's monotonic clock unless a name says otherwise; edge maps them to wall time once, by the pair
(`now_s` of the hello, its own clock), because field needs no wall clock.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.model.command import Command, CommandKind, Grant, Origin
from gateway.model.event import Event, EventKind
from gateway.model.scan import Quality
from gateway.wire.frames import MessageError
from gateway.wire.strict import LONGEST_TEXT, Fields, object_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LONGEST_GRANT_S = 86_400.0
"""No order is longer than the uplink takes; a grant above this has no limit worth the name."""

LONGEST_GAP = 40
"""Two numbers of the socket's own counting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """First frame of both sides; a different protocol or configuration ends the connection with a reason.

    `stream` names the event stream that field's numbers belong to: it outlives field's process as long as its memory
    does. `layouts` are `[number, device, description]`, the description as `gateway.model.layout` makes it.
    """

    protocol: int
    config_hash: str
    boot: str
    stream: str = ""
    now_s: float = 0.0
    layouts: tuple[tuple[int, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Field's live state, which wins over any copy.

    `had_memory` is false when field started without memory of its own, or with that of one which had done so and never
    met edge: only then does edge's copy count, and a latch in either copy is a latch. It holds what is told up to event
    `events_to`; field still has those from `events_from` on. `image` is layout -> [taken_s, quality, raw in hex];
    `protection` is bus -> the relay's memory; `silent` and `lost` are devices; `alarms` are those that stand,
    `TARGET:WORD`.
    """

    had_memory: bool
    events_to: int = 0
    events_from: int = 0
    grants: tuple[Mapping[str, Any], ...] = ()
    silent: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    bounds_ms: Mapping[str, float] = field(default_factory=dict)
    image: Mapping[str, Any] = field(default_factory=dict)
    protection: Mapping[str, Any] = field(default_factory=dict)


MEMORY_ADDED = "memory-added"
"""What field says of a line once it has taken edge's copy: from then on its own memory counts alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """Edge's copy of what protection remembers, bus by bus; says nothing where edge knows nothing."""

    protection: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Edge's word that an order is over: its grant ends, whatever it says."""

    id: str
    outlet: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Granting:
    """A grant on its way: `adopt` lets an outlet that is on stay on, and never switches one on."""

    grant: Grant
    command_id: str
    adopt: bool = False


T = TypeVar("T", Hello, Snapshot, Remembered, Revocation)
E = TypeVar("E", bound=StrEnum)


def encode(message: Hello | Snapshot | Remembered | Revocation) -> bytes:
    """Return a message as JSON bytes."""
    return _json(asdict(message))


def decode(kind: type[T], payload: bytes) -> T:
    """Return the message in a payload. Raises `MessageError` where it is not one."""
    what = kind.__name__
    message: T = _READERS[kind](Fields(what, object_of(what, payload)))
    return message


def _hello(said: Fields) -> Hello:
    layouts = said.rows("layouts", may_miss=True)
    for row in layouts:
        if not (isinstance(row, list) and [type(part) for part in row] == [int, str, str]):
            raise MessageError("Hello: a layout is [number, device, description]")
    return Hello(
        protocol=said.whole("protocol"),
        config_hash=said.text("config_hash"),
        boot=said.text("boot"),
        stream=said.text("stream", ""),
        now_s=said.number("now_s", 0.0),
        layouts=tuple((number, device, description) for number, device, description in layouts),
    )


def _snapshot(said: Fields) -> Snapshot:
    bounds = Fields("Snapshot.bounds_ms", said.table("bounds_ms", may_miss=True))
    image = said.table("image", may_miss=True)
    for number, row in image.items():
        _check_scan(number, row)
    return Snapshot(
        had_memory=said.flag("had_memory"),
        events_to=said.whole("events_to", 0),
        events_from=said.whole("events_from", 0),
        grants=tuple(checked_running(row) for row in said.rows("grants", may_miss=True)),
        silent=said.texts("silent"),
        lost=said.texts("lost"),
        alarms=said.texts("alarms"),
        bounds_ms={name: bounds.number(name) for name in said.table("bounds_ms", may_miss=True)},
        image=image,
        protection=said.table("protection", may_miss=True),
    )


def _check_scan(number: str, row: object) -> None:
    """Take a row of the image, [taken_s, quality, raw in hex] by its layout's number, or refuse it."""
    if not isinstance(row, list) or len(row) != len(("taken_s", "quality", "raw")):
        raise MessageError(f"image of layout {number[:20]!a} is not [taken_s, quality, raw]")
    taken_s, quality, raw = row
    try:
        scan = Fields("image", {"taken_s": taken_s, "quality": quality})
        scan.number("taken_s")
        Quality(scan.whole("quality"))
        bytes.fromhex(raw)
        int(number)
    except (TypeError, ValueError) as error:
        raise MessageError(f"image of layout {number[:20]!a}: {error}") from None


def checked_running(row: object) -> dict[str, Any]:
    """Return a grant that holds, as `Running.to_json` makes it, checked. Raises `MessageError`."""
    said = Fields("grant", row)
    closed_s, register_wh = said.number_or_none("closed_s"), said.number_or_none("register_wh")
    until_s = said.inner("grant").number("until_s")
    return {
        "grant": asdict(_grant(said.inner("grant"), until_s)),
        "started_s": said.number("started_s"),
        "wh": said.number("wh", low=0.0),
        "register_wh": register_wh,
        "closed_s": closed_s,
    }


def _grant(said: Fields, until_s: float) -> Grant:
    said.only("outlet", "order_id", "until_s", "max_wh", "max_w", "device_order_no", "version")
    return Grant(
        outlet=said.name("outlet"),
        order_id=said.name("order_id"),
        until_s=until_s,
        max_wh=said.whole("max_wh", 0),
        max_w=said.whole("max_w", 0),
        device_order_no=said.text("device_order_no", ""),
        version=said.whole("version", 1),
    )


def _remembered(said: Fields) -> Remembered:
    return Remembered(protection=said.table("protection", may_miss=True))


def _revocation(said: Fields) -> Revocation:
    return Revocation(id=said.name("id"), outlet=said.name("outlet"), order_id=said.name("order_id"))


_READERS: Mapping[type, Callable[[Fields], Any]] = {
    Hello: _hello,
    Snapshot: _snapshot,
    Remembered: _remembered,
    Revocation: _revocation,
}


def encode_event(event: Event, memory: Mapping[str, Any] | None = None) -> bytes:
    """Return an event; `memory` is what protection remembers from it on (bus -> memory), kept by edge beside it."""
    kept = {} if memory is None else {"memory": memory}
    said = {"id": event.id, "kind": event.kind, "target": event.target, "at_s": event.at_s, "body": event.body}
    return _json(said | kept)


def decode_event(payload: bytes) -> tuple[Event, Mapping[str, Any]]:
    """Return the event in a payload, and what protection remembers with it. Raises `MessageError`."""
    said = Fields("event", object_of("event", payload))
    event = Event(
        id=said.name("id"),
        kind=_one_of(EventKind, said.text("kind")),
        target=said.text("target"),
        at_s=said.number("at_s"),
        body=said.table("body"),
    )
    return event, said.table("memory", may_miss=True)


def encode_command(command: Command, ttl_s: float | None) -> bytes:
    """Return a command; its expiry crosses as a time to live, because the two processes' clocks are their own."""
    return _json(
        {
            "id": command.id,
            "kind": command.kind,
            "target": command.target,
            "origin": int(command.origin),
            "args": dict(command.args),
            "ttl_s": ttl_s,
        }
    )


def decode_command(payload: bytes, now_s: float) -> Command:
    """Return the command in a payload, its time to live counted from `now_s`. Raises `MessageError`."""
    values = object_of("command", payload)
    said = Fields("command", values)
    with _named(values):
        ttl_s = said.number_or_none("ttl_s")
        return Command(
            id=said.name("id"),
            kind=_one_of(CommandKind, said.text("kind")),
            target=said.name("target"),
            origin=Origin(said.whole("origin", low=min(Origin), high=max(Origin))),
            args=said.table("args"),
            expires_s=None if ttl_s is None else now_s + ttl_s,
        )


def encode_grant(granting: Granting, now_s: float) -> bytes:
    """Return a grant; its end crosses as the time that is left."""
    grant = asdict(granting.grant)
    left_s = grant.pop("until_s") - now_s
    return _json({"id": granting.command_id, "adopt": granting.adopt, "left_s": left_s, "grant": grant})


def decode_grant(payload: bytes, now_s: float) -> Granting:
    """Return the grant in a payload, its end counted from `now_s`. Raises `MessageError`.

    One whose time is over already is a grant all the same: field refuses it with its reason.
    """
    values = object_of("grant", payload)
    said = Fields("grant", values)
    with _named(values):
        left_s = said.number("left_s", high=LONGEST_GRANT_S)
        grant = said.inner("grant")
        if "until_s" in said.table("grant"):
            raise MessageError("grant: its end is `left_s`, and nothing else")
        return Granting(grant=_grant(grant, now_s + left_s), command_id=said.name("id"), adopt=said.flag("adopt"))


@contextmanager
def _named(values: Mapping[str, object]) -> Iterator[None]:
    """Give an error the id of the wish that it belongs to, so that somebody can be told."""
    try:
        yield
    except MessageError as error:
        wish = values.get("id")
        raise MessageError(str(error), wish if isinstance(wish, str) and len(wish) <= LONGEST_TEXT else "") from None


def _one_of(kinds: type[E], word: str) -> E:
    try:
        return kinds(word)
    except ValueError:
        raise MessageError(f"no {kinds.__name__} is {word[:40]!a}") from None


def encode_gap(last: int, scans: int) -> bytes:
    """Return the rest of a gap's frame, whose number is the first that it covers: `scans` of first..last are gone."""
    return b"%d %d" % (last, scans)


def decode_gap(payload: bytes) -> int:
    """Return how many scans a gap has swallowed. Raises `MessageError`."""
    last, _, scans = payload.partition(b" ")
    if not (last.isdigit() and scans.isdigit() and len(payload) <= LONGEST_GAP):
        raise MessageError(f"not a gap: {payload[:40]!r}")
    return int(scans)


def _json(values: Mapping[str, Any]) -> bytes:
    try:
        return _text(values)
    except ValueError:  # a number that JSON does not have: a missing value
        return _text(_finite(values))


def _text(values: object) -> bytes:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain).encode()


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if hasattr(value, "items"):
        return {name: _finite(each) for name, each in value.items()}
    return value


def _plain(value: object) -> object:
    if hasattr(value, "items"):
        return dict(value.items())
    raise TypeError(f"{type(value).__name__} does not cross the socket")

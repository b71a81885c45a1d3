"""What field and edge say to one another in JSON: hello, snapshot, events, grants, commands. Pure.

Times inside are field's monotonic clock unless a name says otherwise; edge maps them to wall time once, by the pair
(`now_s` of the hello, its own clock), because field needs no wall clock.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.model.command import Command, CommandKind, Grant, Origin
from gateway.model.event import Event, EventKind
from gateway.wire.frames import WireError

if TYPE_CHECKING:
    from collections.abc import Mapping


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

    `had_memory` is false when field started without memory of its own: only then does edge's copy count, and a latch
    in either copy is a latch. It holds what is told up to event `events_to`. `image` is layout -> [taken_s, quality,
    raw in hex]; `protection` is bus -> the relay's memory; `silent` and `lost` are devices.
    """

    had_memory: bool
    events_to: int = 0
    grants: tuple[Mapping[str, Any], ...] = ()
    silent: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    bounds_ms: Mapping[str, float] = field(default_factory=dict)
    image: Mapping[str, Any] = field(default_factory=dict)
    protection: Mapping[str, Any] = field(default_factory=dict)


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


def encode(message: Hello | Snapshot | Remembered | Revocation) -> bytes:
    """Return a message as JSON bytes."""
    return _json(asdict(message))


def decode(kind: type[T], payload: bytes) -> T:
    """Return the message in a payload. Raises `WireError` where it is not one."""
    values = _object(payload)
    known = {entry.name for entry in fields(kind)}
    try:
        return kind(**{name: value for name, value in values.items() if name in known})
    except TypeError as error:
        raise WireError(f"not a {kind.__name__}: {error}") from error


def encode_event(event: Event, memory: Mapping[str, Any] | None = None) -> bytes:
    """Return an event; `memory` is what protection remembers from it on (bus -> memory), kept by edge beside it."""
    kept = {} if memory is None else {"memory": memory}
    said = {"id": event.id, "kind": event.kind, "target": event.target, "at_s": event.at_s, "body": event.body}
    return _json(said | kept)


def decode_event(payload: bytes) -> tuple[Event, Mapping[str, Any]]:
    """Return the event in a payload, and what protection remembers with it. Raises `WireError`."""
    values = _object(payload)
    try:
        event = Event(
            id=str(values["id"]),
            kind=EventKind(values["kind"]),
            target=str(values["target"]),
            at_s=float(values["at_s"]),
            body=dict(values["body"]),
        )
        return event, dict(values.get("memory", {}))
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"not an event: {error}") from error


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
    """Return the command in a payload, its time to live counted from `now_s`. Raises `WireError`."""
    values = _object(payload)
    try:
        ttl_s = values["ttl_s"]
        return Command(
            id=values["id"],
            kind=CommandKind(values["kind"]),
            target=values["target"],
            origin=Origin(values["origin"]),
            args=dict(values["args"]),
            expires_s=None if ttl_s is None else now_s + float(ttl_s),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"not a command: {error}") from error


def encode_grant(granting: Granting, now_s: float) -> bytes:
    """Return a grant; its end crosses as the time that is left."""
    grant = asdict(granting.grant)
    left_s = grant.pop("until_s") - now_s
    return _json({"id": granting.command_id, "adopt": granting.adopt, "left_s": left_s, "grant": grant})


def decode_grant(payload: bytes, now_s: float) -> Granting:
    """Return the grant in a payload, its end counted from `now_s`. Raises `WireError`."""
    values = _object(payload)
    try:
        grant = Grant(until_s=now_s + float(values["left_s"]), **values["grant"])
        return Granting(grant=grant, command_id=str(values["id"]), adopt=bool(values["adopt"]))
    except (KeyError, TypeError, ValueError) as error:
        raise WireError(f"not a grant: {error}") from error


def encode_gap(last: int, scans: int) -> bytes:
    """Return the rest of a gap's frame, whose number is the first that it covers: `scans` of first..last are gone."""
    return b"%d %d" % (last, scans)


def decode_gap(payload: bytes) -> int:
    """Return how many scans a gap has swallowed. Raises `WireError`."""
    try:
        _, scans = payload.split()
        return int(scans)
    except ValueError as error:
        raise WireError(f"not a gap: {payload[:40]!r}") from error


def _json(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> object:
    if hasattr(value, "items"):
        return dict(value.items())
    raise TypeError(f"{type(value).__name__} does not cross the socket")


def _object(payload: bytes) -> dict[str, Any]:
    try:
        values = json.loads(payload)
    except ValueError as error:
        raise WireError(f"not JSON: {error}") from error
    if not isinstance(values, dict):
        raise WireError("not a JSON object")
    return values

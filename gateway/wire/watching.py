"""Edge asks to watch a line for some seconds, and field tells the frames that pass meanwhile. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from gateway.wire.frames import MessageError
from gateway.wire.strict import Fields, object_of

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WATCH_S = 10.0
"""Whoever still watches asks again before this is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Tell the frames of a line for so long from now on."""

    bus: str
    for_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One transaction, or what a device has said unasked (`kind` "report", an empty `request`).

    Times are field's monotonic seconds; `reply_s` and `reply_end_s` are 0.0 where nothing came. `kind` is "read",
    "write" or "report", `why` what the bus did it for, `what` the block, the write or the report in a few signs.
    `layout` is the number of what was read, -1 for anything else; `payload` is the data in a good reply.
    """

    device: str
    kind: str
    why: str
    what: str
    sent_s: float
    request: bytes = b""
    reply_s: float = 0.0
    reply_end_s: float = 0.0
    reply: bytes = b""
    payload: bytes = b""
    failure: str = ""
    layout: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheaf:
    """What passed on one line since the sheaf before; `dropped` transactions had no room."""

    bus: str
    dropped: int
    seen: tuple[Seen, ...]


_BYTES = ("request", "reply", "payload")
_PLAIN = tuple(each.name for each in fields(Seen) if each.name not in _BYTES)


def encode_watch(watch: Watch) -> bytes:
    """Return a wish to watch as JSON bytes."""
    return json.dumps(asdict(watch), separators=(",", ":")).encode()


def decode_watch(payload: bytes) -> Watch:
    """Return the wish in a payload. Raises `MessageError`."""
    said = Fields("Watch", object_of("Watch", payload))
    said.only("bus", "for_s")
    return Watch(bus=said.name("bus"), for_s=said.number("for_s", low=0.0, high=LONGEST_WATCH_S))


def encode_sheaf(sheaf: Sheaf) -> bytes:
    """Return a sheaf as JSON bytes: bytes in hex."""
    seen = [_said(each) for each in sheaf.seen]
    said = {"bus": sheaf.bus, "dropped": sheaf.dropped, "seen": seen}
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def _said(seen: Seen) -> dict[str, object]:
    return {name: getattr(seen, name) for name in _PLAIN} | {name: getattr(seen, name).hex() for name in _BYTES}


def decode_sheaf(payload: bytes) -> Sheaf:
    """Return the sheaf in a payload. Raises `MessageError`."""
    said = Fields("Sheaf", object_of("Sheaf", payload))
    rows = said.rows("seen")
    return Sheaf(bus=said.name("bus"), dropped=said.whole("dropped"), seen=tuple(_seen(row) for row in rows))


def _seen(row: Mapping[str, Any]) -> Seen:
    said = Fields("Sheaf.seen", row)
    return Seen(
        device=said.text("device"),
        kind=said.text("kind"),
        why=said.text("why"),
        what=said.text("what"),
        sent_s=said.number("sent_s"),
        request=_bytes(row, "request"),
        reply_s=said.number("reply_s"),
        reply_end_s=said.number("reply_end_s"),
        reply=_bytes(row, "reply"),
        payload=_bytes(row, "payload"),
        failure=said.text("failure"),
        layout=said.whole("layout", low=-1),
    )


def _bytes(row: Mapping[str, Any], name: str) -> bytes:
    try:
        return bytes.fromhex(row[name])
    except (KeyError, TypeError, ValueError):
        raise MessageError(f"Sheaf.seen: `{name}` must be bytes in hex") from None

"""Field's side of the unix socket: one edge at a time, told everything, never waited for.

What edge does not take stays here within limits (`gateway.wire.outbox`); what edge says goes to the arbiter.
"""

from __future__ import annotations

import asyncio
import errno
import os
from typing import TYPE_CHECKING, Protocol

from gateway.field.frames import Taps
from gateway.model.command import Outcome
from gateway.model.event import EventKind
from gateway.wire.frames import EVENTS, PROTOCOL, READINGS, Kind, MessageError, Splitter, WireError, pack, split_number
from gateway.wire.messages import (
    Hello,
    Remembered,
    Revocation,
    decode,
    decode_command,
    decode_grant,
    encode,
)
from gateway.wire.outbox import UNSENT_LIMIT_BYTES
from gateway.wire.watching import decode_watch, encode_sheaf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gateway.field.process import Field

SOON_S = 0.002
"""Events leave this long after they happened: by then the OFF that goes with them is on the line."""


LONGEST_PATH = 107  # unix(7)


class Line(Protocol):
    """What the door needs of a transport."""

    def write(self, data: bytes) -> None: ...
    def get_write_buffer_size(self) -> int: ...
    def abort(self) -> None: ...


class Visitor(asyncio.Protocol):
    """One connection: bytes to frames, and whether its hello was taken."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._splitter = Splitter()
        self.line: Line | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - a stream socket's always is
        self.line = transport
        transport.write(self._door.hello())

    def data_received(self, data: bytes) -> None:
        try:
            for kind, payload in self._splitter.feed(data):
                try:
                    self._door.take(self, kind, payload)
                except MessageError as error:
                    self._door.set_aside(self, kind, error)
        except WireError as error:
            self._door.refuse(self, str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._door.gone(self)


class Door:
    """Where edge comes in. `layouts` are `(number, device, description)` of everything that is read."""

    def __init__(self, field: Field, layouts: Sequence[tuple[int, str, str]], now: Callable[[], float]) -> None:
        self._field = field
        self._layouts = tuple(layouts)
        self._now = now
        self._taps = Taps(lambda: field.loops)
        self._visitor: Visitor | None = None
        self._server: asyncio.Server | None = None
        self._flush_due = False
        self._refused = ""

    async def open(self, path: Path) -> None:
        """Listen to whoever may look into the socket's folder; an earlier socket gives way. Raises `OSError`."""
        if len(os.fsencode(path)) > LONGEST_PATH:
            raise OSError(errno.ENAMETOOLONG, f"longer than the {LONGEST_PATH} bytes of a socket's path", str(path))
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: Visitor(self), str(path))

    def close(self) -> None:
        """Listen no more, and leave who is there."""
        if self._server is not None:
            self._server.close()
        if self._visitor is not None and self._visitor.line is not None:
            self._visitor.line.abort()

    # ------------------------------------------------------------------ to edge

    def hello(self) -> bytes:
        """Return field's first frame."""
        field = self._field
        return pack(
            Kind.HELLO,
            encode(
                Hello(
                    protocol=PROTOCOL,
                    config_hash=field.config_hash,
                    boot=field.boot,
                    stream=field.outbox.stream,
                    now_s=self._now(),
                    layouts=self._layouts,
                )
            ),
        )

    def soon(self) -> None:
        """Send what there is once the line has been served."""
        if not self._flush_due:
            self._flush_due = True
            asyncio.get_running_loop().call_later(SOON_S, self.flush)

    def flush(self) -> None:
        """Send what there is and what there is room for; called often, costs nothing when there is nothing."""
        self._flush_due = False
        outbox = self._field.outbox
        line = None if self._visitor is None else self._visitor.line
        if line is None:
            return
        frames = outbox.flush(UNSENT_LIMIT_BYTES - line.get_write_buffer_size())
        if frames:
            line.write(b"".join(frames))
        if line.get_write_buffer_size() < UNSENT_LIMIT_BYTES:  # who only watches comes last
            for sheaf in self._taps.due(self._now()):
                line.write(pack(Kind.FRAMES, encode_sheaf(sheaf)))

    # ------------------------------------------------------------------ from edge

    def take(self, visitor: Visitor, kind: Kind, payload: bytes) -> None:
        """Take one frame. Raises `WireError` for one that no edge of this version sends."""
        if kind is Kind.HELLO:
            self._greet(visitor, decode(Hello, payload))
            return
        if visitor is not self._visitor:
            raise WireError("a frame before the hello, or after another edge has come")
        match kind:
            case Kind.ACK:
                self._acknowledged(payload)
            case Kind.MEMORY:
                self._field.recall(decode(Remembered, payload).protection)
            case Kind.GRANT:
                self._grant(payload)
            case Kind.REVOKE:
                self._field.revoke(decode(Revocation, payload))
            case Kind.COMMAND:
                self._field.command(decode_command(payload, self._now()))
            case Kind.WATCH:
                self._taps.watch(decode_watch(payload), self._now())
            case _:
                raise WireError(f"{kind.name} is not edge's to send")

    def set_aside(self, visitor: Visitor, kind: Kind, error: MessageError) -> None:
        """Leave one message out: its wish is refused, the first is told, all are counted."""
        if visitor is not self._visitor:
            self.refuse(visitor, str(error))
            return
        self._field.failed(f"{kind.name.lower()}-from-edge", error)
        if error.id:
            self._field.outcome(Outcome(id=error.id, state="refused", reason="malformed", detail=str(error)))

    def refuse(self, visitor: Visitor, why: str) -> None:
        """Send a visitor away; the reason becomes an event for whoever comes next, once until it is another."""
        self._field.faults["edge-refused"] += 1
        if why != self._refused:
            self._refused = why
            self._field.event(EventKind.GATEWAY, "*", {"what": "edge-refused", "detail": why})
        if visitor.line is not None:
            visitor.line.abort()
        self.gone(visitor)

    def gone(self, visitor: Visitor) -> None:
        if visitor is self._visitor:
            self._visitor = None
            self._taps.close()

    def _greet(self, visitor: Visitor, hello: Hello) -> None:
        if hello.protocol != PROTOCOL:
            raise WireError(f"edge speaks protocol {hello.protocol}, field {PROTOCOL}")
        if hello.config_hash != self._field.config_hash:
            raise WireError("edge has another configuration than field: restart both")
        if self._visitor is not None and self._visitor is not visitor and self._visitor.line is not None:
            self._visitor.line.abort()
        self._visitor = visitor
        self._refused = ""
        assert visitor.line is not None  # noqa: S101 - it has just sent something
        visitor.line.write(pack(Kind.SNAPSHOT, encode(self._field.snapshot())))
        self._field.outbox.connected()
        self.flush()

    def _acknowledged(self, payload: bytes) -> None:
        seq, which = split_number(payload)
        if which == EVENTS:
            self._field.acknowledged(seq)
        elif which == READINGS:
            self._field.outbox.readings_acknowledged(seq)
        else:
            raise WireError(f"no stream {which!r}")

    def _grant(self, payload: bytes) -> None:
        granting = decode_grant(payload, self._now())
        if self._field.had_memory or granting.adopt:
            self._field.grant(granting)
        else:  # edge's copy of the latches comes first
            self._field.outcome(Outcome(id=granting.command_id, state="refused", reason="state-unknown"))

"""Edge's side of the unix socket: keeps the connection, puts what comes into the journal, acknowledges what is stored.

A stream is acknowledged only after its commit, so that whatever dies, field sends again what no disk has.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Protocol

from gateway.edge.journal import Entry
from gateway.edge.places import Places
from gateway.edge.times import FieldTime, is_another_clock
from gateway.model.command import Outcome
from gateway.model.errors import GatewayError
from gateway.model.event import Event, EventKind
from gateway.model.scan import Quality, Scan
from gateway.wire.frames import (
    EVENTS,
    PROTOCOL,
    READINGS,
    Kind,
    Splitter,
    WireError,
    pack,
    pack_numbered,
    split_number,
    unpack_scans,
)
from gateway.wire.messages import Hello, Remembered, Snapshot, decode, decode_event, decode_gap, encode
from gateway.wire.watching import decode_sheaf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.edge.book import Book
    from gateway.edge.frames import Frames
    from gateway.edge.journal import Journal

COMMIT_S = 5.0
RETRY_FIRST_S, RETRY_MOST_S = 0.05, 0.5
REFUSED_S = 1.0
"""How long edge waits before it offers an event again that the log has refused (a full disk)."""

READ_BYTES = 256 * 1024
EVENTS_AT_ONCE = 64
PLACE = "field/events"
"""Under this name is stored how far field's event stream has come; it changes in the transaction of each event."""


Heard = tuple[Entry, "Sequence[tuple[str, object]]"]
"""An event of field as it is stored, and what it means to which order."""


class Orders(Protocol):
    """Who runs the orders: field's events and readings are theirs too."""

    def means(self, event: Event) -> Sequence[tuple[str, object]]:
        """Return what an event means to which order, before the book has taken it."""

    async def store(self, heard: Sequence[Heard]) -> None:
        """Store events with what they mean. Raises `GatewayError`: nothing is stored, and nothing has happened."""

    def scanned(self, scan: Scan) -> None:
        """Take a scan."""

    async def meet(self, snapshot: Snapshot) -> None:
        """Everything that field had told before the snapshot is stored; say now what field must know."""


class FieldLink:
    """`life` names the field process that was met last.

    `standing` and `log_standing` are lines for people: empty while field is here, while the log takes everything.
    """

    def __init__(
        self, *, path: Path, config_hash: str, boot: str, book: Book, journal: Journal, states: Mapping[str, bytes]
    ) -> None:
        self._path = path
        self._hello = Hello(protocol=PROTOCOL, config_hash=config_hash, boot=boot)
        self._book = book
        self._journal = journal
        self._stream, self._stored_to = _place(states.get(PLACE))
        self._writer: asyncio.StreamWriter | None = None
        self._time: FieldTime | None = None
        self._snapshot: Snapshot | None = None
        self._places = Places((), book.models)
        self._read_to = self._committed_to = 0
        self.orders: Orders | None = None
        self.frames: Frames | None = None
        self.life = ""
        self.is_ready = False
        self.field_boot = ""
        self.standing = "not reached yet"
        self.log_standing = ""

    # ------------------------------------------------------------------ to field

    def send(self, kind: Kind, payload: bytes) -> None:
        """Hand a frame over; where field is away it is lost, and who sent it asks again at the next meeting."""
        if self._writer is not None and self._time is not None:
            self._writer.write(pack(kind, payload))

    def _acknowledge(self, which: bytes, seq: int) -> None:
        if self._writer is not None:
            self._writer.write(pack_numbered(Kind.ACK, seq, which))

    # ------------------------------------------------------------------ the connection

    async def run(self) -> None:
        """Stay connected until cancelled; why there is no connection stands in `standing`."""
        retry_s = RETRY_FIRST_S
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(str(self._path), limit=READ_BYTES)
                await self._live(reader)
            except (OSError, WireError) as error:
                self.standing = f"away: {getattr(error, 'strerror', None) or error}"
                retry_s = min(2 * retry_s, RETRY_MOST_S) if self._time is None else RETRY_FIRST_S
            except GatewayError as error:  # the log refuses what has to be stored before field can be met
                self._refused(error)
                self.standing, retry_s = "waits for the log", REFUSED_S
            finally:
                self._gone()
            await asyncio.sleep(retry_s)

    async def _live(self, reader: asyncio.StreamReader) -> None:
        """Listen and commit until the connection ends."""
        committing = asyncio.create_task(self._commit())
        try:
            await self._listen(reader)
        finally:
            committing.cancel()
            await asyncio.gather(committing, return_exceptions=True)  # a cancellation of our own is not swallowed

    def _gone(self) -> None:
        self.is_ready = False
        self._time = self._snapshot = None
        self._book.field_gone()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.transport.abort()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        splitter = Splitter()
        while data := await reader.read(READ_BYTES):
            events: list[tuple[int, bytes]] = []
            for kind, payload in splitter.feed(data):
                if kind is Kind.EVENT:
                    events.append(split_number(payload))
                elif kind is Kind.HELLO:
                    await self._greeted(decode(Hello, payload))
                else:
                    self._take(kind, payload)
            for first in range(0, len(events), EVENTS_AT_ONCE):
                await self._store(events[first : first + EVENTS_AT_ONCE], reader, splitter)
            await self._meet()
        raise ConnectionResetError("field has closed the connection")

    async def _greeted(self, hello: Hello) -> None:
        if hello.protocol != PROTOCOL:
            raise WireError(f"field speaks protocol {hello.protocol}, edge {PROTOCOL}: restart both")
        if hello.config_hash != self._hello.config_hash:
            raise WireError("field has another configuration than edge: restart both")
        if is_another_clock(hello.now_s, self._journal.now().mono_s):
            raise WireError("field has another clock than edge: both must run on one machine, in one time namespace")
        try:
            self._places = Places(hello.layouts, self._book.models, self._book.inputs)
        except ValueError as error:
            raise WireError(str(error)) from error
        if self.frames is not None:
            self.frames.know({number: description for number, _, description in hello.layouts})
        await self._journal.declare([(device, number, text.encode()) for number, device, text in hello.layouts])
        self.field_boot = hello.boot
        self._time = FieldTime(self._journal.now())
        self.life = hello.boot
        self._read_to = self._committed_to = 0
        if hello.stream != self._stream:
            self._stream, self._stored_to = hello.stream, 0
        self.send(Kind.HELLO, encode(self._hello))
        self._acknowledge(EVENTS, self._stored_to)

    def _take(self, kind: Kind, payload: bytes) -> None:
        time = self._time
        if time is None:
            raise WireError("field has not said hello")
        if kind is Kind.SNAPSHOT:
            self._take_snapshot(decode(Snapshot, payload))
        elif kind is Kind.READINGS:
            self._read_to, scans = split_number(payload)
            self._journal.scans([self._look(scan) for scan in unpack_scans(scans, self._places.devices)])
        elif kind is Kind.DROPPED:
            self._journal.lost(decode_gap(split_number(payload)[1]))
        elif kind is Kind.FRAMES:
            if self.frames is not None:
                self.frames.take(decode_sheaf(payload), time)
        else:
            raise WireError(f"{kind.name} is not field's to send")

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        if not snapshot.had_memory:
            self.send(Kind.MEMORY, encode(Remembered(protection=self._book.protection)))
        # An earlier log had what field no longer has: waiting for it would be waiting for ever.
        self._stored_to = max(self._stored_to, snapshot.events_from - 1)
        self._book.take_snapshot(snapshot, self._places, self._stream)
        for number, (taken_s, quality, raw) in snapshot.image.items():
            layout = int(number)
            device = self._places.devices.get(layout)
            if device is None:
                raise WireError(f"field's image has a layout {layout} that it did not describe")
            self._look(Scan(device, layout, taken_s, bytes.fromhex(raw), Quality(quality)))
        self._snapshot = snapshot

    def _look(self, scan: Scan) -> Scan:
        self._see(scan)
        self._of_orders().scanned(scan)
        return scan

    def _see(self, scan: Scan) -> None:
        self._book.scanned(scan.device, relays_changed=self._places.take(scan))

    def _of_orders(self) -> Orders:
        assert self.orders is not None  # noqa: S101 - the composition root has set it
        return self.orders

    async def _meet(self) -> None:
        """Bring both sides together once everything that was told before the snapshot is stored."""
        snapshot = self._snapshot
        if snapshot is None or self._time is None or self._stored_to < snapshot.events_to:
            return
        self._snapshot = None
        await self._of_orders().meet(snapshot)
        if self.standing:
            self.log_standing = ""
        self.is_ready = True
        self.standing = ""

    # ------------------------------------------------------------------ to the disk

    async def _store(self, events: list[tuple[int, bytes]], reader: asyncio.StreamReader, splitter: Splitter) -> None:
        """Store events and acknowledge them; what the log refuses is offered again, and field keeps it meanwhile."""
        heard = [self._heard(seq, payload) for seq, payload in events if seq > self._stored_to]
        if heard:
            try:
                await self._of_orders().store(heard)
            except GatewayError as error:
                self._refused(error)
                await self._store_in_the_end(heard, reader, splitter)
                self._stored_to = max(self._stored_to, events[-1][0])
                raise ConnectionResetError("the log has refused events: field is heard anew") from None
            self.log_standing = ""
        self._stored_to = max(self._stored_to, events[-1][0])
        self._acknowledge(EVENTS, self._stored_to)

    async def _store_in_the_end(self, heard: Sequence[Heard], reader: asyncio.StreamReader, splitter: Splitter) -> None:
        """Offer events until the log takes them. Meanwhile what is measured is seen, and nothing is acknowledged."""
        looking = asyncio.create_task(self._look_on(reader, splitter))
        try:
            while True:
                await asyncio.sleep(REFUSED_S)
                try:
                    await self._of_orders().store(heard)
                except GatewayError as error:
                    self._refused(error)
                else:
                    self.log_standing = ""
                    return
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)  # as above

    async def _look_on(self, reader: asyncio.StreamReader, splitter: Splitter) -> None:
        """Look at readings for those who watch; field sends them again, and then they are stored."""
        while data := await reader.read(READ_BYTES):
            for kind, payload in splitter.feed(data):
                if kind is Kind.READINGS and self._time is not None:
                    for scan in unpack_scans(split_number(payload)[1], self._places.devices):
                        self._see(scan)

    def _refused(self, why: BaseException) -> None:
        if not self.log_standing:  # the reason changes from attempt to attempt; people want to hear the first
            self.log_standing = str(why)

    def _heard(self, seq: int, payload: bytes) -> Heard:
        assert self._time is not None  # noqa: S101 - a hello came first
        try:
            event, memory = decode_event(payload)
        except WireError as error:  # never in the way of those behind it
            body = {"what": "undecoded", "detail": str(error), "text": payload.decode("utf-8", "replace")}
            event = Event(id=f"{self._stream}-{seq}", kind=EventKind.GATEWAY, target="*", at_s=0.0, body=body)
            memory = {}
        outcome = None
        if event.kind is EventKind.OUTCOME:
            state, reason, detail = (str(event.body.get(name, "")) for name in ("state", "reason", "detail"))
            outcome = Outcome(id=event.target, state=state, reason=reason, detail=detail)
        place = json.dumps({"stream": self._stream, "seq": seq}).encode()
        happened = self._of_orders().means(event)
        entry = Entry(
            id=event.id,
            kind=event.kind,
            target=event.target,
            at=self._time.moment(event.at_s),
            body=event.body,
            outcome=outcome,
            state={**self._book.apply(event, memory), PLACE: place},
        )
        return entry, happened

    async def _commit(self) -> None:
        """Store readings every so often, then acknowledge them."""
        while True:
            await asyncio.sleep(COMMIT_S)
            if self._time is None:
                continue
            self._time.renew(self._journal.now())
            read_to = self._read_to
            if read_to == self._committed_to:
                continue
            try:
                await self._journal.commit()
            except GatewayError as error:
                self._refused(error)
                continue
            self.log_standing = ""
            self._committed_to = read_to
            self._acknowledge(READINGS, read_to)


def _place(stored: bytes | None) -> tuple[str, int]:
    try:
        said = json.loads(stored or b"{}")
        return str(said["stream"]), int(said["seq"])
    except (KeyError, TypeError, ValueError):
        return "", 0

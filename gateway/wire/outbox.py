"""What field still has to tell edge: two acknowledged streams that never make field wait. Pure.

Events are kept until edge has them on disk; when their ring is full nothing new may be switched on, because its end
could not be recorded. Readings give way: above a limit of unsent bytes only the newest scan of each layout is kept,
and a marker says how many went. Sent readings are kept for a while, to be sent again where edge dies before its commit.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from gateway.wire.frames import Kind, pack_numbered, pack_scans
from gateway.wire.gap import Gap, Told
from gateway.wire.messages import encode_gap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.model.scan import Scan

EVENT_RING = 10_000
UNSENT_LIMIT_BYTES = 256 * 1024
SENT_LIMIT_BYTES = 1024 * 1024
"""Sent and not acknowledged: some ten seconds of 500 scans a second; edge commits every five."""

SCANS_A_FRAME = 64
SCAN_BYTES = 32
"""Rough size of a scan beside its raw bytes, for the limits."""


class Outbox:
    """Both streams of one field process; `stream` names that of the events. Numbers start at 1, for the socket only."""

    def __init__(self, stream: str = "", next_event_seq: int = 1) -> None:
        self.stream = stream
        self._events: deque[tuple[int, bytes]] = deque()
        self._next_event_seq = next_event_seq
        self._events_sent = 0
        self._unsent: deque[tuple[int, Scan]] = deque()
        self._unsent_bytes = 0
        self._sent: deque[tuple[int, Scan]] = deque()
        self._sent_bytes = 0
        self._again: deque[tuple[int, Scan]] = deque()
        self._next_scan_seq = 1
        self._gap = Gap()
        self._told = Told()
        self._forgotten = Gap()
        self.dropped_scans = 0

    # ------------------------------------------------------------------ events

    @property
    def is_full(self) -> bool:
        """Whether the ring takes no more than what is happening anyway."""
        return len(self._events) >= EVENT_RING

    @property
    def events_to(self) -> int:
        """The number of the last event."""
        return self._next_event_seq - 1

    @property
    def events_from(self) -> int:
        """The number of the first event that is still here; the next one's where none is."""
        return self._events[0][0] if self._events else self._next_event_seq

    @property
    def unacknowledged(self) -> tuple[tuple[int, bytes], ...]:
        return tuple(self._events)

    def event(self, body: bytes) -> int:
        """Keep an event; return its number. Never drops: the limit stops new orders instead (`is_full`)."""
        seq = self._next_event_seq
        self._next_event_seq += 1
        self._events.append((seq, body))
        return seq

    def restore(self, stream: str, events: Iterable[tuple[int, bytes]], next_event_seq: int) -> None:
        """Go on with the stream of an earlier field process, before any event of this one."""
        self.stream = stream
        self._events = deque(events)
        self._events_sent = 0
        self._next_event_seq = next_event_seq

    def events_acknowledged(self, seq: int) -> None:
        """Forget events up to `seq`: edge has committed them."""
        while self._events and self._events[0][0] <= seq:
            self._events.popleft()
            self._events_sent = max(0, self._events_sent - 1)

    # ------------------------------------------------------------------ readings

    def scan(self, scan: Scan) -> None:
        """Keep a scan for the next flush."""
        self._unsent.append((self._next_scan_seq, scan))
        self._next_scan_seq += 1
        self._unsent_bytes += _size(scan)
        if self._unsent_bytes > UNSENT_LIMIT_BYTES:
            self._collapse()

    def readings_acknowledged(self, seq: int) -> None:
        """Forget readings up to `seq`: edge has committed them."""
        while self._sent and self._sent[0][0] <= seq:
            self._sent_bytes -= _size(self._sent.popleft()[1])
        self._told.acknowledged(seq)
        if self._forgotten.last <= seq:
            self._forgotten = Gap()

    def _collapse(self) -> None:
        """Keep the newest scan of each layout, and count what went."""
        newest = {scan.layout: (seq, scan) for seq, scan in self._unsent}
        kept = sorted(newest.values(), key=lambda entry: entry[0])
        gone = len(self._unsent) - len(kept)
        if gone:
            self._gap.add(self._unsent[0][0], self._unsent[-1][0], gone)
            self.dropped_scans += gone
        self._unsent = deque(kept)
        self._unsent_bytes = sum(_size(scan) for _, scan in kept)

    # ------------------------------------------------------------------ sending

    def connected(self) -> None:
        """Start again after a new connection: everything that is not acknowledged is sent once more."""
        self._events_sent = 0
        self._again = self._sent + self._again
        self._sent, self._sent_bytes = deque(), 0
        self._gap.merge(self._told.take_back())
        self._gap.merge(self._forgotten)
        self.dropped_scans += self._forgotten.scans
        self._forgotten = Gap()

    def flush(self, room_bytes: int) -> list[bytes]:
        """Return the frames to send now. Events have a room of their own, as large again as that of the readings."""
        frames = self._flush_events(room_bytes + UNSENT_LIMIT_BYTES)
        if self._gap.scans and room_bytes > 0:
            frames.append(pack_numbered(Kind.DROPPED, self._gap.first, encode_gap(self._gap.last, self._gap.scans)))
            self._told.tell(self._gap)
            self._gap = Gap()
        while (self._again or self._unsent) and room_bytes > 0:
            batch = self._batch()
            frame = pack_numbered(Kind.READINGS, batch[-1][0], pack_scans(scan for _, scan in batch))
            room_bytes -= len(frame)
            frames.append(frame)
        return frames

    def _flush_events(self, room_bytes: int) -> list[bytes]:
        frames: list[bytes] = []
        for seq, body in islice(self._events, self._events_sent, None):
            if room_bytes <= 0:
                break
            frames.append(pack_numbered(Kind.EVENT, seq, body))
            room_bytes -= len(frames[-1])
        self._events_sent += len(frames)
        return frames

    def _batch(self) -> list[tuple[int, Scan]]:
        """Take the next scans, older ones first, and remember them as sent."""
        batch = [self._again.popleft() for _ in range(min(SCANS_A_FRAME, len(self._again)))]
        while self._unsent and len(batch) < SCANS_A_FRAME:
            batch.append(self._unsent.popleft())
            self._unsent_bytes -= _size(batch[-1][1])
        self._told.followed(batch[-1][0])
        self._sent.extend(batch)
        self._sent_bytes += sum(_size(scan) for _, scan in batch)
        while self._sent_bytes > SENT_LIMIT_BYTES:
            seq, scan = self._sent.popleft()
            self._sent_bytes -= _size(scan)
            self._forgotten.add(seq, seq, 1)
        return batch


def _size(scan: Scan) -> int:
    return SCAN_BYTES + len(scan.raw)

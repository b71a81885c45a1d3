"""What happened, on its way to edge: noted at once, made into text later, mirrored, and kept until edge has it on disk.

Noting is all that stands on the path to a cutoff. An alarm is noted when it comes and when it goes.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from gateway.model.event import Event, EventKind
from gateway.wire.messages import encode_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.field.loop import ControlLoop
    from gateway.field.memory import Memory
    from gateway.wire.outbox import Outbox


class Told(NamedTuple):
    """What happened, before it is made into text. `remembers`: its relay's memory has changed by it.

    `stored` is called once edge has it on disk.
    """

    number: int
    kind: EventKind
    target: str
    at_s: float
    body: Mapping[str, object]
    remembers: ControlLoop | None
    stored: Callable[[], None] | None


class Events:
    """All events of one field process. `wake` is called when there is something new; `settle` makes it into text."""

    def __init__(
        self,
        *,
        boot: str,
        outbox: Outbox,
        memory: Memory | None,
        wake: Callable[[], None],
        now: Callable[[], float],
    ) -> None:
        self.count = 0
        self._boot = boot
        self._outbox = outbox
        self._memory = memory
        self._wake = wake
        self._now = now
        self._untold: list[Told] = []
        self._waiting: deque[tuple[int, Callable[[], None]]] = deque()
        self._alarms: set[tuple[str, str]] = set()
        self.standing: set[str] = set()

    def restore(self) -> list[bytes]:
        """Go on where an earlier process has left off in memory, once, at start; return the events that it left."""
        if self._memory is None:
            return []
        mirrored = self._memory.mirrored()
        if mirrored is not None:
            self._outbox.restore(mirrored.stream, mirrored.events, mirrored.next_seq)
        left = self._outbox.unacknowledged
        acknowledged = left[0][0] - 1 if left else self._outbox.events_to
        self._memory.begin(self._outbox.stream, acknowledged, left)
        return [] if mirrored is None else [body for _, body in mirrored.events]

    def note(
        self,
        kind: EventKind,
        target: str,
        body: Mapping[str, object],
        *,
        remembers: ControlLoop | None = None,
        stored: Callable[[], None] | None = None,
    ) -> None:
        """Note what happened; it is kept until edge has it on disk, and then `stored` is called."""
        self.count += 1
        self._untold.append(Told(self.count, kind, target, self._now(), body, remembers, stored))
        self._wake()

    def when_stored(self, seq: int, stored: Callable[[], None]) -> None:
        """Have it called once edge has the event of this number on disk; numbers must come in order."""
        self._waiting.append((seq, stored))

    def alarm(self, target: str, alarm: str, *, active: bool, detail: str = "") -> None:
        """Note an alarm when it comes and when it goes."""
        known = (target, alarm) in self._alarms
        if active is known:
            return
        (self._alarms.add if active else self._alarms.discard)((target, alarm))
        self.note(EventKind.ALARM, target, {"alarm": alarm, "active": active} | ({"detail": detail} if active else {}))

    def settle(self) -> bool:
        """Make what was noted into text, and mirror it; return whether a relay's memory has changed by it."""
        untold, self._untold = self._untold, []
        for told in untold:
            event = Event(
                id=f"{self._boot}-{told.number}", kind=told.kind, target=told.target, at_s=told.at_s, body=told.body
            )
            if told.kind is EventKind.ALARM:
                change = self.standing.add if told.body.get("active") else self.standing.discard
                change(f"{told.target}:{told.body.get('alarm')}")
            loop = told.remembers
            remembered = None if loop is None else {loop.bus.name: loop.relay.snapshot(self._now())}
            try:
                encoded = encode_event(event, remembered)
            except (TypeError, ValueError) as error:  # never in the way of those behind it
                body = {"what": "untold", "kind": event.kind, "detail": ascii(f"{type(error).__name__}: {error}")}
                event = Event(id=event.id, kind=EventKind.GATEWAY, target="*", at_s=event.at_s, body=body)
                encoded = encode_event(event, remembered)
            seq = self._outbox.event(encoded)
            if told.stored is not None:
                self.when_stored(seq, told.stored)
            if self._memory is not None:
                self._memory.keep_event(seq, encoded)
        return any(told.remembers is not None for told in untold)

    def acknowledged(self, seq: int) -> None:
        """Forget events that edge has on disk."""
        self._outbox.events_acknowledged(seq)
        if self._memory is not None:
            self._memory.acknowledged(seq, self._outbox.stream, self._outbox.unacknowledged)
        while self._waiting and self._waiting[0][0] <= seq:
            self._waiting.popleft()[1]()

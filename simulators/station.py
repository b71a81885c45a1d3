"""What happens on a line between a request's first byte and its reply's last one.

`Station` is what all hosts of a line share: slaves, faults, journal. `Conversation` is one host's byte pipe to it. No
file, socket or timer is touched here: bytes go out through `send`, moments come from `clock` and go to the agenda.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from simulators.agenda import Agenda
from simulators.faults import Fault, FaultKind, FaultQueue, Segment, spoil
from simulators.journal import Entry, Journal, Outcome
from simulators.spec import LineKind
from simulators.tongue import tongue_of
from simulators.vendor.said import Said
from simulators.wire import Arrival, Release, Wire, release_schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulators.spec import LineSpec
    from simulators.tongue import Asked, Tongue
    from simulators.world import World

UNASKED = -1
"""Stands for the function of what nobody asked for: only faults for any function happen to it."""

LATE_S = 0.001
BABBLE_PIECE = 64


@dataclass(slots=True)
class Slave:
    """What the line knows of a unit."""

    unit: int
    turnaround_s: float
    silent: bool = False


@dataclass(slots=True)
class Station:
    """The slaves of one line and everything that can be changed about them while it runs."""

    spec: LineSpec
    world: World
    clock: Callable[[], float]
    agenda: Agenda = field(default_factory=Agenda)
    faults: FaultQueue = field(default_factory=FaultQueue)
    tongue: Tongue[Any] = field(init=False)
    journal: Journal = field(init=False)
    chance: Random = field(init=False)
    slaves: dict[int, Slave] = field(init=False)
    strict_silence: bool = field(init=False)
    echo: bool = field(init=False)
    conversations: list[Conversation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tongue = tongue_of(self.spec, self.world)
        self.journal = Journal(self.spec.journal_size)
        self.chance = Random(self.spec.seed)  # noqa: S311 - repeatable faults, not secrets
        self.slaves = {slave.unit: Slave(slave.unit, slave.turnaround_ms / 1000.0) for slave in self.spec.slaves}
        self.strict_silence = self.spec.strict_silence
        self.echo = self.spec.echo
        for slave in self.spec.slaves:
            if slave.talks_every_ms:
                self._talk(self.slaves[slave.unit], slave.talks_every_ms / 1000.0, self.clock())

    def converse(self, send: Callable[[bytes], bool]) -> Conversation:
        """Open a byte pipe of a host; `send` returns False when its bytes are lost."""
        conversation = Conversation(self, Wire(self.spec.char_s, self.spec.t35_s), send)
        self.conversations.append(conversation)
        if self.spec.kind is LineKind.DIAL_IN:
            for slave in self.slaves.values():
                at_s = self.clock()
                conversation.say(self.tongue.greet(slave.unit, at_s), at_s, None)
        return conversation

    def part(self, conversation: Conversation) -> None:
        """Forget a byte pipe that is closed."""
        self.conversations.remove(conversation)

    def _talk(self, slave: Slave, every_s: float, at_s: float) -> None:
        """Let a slave say what it has to say by itself, and again later; a moment that was missed is not made up."""
        next_s = max(at_s + every_s, self.clock())
        self.agenda.at(next_s, partial(self._talk, slave, every_s, next_s))
        frame = b"" if slave.silent else self.tongue.speak(slave.unit, at_s)
        if not frame:
            return
        fault = self.faults.take(slave.unit, UNASKED)
        for conversation in self.conversations:
            conversation.say(frame, at_s, fault)


@dataclass(slots=True)
class Conversation:
    """One host's bytes: received, understood, answered at the right moments."""

    station: Station
    wire: Wire
    send: Callable[[bytes], bool]
    _pending: bytes = b""
    _first: Arrival | None = None
    _until_s: float = 0.0

    def arrive(self, data: bytes, now_s: float, blind_s: float = 0.0) -> None:
        """Take bytes that were seen at `now_s`. Raises `StreamBrokenError` for TCP bytes that are not Modbus."""
        station = self.station
        station.journal.counters.bytes_in += len(data)
        arrival = self.wire.arrive(now_s, len(data))
        if station.echo and station.spec.is_serial:
            self._plan(self._schedule(data, arrival.start_s), None)
        if self._first is None or arrival.start_s - self._until_s >= self.wire.t35_s > 0:
            self._drop_fragment()
            self._first = arrival
        self._until_s = arrival.end_s
        self._pending += data
        while self._pending and (used := self._take(blind_s)):
            self._pending = self._pending[used:]
            self._first = arrival if self._pending else None

    def babble(self, start_s: float, duration_s: float) -> None:
        """Fill the line with random bytes, as a slave does that never lets go of it."""
        if self.wire.char_s > 0:
            self._babble(start_s, int(duration_s / self.wire.char_s))

    def _babble(self, start_s: float, rest: int) -> None:
        count = min(rest, BABBLE_PIECE)
        if not count:
            return
        start_s, _ = self.wire.send(start_s, count)
        self._plan(self._schedule(self.station.chance.randbytes(count), start_s), None)
        next_s = start_s + count * self.wire.char_s
        self.station.agenda.at(start_s, partial(self._babble, next_s, rest - count))

    def _take(self, blind_s: float) -> int:
        used, asked = self.station.tongue.take(self._pending)
        if used:
            entry = self._note(self._pending[:used], asked, blind_s)
            if asked is not None and not self._unheard(entry):
                self.station.agenda.at(self._until_s, partial(self._serve, asked, entry))
        return used

    def _drop_fragment(self) -> None:
        if self._pending:
            self._note(self._pending, None, 0.0)
            self._pending = b""

    def _note(self, request: bytes, asked: Asked | None, blind_s: float) -> Entry:
        first = self._first
        assert first is not None  # noqa: S101 - there are pending bytes, so their arrival was noted
        journal = self.station.journal
        entry = journal.open(arrival_s=first.start_s, end_s=self._until_s, request=request)
        entry.silence_s = first.silence_s
        entry.blind_s = blind_s
        entry.broken = first.silence_s is not None and first.silence_s < self.wire.t35_s
        journal.counters.requests += 1
        journal.counters.broken_silences += entry.broken
        if first.collides and not self.station.spec.duplex:
            journal.counters.collisions += 1
            entry.outcome = Outcome.COLLIDED
        if asked is None:
            entry.outcome = Outcome.GARBLED
        else:
            entry.unit, entry.function = asked.unit, asked.function
        return entry

    def _unheard(self, entry: Entry) -> bool:
        if entry.outcome is Outcome.COLLIDED:
            return True
        if self.station.strict_silence and entry.broken:
            entry.outcome = Outcome.IGNORED
            return True
        return False

    def _serve(self, asked: Asked, entry: Entry) -> None:
        """Act on a request at the end of its last byte: from then on the values in its reply stand."""
        station = self.station
        if station.tongue.is_for_all(asked):
            entry.outcome = Outcome.BROADCAST
            for slave in station.slaves.values():
                if not slave.silent:
                    station.tongue.answer(asked, slave.unit, entry.end_s)
            return
        heard = station.slaves.get(asked.unit)
        if heard is None or heard.silent:
            entry.outcome = Outcome.ABSENT if heard is None else Outcome.SILENT
            return
        fault = station.faults.take(asked.unit, asked.function)
        entry.fault = fault.kind.value if fault else ""
        if fault and fault.kind is FaultKind.LOSE:
            entry.outcome = Outcome.LOST
            return
        self._reply(heard, asked, entry, fault)

    def _reply(self, slave: Slave, asked: Asked, entry: Entry, fault: Fault | None) -> None:
        tongue = self.station.tongue
        kind = None if fault is None else fault.kind
        does_nothing = kind in (FaultKind.EXCEPTION, FaultKind.REFUSE)
        said: Sequence[Said] = () if does_nothing else tongue.answer(asked, slave.unit, entry.end_s)
        if fault and (does_nothing or kind is FaultKind.DENY):
            said = (Said(tongue.refuse(asked, fault.code), 0.0),)
        segments = self._segments(asked, said, fault)
        if not any(segment.data for segment in segments):
            entry.outcome = Outcome.MUTED
            return
        entry.outcome = Outcome.REPLIED
        entry.reply = b"".join(segment.data for segment in segments)
        self.station.journal.counters.replies += 1
        self._transmit(segments, entry.end_s + slave.turnaround_s, entry)

    def say(self, frame: bytes, start_s: float, fault: Fault | None) -> None:
        """Send what a slave says by itself; another frame that is still on its way goes first."""
        self.wire.forget(start_s)
        foreign = frame if fault and fault.kind is FaultKind.FOREIGN else b""
        segments = spoil(fault, frame, foreign, self.wire.t35_s, self.station.chance)
        if any(segment.data for segment in segments):
            self._transmit(segments, start_s, None)

    def _segments(self, asked: Asked, said: Sequence[Said], fault: Fault | None) -> tuple[Segment, ...]:
        """Return what goes on the wire for a reply; a fault spoils the first thing that is said."""
        if fault is None:
            return tuple(Segment(after_s, data) for data, after_s in said)
        if not said:
            return ()
        (good, after_s), *others = said
        foreign = self.station.tongue.foreign(asked, good) if fault.kind is FaultKind.FOREIGN else b""
        first, *rest = spoil(fault, good, foreign, self.wire.t35_s, self.station.chance) or (Segment(0.0, b""),)
        later = [Segment(after_s, data) for data, after_s in others]
        return (Segment(first.delay_s + after_s, first.data), *rest, *later)

    def _transmit(self, segments: tuple[Segment, ...], start_s: float, entry: Entry | None) -> None:
        releases: list[Release] = []
        for segment in segments:
            start_s, collides = self.wire.send(start_s + segment.delay_s, len(segment.data))
            self.station.journal.counters.collisions += collides and not self.station.spec.duplex
            releases.extend(self._schedule(segment.data, start_s))
            start_s += len(segment.data) * self.wire.char_s
        if entry is not None:
            entry.due_first_s, entry.due_last_s = releases[0].due_s, releases[-1].due_s
        self._plan(releases, entry)

    def _schedule(self, data: bytes, start_s: float) -> tuple[Release, ...]:
        return release_schedule(data, start_s, self.wire.char_s, economy=self.station.spec.economy)

    def _plan(self, releases: tuple[Release, ...] | list[Release], entry: Entry | None) -> None:
        last = len(releases) - 1
        for place, release in enumerate(releases):
            act = partial(self._release, release, entry, first=place == 0, last=place == last)
            self.station.agenda.at(release.due_s, act, exact=release.exact)

    def _release(self, release: Release, entry: Entry | None, *, first: bool, last: bool) -> None:
        before_s = self.station.clock()
        counters = self.station.journal.counters
        if self.send(release.data):
            counters.bytes_out += len(release.data)
        else:
            counters.bytes_lost += len(release.data)
        self.wire.released(before_s)
        if entry is None or not (first or last):
            return
        done_s = self.station.clock()
        if first:
            entry.first_s = done_s
        if last:
            entry.last_s = done_s
        self._judge(entry, done_s - release.due_s, last=last)

    def _judge(self, entry: Entry, late_s: float, *, last: bool) -> None:
        counters = self.station.journal.counters
        entry.late_s = max(entry.late_s, late_s)
        counters.worst_late_s = max(counters.worst_late_s, late_s)
        if last and entry.late_s > LATE_S:
            counters.replies_late_1ms += 1

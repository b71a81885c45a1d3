"""What a log has promised to its callers, kept outside it, and the check that it kept every promise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.model.scan import Scan
from gateway.store.batch import Packed, pack
from gateway.store.record import ClockQuality, Dropped, NewEvent, Outcome, ReadingBatch, Stamp, Stream

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from gateway.store.logfile import LogFile
    from gateway.store.record import Event

DEVICE = "pile-01"
CONSUMER = "mqtt"


class NoReserve:
    held = True

    def release(self) -> bool:
        return False

    def restore(self) -> bool:
        return True


class TickClock:
    """A clock that moves by itself; its wall time jumps by a year now and then."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._mono_s = 1000.0
        self._wall_ms = 1_800_000_000_000

    def __call__(self) -> Stamp:
        self._mono_s += self._rng.random()
        self._wall_ms += self._rng.choice((1000, 1000, 1000, 31_536_000_000, -31_536_000_000))
        return Stamp(ts_ms=self._wall_ms, clock=ClockQuality.HELD, mono_s=self._mono_s)


@dataclass
class Promises:
    """Everything acknowledged so far. Values of calls that did not return may be there or not."""

    events: dict[int, bytes] = field(default_factory=dict)
    scans: dict[int, bytes] = field(default_factory=dict)
    outcomes: dict[str, bytes] = field(default_factory=dict)
    states: dict[str, bytes | None] = field(default_factory=dict)
    in_doubt: list[NewEvent] = field(default_factory=list)
    told: dict[Stream, int] = field(default_factory=lambda: dict.fromkeys(Stream, 0))
    made: int = 0


class Workload:
    """Random appends, acknowledgements and house-keeping on a log, every return value noted as a promise."""

    def __init__(self, rng: random.Random, promises: Promises, clock: TickClock) -> None:
        self.rng = rng
        self.promises = promises
        self.clock = clock

    def begin(self, log: LogFile) -> None:
        log.add_consumer(CONSUMER, from_oldest=True)
        (self.layout,) = log.declare_layouts([(DEVICE, 0, b'{"table":"input"}')])

    def step(self, log: LogFile) -> None:
        act = self.rng.choice((self.events, self.events, self.readings, self._ack, self._maintain))
        act(log)

    def events(self, log: LogFile) -> None:
        events = [self._event() for _ in range(self.rng.randint(1, 3))]
        self.promises.in_doubt = events
        seqs = log.append_events(events)
        self.promises.in_doubt = []
        for seq, event in zip(seqs, events, strict=True):
            self.promises.events[seq] = event.body
            if event.outcome:
                self.promises.outcomes[event.outcome.command_id] = event.outcome.body
            self.promises.states.update(event.state)

    def _event(self) -> NewEvent:
        self.promises.made += 1
        made = self.promises.made
        state = {f"outlet-{self.rng.randint(0, 3)}": self.rng.choice((b"%d" % made, None))}
        return NewEvent(
            id=f"e{made}",
            kind="trip",
            at=self.clock(),
            body=b"%d:" % made + self.rng.randbytes(self.rng.choice((10, 200, 2500))),
            outcome=Outcome(command_id=f"c{self.rng.randint(0, 30)}", body=b"%d" % made)
            if self.rng.random() < 0.5
            else None,
            state=state if self.rng.random() < 0.5 else {},
        )

    def readings(self, log: LogFile) -> None:
        raws = [self.rng.randbytes(24) for _ in range(self.rng.randint(1, 40))]
        scans = [Scan(DEVICE, 0, self.clock().mono_s, raw) for raw in raws]
        body = pack([self.layout] * len(scans), scans)
        _, last = log.append_readings([Packed(count=len(scans), body=body, lost_before=self.rng.choice((0, 0, 3)))])
        for seq, raw in enumerate(raws, last - len(raws) + 1):
            self.promises.scans[seq] = raw

    def _ack(self, log: LogFile) -> None:
        stream = self.rng.choice(list(Stream))
        seq = self.rng.randint(self.promises.told[stream], log.head(stream))
        # The receiver has it from this moment, whether or not the offset survives.
        self.promises.told[stream] = seq
        log.ack(CONSUMER, stream, seq)

    def _maintain(self, log: LogFile) -> None:
        log.maintain()


def check(log: LogFile, promises: Promises) -> None:
    """Everything that was acknowledged is there, unchanged, in order; what is missing is marked, and only at the old end."""
    report, _ = log.verify(limit=1_000_000)
    assert report.intact, report
    log.add_consumer(CONSUMER, from_oldest=True)
    offsets = log.standing().offsets[CONSUMER]
    for stream in Stream:
        assert offsets[stream] <= promises.told[stream], "an offset that nobody acknowledged"
    _check_events(_all(log, Stream.EVENT, offsets[Stream.EVENT]), promises, offsets[Stream.EVENT])
    _check_scans(_all(log, Stream.READING, offsets[Stream.READING]), promises, offsets[Stream.READING])
    doubtful = promises.in_doubt
    for command_id, body in promises.outcomes.items():
        allowed = {body} | {e.outcome.body for e in doubtful if e.outcome and e.outcome.command_id == command_id}
        assert log.outcome_of(command_id) in allowed, f"outcome of {command_id}"
    for name, value in promises.states.items():
        allowed_states = {value} | {event.state[name] for event in doubtful if name in event.state}
        assert log.state(name) in allowed_states, f"state {name}"


def settle(log: LogFile, promises: Promises) -> None:
    """After a check, what was in doubt is known: take over what the log says."""
    if promises.in_doubt:
        for name in {name for event in promises.in_doubt for name in event.state}:
            promises.states[name] = log.state(name)
        for event in promises.in_doubt:
            if event.outcome and (body := log.outcome_of(event.outcome.command_id)) is not None:
                promises.outcomes[event.outcome.command_id] = body
    promises.in_doubt = []


def _all(log: LogFile, stream: Stream, after: int) -> list[Event | ReadingBatch | Dropped]:
    found: list[Event | ReadingBatch | Dropped] = []
    while more := log.read(CONSUMER, stream, 50, after):
        found += more
        after = last_seq(more[-1])
    return found


def last_seq(record: Event | ReadingBatch | Dropped) -> int:
    return record.last_seq if isinstance(record, Dropped | ReadingBatch) else record.seq


def _check_events(found: Sequence[Event | ReadingBatch | Dropped], promises: Promises, offset: int) -> None:
    expected = offset + 1
    for record in found:
        assert not isinstance(record, Dropped | ReadingBatch), f"events lost: {record}"
        assert record.seq == expected
        assert promises.events.get(record.seq, record.body) == record.body, f"event {record.seq} is another one"
        expected += 1
    assert expected > max(promises.events, default=0), "acknowledged events are missing at the end"


def _check_scans(found: Sequence[Event | ReadingBatch | Dropped], promises: Promises, offset: int) -> None:
    expected = offset + 1
    for record in found:
        assert isinstance(record, Dropped | ReadingBatch)
        assert record.first_seq == expected, "numbers are missing without a marker"
        if isinstance(record, ReadingBatch):
            for seq, scan in enumerate(record.scans(), record.first_seq):
                assert promises.scans.get(seq, scan.raw) == scan.raw, f"scan {seq} is another one"
        elif record is not found[0]:
            lost = [seq for seq in range(record.first_seq, record.last_seq + 1) if seq in promises.scans]
            assert not lost, f"acknowledged scans lost: {lost}"
        expected = record.last_seq + 1
    assert expected > max(promises.scans, default=0), "acknowledged scans are missing at the end"

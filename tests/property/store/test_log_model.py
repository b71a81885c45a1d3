"""The log against a model of lists: appends, reads, acknowledgements, retention, crashes and reopenings in any order."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.store.logfile import LogFile
from gateway.store.record import Dropped, Event, NewEvent, Outcome, ReadingBatch, Settings, Stream
from tests.depth import examples
from tests.unit.store.making import HandClock, Record, everything, keeper_at, packed

if TYPE_CHECKING:
    from collections.abc import Sequence

KEEP = 5
LOG = Settings(ballast_bytes=0, keep_events=KEEP, keep_readings=KEEP)
CONSUMERS = ("mqtt", "influx")
NAMES = st.sampled_from(["a", "b", "c"])
STREAMS = st.sampled_from(list(Stream))


class LogMachine(RuleBasedStateMachine):
    """What a crash leaves is a copy of the files as they are; offsets that had not ridden with a commit fall back."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.lives = 0
        self.clock = HandClock()
        self.records: dict[Stream, list[tuple[str, bytes] | None]] = {stream: [] for stream in Stream}
        self.offsets = {consumer: dict.fromkeys(Stream, 0) for consumer in CONSUMERS}
        self.saved = {consumer: dict.fromkeys(Stream, 0) for consumer in CONSUMERS}
        self.outcomes: dict[str, bytes] = {}
        self.states: dict[str, bytes] = {}
        self.keeper = keeper_at(self.root / "0", self.clock, LOG)

    @initialize()
    def begin(self) -> None:
        for consumer in CONSUMERS:
            self.keeper.call(LogFile.add_consumer, consumer, from_oldest=True)

    def boot(self) -> str:
        return self.keeper.call(lambda log: log.boot)

    def committed(self) -> None:
        self.saved = {consumer: dict(offsets) for consumer, offsets in self.offsets.items()}

    @rule(
        bodies=st.lists(st.binary(max_size=40), min_size=1, max_size=4),
        name=NAMES,
        value=st.none() | st.binary(max_size=3),
    )
    def append_events(self, bodies: list[bytes], name: str, value: bytes | None) -> None:
        events = [
            NewEvent(
                id="e", kind="k", at=self.clock(), body=b, outcome=Outcome(command_id=name, body=b), state={name: value}
            )
            for b in bodies
        ]
        seqs = self.keeper.call(LogFile.append_events, events)
        known = self.records[Stream.EVENT]
        assert seqs == list(range(len(known) + 1, len(known) + len(bodies) + 1))
        known += [(self.boot(), body) for body in bodies]
        self.outcomes[name] = bodies[-1]
        self.states.pop(name, None)
        if value is not None:
            self.states[name] = value
        self.committed()

    @rule(raws=st.lists(st.binary(max_size=9), min_size=1, max_size=6), lost=st.integers(0, 3))
    def append_readings(self, raws: list[bytes], lost: int) -> None:
        self.keeper.call(LogFile.append_readings, [packed(*raws, lost_before=lost)])
        self.records[Stream.READING] += [None] * lost + [(self.boot(), raw) for raw in raws]
        self.committed()

    @rule(consumer=st.sampled_from(CONSUMERS), stream=STREAMS, share=st.floats(0, 1))
    def ack(self, consumer: str, stream: Stream, share: float) -> None:
        seq = round(share * len(self.records[stream]))
        self.keeper.call(LogFile.ack, consumer, stream, seq)
        self.offsets[consumer][stream] = max(seq, self.offsets[consumer][stream])

    @rule()
    def keep_house(self) -> None:
        while self.keeper.call(LogFile.maintain):
            pass
        self.committed()

    @rule(wall_ms=st.sampled_from([1000, 31_536_000_000, -31_536_000_000]))
    def clock_steps(self, wall_ms: int) -> None:
        self.clock.advance(1.0, wall_ms)

    @rule()
    def reopen(self) -> None:
        self.keeper.close()
        self.committed()
        self.keeper = keeper_at(self.root / str(self.lives), self.clock, LOG)

    @rule()
    def crash(self) -> None:
        before, self.lives = self.lives, self.lives + 1
        shutil.copytree(self.root / str(before), self.root / str(self.lives))
        self.keeper.close()
        shutil.rmtree(self.root / str(before))
        self.offsets = {consumer: dict(offsets) for consumer, offsets in self.saved.items()}
        self.keeper = keeper_at(self.root / str(self.lives), self.clock, LOG)

    @precondition(lambda self: self.records[Stream.READING])
    @rule(data=st.data(), stream=STREAMS)
    def replay(self, data: st.DataObject, stream: Stream) -> None:
        known = self.records[stream]
        boots = sorted({record[0] for record in known if record})
        if not boots:
            return
        boot = data.draw(st.sampled_from(boots))
        first, last = sorted(data.draw(st.tuples(*[st.integers(1, len(known))] * 2)))
        found = self.keeper.call(LogFile.replay, boot, stream, first, last, 1000)
        for seq, value in _flat(found):
            assert first <= seq <= last
            assert value is None or known[seq - 1] == value
            assert value is None or value[0] == boot

    @invariant()
    def every_consumer_gets_everything_behind_its_offset_in_order(self) -> None:
        for consumer in CONSUMERS:
            for stream in Stream:
                found = self.keeper.call(everything, stream, consumer)
                flat = _flat(found)
                offset = self.offsets[consumer][stream]
                tail = self.records[stream][offset:]
                assert [seq for seq, _ in flat] == list(range(offset + 1, offset + 1 + len(tail)))
                assert [value for _, value in flat] == tail

    @invariant()
    def outcomes_states_and_chain_are_as_they_were_stored(self) -> None:
        assert {name: self.keeper.call(LogFile.outcome_of, name) for name in self.outcomes} == self.outcomes
        assert self.keeper.call(LogFile.states) == self.states
        report, _ = self.keeper.call(LogFile.verify, limit=10_000)
        assert report.intact

    @invariant()
    def what_is_kept_beyond_the_offsets_is_kept(self) -> None:
        def count(stream: Stream) -> int:
            boots = {record[0] for record in self.records[stream] if record}
            ask = [self.keeper.call(LogFile.replay, b, stream, 1, 10_000, 1000) for b in boots]
            return sum(value is not None for found in ask for _, value in _flat(found))

        assert count(Stream.EVENT) >= min(KEEP, len(self.records[Stream.EVENT]))

    def teardown(self) -> None:
        self.keeper.close()
        shutil.rmtree(self.root)


def _flat(records: Sequence[Record]) -> list[tuple[int, tuple[str, bytes] | None]]:
    """Each number with its boot and body; None where a marker stands for it."""
    flat: list[tuple[int, tuple[str, bytes] | None]] = []
    for record in records:
        if isinstance(record, Event):
            flat.append((record.seq, (record.boot, record.body)))
        elif isinstance(record, Dropped):
            flat += [(seq, None) for seq in range(record.first_seq, record.last_seq + 1)]
        elif isinstance(record, ReadingBatch):
            flat += [(seq, (record.boot, scan.raw)) for seq, scan in enumerate(record.scans(), record.first_seq)]
    return flat


TestLog = LogMachine.TestCase
TestLog.settings = settings(max_examples=examples(25), stateful_step_count=25, deadline=None)

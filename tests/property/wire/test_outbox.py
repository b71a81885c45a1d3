"""The outbox against a model of the world around it: connections that die at any moment, an edge that commits late."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.model.scan import Scan
from gateway.wire.frames import Kind, Splitter, split_number, unpack_scans
from gateway.wire.messages import decode_gap
from gateway.wire.outbox import SENT_LIMIT_BYTES, UNSENT_LIMIT_BYTES, Outbox
from tests.depth import examples

LAYOUTS = 3
BIG = 8000


class World(RuleBasedStateMachine):
    """`committed_*` is what edge has on disk; what it has only received dies with the connection."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox("stream")
        self.events_made = 0
        self.scans_made = 0
        self.connected = False
        self.received_events: list[int] = []
        self.received_scans: list[float] = []
        self.received_gaps = 0
        self.read_to = 0
        self.committed_events: list[int] = []
        self.committed_scans: list[float] = []
        self.committed_gaps = 0

    # ------------------------------------------------------------------ field

    @rule()
    def event(self) -> None:
        self.events_made += 1
        self.outbox.event(b"%d" % self.events_made)

    @rule(count=st.integers(1, 60), size=st.sampled_from([2, BIG]))
    def scans(self, count: int, size: int) -> None:
        for _ in range(count):
            self.scans_made += 1
            self.outbox.scan(Scan("pile", self.scans_made % LAYOUTS, float(self.scans_made), bytes(size)))

    @precondition(lambda self: self.connected)
    @rule(room=st.integers(-2 * UNSENT_LIMIT_BYTES, UNSENT_LIMIT_BYTES))
    def flush(self, room: int) -> None:
        for kind, payload in Splitter().feed(b"".join(self.outbox.flush(room))):
            seq, rest = split_number(payload)
            if kind is Kind.EVENT:
                assert int(rest) == seq
                self.received_events.append(seq)
            elif kind is Kind.DROPPED:
                self.received_gaps += decode_gap(rest)
            else:
                assert kind is Kind.READINGS
                self.received_scans += [
                    scan.taken_s for scan in unpack_scans(rest, dict.fromkeys(range(LAYOUTS), "pile"))
                ]
                self.read_to = seq

    # ------------------------------------------------------------------ edge

    @rule()
    def connect(self) -> None:
        """A new connection, the old one being alive or dead: what was not committed is gone."""
        self.received_events, self.received_scans = [], []
        self.received_gaps = self.read_to = 0
        self.outbox.connected()
        self.connected = True

    @precondition(lambda self: self.connected)
    @rule(is_told=st.booleans())
    def commit(self, is_told: bool) -> None:  # noqa: FBT001 - drawn
        """Commit everything that was received; `is_told` false: the acknowledgement is lost with the connection."""
        self.committed_events += [seq for seq in self.received_events if seq not in self.committed_events]
        self.received_events = []
        if is_told:
            self.outbox.events_acknowledged(max(self.committed_events, default=0))
            self.committed_scans += self.received_scans
            self.committed_gaps += self.received_gaps
            self.received_scans, self.received_gaps = [], 0
            self.outbox.readings_acknowledged(self.read_to)
        else:
            self.connected = False

    # ------------------------------------------------------------------ what must hold

    @invariant()
    def events_are_dense_and_never_dropped(self) -> None:
        kept = [seq for seq, _ in self.outbox.unacknowledged]
        known = set(self.committed_events) | set(kept)
        assert known == set(range(1, self.events_made + 1))
        assert self.committed_events == sorted(self.committed_events)

    @invariant()
    def memory_is_bounded(self) -> None:
        newest_of_each = LAYOUTS * (BIG + 32)
        assert self.outbox._unsent_bytes <= UNSENT_LIMIT_BYTES + newest_of_each
        assert self.outbox._sent_bytes <= SENT_LIMIT_BYTES

    def teardown(self) -> None:
        """In the end every scan is on disk or counted as lost, none twice, and the newest ones are there."""
        self.connect()
        for _ in range(200):
            self.flush(UNSENT_LIMIT_BYTES)
        self.commit(is_told=True)
        assert not self.outbox.unacknowledged
        assert len(set(self.committed_scans)) == len(self.committed_scans)
        assert len(self.committed_scans) + self.committed_gaps == self.scans_made
        newest = set(range(max(1, self.scans_made - LAYOUTS + 1), self.scans_made + 1))
        assert newest <= {int(taken_s) for taken_s in self.committed_scans}


World.TestCase.settings = settings(max_examples=examples(30), stateful_step_count=30, deadline=None)
TestOutbox = World.TestCase


def test_a_gap_that_edge_has_committed_is_not_told_again() -> None:
    world = World()
    world.connect()
    world.scans(62, 2)
    world.flush(1)
    world.connect()
    world.scans(33, BIG)
    world.flush(1)
    world.commit(is_told=True)
    world.teardown()

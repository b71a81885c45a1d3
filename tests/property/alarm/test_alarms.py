"""Random years of a site's alarms: none is lost, none is silently dropped, every shelf ends, a death forgets nothing."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from gateway.alarm import alarms as module
from gateway.alarm import event as happens
from gateway.alarm.alarms import TOGETHER_MS, Alarms, Turn, alarms_of
from gateway.alarm.catalogue import CATALOGUE, LOCKED_OUT, about
from gateway.alarm.ground import Ground
from gateway.alarm.incident import STANDING, UNSEEN, Stage, key_of
from gateway.orders.clock import SYNCHRONISED, Now
from tests.depth import sample

GROUND = Ground(line_of={"pile-1": "line-a", "pile-2": "line-a", "lock": "line-b"}, places=frozenset({"fridge"}))
TARGETS = (
    "*",
    "line-a",
    "line-b",
    "pile-1",
    "pile-1/outlet-1",
    "pile-2",
    "pile-2/outlet-1",
    "lock/door-1",
    "fridge/top",
)
WORDS = (
    "link-down",
    "sight-lost",
    "silent",
    "smoke",
    "weld",
    LOCKED_OUT,
    "bound-missed",
    "bin-full",
    "report-failed",
    "new",
)
BY_LINE = {"link-down": ("line-a", "line-b"), "sight-lost": ("pile-1", "pile-2"), "silent": ("pile-1", "pile-2")}
SHELF_MS = 300_000


class Years:
    """One site, told by one seed. `holds` is the truth: which conditions hold; `unheard`: raised, and nobody has seen it."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - repeatable, not secret
        self.at_ms = 0
        self.disk: dict[str, bytes] = {}
        self.alarms = Alarms()
        self.holds: set[str] = set()
        self.unheard: set[str] = set()
        self.shelves: dict[str, int] = {}
        self.seen: Counter[str] = Counter()

    @property
    def now(self) -> Now:
        return Now(at_ms=self.at_ms, ts_ms=1_800_000_000_000 + self.at_ms, clock=SYNCHRONISED)

    def step(self) -> None:
        chance = self.chance
        self.at_ms += chance.choice((0, 100, 1000, 30_000, 120_000))
        word = chance.choice(WORDS)
        target = chance.choice(BY_LINE.get(word, TARGETS))
        turn = Turn(self.alarms, GROUND, self.now)
        turn.tick()
        act = chance.choice((self.raised, self.raised, self.cleared, self.acknowledged, self.rest, self.woken))
        before = (set(self.holds), set(self.unheard), dict(self.shelves))
        act(turn, target, word)
        if chance.random() < 0.05:  # a death before the commit: it has not happened
            self.holds, self.unheard, self.shelves = before
            self.alarms = alarms_of(self.disk)
            return
        self.commit(turn)
        if chance.random() < 0.05:  # a death after it
            self.alarms = alarms_of(self.disk)

    def raised(self, turn: Turn, target: str, word: str) -> None:
        key = key_of(target, word)
        turn.raised(target, word, "why")
        if key not in self.holds:
            self.unheard.add(key)
        if not about(word).momentary:
            self.holds.add(key)

    def cleared(self, turn: Turn, target: str, word: str) -> None:
        turn.cleared(target, word)
        self.holds.discard(key_of(target, word))

    def acknowledged(self, turn: Turn, target: str, word: str) -> None:
        key = key_of(target, word)
        record = turn.record(key)
        if turn.happen(target, word, happens.Acknowledged(by="wang")):
            assert record is not None
            assert record.incident.stage in UNSEEN
            after = turn.record(key)
            assert after is not None
            if record.incident.stage is Stage.RETURNED:
                assert after.incident.stage is Stage.NORMAL
            assert (after.acts[-1].by, after.acts[-1].what) == ("wang", "acknowledged")
            self.unheard.discard(key)

    def rest(self, turn: Turn, target: str, word: str) -> None:
        key, until_ms = key_of(target, word), self.at_ms + SHELF_MS
        shelve = happens.Shelved(by="li", why="known", until_ms=until_ms, until_ts_ms=self.now.ts_ms + SHELF_MS)
        if self.chance.random() < 0.5:
            if turn.happen(target, word, shelve):
                self.shelves[key] = until_ms
                self.unheard.discard(key)
        elif turn.happen(target, word, happens.Removed(by="li", why="replaced")):
            self.unheard.discard(key)

    def woken(self, turn: Turn, target: str, word: str) -> None:
        turn.happen(target, word, self.chance.choice((happens.Unshelved(by="li"), happens.Restored(by="li"))))

    def commit(self, turn: Turn) -> None:
        for name, value in turn.state().items():
            if value is None:
                self.disk.pop(name, None)
            else:
                self.disk[name] = value
        self.alarms = turn.after()
        self.judge(turn)

    def judge(self, turn: Turn) -> None:
        self.seen.update(change.record.incident.stage for change in turn.changes)
        revisions = [change.revision for change in turn.changes]
        assert revisions == sorted(set(revisions)), "each change is told once, in its order"
        records = self.alarms.records
        for key in self.holds:
            assert records[key].incident.active, f"{key} holds, and nobody knows"
            assert records[key].incident.stage in STANDING
        for key in self.unheard:
            incident = records[key].incident
            was_consequence = any(act.what == "released" for act in records[key].acts) or incident.word in BY_LINE
            assert incident.stage is not Stage.NORMAL or was_consequence, f"{key} was dropped unseen"
        for key, record in records.items():
            incident = record.incident
            assert incident.active == (key in self.holds), key
            if incident.stage is Stage.SHELVED:
                assert incident.until_ms is not None
                assert incident.until_ms > self.at_ms - 1
            if incident.stage is Stage.SUPPRESSED:
                assert incident.under in self.holds, "a consequence of nothing"
            if incident.active and incident.stage in {Stage.UNACKNOWLEDGED, Stage.ACKNOWLEDGED}:
                causes = GROUND.causes(incident.target, incident.word)
                assert not self.holds.intersection(causes), f"{key} follows from what stands"


@pytest.mark.parametrize("seed", range(4))
def test_no_alarm_is_lost_in_years_of_anything(seed: int) -> None:
    years = Years(seed)
    for _ in range(sample(2_500, deep=25_000)):
        years.step()
    assert alarms_of(years.disk) == years.alarms, "what is stored is what is known"
    assert set(years.seen) == {*STANDING, Stage.NORMAL}, "every state was there"


def test_every_shelf_ends_by_itself() -> None:
    years = Years(1)
    for _ in range(sample(500, deep=5000)):
        years.step()
    years.at_ms += SHELF_MS
    turn = Turn(years.alarms, GROUND, years.now)
    turn.tick()
    assert not [record for record in turn.after().standing() if record.incident.stage is Stage.SHELVED]


def test_what_stands_is_never_forgotten_for_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RECORDS_KEPT", 200)
    turn = Turn(Alarms(), GROUND, Now(at_ms=0, ts_ms=0, clock=SYNCHRONISED))
    for number in range(250):
        turn.now = Now(at_ms=number, ts_ms=number, clock=SYNCHRONISED)
        turn.raised(f"pile-1/outlet-{number}", "weld")
    for number in range(100):
        turn.cleared(f"pile-1/outlet-{number}", "weld", by="wang", why="replaced")
    kept = turn.after().records
    assert len(kept) == 200
    assert "pile-1/outlet-0:weld" not in kept, "the oldest of what is over goes"
    assert len(list(turn.after().standing())) == 150


def test_the_first_of_a_line_is_marked_and_what_comes_later_is_of_its_group() -> None:
    turn = Turn(Alarms(), GROUND, Now(at_ms=0, ts_ms=0, clock=SYNCHRONISED))
    for at_ms, target in (
        (0, "pile-1/outlet-1"),
        (TOGETHER_MS, "pile-2/outlet-1"),
        (2 * TOGETHER_MS, "pile-1"),
        (0, "lock/door-1"),
    ):
        turn.now = Now(at_ms=at_ms, ts_ms=at_ms, clock=SYNCHRONISED)
        turn.raised(target, "smoke")
    incidents = {record.incident.target: record.incident for record in turn.after().records.values()}
    groups = {target: (each.group, each.is_first) for target, each in incidents.items()}
    first, _ = groups["pile-1/outlet-1"]
    assert groups == {
        "pile-1/outlet-1": (first, True),
        "pile-2/outlet-1": (first, False),
        "pile-1": (first, False),
        "lock/door-1": ("lock/door-1:smoke@0", True),
    }


def test_field_started_anew_has_to_say_again_what_still_holds() -> None:
    alarms = Alarms()
    at = {"smoke": 0, "door": 0}
    turn = Turn(alarms, GROUND, Now(at_ms=0, ts_ms=0, clock=SYNCHRONISED))
    for word in (*at, "bin-full"):
        turn.raised("pile-1", word)
    turn.doubt_field()
    turn.raised("pile-1", "smoke")
    turn.now = Now(at_ms=120_000, ts_ms=120_000, clock=SYNCHRONISED)
    turn.tick()
    stages = {record.incident.word: record.incident.stage for record in turn.after().records.values()}
    assert stages == {"smoke": Stage.UNACKNOWLEDGED, "door": Stage.RETURNED, "bin-full": Stage.UNACKNOWLEDGED}


def test_the_catalogue_is_no_circle() -> None:
    """A consequence of its own consequence would suppress itself for ever."""
    for word in CATALOGUE.values():
        seen, waiting = set(), [cause for cause, _ in word.follows]
        while waiting:
            cause = waiting.pop()
            assert cause != word.word
            seen.add(cause)
            waiting += [each for each, _ in CATALOGUE[cause].follows if each not in seen]

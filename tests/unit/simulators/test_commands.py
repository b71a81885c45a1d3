from __future__ import annotations

import json

import pytest

from simulators.commands import COMMANDS, obey
from simulators.errors import SimulatorError
from simulators.journal import Entry, Journal, Outcome
from simulators.spec import LineSpec, spec_from_json, spec_to_json
from tests.unit.simulators.lab import Lab, line_spec


@pytest.mark.parametrize(
    ("request_json", "problem"),
    [
        ([], "a command is a JSON object"),
        ({}, 'a command needs its name under "do"'),
        ({"do": 3}, 'a command needs its name under "do"'),
        ({"do": "explode"}, "unknown command 'explode'; the line itself knows babble, "),
        ({"do": "silence", "unit": 1}, "silence: on is missing"),
        ({"do": "silence", "unit": 77, "on": True}, "there is no unit 77 on line lab"),
        ({"do": "silence", "unit": 1, "on": 1}, "silence: on must be true or false, not 1"),
        ({"do": "turnaround", "unit": 1, "ms": "fast"}, "turnaround: ms must be a number from 0 to 60000, not 'fast'"),
        ({"do": "babble", "ms": 1e9}, "babble: ms must be a number"),
        ({"do": "status", "please": 1}, "status: unknown argument please"),
        ({"do": "journal", "limit": 100000}, "journal: limit must be a whole number from 1 to 64"),
        ({"do": "vanish", "at_s": "soon"}, "vanish: at_s must be a number"),
        ({"do": "vanish", "at_s": 1e9}, "vanish: at_s must be a number"),
    ],
)
def test_a_command_that_makes_no_sense_gets_one_clear_line(request_json: object, problem: str) -> None:
    answer = obey(Lab(), request_json, 0.0)
    assert answer["ok"] is False
    assert str(answer["error"]).startswith(problem)
    assert "\n" not in str(answer["error"])


def test_a_command_for_later_changes_nothing_now_and_its_mistakes_are_told_at_once() -> None:
    lab = Lab()
    assert lab.tell("echo", on=True, at_s=5.0) == {"ok": True, "at_s": 5.0, "result": None}
    assert lab.tell("echo", on="yes", at_s=5.0)["ok"] is False
    lab.run(4.999)
    assert lab.station.echo is False
    lab.run(5.0)
    assert lab.station.echo is True


def test_a_moment_that_has_passed_means_now() -> None:
    lab = Lab()
    lab.run(10.0)
    assert lab.tell("vanish", at_s=3.0)["at_s"] == 10.0
    lab.run(10.0)
    assert lab.plugged is False
    assert lab.tell("return")["result"] == "virtual"
    assert lab.plugged is True


def test_every_answer_is_json() -> None:
    lab = Lab()
    needs: dict[str, dict[str, object]] = {
        "silence": {"unit": 1, "on": True},
        "turnaround": {"unit": 1, "ms": 3},
        "fault": {"kind": "late"},
        "echo": {"on": True},
        "strict": {"on": True},
        "babble": {"ms": 1},
    }
    for name in COMMANDS:
        answer = lab.tell(name, **needs.get(name, {}))
        assert answer["ok"], answer
        json.dumps(answer)
    assert lab.stopped


def test_the_journal_keeps_the_newest_and_says_how_many_it_dropped() -> None:
    journal = Journal(5)
    for _ in range(12):
        journal.open(arrival_s=1.0, end_s=2.0, request=b"x")
    assert [entry.index for entry in journal.since(0)] == [7, 8, 9, 10, 11]
    assert [entry.index for entry in journal.since(9, limit=2)] == [9, 10]
    assert journal.counters.journal_dropped == 7


def test_a_cleared_journal_starts_empty_and_never_repeats_an_index() -> None:
    journal = Journal(5)
    for _ in range(8):
        journal.open(arrival_s=1.0, end_s=2.0, request=b"x")
    journal.clear()
    assert journal.since(0) == []
    indexes = [journal.open(arrival_s=1.0, end_s=2.0, request=b"x").index for _ in range(7)]
    assert indexes == list(range(indexes[0], indexes[0] + 7))
    assert indexes[0] > 7
    assert [entry.index for entry in journal.since(0)] == indexes[-5:]
    assert journal.counters.journal_dropped == 2


def test_an_entry_survives_the_way_through_json() -> None:
    entry = Entry(
        index=3, arrival_s=1.5, end_s=2.5, request=b"\x00\xff", reply=b"\x01", outcome=Outcome.LOST, first_s=9.25
    )
    assert Entry.from_json(json.loads(json.dumps(entry.to_json()))) == entry


def test_a_spec_survives_the_way_through_json() -> None:
    spec = line_spec(baud=115200, echo=True)
    assert spec_from_json(json.loads(json.dumps(spec_to_json(spec)))) == spec


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"slaves": ()}, "has no slaves"),
        ({"slaves": line_spec().slaves * 2}, "has two slaves with one unit"),
        ({"baud": 7}, "has a baud outside"),
        ({"char_bits": 8}, "has 8 bits a character"),
        ({"port": 70000}, "has a port outside"),
    ],
)
def test_a_line_that_cannot_be_is_refused(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(SimulatorError, match=f"^line lab {problem}"):
        LineSpec(**{"name": "lab", "slaves": line_spec().slaves, **changes})  # type: ignore[arg-type]

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from gateway.field import memory as field_memory
from gateway.field.known import IDS_KEPT, KnownIds
from gateway.field.memory import Memory, all_piles

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_event_stream_goes_on_where_it_was(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.begin("stream-1", 4, [])
    for seq in (5, 6, 7):
        memory.keep_event(seq, b"%d" % seq)
    memory.acknowledged(5, "stream-1", [])
    mirrored = Memory(tmp_path).mirrored()
    assert mirrored is not None
    assert (mirrored.stream, mirrored.events, mirrored.next_seq) == ("stream-1", ((6, b"6"), (7, b"7")), 8)


def test_numbers_are_not_used_again_when_everything_was_acknowledged(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.begin("stream-1", 0, [])
    memory.keep_event(1, b"a")
    memory.acknowledged(1, "stream-1", [])
    mirrored = Memory(tmp_path).mirrored()
    assert mirrored is not None
    assert (mirrored.events, mirrored.next_seq) == ((), 2)


def test_a_large_mirror_begins_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(field_memory, "REWRITE_BYTES", 100)
    memory = Memory(tmp_path)
    memory.begin("s", 0, [])
    for seq in range(1, 20):
        memory.keep_event(seq, b"x" * 20)
    memory.acknowledged(18, "s", [(19, b"x" * 20)])
    assert (tmp_path / "events").stat().st_size < 100
    assert Memory(tmp_path).events() == [(19, b"x" * 20)]


@given(st.integers(0, 400))
def test_a_torn_end_costs_only_what_was_torn(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("memory")
    memory = Memory(folder)
    memory.begin("s", 0, [])
    for seq in range(1, 11):
        memory.keep_event(seq, b"event %d" % seq)
    whole = (folder / "events").read_bytes()
    (folder / "events").write_bytes(whole[: len(whole) - cut])
    found = Memory(folder).events()
    assert found == [(seq, b"event %d" % seq) for seq in range(1, len(found) + 1)]


def test_grants_count_only_under_the_configuration_they_were_given_for(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.keep_grants("hash-1", [{"grant": 1}])
    assert Memory(tmp_path).grants("hash-1") == [{"grant": 1}]
    assert Memory(tmp_path).grants("hash-2") == []


def test_what_cannot_be_written_is_told_and_nothing_raises(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "m")
    (tmp_path / "m").rmdir()
    memory.keep_event(1, b"x")
    assert "No such file" in memory.problem
    memory.keep_protection({}, is_whole=True)
    assert "No such file" in memory.problem


def test_a_pile_keeps_its_latches_on_another_bus() -> None:
    kept = {"line-1": {"piles": {"pile-01": {"latched": ["smoke"]}}}, "line-2": {"piles": {"pile-02": {}}}, "x": 3}
    assert all_piles(kept) == {"piles": {"pile-01": {"latched": ["smoke"]}, "pile-02": {}}}
    assert all_piles(None) is None


def test_an_id_is_new_once_and_the_memory_of_ids_is_bounded() -> None:
    known = KnownIds()
    assert known.is_new("a")
    assert not known.is_new("a")
    for number in range(IDS_KEPT):
        known.is_new(str(number))
    assert known.is_new("a")


def test_a_memory_is_whole_once_it_is_said_to_be_and_one_of_an_earlier_version_always_was(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    assert not memory.is_whole()
    memory.keep_protection({}, is_whole=False)
    assert Memory(tmp_path).protection() == {}
    assert not Memory(tmp_path).is_whole()
    memory.keep_protection({}, is_whole=True)
    assert Memory(tmp_path).is_whole()
    (tmp_path / "protection.json").write_text('{"format": 1, "protection": {}}')
    assert Memory(tmp_path).is_whole()

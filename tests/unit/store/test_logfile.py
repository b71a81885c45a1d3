"""The two streams, their numbers, their consumers, and what is stored beside an event."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.errors import LogRefused, Refusal
from gateway.store.keeper import Keeper
from gateway.store.logfile import LogFile
from gateway.store.record import Dropped, Event, Outcome, ReadingBatch, Settings, Stream
from tests.unit.store.making import HandClock, event, everything, keeper_at, packed, spans


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    keeper = keeper_at(tmp_path)
    keeper.call(LogFile.add_consumer, "mqtt", from_oldest=True)
    yield keeper
    keeper.close()


@pytest.fixture
def log(keeper: Keeper) -> LogFile:
    return keeper.call(lambda log: log)


def test_event_numbers_go_on_over_boots_and_each_boot_has_its_own_id(tmp_path: Path) -> None:
    found: list[Event] = []
    for _ in range(3):
        keeper = keeper_at(tmp_path)
        keeper.call(LogFile.add_consumer, "mqtt", from_oldest=True)
        keeper.call(LogFile.append_events, [event("a"), event("b")])
        found = [record for record in keeper.call(everything, Stream.EVENT) if isinstance(record, Event)]
        keeper.close()
    assert [record.seq for record in found] == [1, 2, 3, 4, 5, 6]
    assert [record.boot.split("-")[0] for record in found] == ["1", "1", "2", "2", "3", "3"]
    assert len({record.boot for record in found}) == 3


def test_a_restored_copy_never_uses_a_boot_again(tmp_path: Path) -> None:
    keeper_at(tmp_path).close()
    backup = (tmp_path / "log").read_bytes()
    boots = set()
    for _ in range(2):
        (tmp_path / "log").write_bytes(backup)
        keeper = keeper_at(tmp_path)
        boots.add(keeper.call(lambda log: log.boot))
        keeper.close()
    assert len(boots) == 2


def test_an_event_comes_back_as_it_was_stored_under_a_clock_that_jumps(log: LogFile) -> None:
    clock = HandClock()
    made = []
    for place, jump_ms in enumerate((0, 31_536_000_000, -63_072_000_000)):
        clock.advance(1.0, wall_ms=jump_ms)
        stamped = event(f"e{place}", body=b"\x00\xff" * place)
        made.append((f"e{place}", clock.stamp, stamped.body))
        log.append_events([type(stamped)(id=stamped.id, kind="trip", at=clock.stamp, body=stamped.body)])
    found = everything(log, Stream.EVENT)
    assert [(r.id, r.at, r.body) for r in found if isinstance(r, Event)] == made


def test_every_scan_has_its_number_and_a_batch_covers_a_range(log: LogFile) -> None:
    log.declare_layouts([("pile-01", 0, b"{}")])
    assert log.append_readings([packed(b"a", b"b", b"c"), packed(b"d")]) == (1, 4)
    assert log.append_readings([packed(b"e")]) == (5, 5)
    found = everything(log, Stream.READING)
    assert spans(found) == [("batch", 1, 3), ("batch", 4, 4), ("batch", 5, 5)]
    raws = [scan.raw for batch in found if isinstance(batch, ReadingBatch) for scan in batch.scans()]
    assert raws == [b"a", b"b", b"c", b"d", b"e"]


def test_scans_that_could_not_be_kept_use_up_their_numbers_and_leave_a_marker(log: LogFile) -> None:
    log.append_readings([packed(b"a"), packed(b"b", lost_before=5)])
    assert spans(everything(log, Stream.READING)) == [("batch", 1, 1), ("dropped", 2, 6), ("batch", 7, 7)]


def test_a_consumer_that_stopped_inside_a_batch_gets_the_rest_of_it(log: LogFile) -> None:
    log.append_readings([packed(b"a", b"b", b"c", b"d")])
    log.ack("mqtt", Stream.READING, 2)
    (batch,) = everything(log, Stream.READING)
    assert isinstance(batch, ReadingBatch)
    assert (batch.first_seq, batch.last_seq, [scan.raw for scan in batch.scans()]) == (3, 4, [b"c", b"d"])


def test_a_layout_is_stored_once_and_a_changed_one_gets_another_id(tmp_path: Path) -> None:
    first, second = keeper_at(tmp_path), None
    layouts = [("pile-01", 0, description) for description in (b"one", b"one", b"two")]
    ids = first.call(LogFile.declare_layouts, layouts)
    first.close()
    second = keeper_at(tmp_path)
    assert ids == [1, 1, 2]
    assert second.call(LogFile.declare_layouts, [("pile-01", 0, b"one")]) == [1]
    assert second.call(LogFile.layout, 2) == ("pile-01", 0, b"two")
    second.close()


def test_streams_are_acknowledged_apart_and_offsets_survive_with_the_next_commit(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path)
    keeper.call(LogFile.add_consumer, "mqtt", from_oldest=True)
    keeper.call(LogFile.append_events, [event("a"), event("b")])
    keeper.call(LogFile.append_readings, [packed(b"a", b"b")])
    keeper.call(LogFile.ack, "mqtt", Stream.EVENT, 2)
    keeper.call(LogFile.ack, "mqtt", Stream.READING, 1)
    keeper.close()
    keeper = keeper_at(tmp_path)
    assert keeper.call(lambda log: log.standing().offsets) == {"mqtt": {Stream.EVENT: 2, Stream.READING: 1}}
    keeper.close()


def test_an_offset_never_moves_back_nor_beyond_what_was_given(log: LogFile) -> None:
    log.append_events([event("a"), event("b")])
    log.ack("mqtt", Stream.EVENT, 2)
    log.ack("mqtt", Stream.EVENT, 1)
    assert log.standing().offsets["mqtt"][Stream.EVENT] == 2
    with pytest.raises(ValueError, match="never given"):
        log.ack("mqtt", Stream.EVENT, 3)


def test_a_new_consumer_starts_where_it_says_and_a_known_one_where_it_was(log: LogFile) -> None:
    log.append_events([event("a")])
    log.add_consumer("influx", from_oldest=False)
    log.append_events([event("b")])
    assert spans(everything(log, Stream.EVENT, "influx")) == [("event", 2, 2)]
    log.add_consumer("influx", from_oldest=True)
    assert spans(everything(log, Stream.EVENT, "influx")) == [("event", 2, 2)]
    log.forget_consumer("influx")
    with pytest.raises(KeyError):
        log.read("influx", Stream.EVENT, 1)


def test_a_consumers_name_may_be_part_of_a_topic(log: LogFile) -> None:
    with pytest.raises(ValueError, match="a-z"):
        log.add_consumer("MQTT/#", from_oldest=True)


def test_replay_gives_a_range_of_one_boot_and_nothing_of_another(tmp_path: Path) -> None:
    boots = []
    for _ in range(2):
        keeper = keeper_at(tmp_path)
        boots.append(keeper.call(lambda log: log.boot))
        keeper.call(LogFile.append_readings, [packed(b"a", b"b", b"c"), packed(b"d", b"e")])
        keeper.call(LogFile.append_events, [event("a"), event("b")])
        keeper.close()
    keeper = keeper_at(tmp_path)
    again = keeper.call(LogFile.replay, boots[0], Stream.READING, 2, 99, 10)
    assert spans(list(again)) == [("batch", 2, 3), ("batch", 4, 5)]
    (middle,) = keeper.call(LogFile.replay, boots[1], Stream.READING, 7, 7, 10)
    assert isinstance(middle, ReadingBatch)
    assert [scan.raw for scan in middle.scans()] == [b"b"]
    assert spans(list(keeper.call(LogFile.replay, boots[1], Stream.EVENT, 1, 99, 10))) == [
        ("event", 3, 3),
        ("event", 4, 4),
    ]
    assert keeper.call(LogFile.replay, "no-such-boot", Stream.EVENT, 1, 99, 10) == []
    keeper.close()


def test_outcome_and_state_are_stored_with_their_event_or_not_at_all(log: LogFile) -> None:
    log.append_events([event("a", outcome=Outcome(command_id="c1", body=b"intent"), latch=b"set", grant=b"g")])
    log.append_events([event("b", outcome=Outcome(command_id="c1", body=b"done"), grant=None)])
    assert (log.outcome_of("c1"), log.outcome_of("c2")) == (b"done", None)
    assert log.states() == {"latch": b"set"}
    with pytest.raises(LogRefused) as refused:
        log.append_events([event("c", latch=None), event("d", body=bytes(300 << 10))])
    assert refused.value.reason is Refusal.TOO_LARGE
    assert (log.states(), log.head(Stream.EVENT)) == ({"latch": b"set"}, 2)


def test_outcomes_are_kept_by_running_time_whatever_the_wall_clock_does(tmp_path: Path) -> None:
    clock = HandClock()
    keeper = keeper_at(tmp_path, clock)
    keeper.call(LogFile.append_events, [event("a", outcome=Outcome(command_id="day", body=b"1"))])
    order = Outcome(command_id="order", body=b"2", keep_s=90 * 86_400)
    keeper.call(LogFile.append_events, [event("b", outcome=order)])
    clock.advance(60.0, wall_ms=31_536_000_000)
    keeper.call(LogFile.maintain)
    assert keeper.call(LogFile.outcome_of, "day") == b"1"
    clock.advance(43_200.0)
    keeper.call(LogFile.maintain)
    keeper.close()
    keeper = keeper_at(tmp_path, clock)
    assert keeper.call(LogFile.outcome_of, "day") == b"1"
    clock.advance(44_000.0)
    keeper.call(LogFile.maintain)
    assert keeper.call(lambda log: (log.outcome_of("day"), log.outcome_of("order"))) == (None, b"2")
    keeper.close()


def test_the_number_of_outcomes_is_limited_and_the_soonest_to_expire_go_first(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path, settings=Settings(ballast_bytes=0, command_limit=5))
    for place in range(8):
        outcome = Outcome(command_id=f"c{place}", body=b"x", keep_s=1000 - place)
        keeper.call(LogFile.append_events, [event("e", outcome=outcome)])
    keeper.call(LogFile.maintain)
    left = [place for place in range(8) if keeper.call(LogFile.outcome_of, f"c{place}")]
    assert left == [0, 1, 2, 3, 4]
    assert keeper.call(lambda log: log.counters.evicted_commands) == 3
    keeper.close()


def _edit(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_verify_names_a_changed_row_a_replaced_row_and_a_missing_row(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path)
    keeper.call(LogFile.append_events, [event(f"e{place}") for place in range(9)])
    assert keeper.call(lambda log: log.verify()[0].intact)
    keeper.close()
    _edit(tmp_path / "log", "UPDATE event SET body = x'00' WHERE seq = 3")
    _edit(tmp_path / "log", "DELETE FROM event WHERE seq = 6")
    keeper = keeper_at(tmp_path)
    report, _ = keeper.call(LogFile.verify)
    assert (report.altered, report.holes) == ((3,), ((6, 6),))
    keeper.call(LogFile.add_consumer, "mqtt", from_oldest=True)
    found = keeper.call(everything, Stream.EVENT)
    assert [r for r in found if isinstance(r, Dropped)] == [
        Dropped(stream=Stream.EVENT, first_seq=3, last_seq=3),
        Dropped(stream=Stream.EVENT, first_seq=6, last_seq=6),
    ]
    keeper.close()


def test_a_damaged_batch_is_marked_and_does_not_stop_its_consumer(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path)
    keeper.call(LogFile.append_readings, [packed(b"a", b"b") for _ in range(4)])
    keeper.close()
    _edit(tmp_path / "log", "UPDATE reading SET last_seq = 7 WHERE first_seq = 3")
    keeper = keeper_at(tmp_path)
    keeper.call(LogFile.add_consumer, "mqtt", from_oldest=True)
    found = keeper.call(everything, Stream.READING)
    assert spans(found) == [("batch", 1, 2), ("dropped", 3, 4), ("batch", 5, 6), ("batch", 7, 8)]
    assert keeper.call(lambda log: log.counters.damaged_rows) > 0
    keeper.close()

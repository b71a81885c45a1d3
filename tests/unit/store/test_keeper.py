"""One owner, versions, damage and rescue."""

import json
import sqlite3
from pathlib import Path

import pytest

from gateway.store.database import STDLIB, has_wal_reset_bug
from gateway.store.errors import LogInUse, LogTooNew
from gateway.store.keeper import DAMAGED, Keeper
from gateway.store.logfile import LogFile
from gateway.store.record import Event, Outcome, Settings, Stream
from gateway.store.salvage import rescue
from tests.unit.store.making import HandClock, event, everything, keeper_at, packed, seeded, spans


def fill(keeper: Keeper) -> None:
    keeper.call(LogFile.add_consumer, "mqtt", from_oldest=True)
    keeper.call(LogFile.declare_layouts, [("pile-01", 0, b"{}")])
    for place in range(20):
        outcome = Outcome(command_id=f"c{place}", body=b"done")
        keeper.call(LogFile.append_events, [event(f"e{place}", bytes(900), outcome, latch=b"%d" % place)])
        keeper.call(LogFile.append_readings, [packed(b"a" * 200, b"b" * 3000)])
    keeper.call(LogFile.ack, "mqtt", Stream.EVENT, 4)


def test_a_second_owner_is_refused_in_one_line_and_the_first_goes_on(tmp_path: Path) -> None:
    first = keeper_at(tmp_path)
    with pytest.raises(LogInUse, match=r"^.*/log is open in another process: one gateway owns its log$"):
        keeper_at(tmp_path)
    assert first.call(LogFile.append_events, [event("a")]) == [1]
    first.close()
    second = keeper_at(tmp_path)
    assert second.call(LogFile.head, Stream.EVENT) == 1
    second.close()


def test_no_other_connection_gets_at_an_open_log(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path)
    stranger = sqlite3.connect(tmp_path / "log", timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        stranger.execute("SELECT count(*) FROM event").fetchone()
    stranger.close()
    keeper.close()


def test_a_log_of_a_later_version_is_left_untouched(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path)
    keeper.call(LogFile.append_events, [event("a")])
    keeper.close()
    connection = sqlite3.connect(tmp_path / "log")
    connection.execute("PRAGMA user_version=2")
    connection.close()
    with pytest.raises(LogTooNew, match="log format 2"):
        keeper_at(tmp_path)
    assert not (tmp_path / "log.damaged").exists()


@pytest.mark.parametrize(
    ("version", "has_it"),
    [
        ("3.6.23", False),
        ("3.7.0", True),
        ("3.40.1", True),
        ("3.44.5", True),
        ("3.44.6", False),
        ("3.45.0", True),
        ("3.50.7", False),
        ("3.51.2", True),
        ("3.51.3", False),
        ("3.53.0", False),
    ],
)
def test_the_versions_with_the_wal_reset_bug_are_known(version: str, has_it: bool) -> None:  # noqa: FBT001 - a column of the table
    assert has_wal_reset_bug(version) is has_it


def test_the_log_has_the_settings_that_its_promises_rest_on(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path)
    database = keeper.call(lambda log: log._database)
    wanted = {"journal_mode": "wal", "synchronous": 2, "page_size": 1024, "locking_mode": "exclusive", "auto_vacuum": 2}
    assert {name: database.run(f"PRAGMA {name}")[0][0] for name in wanted} == wanted
    keeper.close()


def test_a_log_without_its_header_is_rescued_whole_and_says_so(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path)
    fill(keeper)
    before = keeper.call(lambda log: (everything(log, Stream.EVENT), everything(log, Stream.READING)))
    keeper.close()
    with (tmp_path / "log").open("r+b") as file:
        file.write(bytes(1024))
    keeper = keeper_at(tmp_path)
    events, readings = keeper.call(lambda log: (everything(log, Stream.EVENT), everything(log, Stream.READING)))
    assert (events[:-1], readings) == before
    last = events[-1]
    assert isinstance(last, Event)
    said = json.loads(last.body)["body"]
    assert (last.kind, said["what"], said["events_saved"], said["reading_batches_left"]) == (
        "gateway",
        "log-damaged",
        20,
        0,
    )
    assert (tmp_path / said["kept_as"]).exists()
    assert keeper.call(lambda log: (log.outcome_of("c7"), log.states())) == (
        b"done",
        {"latch": b"19", DAMAGED: f"{said['detail']}; 20 events saved; the damaged file is {said['kept_as']}".encode()},
    )
    assert keeper.call(lambda log: log.verify()[0].intact)
    keeper.close()


def test_damage_that_shows_while_running_costs_nothing_that_memory_or_sound_pages_have(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path)
    fill(keeper)
    rng = seeded(1)
    for _ in range(60):
        keeper.call(LogFile.append_readings, [packed(rng.randbytes(60_000))])
    keeper.call(LogFile.ack, "mqtt", Stream.EVENT, 9)
    with (tmp_path / "log").open("r+b") as file:
        file.seek(500 << 10)
        file.write(b"\xff" * (200 << 10))
    found = keeper.call(everything, Stream.READING)
    assert (tmp_path / "log.damaged").exists()
    assert sum(record.last_seq - record.first_seq + 1 for record in found if not isinstance(record, Event)) == 100
    assert keeper.call(lambda log: log.standing().offsets["mqtt"][Stream.EVENT]) == 9
    assert keeper.call(lambda log: (log.layout(1), log.state("latch"))) == (("pile-01", 0, b"{}"), b"19")
    names = [record.id for record in keeper.call(everything, Stream.EVENT) if isinstance(record, Event)]
    assert names[:-1] == [f"e{place}" for place in range(9, 20)]
    keeper.close()


def test_what_had_been_deleted_stays_deleted_in_a_rescue(tmp_path: Path) -> None:
    settings = Settings(ballast_bytes=0, keep_events=2)
    keeper = keeper_at(tmp_path, settings=settings)
    fill(keeper)
    keeper.call(LogFile.append_events, [event("x", latch=None)])
    keeper.call(LogFile.ack, "mqtt", Stream.EVENT, 21)
    while keeper.call(LogFile.maintain):
        pass
    keeper.close()
    with (tmp_path / "log").open("r+b") as file:
        file.write(bytes(1024))
    keeper = keeper_at(tmp_path, settings=settings)
    keeper.call(LogFile.add_consumer, "late", from_oldest=True)
    assert spans(keeper.call(everything, Stream.EVENT, "late")) == [("event", n, n) for n in (20, 21, 22)]
    assert keeper.call(LogFile.states).keys() == {DAMAGED}
    keeper.close()


def test_numbers_that_a_consumer_has_seen_are_not_given_again_after_a_rescue(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path)
    fill(keeper)
    keeper.call(LogFile.ack, "mqtt", Stream.EVENT, 20)
    keeper.close()
    connection = sqlite3.connect(tmp_path / "log")
    connection.execute("DELETE FROM event WHERE seq > 10")
    connection.execute("UPDATE event SET body = x'00' WHERE seq = 10")
    connection.commit()
    connection.close()
    keeper = keeper_at(tmp_path)
    assert keeper.call(LogFile.append_events, [event("next")]) == [22], "21 is the alarm"
    keeper.close()


@pytest.mark.parametrize("renamed_wal", [False, True])
def test_a_rescue_that_a_crash_interrupted_is_finished(tmp_path: Path, renamed_wal: bool) -> None:  # noqa: FBT001
    rescued = tmp_path / "other"
    keeper = keeper_at(rescued)
    fill(keeper)
    keeper.close()
    (rescued / "log").rename(tmp_path / "log.salvage")
    (tmp_path / "log.damaged").write_bytes(b"damaged")
    if not renamed_wal:
        (tmp_path / "log-wal").write_bytes(b"the damaged one's")
    keeper = keeper_at(tmp_path)
    assert len(keeper.call(everything, Stream.EVENT)) == 16
    keeper.close()
    assert (tmp_path / "log.damaged").read_bytes() == b"damaged"


def test_a_rescue_that_was_not_finished_begins_again(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path)
    fill(keeper)
    keeper.close()
    (tmp_path / "log.salvage").write_bytes(b"half a rescue")
    keeper = keeper_at(tmp_path)
    assert len(keeper.call(everything, Stream.EVENT)) == 16
    keeper.close()
    assert not (tmp_path / "log.salvage").exists()


def test_an_empty_file_where_a_log_was_is_an_alarm_and_not_a_stop(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    keeper = keeper_at(tmp_path, HandClock())
    keeper.call(LogFile.add_consumer, "mqtt", from_oldest=True)
    (told,) = keeper.call(everything, Stream.EVENT)
    assert isinstance(told, Event)
    assert json.loads(told.body)["body"]["detail"] == "the database file is missing or empty"
    keeper.close()


def test_a_rescue_takes_the_pages_of_the_write_ahead_file_up_to_its_last_whole_commit(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path / "alive")
    fill(keeper)
    keeper.call(LogFile.append_events, [event("in the last commit", bytes(5000))])
    torn = tmp_path / "torn"
    torn.with_name("torn-wal").write_bytes((tmp_path / "alive" / "log-wal").read_bytes()[:-500])
    torn.write_bytes(bytes(20_000))
    keeper.close()
    assert rescue(torn, tmp_path / "log", STDLIB, budget_s=60.0).events == 20
    keeper = keeper_at(tmp_path)
    names = [record.id for record in keeper.call(everything, Stream.EVENT) if isinstance(record, Event)]
    assert names == [f"e{place}" for place in range(20)], "the offset of 4 was in the torn commit too"
    keeper.close()


def test_a_write_ahead_file_without_its_database_is_a_loss_and_not_a_new_log(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path / "alive")
    fill(keeper)
    (tmp_path / "log-wal").write_bytes((tmp_path / "alive" / "log-wal").read_bytes())
    keeper.close()
    keeper = keeper_at(tmp_path)
    *events, told = keeper.call(everything, Stream.EVENT)
    assert len(events) == 20
    assert isinstance(told, Event)
    assert told.id.startswith("log-damaged")
    keeper.close()

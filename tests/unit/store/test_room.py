"""The size cap and the retention: what goes, in which order, and what is said about it."""

import random
from pathlib import Path

from gateway.store.keeper import Keeper
from gateway.store.logfile import LogFile
from gateway.store.record import Dropped, ReadingBatch, Settings, Stream
from tests.unit.store.making import event, everything, keeper_at, packed, seeded, spans

KB = 1 << 10
SMALL = Settings(cap_bytes=768 * KB, wal_bytes=128 * KB, ballast_bytes=64 * KB)


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def noise(rng: random.Random) -> bytes:
    return rng.randbytes(120)


def fill_with_readings(keeper: Keeper, commits: int, rng: random.Random) -> int:
    for _ in range(commits):
        batch = packed(*(noise(rng) for _ in range(100)))
        keeper.call(LogFile.append_readings, [batch])
    return commits * 100


def test_a_dead_consumer_never_holds_the_disk_and_sees_what_it_missed(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path, settings=SMALL)
    keeper.call(LogFile.add_consumer, "mqtt", from_oldest=True)
    produced, largest, rng = 0, 0, seeded(1)
    for place in range(300):
        produced += fill_with_readings(keeper, 1, rng)
        keeper.call(LogFile.append_events, [event(f"e{place}", body=bytes(500))])
        largest = max(largest, size_of(tmp_path))
    assert largest <= SMALL.cap_bytes * 1.01
    events = keeper.call(everything, Stream.EVENT)
    assert spans(events) == [("event", seq, seq) for seq in range(1, 301)]
    found = keeper.call(everything, Stream.READING)
    assert isinstance(found[0], Dropped)
    assert all(isinstance(record, ReadingBatch) for record in found[1:])
    assert sum(r.last_seq - r.first_seq + 1 for r in found if not hasattr(r, "seq")) == produced
    assert keeper.call(lambda log: log.counters.evicted_scans) == found[0].last_seq
    keeper.close()


def test_events_give_way_only_when_no_reading_is_left(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path, settings=SMALL)
    keeper.call(LogFile.add_consumer, "mqtt", from_oldest=True)
    fill_with_readings(keeper, 40, seeded(2))
    readings_left_at_first_loss = None
    for place in range(1500):
        keeper.call(LogFile.append_events, [event(f"e{place}", body=bytes(700))])
        if readings_left_at_first_loss is None and keeper.call(lambda log: log.counters.evicted_events):
            found = keeper.call(everything, Stream.READING)
            readings_left_at_first_loss = [r for r in found if isinstance(r, ReadingBatch)]
    assert readings_left_at_first_loss == []
    assert size_of(tmp_path) <= SMALL.cap_bytes * 1.01
    events = keeper.call(everything, Stream.EVENT)
    assert isinstance(events[0], Dropped)
    assert spans(events)[-1] == ("event", 1500, 1500)
    assert keeper.call(lambda log: log.verify(limit=5000)[0].intact), "the anchor holds the chain"
    keeper.close()
    keeper = keeper_at(tmp_path, settings=SMALL)
    assert keeper.call(LogFile.append_events, [event("next")]) == [1501]
    assert keeper.call(lambda log: log.verify(limit=5000)[0].intact)
    keeper.close()


def test_the_numbers_go_on_after_everything_was_evicted(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path, settings=SMALL)
    scans = fill_with_readings(keeper, 20, seeded(3))
    for place in range(1500):
        keeper.call(LogFile.append_events, [event(f"e{place}", body=bytes(700))])
    keeper.close()
    keeper = keeper_at(tmp_path, settings=SMALL)
    assert keeper.call(LogFile.head, Stream.READING) == scans
    keeper.close()


def test_a_lowered_cap_gives_the_disk_its_space_back(tmp_path: Path) -> None:
    keeper = keeper_at(tmp_path, settings=Settings(cap_bytes=2048 * KB, wal_bytes=128 * KB, ballast_bytes=0))
    fill_with_readings(keeper, 150, seeded(4))
    keeper.close()
    assert size_of(tmp_path) > SMALL.cap_bytes
    keeper = keeper_at(tmp_path, settings=SMALL)
    while keeper.call(LogFile.maintain):
        pass
    keeper.close()
    assert size_of(tmp_path) <= SMALL.cap_bytes


def test_retention_deletes_what_everyone_has_beyond_the_limit_and_nothing_else(tmp_path: Path) -> None:
    settings = Settings(ballast_bytes=0, keep_events=3, keep_readings=10)
    keeper = keeper_at(tmp_path, settings=settings)
    for consumer in ("mqtt", "influx"):
        keeper.call(LogFile.add_consumer, consumer, from_oldest=True)
    keeper.call(LogFile.append_events, [event(f"e{place}") for place in range(10)])
    keeper.call(LogFile.append_readings, [packed(*(b"x" for _ in range(5))) for _ in range(6)])
    keeper.call(LogFile.ack, "mqtt", Stream.EVENT, 10)
    keeper.call(LogFile.ack, "mqtt", Stream.READING, 30)
    keeper.call(LogFile.ack, "influx", Stream.EVENT, 4)
    keeper.call(LogFile.ack, "influx", Stream.READING, 12)
    _settle(keeper)
    assert spans(keeper.call(everything, Stream.EVENT, "influx"))[0] == ("event", 5, 5)
    keeper.call(LogFile.add_consumer, "late", from_oldest=True)
    assert spans(keeper.call(everything, Stream.EVENT, "late"))[0] == ("event", 5, 5)
    assert spans(keeper.call(everything, Stream.READING, "late"))[0] == ("batch", 11, 15)
    keeper.call(LogFile.forget_consumer, "late")
    keeper.call(LogFile.forget_consumer, "influx")
    _settle(keeper)
    keeper.call(LogFile.add_consumer, "late", from_oldest=True)
    assert len(keeper.call(everything, Stream.EVENT, "late")) == 3
    assert spans(keeper.call(everything, Stream.READING, "late"))[0] == ("batch", 21, 25)
    keeper.close()


def _settle(keeper: Keeper) -> None:
    while keeper.call(LogFile.maintain):
        pass

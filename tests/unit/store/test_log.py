"""The log as an asyncio program sees it: a real thread, a real file."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from gateway.model.scan import Scan
from gateway.store.errors import LogInUse, LogRefused, Refusal
from gateway.store.keeper import Keeper
from gateway.store.log import Log, last_of
from gateway.store.owner import Owner
from gateway.store.record import Dropped, Event, ReadingBatch, Settings, Stream
from tests.faults.frail_disk import FrailDisk
from tests.unit.store.making import HandClock, append_event, event, scans, seeded, spans

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.endtoend

NEVER_S = 1e6


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    log = await open_log(tmp_path)
    await log.add_consumer("mqtt")
    await log.declare_layouts([("pile-01", 0, b"{}")])
    yield log
    await log.close()


async def open_log(folder: Path, commit_s: float = NEVER_S) -> Log:
    settings = Settings(ballast_bytes=0)
    return await Log.open(folder / "log", clock=HandClock(), settings=settings, readings_commit_s=commit_s)


class Held:
    """Keeps the log's thread busy until `release`."""

    def __init__(self, log: Log) -> None:
        self._gate, self._entered = threading.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def hold(_log: object) -> None:
            loop.call_soon_threadsafe(self._entered.set)
            self._gate.wait()

        self._job = asyncio.ensure_future(log._do(hold))

    async def entered(self) -> None:
        await self._entered.wait()

    async def release(self) -> None:
        self._gate.set()
        await self._job


async def test_events_offered_together_are_numbered_in_the_order_of_the_calls(log: Log) -> None:
    seqs = await asyncio.gather(*(append_event(log, event(f"e{place}")) for place in range(200)))
    assert list(seqs) == list(range(1, 201))
    assert (await log.verify()).intact


async def test_offered_scans_are_there_after_a_flush_and_after_a_close(log: Log, tmp_path: Path) -> None:
    assert log.offer_scans(scans(b"a", b"b")) == 0
    await log.flush()
    log.offer_scans(scans(b"c"))
    log.offer_loss(4)
    log.offer_scans(scans(b"d"))
    await log.close()
    log = await open_log(tmp_path)
    found = await log.read("mqtt", Stream.READING)
    raws = [scan.raw for record in found if isinstance(record, ReadingBatch) for scan in record.scans()]
    assert raws == [b"a", b"b", b"c", b"d"]
    assert sum(r.last_seq - r.first_seq + 1 for r in found if isinstance(r, Dropped)) == 4
    assert (await log.standing()).counters.unstored_scans == 0
    await log.close()


async def test_readings_are_committed_by_time_without_being_asked(tmp_path: Path) -> None:
    log = await open_log(tmp_path, commit_s=0.001)
    await log.add_consumer("mqtt")
    await log.declare_layouts([("pile-01", 0, b"{}")])
    log.offer_scans(scans(b"a"))
    while not await log.read("mqtt", Stream.READING):
        pass
    await log.close()


async def test_a_scan_without_a_declared_layout_is_a_mistake_of_the_caller(log: Log) -> None:
    with pytest.raises(LookupError, match="declare the layout"):
        log.offer_scans([Scan("pile-02", 0, 1.0, b"")])


async def test_scans_beyond_the_limit_are_counted_and_marked(log: Log) -> None:
    held = Held(log)
    await held.entered()
    over = log.offer_scans(scans(b"x") * 40_000)
    await held.release()
    log.offer_scans(scans(b"y"))
    await log.flush()
    standing = await log.standing()
    assert over == standing.counters.unstored_scans > 0
    assert standing.last_reading_seq == 40_001
    kept = [r async for r in log.replay(log.boot, Stream.READING, 1, 50_000)]
    assert sum(r.last_seq - r.first_seq + 1 for r in kept if isinstance(r, Dropped)) == over


async def test_an_event_overtakes_the_history_reads_that_wait(log: Log) -> None:
    held = Held(log)
    await held.entered()
    order: list[str] = []

    async def note(name: str, work: object) -> None:
        await work  # type: ignore[misc]
        order.append(name)

    tasks = [asyncio.create_task(note(f"read{place}", log.read("mqtt", Stream.EVENT))) for place in range(5)]
    tasks.append(asyncio.create_task(note("event", append_event(log, event("trip")))))
    await asyncio.sleep(0)
    await held.release()
    await asyncio.gather(*tasks)
    assert order[0] == "event"


async def test_too_many_waiting_events_are_refused_and_the_rest_is_stored(log: Log) -> None:
    held = Held(log)
    await held.entered()
    asked = [asyncio.ensure_future(append_event(log, event(f"e{place}"))) for place in range(1100)]
    await asyncio.sleep(0)
    await held.release()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, LogRefused)]
    assert {answer.reason for answer in refused} == {Refusal.BUSY}
    assert (await log.standing()).last_event_seq == 1100 - len(refused) == 1024


async def test_one_event_that_is_too_large_does_not_take_its_neighbours_with_it(log: Log) -> None:
    held = Held(log)
    await held.entered()
    asked = [
        asyncio.ensure_future(append_event(log, event(name, body)))
        for name, body in (("a", b""), ("b", bytes(1 << 20)), ("c", b""))
    ]
    await asyncio.sleep(0)
    await held.release()
    first, second, third = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(second, LogRefused)
    assert (first, third, second.reason) == (1, 2, Refusal.TOO_LARGE)


async def test_events_of_one_transaction_are_stored_together_or_not_at_all(log: Log) -> None:
    assert await log.append_events([event("a", slot=b"1"), event("b", slot=b"2")]) == [1, 2]
    assert await log.states() == {"slot": b"2"}
    held = Held(log)
    await held.entered()
    asked = [
        asyncio.ensure_future(log.append_events([event("c", slot=b"3"), event("d", bytes(1 << 20))])),
        asyncio.ensure_future(log.append_events([event("e"), event("f", slot=b"4")])),
    ]
    await asyncio.sleep(0)
    await held.release()
    refused, stored = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(refused, LogRefused)
    assert stored == [3, 4]
    assert await log.states() == {"slot": b"4"}


async def test_a_caller_that_gives_up_harms_nobody(log: Log) -> None:
    held = Held(log)
    await held.entered()
    given_up = asyncio.ensure_future(append_event(log, event("given up")))
    read = asyncio.ensure_future(log.read("mqtt", Stream.EVENT))
    await asyncio.sleep(0)
    given_up.cancel()
    read.cancel()
    await asyncio.gather(given_up, read, return_exceptions=True)
    await held.release()
    assert await append_event(log, event("kept")) == 1
    (stored,) = await log.read("mqtt", Stream.EVENT)
    assert isinstance(stored, Event)
    assert stored.id == "kept"


async def test_a_mistake_in_one_request_is_answered_to_its_caller_alone(log: Log) -> None:
    with pytest.raises(KeyError):
        await log.read("nobody", Stream.EVENT)
    assert await append_event(log, event("a")) == 1


async def test_a_consumer_reads_ahead_of_its_offset_while_deliveries_are_in_flight(log: Log) -> None:
    for place in range(5):
        await append_event(log, event(f"e{place}"))
    (first, second) = await log.read("mqtt", Stream.EVENT, 2)
    rest = await log.read("mqtt", Stream.EVENT, 10, after=last_of(second))
    assert spans([first, second, *rest]) == [("event", seq, seq) for seq in range(1, 6)]
    await log.ack("mqtt", Stream.EVENT, 2)
    assert last_of((await log.read("mqtt", Stream.EVENT, 1))[0]) == 3


async def test_everything_is_refused_after_close_and_the_file_is_free(log: Log, tmp_path: Path) -> None:
    with pytest.raises(LogInUse):
        await open_log(tmp_path)
    await log.close()
    with pytest.raises(LogRefused) as refused:
        await append_event(log, event("late"))
    assert refused.value.reason is Refusal.CLOSED
    again = await open_log(tmp_path)
    await again.close()


class TinyDisk:
    """A log on a simulated disk with a quota."""

    def __init__(self, folder: Path, commit_s: float) -> None:
        self.disk = FrailDisk()
        settings = Settings(ballast_bytes=0, wal_bytes=64 << 10)
        make = partial(Keeper, folder / "log", settings=settings, clock=HandClock(), engine=self.disk.engine())
        self.owner = Owner(make, commit_s)

    async def log(self) -> Log:
        await asyncio.wrap_future(self.owner.start())
        log = Log(self.owner, "boot")
        await log.add_consumer("mqtt")
        await log.declare_layouts([("pile-01", 0, b"{}")])
        return log


async def test_readings_wait_in_memory_while_the_disk_is_full_and_are_stored_when_it_is_not(tmp_path: Path) -> None:
    tiny = TinyDisk(tmp_path, NEVER_S)
    log = await tiny.log()
    tiny.disk.quota = tiny.disk.size()
    raws = [seeded(place).randbytes(200) for place in range(600)]
    for raw in raws:
        log.offer_scans(scans(raw))
    with pytest.raises(LogRefused, match="disk full"):
        await log.flush()
    tiny.disk.quota = None
    await log.flush()
    found = [record async for record in log.replay((await log.standing()).boot, Stream.READING, 1, 1000)]
    assert [scan.raw for record in found if isinstance(record, ReadingBatch) for scan in record.scans()] == raws
    await log.close()
    tiny.disk.discard()


async def test_what_does_not_fit_into_memory_meanwhile_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.owner._PACKED_BYTES_MAX", 100_000)
    tiny = TinyDisk(tmp_path, 0.001)
    log = await tiny.log()
    tiny.disk.quota = tiny.disk.size()
    offered = 0
    while not (await log.standing()).counters.unstored_scans:
        log.offer_scans(scans(*(seeded(place).randbytes(200) for place in range(100))))
        offered += 100
    tiny.disk.quota = None
    await log.flush()
    standing = await log.standing()
    found = [record async for record in log.replay(standing.boot, Stream.READING, 1, offered)]
    dropped = sum(r.last_seq - r.first_seq + 1 for r in found if isinstance(r, Dropped))
    kept = sum(len(record.scans()) for record in found if isinstance(record, ReadingBatch))
    assert (standing.last_reading_seq, dropped + kept) == (offered, offered)
    assert dropped == standing.counters.unstored_scans
    await log.close()
    tiny.disk.discard()


async def test_a_scan_that_cannot_be_packed_costs_its_batch_and_not_the_log(log: Log) -> None:
    log.offer_scans([Scan("pile-01", 0, float("nan"), b"")])
    await log.flush()
    log.offer_scans(scans(b"good"))
    await log.flush()
    assert spans(list(await log.read("mqtt", Stream.READING))) == [("dropped", 1, 1), ("batch", 2, 2)]


async def test_a_log_whose_thread_failed_refuses_instead_of_leaving_its_callers_waiting(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_log: object) -> bool:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("gateway.store.logfile.LogFile.maintain", fail)
    with pytest.raises(RuntimeError):
        await log.flush()
    assert await append_event(log, event("still here")) == 1

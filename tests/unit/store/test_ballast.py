"""The space that is kept for events, and the log on a disk that is full."""

from pathlib import Path

import pytest

from gateway.store.database import Database
from gateway.store.errors import LogRefused, Refusal
from gateway.store.logfile import LogFile
from gateway.store.place import Ballast
from gateway.store.record import Settings, Stream
from tests.faults.frail_disk import FrailDisk
from tests.unit.store.making import HandClock, event, everything, packed, seeded

KB = 1 << 10


class SimulatedReserve:
    """Part of a simulated disk's quota."""

    def __init__(self, disk: FrailDisk, size: int) -> None:
        self._disk, self._size, self.held = disk, size, True

    def release(self) -> bool:
        was, self.held = self.held, False
        if was and self._disk.quota is not None:
            self._disk.quota += self._size
        return was

    def restore(self) -> bool:
        quota = self._disk.quota
        if not self.held and (quota is None or quota - self._disk.size() >= 2 * self._size):
            self.held = True
            if quota is not None:
                self._disk.quota = quota - self._size
        return self.held


def test_the_ballast_is_real_space_and_comes_back(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "ballast", 100 * KB)
    assert ballast.restore()
    assert (tmp_path / "ballast").stat().st_blocks * 512 >= 100 * KB
    assert ballast.release()
    assert not ballast.release()
    assert ballast.restore()


def test_on_a_full_disk_readings_are_refused_and_events_go_on_until_there_is_space_again() -> None:
    disk = FrailDisk()
    settings = Settings(wal_bytes=64 * KB, ballast_bytes=0)
    reserve = SimulatedReserve(disk, 100 * KB)
    log = LogFile(Database("log", disk.engine()), settings=settings, clock=HandClock(), reserve=reserve)
    log.add_consumer("mqtt", from_oldest=True)
    log.declare_layouts([("pile-01", 0, b"{}")])
    rng = seeded(1)
    disk.quota = disk.size() + 300 * KB
    scans = 0
    refused = None
    while refused is None:
        try:
            scans = log.append_readings([packed(*(rng.randbytes(100) for _ in range(20)))])[1]
        except LogRefused as refusal:
            refused = refusal
    assert refused.reason is Refusal.DISK_FULL
    # Events take the reserve, and then the place of the oldest readings.
    for place in range(300):
        log.append_events([event(f"e{place}", rng.randbytes(500))])
    assert not reserve.held
    assert log.counters.evicted_scans > 0
    with pytest.raises(LogRefused):
        log.append_readings([packed(b"x")])
    disk.quota += 500 * KB
    assert log.append_readings([packed(b"x")])[1] == scans + 1
    assert len(everything(log, Stream.EVENT)) == 300
    assert log.verify(limit=1000)[0].intact
    log.close()
    disk.discard()


def test_a_disk_without_a_byte_left_refuses_events_and_takes_them_when_there_is_one() -> None:
    disk = FrailDisk()
    log = LogFile(
        Database("log", disk.engine()),
        settings=Settings(wal_bytes=64 * KB, ballast_bytes=0),
        clock=HandClock(),
        reserve=SimulatedReserve(disk, 0),
    )
    log.add_consumer("mqtt", from_oldest=True)
    log.append_events([event("kept")])
    disk.quota = disk.size()
    for _ in range(3):
        with pytest.raises(LogRefused) as refused:
            log.append_events([event("refused", bytes(5000))])
        assert refused.value.reason is Refusal.DISK_FULL
    disk.quota = None
    assert log.append_events([event("later")]) == [2]
    assert len(everything(log, Stream.EVENT)) == 2
    log.close()
    disk.discard()

"""Kill a writer with SIGKILL, again and again, and compare its log with what it was told: `python -m tests.faults.kill_log --kills 500`.

The child prints a line only after the log acknowledged; the parent kills it after a random number of lines.
A kill says nothing about power cuts: those are the business of `tests.faults.power_cut`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gateway.model.scan import Scan
from gateway.store.keeper import Keeper
from gateway.store.log import Log
from gateway.store.logfile import LogFile
from gateway.store.record import ClockQuality, Dropped, NewEvent, Outcome, ReadingBatch, Settings, Stamp, Stream
from tests.unit.store.making import append_event

SETTINGS = Settings(ballast_bytes=0)
LINES_MAX = 60


def now() -> Stamp:
    return Stamp(ts_ms=int(time.time() * 1000), clock=ClockQuality.SYNCED, mono_s=time.monotonic())


async def write(path: Path) -> None:
    """Append for ever from several tasks, telling each acknowledgement."""
    log = await Log.open(path, clock=now, settings=SETTINGS, readings_commit_s=0.01)
    await log.add_consumer("parent")
    await log.declare_layouts([("pile-01", 0, b"{}")])

    async def events(name: str) -> None:
        made = 0
        while True:
            made += 1
            event_id = f"{log.boot}/{name}/{made}"
            outcome = Outcome(command_id=event_id, body=event_id.encode())
            event = NewEvent(id=event_id, kind="trip", at=now(), body=event_id.encode() * 9, outcome=outcome)
            seq = await append_event(log, event)
            print(f"event {seq} {event_id}", flush=True)

    async def readings() -> None:
        while True:
            log.offer_scans([Scan("pile-01", 0, time.monotonic(), b"\x00\x01" * 60) for _ in range(20)])
            await log.flush()
            print(f"reading {(await log.standing()).last_reading_seq}", flush=True)

    await asyncio.gather(events("a"), events("b"), events("c"), readings())


class Checker:
    """What the children were told, compared with the file after each kill."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: dict[int, str] = {}
        self.last_reading = 0
        self.acknowledged = 0

    def note(self, line: str) -> None:
        kind, seq, *rest = line.split()
        if kind == "event":
            self.events[int(seq)] = rest[0]
        else:
            self.last_reading = max(self.last_reading, int(seq))
        self.acknowledged += 1

    def check(self) -> None:
        keeper = Keeper(self.path, settings=SETTINGS, clock=now)
        try:
            keeper.call(self._compare)
        finally:
            keeper.close()
        assert not self.path.with_name(self.path.name + ".damaged").exists(), "a kill damaged the file"

    def _compare(self, log: LogFile) -> None:
        seen: dict[int, str] = {}
        while found := log.read("parent", Stream.EVENT, 500):
            for record in found:
                assert not isinstance(record, Dropped | ReadingBatch), f"events lost: {record}"
                seen[record.seq] = record.id
                assert log.outcome_of(record.id) == record.id.encode()
                log.ack("parent", Stream.EVENT, record.seq)
        missing = {seq: name for seq, name in self.events.items() if seen.get(seq) != name}
        assert not missing, f"acknowledged events are missing: {missing}"
        assert log.head(Stream.READING) >= self.last_reading, "acknowledged readings are missing"
        while found := log.read("parent", Stream.READING, 50):
            for record in found:
                assert isinstance(record, ReadingBatch), f"readings lost: {record}"
                assert len(record.scans()) == record.last_seq - record.first_seq + 1
                log.ack("parent", Stream.READING, record.last_seq)
        self.events.clear()


def kill_once(path: Path, rng: random.Random, checker: Checker) -> None:
    command = [sys.executable, "-m", "tests.faults.kill_log", "--child", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(rng.randint(1, LINES_MAX)):
            line = child.stdout.readline()
            assert line, "the writer ended by itself"
            checker.note(line)
        child.kill()
        for line in child.stdout:
            if line.endswith("\n"):
                checker.note(line)
    checker.check()


def run(kills: int, seed: int, folder: Path) -> Checker:
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    checker = Checker(folder / "log")
    for _ in range(kills):
        kill_once(checker.path, rng, checker)
    return checker


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path)
    args = parser.parse_args()
    if args.child:
        asyncio.run(write(args.child))
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        checker = run(args.kills, args.seed, Path(folder))
        keeper = Keeper(checker.path, settings=SETTINGS, clock=now)
        report, _ = keeper.call(LogFile.verify, limit=10_000_000)
        keeper.close()
    print(
        f"{args.kills} kills, {checker.acknowledged} acknowledgements, 0 lost, chain intact: {report.intact}, "
        f"{time.monotonic() - begun_s:.0f} s"
    )
    return 0 if report.intact else 1


if __name__ == "__main__":
    sys.exit(main())

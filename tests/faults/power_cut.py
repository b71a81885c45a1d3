"""Cut the power of a simulated disk under the log, again and again: `python -m tests.faults.power_cut --cuts 100000`.

Each trial runs a random workload on one disk through several cuts, some of them while the log recovers from the last.
Prints one line of figures; the seed of a failure is printed with it.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import time
from dataclasses import dataclass

from gateway.store.database import Database
from gateway.store.errors import LogRefused
from gateway.store.logfile import LogFile
from gateway.store.record import Settings
from tests.faults.frail_disk import FrailDisk
from tests.faults.promises import NoReserve, Promises, TickClock, Workload, check, settle

SETTINGS = Settings(cap_bytes=320 << 10, wal_bytes=64 << 10, ballast_bytes=0, keep_events=40, keep_readings=100)
CUTS_A_DISK = 8
OPERATIONS_UNTIL_CUT = (60, 300, 1500)


@dataclass
class Tally:
    cuts: int = 0
    in_recovery: int = 0
    events: int = 0
    scans: int = 0


def open_log(disk: FrailDisk, clock: TickClock, rng: random.Random, *, synchronous: str = "FULL") -> LogFile:
    database = Database("log", disk.engine())
    try:
        database.run(f"PRAGMA synchronous={synchronous}")
        nonce = f"{rng.getrandbits(32):08x}"
        return LogFile(database, settings=SETTINGS, clock=clock, reserve=NoReserve(), nonce=lambda: nonce)
    except BaseException:
        database.close()
        raise


def trial(seed: int, tally: Tally, *, synchronous: str = "FULL") -> None:
    """One disk, CUTS_A_DISK cuts, a check of every promise after each of them."""
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    disk, promises, clock = FrailDisk(), Promises(), TickClock(rng)
    try:
        for _ in range(CUTS_A_DISK):
            disk.cut_at = disk.operations + rng.randint(1, rng.choice(OPERATIONS_UNTIL_CUT))
            _run_until_cut(disk, promises, clock, rng, synchronous=synchronous)
            disk.power_cycle(rng)
            while rng.random() < 0.3:
                tally.in_recovery += _cut_in_recovery(disk, clock, rng)
            with contextlib.closing(open_log(disk, clock, rng, synchronous=synchronous)) as log:
                check(log, promises)
                settle(log, promises)
            tally.cuts += 1
        tally.events += len(promises.events)
        tally.scans += len(promises.scans)
    finally:
        disk.discard()


def _run_until_cut(
    disk: FrailDisk, promises: Promises, clock: TickClock, rng: random.Random, *, synchronous: str
) -> None:
    log = None
    try:
        log = open_log(disk, clock, rng, synchronous=synchronous)
        work = Workload(rng, promises, clock)
        work.begin(log)
        while True:
            work.step(log)
    except LogRefused:
        return
    finally:
        if log is not None:
            log.close()


def _cut_in_recovery(disk: FrailDisk, clock: TickClock, rng: random.Random) -> int:
    disk.cut_at = disk.operations + rng.randint(1, 12)
    with contextlib.suppress(LogRefused):
        open_log(disk, clock, rng).close()
    disk.power_cycle(rng)
    return 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--synchronous", default="FULL", help="OFF or NORMAL show what the simulator finds")
    args = parser.parse_args()
    tally, seed, failed, begun_s = Tally(), args.seed, 0, time.monotonic()
    while tally.cuts < args.cuts:
        try:
            trial(seed, tally, synchronous=args.synchronous)
        except Exception as error:  # noqa: BLE001 - each broken promise is counted and shown
            failed += 1
            tally.cuts += 1
            print(f"seed {seed}: {type(error).__name__}: {error}", file=sys.stderr)
        seed += 1
    seconds = time.monotonic() - begun_s
    print(
        f"{tally.cuts} cuts and {tally.in_recovery} in recovery, {tally.events} events and {tally.scans} scans acknowledged, "
        f"{failed} broken promises, {seconds:.0f} s, {tally.cuts / seconds:.0f} cuts/s, synchronous={args.synchronous}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

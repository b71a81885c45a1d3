"""Fail the k-th disk operation, for every k until a whole run passes: once, and from then on for a while.

`python -m tests.faults.io_ladder`. The log may refuse; it may not fall over, damage its file, or break a promise.
"""

from __future__ import annotations

import random
import sys

from gateway.store.errors import LogRefused
from tests.faults.frail_disk import FrailDisk
from tests.faults.power_cut import open_log
from tests.faults.promises import Promises, TickClock, Workload, check, settle

STEPS = 25
OUTAGE_OPERATIONS = 15


def rung(seed: int, fail_at: range) -> bool:
    """One run with failures at these operations; answers whether the run got as far as them."""
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    disk, promises, clock = FrailDisk(), Promises(), TickClock(rng)
    disk.fail_at = fail_at
    log = None
    for _ in range(STEPS):
        try:
            if log is None:
                log = open_log(disk, clock, rng)
                work = Workload(rng, promises, clock)
                work.begin(log)
            work.step(log)
        except LogRefused:
            if log is not None and not hasattr(work, "layout"):
                log.close()
                log = None
    reached = disk.operations >= fail_at.start
    disk.fail_at = range(0)
    if log is not None:
        check(log, promises)
        settle(log, promises)
        log.close()
    log = open_log(disk, clock, rng)
    check(log, promises)
    log.close()
    disk.discard()
    return reached


def climb(seed: int, outage: int, step: int = 1) -> int:
    """Rungs until one passes undisturbed; answers how many there were."""
    k = 1
    while rung(seed, range(k, k + outage)):
        k += step
    return k // step


def main() -> int:
    for outage in (1, OUTAGE_OPERATIONS):
        print(f"{climb(7, outage)} rungs, {outage} operations fail at each: no promise broken")
    return 0


if __name__ == "__main__":
    sys.exit(main())

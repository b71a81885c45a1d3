"""Fill a small disk under the log and free it again: `python -m tests.faults.disk_full --folder /mnt/small --rounds 100`.

`--folder` should be a file system of its own of a few MB, for example `mount -t tmpfs -o size=8m tmpfs /mnt/small`.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

from gateway.store.errors import LogRefused, Refusal
from gateway.store.keeper import Keeper
from gateway.store.record import Settings
from tests.faults.promises import Promises, TickClock, Workload, check, settle

SETTINGS = Settings(
    cap_bytes=64 << 20, wal_bytes=256 << 10, ballast_bytes=512 << 10, keep_readings=500, keep_events=500
)
STEPS_A_ROUND = 200


def fill(path: Path) -> None:
    """Take all that is left, as another program's log would."""
    with path.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 16, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=100)
    args = parser.parse_args()
    rng = random.Random(1)  # noqa: S311 - repeatable on purpose
    clock, promises = TickClock(rng), Promises()
    work = Workload(rng, promises, clock)
    keeper = Keeper(args.folder / "log", settings=SETTINGS, clock=clock)
    keeper.call(work.begin)
    hog, refused, events_while_full, begun_s = args.folder / "hog", 0, 0, time.monotonic()
    for _ in range(args.rounds):
        fill(hog)
        before = len(promises.events)
        for _ in range(STEPS_A_ROUND):
            try:
                keeper.call(work.step)
            except LogRefused as refusal:
                if refusal.reason is not Refusal.DISK_FULL:
                    raise
                refused += 1
        events_while_full += len(promises.events) - before
        hog.unlink()
        keeper.call(work.readings)
        keeper.call(check, promises)
        keeper.call(settle, promises)
    keeper.close()
    print(
        f"{args.rounds} times full and free: {len(promises.events)} events and {len(promises.scans)} scans acknowledged, none lost; "
        f"{events_while_full} events taken while full, {refused} refusals, readings again at once, {time.monotonic() - begun_s:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

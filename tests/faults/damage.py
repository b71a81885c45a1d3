"""Damage a log's files in many ways and start on them: `python -m tests.faults.damage --files 1000`.

Every start must succeed within 5 s, serve no altered event, and serve every row whose pages are untouched.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.model.event import EventKind
from gateway.store.carve import Cell, Image
from gateway.store.keeper import Keeper
from gateway.store.record import Dropped, ReadingBatch, Settings, Stream
from gateway.store.schema import PAGE_BYTES
from tests.faults.promises import Promises, TickClock, Workload

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.store.logfile import LogFile

SETTINGS = Settings(cap_bytes=8 << 20, ballast_bytes=0)
STEPS = 400
START_S = 5.0


class Tracing(Image):
    """Remembers which pages a row needed."""

    touched: set[int]

    def pages_of(self, table: str, cell: Cell) -> set[int] | None:
        self.touched = set()
        return self.touched if self.row(table, cell) else None

    def _page(self, number: int) -> bytes:
        if hasattr(self, "touched"):
            self.touched.add(number)
        return super()._page(number)


@dataclass
class Sample:
    """A sound file, what is in it, and the pages of each row."""

    data: bytes
    promises: Promises
    pages: dict[tuple[str, int], set[int]] = field(default_factory=dict)


def sample(folder: Path, seed: int) -> Sample:
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    clock, promises, path = TickClock(rng), Promises(), folder / "sample"
    keeper = Keeper(path, settings=SETTINGS, clock=clock)
    work = Workload(rng, promises, clock)
    keeper.call(work.begin)
    for _ in range(STEPS):
        keeper.call(rng.choice((work.events, work.readings)))
    keeper.close()
    made = Sample(path.read_bytes(), promises)
    image = Tracing(made.data, b"")
    for cell in list(Image(made.data, b"").cells()):
        for table in ("event", "reading"):
            pages = image.pages_of(table, cell)
            if pages:
                made.pages[table, cell.rowid] = pages
    return made


def _flips(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 3, 50))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _truncated(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def _nul_run(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.choice((100, 4096, 65_536)))
    data[start:end] = bytes(end - start)


def _header(data: bytearray, rng: random.Random) -> None:
    data[: rng.choice((16, 100, 1024))] = rng.randbytes(rng.choice((16, 100, 1024)))[: rng.choice((16, 100, 1024))]
    del data[len(data) // PAGE_BYTES * PAGE_BYTES :]


def _other_pages(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 4))):
        here, there = (rng.randrange(len(data) // PAGE_BYTES) * PAGE_BYTES for _ in range(2))
        data[here : here + PAGE_BYTES] = data[there : there + PAGE_BYTES]


def _empty(data: bytearray, rng: random.Random) -> None:  # noqa: ARG001 - one of a family
    data.clear()


def _text(data: bytearray, rng: random.Random) -> None:
    data[:] = b"this is not a database\n" * rng.randrange(1, 1000)


def _noise(data: bytearray, rng: random.Random) -> None:
    data[:] = rng.randbytes(rng.randrange(1, 100_000))


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    *(_flips, _truncated, _nul_run, _header, _other_pages) * 3,
    _empty,
    _text,
    _noise,
)


@dataclass
class Tally:
    files: int = 0
    slowest_s: float = 0.0
    intact_rows: int = 0
    served_rows: int = 0
    rescues: int = 0


def trial(made: Sample, folder: Path, seed: int, tally: Tally) -> None:
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    data = bytearray(made.data)
    rng.choice(DAMAGES)(data, rng)
    for old in folder.iterdir():
        old.unlink()
    path = folder / "log"
    path.write_bytes(data)
    if rng.random() < 0.3:
        path.with_name("log-wal").write_bytes(rng.choice((rng.randbytes(5000), made.data[:5000], bytes(4000))))
    begun_s = time.monotonic()
    keeper = Keeper(path, settings=SETTINGS, clock=TickClock(rng))
    tally.slowest_s = max(tally.slowest_s, time.monotonic() - begun_s)
    served = keeper.call(_served, made.promises)
    served |= keeper.call(_served, made.promises)
    keeper.close()
    tally.files += 1
    tally.rescues += (folder / "log.damaged").exists()
    intact = {row for row, pages in made.pages.items() if all(_same(data, made.data, page) for page in pages)}
    tally.intact_rows += len(intact)
    tally.served_rows += len(intact & served)


def _same(data: bytearray, good: bytes, page: int) -> bool:
    here = slice((page - 1) * PAGE_BYTES, page * PAGE_BYTES)
    return data[here] == good[here]


def _served(log: LogFile, promises: Promises) -> set[tuple[str, int]]:
    """The rows that a new consumer is given; asserts that each is what was stored."""
    log.add_consumer("audit", from_oldest=True)
    served: set[tuple[str, int]] = set()
    for stream in Stream:
        after = 0
        while found := log.read("audit", stream, 100, after):
            for record in found:
                if isinstance(record, Dropped):
                    after = record.last_seq
                elif isinstance(record, ReadingBatch):
                    after = record.last_seq
                    for seq, scan in enumerate(record.scans(), record.first_seq):
                        assert promises.scans.get(seq) == scan.raw, f"scan {seq} was altered"
                    served.add((stream, record.first_seq))
                else:
                    after = record.seq
                    if record.kind != EventKind.GATEWAY:  # what the rescue itself says
                        assert promises.events.get(record.seq) == record.body, f"event {record.seq} was altered"
                        served.add((stream, record.seq))
    return served


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        made = sample(Path(one), args.seed)
        for seed in range(args.seed, args.seed + args.files):
            trial(made, Path(other), seed, tally)
    share = tally.served_rows / max(1, tally.intact_rows)
    print(
        f"{tally.files} damaged files of {len(made.data)} bytes: all started, slowest {tally.slowest_s:.2f} s, {tally.rescues} "
        f"rescued, {tally.served_rows} of {tally.intact_rows} rows on intact pages served ({share:.2%}), 0 altered"
    )
    return 0 if tally.slowest_s <= START_S and share >= 0.99 else 1


if __name__ == "__main__":
    sys.exit(main())

"""Read the events of a log beside the gateway that owns it: on a copy, because the owner's lock admits nobody else.

A copy is taken again while the owner writes; every event proves itself by its digest, whatever the copy has caught.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.store.database import Database
from gateway.store.errors import LogDamaged
from gateway.store.record import ClockQuality, Event, Stamp
from gateway.store.rows import event_sealed
from gateway.store.schema import select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.model.event import EventKind
    from gateway.store.database import Row

ATTEMPTS = 20


def events_beside(path: Path, *kinds: EventKind) -> list[Event]:
    """Return the stored events of these kinds, in order. Raises `FileNotFoundError`, `LogDamaged` or `LogTooNew`.

    What the owner has not committed when this is called may be missing; a damaged event is left out.
    """
    if not path.is_file():
        raise FileNotFoundError(2, "there is no log", str(path))
    with tempfile.TemporaryDirectory(prefix="gateway-log-") as folder:
        fault: LogDamaged | None = None
        for _ in range(ATTEMPTS):
            try:
                return _read(_copied(path, Path(folder)), kinds)
            except LogDamaged as damage:  # the owner has written meanwhile
                fault = damage
    raise fault or LogDamaged("it cannot be copied")


def _copied(path: Path, folder: Path) -> Path:
    """Copy the write-ahead file first: what it has then is in one of the two copies."""
    copy = folder / "log"
    for suffix in ("-wal", "-shm", "-journal"):
        copy.with_name(f"log{suffix}").unlink(missing_ok=True)
    for suffix in ("-wal", ""):
        source = path.with_name(path.name + suffix)
        if source.exists():
            shutil.copyfile(source, folder / f"log{suffix}")
    return copy


def _read(copy: Path, kinds: Sequence[EventKind]) -> list[Event]:
    with closing(Database(str(copy))) as database:
        if database.run("PRAGMA quick_check(1)") != [("ok",)]:
            raise LogDamaged("the copy does not hold together")
        boots: dict[int, str] = dict(database.run("SELECT ordinal, id FROM boot"))
        wanted = ", ".join("?" * len(kinds))
        rows = database.run(select("event", f"WHERE kind IN ({wanted}) ORDER BY seq"), tuple(map(str, kinds)))
    return [_event(row, boots) for row in rows if event_sealed(row)]


def _event(row: Row, boots: Mapping[int, str]) -> Event:
    seq, boot, event_id, kind, ts_ms, clock, mono_us, body, _previous, digest = row
    at = Stamp(ts_ms=ts_ms, clock=ClockQuality(clock), mono_s=mono_us / 1e6)
    return Event(boot=boots.get(boot, ""), seq=seq, id=event_id, kind=kind, at=at, body=body, digest=digest)

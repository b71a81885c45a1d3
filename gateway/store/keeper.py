"""Keeps a log usable: opens it, and when it is damaged sets it aside, saves what verifies, and goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from gateway.model.event import EventKind
from gateway.store.database import STDLIB, Database
from gateway.store.errors import LogDamaged
from gateway.store.logfile import LogFile
from gateway.store.place import Place
from gateway.store.record import NewEvent
from gateway.store.salvage import rescue

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.store.database import Engine
    from gateway.store.record import Clock, Settings
    from gateway.store.salvage import Salvaged

DAMAGED = "log/damaged"
"""Under this name stands what a rescue has to say, until somebody has made an alarm of it."""

P = ParamSpec("P")
T = TypeVar("T")


class Keeper:
    """Owns the file at `path` and its one connection, in the thread that makes it.

    Raises LogInUse, LogTooNew, or LogRefused when even a boot cannot be stored; damage is never an error.
    """

    def __init__(self, path: Path, *, settings: Settings, clock: Clock, engine: Engine = STDLIB) -> None:
        self._place = Place(path)
        self._settings = settings
        self._clock = clock
        self._engine = engine
        self._place.lock()
        try:
            self._place.tidy()
            self._ballast = self._place.ballast(settings.ballast_bytes)
            self._ballast.restore()
            self._log = self._open()
        except BaseException:
            self._place.unlock()
            raise

    def call(self, act: Callable[Concatenate[LogFile, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something with the log; should the file turn out damaged, rescue it and do it again with the new one."""
        try:
            return act(self._log, *args, **kwargs)
        except LogDamaged as damage:
            former = self._log
            former.close()
            self._log = self._rescue(str(damage))
            self._log.adopt(former)
            return act(self._log, *args, **kwargs)

    def close(self) -> None:
        self._log.close()
        self._place.unlock()

    def _open(self) -> LogFile:
        if self._place.lost_database():
            return self._rescue("the database file is missing or empty")
        try:
            return self._log_file()
        except LogDamaged as damage:
            return self._rescue(str(damage))

    def _log_file(self) -> LogFile:
        database = Database(str(self._place.path), self._engine)
        try:
            return LogFile(database, settings=self._settings, clock=self._clock, reserve=self._ballast)
        except BaseException:
            database.close()
            raise

    def _rescue(self, what: str) -> LogFile:
        saved = rescue(self._place.path, self._place.salvage, self._engine, self._settings.salvage_s)
        self._place.quarantine()
        log = self._log_file()
        log.append_events([self._told(log.boot, what, saved)])
        return log

    def _told(self, boot: str, what: str, saved: Salvaged) -> NewEvent:
        said = {
            "what": "log-damaged",
            "detail": what,
            "kept_as": self._place.damaged.name,
            "events_saved": saved.events,
            "reading_batches_saved": saved.readings,
            "reading_batches_left": saved.readings_left,
            "seconds": round(saved.seconds, 3),
        }
        line = f"{what}; {saved.events} events saved; the damaged file is {self._place.damaged.name}"
        return NewEvent(
            id=f"log-damaged-{boot}",
            kind=EventKind.GATEWAY,
            at=self._clock(),
            body=json.dumps({"target": "*", "body": said}, separators=(",", ":")).encode(),
            state={DAMAGED: line.encode()},
        )

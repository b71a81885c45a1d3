"""The one connection, whichever library lends it, with its errors sorted by what happens next."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gateway.store import schema
from gateway.store.errors import LogDamaged, LogInUse, LogRefused, LogTooNew, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.model.errors import GatewayError
    from gateway.store.rows import Value

_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN = 5, 6, 8, 10, 11, 13, 14
_PERM, _AUTH, _NOLFS = 3, 23, 22

Row = tuple[Any, ...]


class Cursor(Protocol):
    def fetchall(self) -> list[Row]: ...


class Connection(Protocol):
    """In autocommit mode: transactions begin and end where the log says so."""

    def execute(self, sql: str, values: Sequence[Value] = (), /) -> Cursor: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A library that speaks SQLite's file format: how to connect, and how its exceptions tell the result code.

    `sync_folder` makes the names beside a path durable.
    """

    connect: Callable[[str], Connection]
    sync_folder: Callable[[str], None]
    errors: tuple[type[Exception], ...]
    code_of: Callable[[Exception], int]
    version: str


def _connect(path: str) -> Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=0, cached_statements=64)
    # Damaged text must reach the row's checksum, not stop the cursor.
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    return connection


def sync_folder(path: str) -> None:
    """Wait until the folder of this path has its entries, new and removed, on the disk."""
    folder = os.open(Path(path).parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


STDLIB = Engine(
    connect=_connect,
    sync_folder=sync_folder,
    errors=(sqlite3.Error,),
    code_of=lambda error: getattr(error, "sqlite_errorcode", _CORRUPT),
    version=sqlite3.sqlite_version,
)


def has_wal_reset_bug(version: str) -> bool:
    """Tell whether this SQLite may lose commits when two connections write one WAL file (sqlite.org/wal.html).

    3.7.0 to 3.51.2 may, except 3.44.6 and 3.50.7. The log has one connection, so it is reported and not refused.
    """
    major, minor, patch = (int(part) for part in version.split(".")[:3])
    if patch >= {(3, 44): 6, (3, 50): 7}.get((major, minor), patch + 1):
        return False
    return (3, 7, 0) <= (major, minor, patch) <= (3, 51, 2)


class Transaction:
    """Statements that become durable together; what `after` is given runs only when they have."""

    def __init__(self, run: Callable[..., list[Row]]) -> None:
        self.run = run
        self.then: list[Callable[[], object]] = []

    def after(self, act: Callable[[], object]) -> None:
        self.then.append(act)


class Database:
    """The connection to one file, opened with the pragmas and tables of the schema."""

    def __init__(self, path: str, engine: Engine = STDLIB) -> None:
        self.engine = engine
        try:
            self._connection = engine.connect(path)
        except engine.errors as error:
            raise self._explain(error) from error
        try:
            self._prepare(path)
        except BaseException:
            self.close()
            raise

    def run(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Run one statement to its end."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except self.engine.errors as error:
            raise self._explain(error) from error

    def number(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Return the first column of the first row; 0 where there is none."""
        rows = self.run(sql, values)
        return int(rows[0][0] or 0) if rows else 0

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit on leaving, and wait for the disk; roll back on any exception."""
        work = Transaction(self.run)
        self.run("BEGIN IMMEDIATE")
        try:
            yield work
            self.run("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        for act in work.then:
            act()

    def close(self) -> None:
        """Close without complaint: what was acknowledged is already durable."""
        try:
            self._connection.close()
        except self.engine.errors:
            return

    def _roll_back(self) -> None:
        try:
            self._connection.execute("ROLLBACK").fetchall()
        except self.engine.errors:
            # SQLite has rolled back by itself (disk full, I/O error); there is nothing left to undo.
            return

    def _prepare(self, path: str) -> None:
        for pragma in schema.PRAGMAS:
            self.run(pragma)
        # SQLite does not wait for the deletion of the journal with which it switches to WAL; if that came back after a
        # power cut, it would be rolled back over pages that were committed since.
        try:
            self.engine.sync_folder(path)
        except OSError as error:
            raise LogRefused(Refusal.IO_ERROR, str(error)) from error
        version = self.number("PRAGMA user_version")
        if version > schema.USER_VERSION:
            raise LogTooNew(f"log format {version} is newer than this gateway's {schema.USER_VERSION}")
        if self.number("SELECT count(*) FROM sqlite_master") == 0:
            with self.transaction() as work:
                for statement in schema.CREATE:
                    work.run(statement)
        elif self.number("PRAGMA application_id") != schema.APPLICATION_ID:
            raise LogDamaged("not a log of this gateway")

    def _explain(self, error: Exception) -> GatewayError:
        code = self.engine.code_of(error) & 0xFF
        if code == _FULL:
            return LogRefused(Refusal.DISK_FULL, str(error))
        if code in {_IOERR, _READONLY, _CANTOPEN, _PERM, _AUTH, _NOLFS}:
            return LogRefused(Refusal.IO_ERROR, str(error))
        if code in {_BUSY, _LOCKED}:
            return LogInUse(str(error))
        return LogDamaged(str(error))

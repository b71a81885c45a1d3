"""Small values that change: offsets, state, prune marks. A row each; the later revision wins in a salvage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.store.errors import LogDamaged
from gateway.store.rows import checksum, sealed
from gateway.store.schema import select

if TYPE_CHECKING:
    from gateway.store.database import Database, Transaction

_PUT = (
    "INSERT INTO note (kind, name, value, revision, seal) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (kind, name) DO UPDATE SET value=excluded.value, revision=excluded.revision, seal=excluded.seal"
)


class Notes:
    """All notes of the file, held in memory; a removed one stays as an empty row, so that salvage cannot revive it."""

    def __init__(self, database: Database) -> None:
        self._values: dict[tuple[str, str], bytes] = {}
        self._revision = 0
        for row in database.run(select("note")):
            if not sealed("note", row):
                raise LogDamaged("a note does not match its checksum")
            kind, name, value, revision, _ = row
            self._revision = max(self._revision, revision)
            if value is not None:
                self._values[kind, name] = value
        self._revision = max(self._revision, database.number("SELECT max(revision) FROM command"))

    def revision(self) -> int:
        """Return a number greater than any before it in this file."""
        self._revision += 1
        return self._revision

    def get(self, kind: str, name: str) -> bytes | None:
        return self._values.get((kind, name))

    def of_kind(self, kind: str) -> dict[str, bytes]:
        return {name: value for (its_kind, name), value in self._values.items() if its_kind == kind}

    def put(self, work: Transaction, kind: str, name: str, value: bytes | None) -> None:
        """Store (or, with None, remove) within a transaction; readers see it once that is committed."""
        row = (kind, name, value, self.revision())
        work.run(_PUT, (*row, checksum("note", row)))
        work.after(lambda: self._keep(kind, name, value))

    def _keep(self, kind: str, name: str, value: bytes | None) -> None:
        if value is None:
            self._values.pop((kind, name), None)
        else:
            self._values[kind, name] = value

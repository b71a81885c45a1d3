"""Which commands have been carried out, and with what outcome, so that the same id never acts twice."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from gateway.store.rows import checksum, sealed
from gateway.store.schema import select

if TYPE_CHECKING:
    from gateway.store.database import Database, Transaction
    from gateway.store.notes import Notes
    from gateway.store.record import Outcome

_PUT = (
    "INSERT INTO command (id, outcome, expires_s, revision, seal) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET outcome=excluded.outcome, expires_s=excluded.expires_s, "
    "revision=excluded.revision, seal=excluded.seal"
)
_GET = select("command", "WHERE id = ?")
_SECONDS = struct.Struct(">d")
_SAVE_EVERY_S = 600.0
_SLICE = 200


class Commands:
    """Kept by running time, which no step of the wall clock shortens.

    Hours without power do not count, so nothing expires early.
    """

    def __init__(self, database: Database, notes: Notes, mono_s: float, limit: int) -> None:
        self._database = database
        self._notes = notes
        self._limit = limit
        saved = notes.get("running", "seconds")
        self._saved_s = _SECONDS.unpack(saved)[0] if saved else 0.0
        self._base_s = self._saved_s - mono_s

    def outcome_of(self, command_id: str) -> bytes | None:
        """Return the stored outcome; None where the id is unknown, has expired, or its row is damaged."""
        rows = self._database.run(_GET, (command_id,))
        return rows[0][1] if rows and sealed("command", rows[0]) else None

    def record(self, work: Transaction, outcome: Outcome, mono_s: float) -> None:
        """Store within the transaction of its event; a later outcome of the same id replaces the earlier one."""
        expires_s = int(self._base_s + mono_s) + outcome.keep_s
        row = (outcome.command_id, outcome.body, expires_s, self._notes.revision())
        work.run(_PUT, (*row, checksum("command", row)))

    def expire(self, work: Transaction, mono_s: float) -> int:
        """Remove a slice of what has been kept long enough, and of what is over the limit (soonest expiry first).

        Answers how many were removed before their time.
        """
        now_s = self._base_s + mono_s
        work.run(
            "DELETE FROM command WHERE rowid IN (SELECT rowid FROM command WHERE expires_s < ? LIMIT ?)",
            (int(now_s), _SLICE),
        )
        over = self._database.number("SELECT count(*) FROM command") - self._limit
        if over > 0:
            work.run(
                "DELETE FROM command WHERE rowid IN (SELECT rowid FROM command ORDER BY expires_s LIMIT ?)",
                (min(over, _SLICE),),
            )
        if now_s - self._saved_s >= _SAVE_EVERY_S:
            self._notes.put(work, "running", "seconds", _SECONDS.pack(now_s))
            work.after(lambda: self._saved(now_s))
        return max(0, min(over, _SLICE))

    def _saved(self, now_s: float) -> None:
        self._saved_s = now_s

"""The fleet console's own store: one SQLite file with the events of all gateways, their orders, what they last were.

Everything in it came from the broker and can be asked for again while the gateways have it: a write that a power cut
takes is seen as a gap and mends itself.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.fleet.account import At, begun, figures, from_json, taken, to_json
from gateway.fleet.gaps import Gaps, Run
from gateway.model.errors import GatewayError
from gateway.uplink.message import EventMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FORM = 2
PROGRESS, QUARTER_MS = "progress", 900_000
LOOK_BACK_MS = 7 * 86_400_000
"""How much older than the limit progress is looked for: what a console that was off for a while still has."""

NEW_IN_2 = """
CREATE TABLE state (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE account (
    gateway TEXT NOT NULL, order_id TEXT NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
    searched TEXT NOT NULL, ended_ms INTEGER, charges INTEGER NOT NULL, wh REAL NOT NULL, amount_mil INTEGER NOT NULL,
    occupied_ms INTEGER NOT NULL, account TEXT NOT NULL, PRIMARY KEY (order_id, gateway)
) WITHOUT ROWID;
CREATE INDEX account_by_word ON account (until_ms, from_ms, gateway, searched);
CREATE INDEX account_by_gateway ON account (gateway, until_ms, searched);
CREATE INDEX account_by_day ON account (ended_ms, gateway, charges, wh, amount_mil, occupied_ms);
"""
SCHEMA = f"""{NEW_IN_2}
CREATE TABLE event (
    gateway TEXT NOT NULL, boot TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, ts INTEGER NOT NULL,
    clock TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (gateway, boot, seq)
) WITHOUT ROWID;
CREATE INDEX event_by_kind ON event (kind, ts);
CREATE TABLE run (
    gateway TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, first_boot TEXT NOT NULL,
    last_boot TEXT NOT NULL, newest_ts INTEGER NOT NULL, gone INTEGER NOT NULL, PRIMARY KEY (gateway, first)
) WITHOUT ROWID;
CREATE TABLE audit (ts INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL);
CREATE TABLE kept (
    gateway TEXT NOT NULL, area TEXT NOT NULL, payload BLOB NOT NULL, PRIMARY KEY (gateway, area)
) WITHOUT ROWID;
"""
SHOWN = """
SELECT gateway, boot, seq, id, ts, clock, kind, target, body FROM event
    WHERE kind IN ('trip', 'gateway') AND ts >= ? OR kind = 'order' AND ts >= ?
ORDER BY ts, seq
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What is stored at once: events with their gateway, what is here of each log, documents by (gateway, area)."""

    events: tuple[tuple[str, EventMessage], ...] = ()
    gaps: Mapping[str, tuple[tuple[Run, ...], int, int]]
    kept: Mapping[tuple[str, str], bytes]


class FleetStore:
    """One thread at a time. Raises `GatewayError` for a file that is no store of this form."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = file
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise GatewayError(f"{file}: cannot be used as the store ({error}); move it away to begin anew") from None
        except GatewayError:
            self._database.close()
            raise

    def _open(self) -> None:
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        (form,) = self._database.execute("PRAGMA user_version").fetchone()
        if form == 1:
            self._rebuild()
        elif form not in (0, FORM):
            raise GatewayError(f"{self._file}: is a store of form {form}; this version knows form {FORM}")
        if form == 0:
            self._database.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version={FORM}; COMMIT;")

    def _rebuild(self) -> None:
        """Make of a store of form 1, which kept only the last record of each order, one of this form."""
        self._database.executescript(f"BEGIN; DROP TABLE trade; {NEW_IN_2} PRAGMA user_version={FORM}; COMMIT;")
        rows = self._database.execute(
            "SELECT gateway, ts, seq, target, body FROM event WHERE kind = 'order' ORDER BY ts, seq"
        ).fetchall()
        with self._database:
            self._database.execute("BEGIN")
            for gateway, ts, seq, target, body in rows:
                self._order(gateway, At(ts, seq), target, json.loads(body))

    def close(self) -> None:
        """End it."""
        self._database.close()

    # ------------------------------------------------------------------ writing

    def write(self, what: Write) -> None:
        """Store all of it or nothing. Raises `GatewayError`."""
        try:
            with self._database:
                self._database.execute("BEGIN")
                self._events(what.events)
                for gateway, (runs, newest_ts, gone) in what.gaps.items():
                    self._database.execute("DELETE FROM run WHERE gateway = ?", (gateway,))
                    self._database.executemany(
                        "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?)",
                        [(gateway, r.first, r.last, r.first_boot, r.last_boot, newest_ts, gone) for r in runs],
                    )
                rows = [(*key, payload) for key, payload in what.kept.items()]
                self._database.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise GatewayError(f"{self._file}: nothing can be stored: {error}") from None

    def _events(self, events: Iterable[tuple[str, EventMessage]]) -> None:
        for gateway, event in events:
            if event.kind == "order":
                at = At(event.ts, event.event_seq)
                if not self._order(gateway, at, event.target, event.body):
                    continue
            body = json.dumps(event.body, ensure_ascii=False, separators=(",", ":"))
            self._database.execute(
                "INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (gateway, event.boot, event.event_seq, event.id, event.ts, event.clock, event.kind, event.target, body),
            )

    def _order(self, gateway: str, at: At, place: str, body: object) -> bool:
        """Add a record to the account of its order; return whether it is kept as an event too.

        Of the progress of a charge, told every minute, one in a quarter of an hour is.
        """
        if not isinstance(body, dict) or not isinstance(body.get("stage"), str) or not body.get("order_id"):
            return True
        order_id = str(body["order_id"])
        row = self._database.execute(
            "SELECT account FROM account WHERE gateway = ? AND order_id = ?", (gateway, order_id)
        ).fetchone()
        before = None if row is None else from_json(row[0])
        known = begun(at, place, body) if before is None else taken(before, at, place, body)
        words = (order_id, gateway, known.place, str(known.value("user_ref") or ""))
        times = known.first.ts_ms, known.until_ms
        row = (gateway, order_id, *times, " ".join(words).lower(), *figures(known), to_json(known))
        self._database.execute("INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        if before is None or body["stage"] != PROGRESS:
            return True
        return before.last.ts_ms // QUARTER_MS != at.ts_ms // QUARTER_MS

    def keep(self, state: Mapping[str, bytes | None]) -> None:
        """Store values by name (None: gone), all of them or none. Raises `GatewayError`."""
        try:
            with self._database:
                self._database.execute("BEGIN")
                gone = [(name,) for name, value in state.items() if value is None]
                self._database.executemany("DELETE FROM state WHERE name = ?", gone)
                here = [(name, value) for name, value in state.items() if value is not None]
                self._database.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", here)
        except sqlite3.Error as error:
            raise GatewayError(f"{self._file}: nothing can be stored: {error}") from None

    def note(self, ts_ms: int, who: str, what: str, detail: str) -> None:
        """Record who did what in the console. Raises `GatewayError`."""
        try:
            self._database.execute("INSERT INTO audit VALUES (?, ?, ?, ?)", (ts_ms, who, what, detail))
        except sqlite3.Error as error:
            raise GatewayError(f"{self._file}: nothing can be stored: {error}") from None

    def forget(self, before_ms: int, progress_before_ms: int) -> int:
        """Forget events and orders that are older than this, and progress that is older than that.

        Return how many events. Raises `GatewayError`.
        """
        try:
            with self._database:
                self._database.execute("BEGIN")
                self._database.execute("DELETE FROM account WHERE until_ms < ?", (before_ms,))
                said, since_ms = f'"stage":"{PROGRESS}"', progress_before_ms - LOOK_BACK_MS
                gone = self._database.execute(
                    "DELETE FROM event WHERE kind = 'order' AND ts >= ? AND ts < ? AND instr(body, ?)",
                    (since_ms, progress_before_ms, said),
                ).rowcount
                return gone + self._database.execute("DELETE FROM event WHERE ts < ?", (before_ms,)).rowcount
        except sqlite3.Error as error:
            raise GatewayError(f"{self._file}: nothing can be forgotten: {error}") from None

    # ------------------------------------------------------------------ reading

    def gaps(self) -> dict[str, Gaps]:
        """Return what is here of each gateway's log."""
        found: dict[str, tuple[list[Run], int, int]] = {}
        for gateway, first, last, first_boot, last_boot, ts, gone in self._database.execute(
            "SELECT * FROM run ORDER BY gateway, first"
        ):
            run = Run(first=first, last=last, first_boot=first_boot, last_boot=last_boot)
            runs, _, _ = found.setdefault(gateway, ([], ts, gone))
            runs.append(run)
        return {gateway: Gaps.of(runs, ts, gone) for gateway, (runs, ts, gone) in found.items()}

    def states(self) -> dict[str, bytes]:
        """Return the values by their names."""
        return dict(self._database.execute("SELECT name, value FROM state"))

    def kept(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield gateway, area and payload of what was kept."""
        yield from self._database.execute("SELECT gateway, area, payload FROM kept ORDER BY area DESC")

    def shown(self, since_ms: int, today_ms: int) -> Iterator[tuple[str, EventMessage]]:
        """Yield what a page shows at once, in order.

        That is trips and reports since a time, and orders since the day began; alarms have a list of their own.
        """
        rows = self._database.execute(SHOWN, (since_ms, today_ms))
        for gateway, boot, seq, event_id, ts, clock, kind, target, body in rows:
            yield (
                gateway,
                EventMessage(
                    id=event_id, boot=boot, event_seq=seq, ts=ts, clock=clock, kind=kind, target=target,
                    body=json.loads(body),
                ),
            )  # fmt: skip

    def count(self, gateway: str) -> int:
        """Return how many events of a gateway are here."""
        (found,) = self._database.execute("SELECT COUNT(*) FROM event WHERE gateway = ?", (gateway,)).fetchone()
        return int(found)

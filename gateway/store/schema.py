"""The tables. Every table is an ordinary rowid table, so that each row lies whole on a leaf page and can be carved."""

from __future__ import annotations

APPLICATION_ID = 0x67774C47
USER_VERSION = 1
PAGE_BYTES = 1024

PRAGMAS = (
    # Exclusive before WAL: the index of the write-ahead file is then in our memory, and no second connection can exist.
    "PRAGMA locking_mode=EXCLUSIVE",
    f"PRAGMA page_size={PAGE_BYTES}",
    "PRAGMA auto_vacuum=INCREMENTAL",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA cell_size_check=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-1024",
    "PRAGMA mmap_size=0",
)

# Columns in the order in which they are sealed; the last one is the seal.
TABLES: dict[str, tuple[str, ...]] = {
    "boot": (
        "ordinal INTEGER PRIMARY KEY",
        "id TEXT NOT NULL",
        "ts_ms INTEGER NOT NULL",
        "clock INTEGER NOT NULL",
        "first_event INTEGER NOT NULL",
        "first_reading INTEGER NOT NULL",
        "seal INTEGER NOT NULL",
    ),
    "layout": (
        "layout_id INTEGER PRIMARY KEY",
        "device TEXT NOT NULL",
        "number INTEGER NOT NULL",
        "description BLOB NOT NULL",
        "seal INTEGER NOT NULL",
    ),
    "event": (
        "seq INTEGER PRIMARY KEY",
        "boot INTEGER NOT NULL",
        "id TEXT NOT NULL",
        "kind TEXT NOT NULL",
        "ts_ms INTEGER NOT NULL",
        "clock INTEGER NOT NULL",
        "mono_us INTEGER NOT NULL",
        "body BLOB NOT NULL",
        "previous BLOB NOT NULL",
        "digest BLOB NOT NULL",
    ),
    "reading": (
        "first_seq INTEGER PRIMARY KEY",
        "last_seq INTEGER NOT NULL",
        "boot INTEGER NOT NULL",
        "ts_ms INTEGER NOT NULL",
        "clock INTEGER NOT NULL",
        "mono_us INTEGER NOT NULL",
        "body BLOB NOT NULL",
        "seal INTEGER NOT NULL",
    ),
    # `revision` grows over the life of the file: where salvage finds two versions of a row, the later one counts.
    "command": (
        "id TEXT PRIMARY KEY",
        "outcome BLOB NOT NULL",
        "expires_s INTEGER NOT NULL",
        "revision INTEGER NOT NULL",
        "seal INTEGER NOT NULL",
    ),
    "note": (
        "kind TEXT NOT NULL",
        "name TEXT NOT NULL",
        "value BLOB",
        "revision INTEGER NOT NULL",
        "seal INTEGER NOT NULL",
    ),
}

CREATE = (
    *(f"CREATE TABLE {table} ({', '.join(columns)})" for table, columns in TABLES.items()),
    "CREATE UNIQUE INDEX note_name ON note (kind, name)",
    "CREATE INDEX command_expiry ON command (expires_s)",
    f"PRAGMA application_id={APPLICATION_ID}",
    f"PRAGMA user_version={USER_VERSION}",
)


def columns(table: str) -> str:
    """Return the column names of a table, in the order of its seal."""
    return ", ".join(column.split()[0] for column in TABLES[table])


def insert(table: str) -> str:
    """Return the statement that inserts a whole row."""
    return f"INSERT INTO {table} ({columns(table)}) VALUES ({', '.join('?' * len(TABLES[table]))})"  # noqa: S608 - names are the constants above


def select(table: str, tail: str = "") -> str:
    """Return the statement that reads whole rows, in the order of the seal."""
    return f"SELECT {columns(table)} FROM {table} {tail}"  # noqa: S608 - names are the constants above

"""Rows straight from the pages of a damaged file, without its header, its index pages or its list of tables.

Source of the format: sqlite.org/fileformat2.html, sections 1.6 (b-tree pages), 2.1 (records) and 4 (write-ahead log).
Pages are ours to know: PAGE_BYTES each, nothing reserved at their end. What is found must pass its row's seal.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gateway.store.rows import event_sealed, sealed
from gateway.store.schema import PAGE_BYTES, TABLES

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator

    from gateway.store.rows import Value

_LEAF = 13
_CELLS_AT = 8
_LOCAL_MAX = PAGE_BYTES - 35
_LOCAL_MIN = (PAGE_BYTES - 12) * 32 // 255 - 23
_OVERFLOW_BYTES = PAGE_BYTES - 4
_PAYLOAD_MAX = 16 << 20
_VARINT_MAX = 9
_WAL_HEAD, _FRAME_HEAD = struct.Struct(">8I"), struct.Struct(">6I")
_WAL_MAGIC = 0x377F0682
_MASK = 0xFFFFFFFF
_INT_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_ZERO, _ONE, _TEXT_OR_BLOB = 8, 9, 12
_HAS_ROWID_KEY = {table for table, columns in TABLES.items() if "INTEGER PRIMARY KEY" in columns[0]}

File: TypeAlias = "bytes | mmap.mmap"


class Cell(NamedTuple):
    """A place that looks like a row: enough of it to know which tables it may belong to."""

    rowid: int
    width: int
    page: int
    pointer: int


class Image:
    """The pages of a database file, the newer ones taken from its write-ahead file."""

    def __init__(self, file: File, wal: File) -> None:
        self._file = file
        self._frames = dict(_frames(wal))
        self._last_page = max(len(file) // PAGE_BYTES, *self._frames, 0)

    def cells(self) -> Iterator[Cell]:
        """Every place on a leaf page that has the outline of a row of ours."""
        for number in range(2, self._last_page + 1):
            page = self._page(number)
            if page and page[0] == _LEAF:
                for place in range(min(int.from_bytes(page[3:5], "big"), PAGE_BYTES // 4)):
                    at = _CELLS_AT + 2 * place
                    pointer = int.from_bytes(page[at : at + 2], "big")
                    try:
                        yield _outline(page, number, pointer)
                    except (IndexError, ValueError):
                        continue

    def row(self, table: str, cell: Cell) -> tuple[Value, ...] | None:
        """Return the row at a place, if it is a whole and sealed row of this table."""
        if cell.width != len(TABLES[table]):
            return None
        try:
            values = _record(self._payload(cell))
        except (IndexError, ValueError, struct.error):
            return None
        if table in _HAS_ROWID_KEY:
            values = (cell.rowid, *values[1:])
        good = event_sealed(values) if table == "event" else sealed(table, values)
        return values if good else None

    def _page(self, number: int) -> bytes:
        frame = self._frames.get(number)
        return frame if frame is not None else self._file[(number - 1) * PAGE_BYTES : number * PAGE_BYTES]

    def _payload(self, cell: Cell) -> bytes:
        page = self._page(cell.page)
        size, at = _varint(page, cell.pointer)
        _, at = _varint(page, at)
        if size > _PAYLOAD_MAX:
            raise ValueError("no row is as large as this")
        if size <= _LOCAL_MAX:
            return page[at : at + size]
        local = _LOCAL_MIN + (size - _LOCAL_MIN) % _OVERFLOW_BYTES
        local = local if local <= _LOCAL_MAX else _LOCAL_MIN
        parts = [page[at : at + local]]
        following = int.from_bytes(page[at + local : at + local + 4], "big")
        left = size - local
        while left > 0:
            if not 1 < following <= self._last_page:
                raise ValueError("the row's pages lead nowhere")
            page = self._page(following)
            parts.append(page[4 : 4 + min(left, _OVERFLOW_BYTES)])
            left -= _OVERFLOW_BYTES
            following = int.from_bytes(page[:4], "big")
        return b"".join(parts)


def _outline(page: bytes, number: int, pointer: int) -> Cell:
    _, at = _varint(page, pointer)
    rowid, at = _varint(page, at)
    size, _ = _varint(page, at)
    end, width = at + size, -1
    while at < end:
        _, at = _varint(page, at)
        width += 1
    return Cell(rowid, width, number, pointer)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_VARINT_MAX):
        byte = data[at + place]
        if place == _VARINT_MAX - 1:
            return value << 8 | byte, at + _VARINT_MAX
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return value, at + place + 1
    raise ValueError("unreachable: the ninth byte ends a varint")


def _record(payload: bytes) -> tuple[Value, ...]:
    size, at = _varint(payload, 0)
    body, values = size, []
    while at < size:
        kind, at = _varint(payload, at)
        value, body = _value(payload, kind, body)
        values.append(value)
    return tuple(values)


def _value(payload: bytes, kind: int, at: int) -> tuple[Value, int]:
    if kind in _INT_BYTES:
        end = at + _INT_BYTES[kind]
        return int.from_bytes(payload[at:end], "big", signed=True), end
    if kind in {_ZERO, _ONE}:
        return kind - _ZERO, at
    if kind < _TEXT_OR_BLOB:
        return None, at
    end = at + (kind - _TEXT_OR_BLOB) // 2
    if end > len(payload):
        raise ValueError("a value ends behind its row")
    raw = payload[at:end]
    return (raw.decode("utf-8", "surrogateescape") if kind % 2 else raw), end


def _frames(wal: File) -> Iterator[tuple[int, bytes]]:
    """Yield the committed pages of a write-ahead file's present round, oldest first."""
    if len(wal) < _WAL_HEAD.size:
        return
    magic, _, page_bytes, _, salt_1, salt_2, _, _ = _WAL_HEAD.unpack_from(wal)
    if magic | 1 != _WAL_MAGIC | 1 or page_bytes != PAGE_BYTES:
        return
    order = ">" if magic & 1 else "<"
    one, two = _add(order, wal[:24], 0, 0)
    uncommitted: list[tuple[int, bytes]] = []
    for at in range(_WAL_HEAD.size, len(wal) - _FRAME_HEAD.size - PAGE_BYTES + 1, _FRAME_HEAD.size + PAGE_BYTES):
        number, commit, its_1, its_2, sum_1, sum_2 = _FRAME_HEAD.unpack_from(wal, at)
        page = wal[at + _FRAME_HEAD.size : at + _FRAME_HEAD.size + PAGE_BYTES]
        one, two = _add(order, page, *_add(order, wal[at : at + 8], one, two))
        if (its_1, its_2) != (salt_1, salt_2) or (sum_1, sum_2) != (one, two):
            return
        uncommitted.append((number, page))
        if commit:
            yield from uncommitted
            uncommitted.clear()


def _add(order: str, data: bytes, one: int, two: int) -> tuple[int, int]:
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = one + first + two & _MASK
        two = two + second + one & _MASK
    return one, two

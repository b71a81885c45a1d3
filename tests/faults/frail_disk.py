"""A disk in memory under SQLite: it loses power, refuses operations and fills up, when and how a test says.

Each file has what was written and what was synced. When the power goes, every 512-byte sector written since the last
sync is old or new by chance, the length likewise, and a file that was never synced may never have been there.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import apsw

from gateway.store.database import Connection, Engine

if TYPE_CHECKING:
    import random

SECTOR = 512
_names = itertools.count()


# An exception that we raise ourselves comes back as its class; it carries no result code.
_CODES: dict[type[Exception], int] = {
    apsw.BusyError: 5,
    apsw.ReadOnlyError: 8,
    apsw.IOError: 10,
    apsw.FullError: 13,
    apsw.CantOpenError: 14,
}
_CORRUPT = 11


def _code_of(error: Exception) -> int:
    return _CODES.get(type(error), _CORRUPT)


@dataclass(slots=True)
class Content:
    written: bytearray = field(default_factory=bytearray)
    synced: bytes | None = None
    deleted: bool = False

    def after_cut(self, rng: random.Random) -> Content | None:
        if self.deleted and rng.random() < 0.5:
            return None
        if self.synced is None and rng.random() < 0.5:
            return None
        old, new = self.synced or b"", bytes(self.written)
        length = rng.choice((len(old), len(new), rng.randint(*sorted((len(old), len(new))))))
        left = bytearray(length)
        for at in range(0, length, SECTOR):
            source = new if rng.random() < 0.5 else old
            if not source[at : at + SECTOR]:
                source = old if source is new else new
            sector = source[at : at + SECTOR][: length - at]
            left[at : at + len(sector)] = sector
        return Content(left, bytes(left))


class FrailDisk:
    """`operations` counts everything that changes the disk; number `cut_at` never returns, nor does any after it."""

    def __init__(self) -> None:
        self.files: dict[str, Content] = {}
        self.operations = 0
        self.cut_at: int | None = None
        self.fail_at: range = range(0)
        self.quota: int | None = None
        self._driver = Driver(self)

    def power_cycle(self, rng: random.Random) -> None:
        """Connections from before the cut stay cut: they reach a driver that is gone."""
        survivors = ((name, content.after_cut(rng)) for name, content in self.files.items())
        self.files = {name: content for name, content in survivors if content is not None}
        self.cut_at = None
        self.discard()
        self._driver = Driver(self)

    def discard(self) -> None:
        self._driver.alive = False
        self._driver.unregister()

    def engine(self) -> Engine:
        return Engine(
            connect=self._connect,
            sync_folder=self._sync_folder,
            errors=(apsw.Error,),
            code_of=_code_of,
            version=apsw.sqlite_lib_version(),
        )

    def _connect(self, path: str) -> Connection:
        return Plugged(path, vfs=self._driver.name)

    def _sync_folder(self, path: str) -> None:  # noqa: ARG002 - it has only one
        try:
            self.operate()
        except apsw.IOError as error:
            raise OSError(str(error)) from error
        self.files = {name: content for name, content in self.files.items() if not content.deleted}

    def operate(self) -> None:
        self.operations += 1
        if self.cut_at is not None and self.operations >= self.cut_at:
            raise apsw.IOError("the power is gone")
        if self.operations in self.fail_at:
            raise apsw.IOError("the disk refuses")

    def grow(self, by: int) -> None:
        if self.quota is not None and by > 0 and self.size() + by > self.quota:
            raise apsw.FullError("the disk is full")

    def size(self) -> int:
        return sum(len(content.written) for content in self.files.values() if not content.deleted)


class Plugged(apsw.Connection):
    """Two differences to a bare connection, both towards what SQLite does for everybody else.

    Closing also lets go of a connection whose disk has gone, so that nothing of it reaches the next one. And an automatic
    checkpoint that fails does not fail the commit before it: the library would raise our exception although SQLite went on.
    """

    def execute(self, statements: str, bindings: Any = None) -> Any:  # type: ignore[override]
        if statements.startswith("PRAGMA wal_autocheckpoint="):
            self.set_wal_hook(partial(_checkpoint, int(statements.partition("=")[2])))
            return super().execute("SELECT 0")
        return super().execute(statements, bindings)

    def close(self, force: bool = True) -> None:  # noqa: FBT001, FBT002 - the library's signature
        super().close(force)


def _checkpoint(every: int, connection: apsw.Connection, name: str, pages: int) -> int:
    if pages >= every:
        with contextlib.suppress(apsw.Error):
            connection.wal_checkpoint(name)
    return 0


class Driver(apsw.VFS):
    def __init__(self, disk: FrailDisk) -> None:
        self.name = f"frail-{next(_names)}"
        self.disk = disk
        self.alive = True
        super().__init__(self.name, base="")

    def operate(self) -> None:
        if not self.alive:
            raise apsw.IOError("the power is gone")
        self.disk.operate()

    def xFullPathname(self, name: str) -> str:  # noqa: N802 - the library's name
        return name

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: ARG002, N802 - the library's names
        return pathname in self.disk.files and not self.disk.files[pathname].deleted

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802 - the library's names
        self.operate()
        if syncdir:
            self.disk.files.pop(filename, None)
        elif filename in self.disk.files:
            self.disk.files[filename].deleted = True

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802 - the library's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        flags[1] = flags[0]
        if path not in self.disk.files or self.disk.files[path].deleted:
            self.disk.files[path] = Content()
        return FrailFile(self, self.disk.files[path])


class FrailFile:
    def __init__(self, driver: Driver, content: Content) -> None:
        self._driver = driver
        self._content = content

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self._content.written[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        written = self._content.written
        self._driver.disk.grow(offset + len(data) - len(written))
        if len(written) < offset:
            written.extend(bytes(offset - len(written)))
        written[offset : offset + len(data)] = data
        self._driver.operate()

    def xTruncate(self, size: int) -> None:  # noqa: N802
        del self._content.written[size:]
        self._driver.operate()

    def xSync(self, flags: int) -> None:  # noqa: ARG002, N802
        self._driver.operate()
        self._content.synced = bytes(self._content.written)

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._content.written)

    def xLock(self, level: int) -> None: ...  # noqa: N802
    def xUnlock(self, level: int) -> None: ...  # noqa: N802

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: ARG002, N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return SECTOR

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return int(apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE)

    def xClose(self) -> None: ...  # noqa: N802

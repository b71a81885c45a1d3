"""The files of a log on the disk: database, lock, ballast, and what is set aside when it is damaged."""

from __future__ import annotations

import fcntl
import os
from typing import IO, TYPE_CHECKING

from gateway.store.database import sync_folder
from gateway.store.errors import LogInUse

if TYPE_CHECKING:
    from pathlib import Path

_SIDE_FILES = ("-wal", "-journal", "-shm")
_CHUNK_BYTES = 64 << 10


class Ballast:
    """A file of a stated size, deleted when the disk is full so that events still fit. It holds noise, not holes."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size

    @property
    def held(self) -> bool:
        return self._size == 0 or self._path.exists()

    def release(self) -> bool:
        """Give the space up; True if there was any."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def restore(self) -> bool:
        """Take the space again once twice as much is free; True if the ballast is in place."""
        try:
            if self._size == 0 or (self._path.exists() and self._path.stat().st_size == self._size):
                return True
            disk = os.statvfs(self._path.parent)
            if disk.f_bavail * disk.f_frsize < 2 * self._size:
                return False
            with self._path.open("wb") as file:
                for start in range(0, self._size, _CHUNK_BYTES):
                    file.write(os.urandom(min(_CHUNK_BYTES, self._size - start)))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            self.release()
            return False
        return True


class Place:
    """Paths beside `path`, and the renames among them. `lock` first: nothing else may be touched without it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.salvage = path.with_name(path.name + ".salvage")
        self.damaged = path.with_name(path.name + ".damaged")
        self._lock: IO[str] | None = None

    def lock(self) -> None:
        """Own these files until `unlock` or the end of the process; LogInUse if another owner is alive."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.with_name(self.path.name + ".lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise LogInUse(f"{self.path} is open in another process: one gateway owns its log") from error
        self._lock = file

    def unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def ballast(self, size: int) -> Ballast:
        return Ballast(self.path.with_name(self.path.name + ".ballast"), size)

    def tidy(self) -> None:
        """Finish or undo a rescue that a crash interrupted: without the database, its replacement is complete."""
        if self.path.exists():
            _remove(self.salvage)
        elif self.salvage.exists():
            self._swap_in()

    def lost_database(self) -> bool:
        """Is the database empty, or missing beside its write-ahead file? A new log has neither."""
        if self.path.exists():
            return self.path.stat().st_size == 0
        wal = _beside(self.path, "-wal")
        return wal.exists() and wal.stat().st_size > 0

    def quarantine(self) -> None:
        """Set the damaged files aside (only the latest are kept) and put the rescued database in their place."""
        _remove(self.damaged)
        if self.path.exists():
            self.path.rename(self.damaged)
        self._swap_in()

    def _swap_in(self) -> None:
        for suffix in _SIDE_FILES:
            side = _beside(self.path, suffix)
            if side.exists():
                side.rename(_beside(self.damaged, suffix))
        sync_folder(str(self.path))
        self.salvage.rename(self.path)
        sync_folder(str(self.path))


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    for suffix in _SIDE_FILES:
        _beside(path, suffix).unlink(missing_ok=True)

"""How a running simulation is found from another terminal: a folder of its own with one file that says where it is."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulators.errors import SimulatorError
from simulators.estate.directory import Directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = "estate.json"
FOLDER = "community-gateway-simulations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One running simulation: the names in it, and the control socket of each line."""

    site: str
    pid: int
    controls: Mapping[str, str]
    directory: Directory


def home() -> Path:
    """Return the folder of all simulations of this user, made if it is missing.

    Raises `SimulatorError` where it is somebody else's: commands written there would be theirs to read.
    """
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    root = Path(base) if base and Path(base).is_dir() else Path(tempfile.gettempdir())
    folder = root / (FOLDER if base else f"{FOLDER}-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise SimulatorError(f"cannot use {folder}: {error}") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise SimulatorError(f"{folder} is not this user's own folder: remove it")
    return folder


def new_folder() -> Path:
    """Make the folder of one simulation, named after this process; remove those of processes that are gone."""
    root = home()
    for old in root.iterdir():
        if not _is_alive(old):
            shutil.rmtree(old, ignore_errors=True)
    try:
        return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=root))
    except FileNotFoundError:  # the last of the others has just taken the empty root away
        return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=home()))


def remove_folder(folder: Path) -> None:
    """Remove the folder of one simulation, and the root when it was the last."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()


def announce(folder: Path, announcement: Announcement) -> None:
    """Say in a simulation's folder where it is; readers never see half of it."""
    said = {
        "site": announcement.site,
        "pid": announcement.pid,
        "controls": dict(announcement.controls),
        "directory": announcement.directory.to_json(),
    }
    fresh = folder / f".{FILE}"
    fresh.write_text(json.dumps(said), encoding="utf-8")
    fresh.replace(folder / FILE)


def running(site: str = "") -> Announcement:
    """Return the one that runs, of this site if one is named. Raises `SimulatorError` for none or several."""
    found = [announcement for announcement in _all() if site in ("", announcement.site)]
    if not found:
        which = f"of {site} " if site else ""
        raise SimulatorError(f"no simulation {which}is running: start one with `gateway simulate SITE`")
    if len(found) > 1:
        names = ", ".join(f"{announcement.site} (process {announcement.pid})" for announcement in found)
        raise SimulatorError(f"several simulations are running: {names}; name the site or end the others")
    return found[0]


def _all() -> Iterator[Announcement]:
    for folder in sorted(home().iterdir()):
        if not _is_alive(folder):
            continue
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            said = json.loads((folder / FILE).read_text(encoding="utf-8"))
            yield Announcement(
                site=said["site"],
                pid=said["pid"],
                controls=said["controls"],
                directory=Directory.from_json(said["directory"]),
            )


def _is_alive(folder: Path) -> bool:
    pid = folder.name.partition("-")[0]
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True

"""What somebody with the box in hand can ask of the console: a set-up code, a link that signs in once, an open door.

They are files in a folder that only the box's owner can write to; no request from a network can make one.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from gateway.console.access.roles import Role

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.console.access.keeper import Keeper

CONSOLE = "console"
"""The folder of the console, beside the log."""

ARM, LINK_WANTED, LINK, OPEN = "arm", "link-wanted", "link", "open"
WAIT_S, LOOK_S = 5.0, 0.05
LONGEST_OPEN_S = 24 * 3600.0


class BoxActs:
    """Edge's side: looks whether something is asked. `url` is where the console is served."""

    def __init__(self, folder: Path, keeper: Keeper, url: str) -> None:
        self._folder = folder
        self._keeper = keeper
        self._url = url

    def look(self) -> None:
        """Do what is asked. Raises `OSError` where the folder cannot be used."""
        if _taken(self._folder / ARM) is not None:
            self._keeper.arm()
        wanted = _taken(self._folder / LINK_WANTED)
        if wanted is not None:
            role = Role[wanted] if wanted in Role.__members__ else Role.VIEWER
            write_private(self._folder / LINK, f"{self._url}#/ticket/{self._keeper.ticket(role)}")

    def opening(self) -> tuple[str, float] | None:
        """Return at which address, and for how many seconds, it is to be served as well. Raises `OSError`."""
        address, _, seconds = (_taken(self._folder / OPEN) or "").partition(" ")
        try:
            return (address, min(float(seconds), LONGEST_OPEN_S)) if address else None
        except ValueError:
            return None


def ask_to_open(folder: Path, address: str, for_s: float) -> None:
    """Ask for the console to be served at another address for a while. Raises `OSError`."""
    write_private(folder / OPEN, f"{address} {for_s}")


def ask_to_arm(folder: Path) -> None:
    """Ask for a set-up code; edge says it where it writes its lines. Raises `OSError`."""
    write_private(folder / ARM, "")


async def ask_for_link(folder: Path, role: Role) -> str | None:
    """Return a link that signs in once; None where no edge answers. Raises `OSError`."""
    answer = folder / LINK
    answer.unlink(missing_ok=True)
    write_private(folder / LINK_WANTED, role.name)
    for _ in range(round(WAIT_S / LOOK_S)):
        if (found := _taken(answer)) is not None:
            return found
        await asyncio.sleep(LOOK_S)
    (folder / LINK_WANTED).unlink(missing_ok=True)
    return None


def write_private(file: Path, text: str) -> None:
    """Write a file whole or not at all, that only this user can read. Raises `OSError`."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f"{file.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)


def _taken(file: Path) -> str | None:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    file.unlink(missing_ok=True)
    return text

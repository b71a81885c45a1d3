"""What a disk refuses is tried again here, in this process: starting anew would only say the same again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from gateway.field.watchdog import notify
from gateway.store.errors import LogRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

AGAIN_FIRST_S, AGAIN_MOST_S = 0.5, 5.0
"""The longest wait is short enough for systemd's watchdog."""

T = TypeVar("T")


async def patiently(act: Callable[[], Awaitable[T]], standing: Callable[[str], None]) -> T:
    """Return what `act` returns once the disk lets it; `standing` hears why it does not yet, and "" at the end."""
    wait_s = AGAIN_FIRST_S
    while True:
        try:
            result = await act()
        except LogRefused as refused:
            standing(str(refused))
        except OSError as error:
            standing(f"{error.filename or 'the log'}: {error.strerror}")
        else:
            standing("")
            return result
        notify("WATCHDOG=1")
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, AGAIN_MOST_S)


class FirstReason:
    """The line for people about one thing: the reason differs from attempt to attempt, the first one is told."""

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, reason: str) -> None:
        """Take how it stands now; an empty reason is good news."""
        self.text = self.text or reason if reason else ""

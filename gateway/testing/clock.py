"""Virtual time: an event loop whose clock jumps to the next timer. A simulated day costs what its events cost."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


LOOK_AFTER = 16
"""So many rounds that have something to do pass without a look at files."""


class _Jumping(selectors.SelectSelector):
    """Never waits: where a real selector would sleep, the clock moves instead.

    While something is to be done at this moment, files are looked at now and then only: no time passes meanwhile.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self._passed_over = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout == 0 and self._passed_over < LOOK_AFTER:
            self._passed_over += 1
            return []
        self._passed_over = 0
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everything waits and no timer is set: nothing can ever happen again")
            self.now_s += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own, starting at `start_s`."""

    def __init__(self, start_s: float = 1000.0) -> None:
        self._jumping = _Jumping()
        self._jumping.now_s = start_s
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


def run_virtual(main: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end in virtual time and return what it returns."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)

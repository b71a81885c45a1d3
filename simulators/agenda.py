"""What is to be done when: a heap of actions, in the order of their moments."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from simulators.errors import SimulatorError

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_ITEMS = 50_000


class Item(NamedTuple):
    """An action for a moment. `exact` asks for a precision of microseconds; `order` keeps equals in their order."""

    due_s: float
    order: int
    exact: bool
    act: Callable[[], None]


@dataclass(slots=True)
class Agenda:
    """Actions waiting for their moment. Takes no time itself: the loop asks what is due."""

    _heap: list[Item] = field(default_factory=list)
    _count: int = 0

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, due_s: float, act: Callable[[], None], *, exact: bool = False) -> None:
        """Do `act` at `due_s`. Raises `SimulatorError` when too much is planned already."""
        if len(self._heap) >= MOST_ITEMS:
            raise SimulatorError(f"{MOST_ITEMS} actions are planned already")
        self._count += 1
        heapq.heappush(self._heap, Item(due_s, self._count, exact, act))

    @property
    def next(self) -> Item | None:
        """The earliest item, still waiting."""
        return self._heap[0] if self._heap else None

    def pop_due(self, now_s: float) -> Item | None:
        """Take the earliest item if its moment has come."""
        if self._heap and self._heap[0].due_s <= now_s:
            return heapq.heappop(self._heap)
        return None

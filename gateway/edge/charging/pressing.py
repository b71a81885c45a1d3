"""Who has cut off what: a record of it, and the end of the orders concerned. What opens has left before.

Where the log refuses that, it is said again before anything else is: an order must not end by what field tells of its
outlet while a person has ended it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.edge.charging.stopping import pressed, stop_of, stopped_by
from gateway.edge.journal import Entry
from gateway.model.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.edge.charging.charge import Charge
    from gateway.edge.charging.turn import Turn
    from gateway.edge.journal import Moment
    from gateway.model.command import Command

WAITING_MOST = 64
"""So many wait for the log; who has pressed first has ended the orders."""


class Presses:
    """What was pressed and is not stored yet. `new_id` gives names nothing else has."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._unsaid: list[tuple[Command, Moment]] = []

    def take(self, command: Command, at: Moment) -> None:
        """Remember a command that opens."""
        if len(self._unsaid) < WAITING_MOST:
            self._unsaid.append((command, at))

    def say(self, turn: Turn, charges: Iterable[Charge]) -> int:
        """Let a turn tell what was pressed, and by whom; return how much that is."""
        live = tuple(charges)
        for command, at in self._unsaid:
            body = pressed(command)
            if body is not None:
                turn.entries.append(Entry(id=self._new_id(), kind=EventKind.GATEWAY, target="*", at=at, body=body))
            for order_id in stopped_by(command, live):
                turn.step(order_id, stop_of(command), at)
        return len(self._unsaid)

    def said(self, count: int) -> None:
        """Forget what a turn has told that is stored now."""
        del self._unsaid[:count]

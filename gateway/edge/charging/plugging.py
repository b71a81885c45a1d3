"""Free charging: where a site allows it, a plug that comes in starts a charge that costs nothing, once.

An outlet counts only after it was seen empty: what was in when edge began, or has stayed in after a charge, starts
nothing. One attempt a plug: what is refused then is not begun later, behind the back of whoever resets a latch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.edge.charging.sensing import HALF
from gateway.edge.journal import Entry
from gateway.model.command import Command, CommandKind, Origin
from gateway.model.device import Role
from gateway.model.event import EventKind
from gateway.orders.charge.authorise import Denied, free

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.edge.charging.beginning import Beginning
    from gateway.edge.charging.ledger import Ledger
    from gateway.edge.charging.setup import SiteSetup
    from gateway.edge.charging.turn import Turn
    from gateway.edge.journal import Moment
    from gateway.edge.places import Places

IN_FOR_S = 2.0
"""So long a plug is in before it counts: contacts bounce, and people try."""

START_S = 30.0


@dataclass(slots=True)
class Plug:
    """What was seen of an outlet's plug, by the moments of its readings; None where it is not so."""

    empty_s: float | None = None
    in_since_s: float | None = None
    is_used: bool = False


class Plugs:
    """The outlets of one site where plugging in starts a charge."""

    def __init__(
        self, *, ledger: Ledger, setup: SiteSetup, beginning: Beginning, began_s: float, new_id: Callable[[], str]
    ) -> None:
        self._ledger = ledger
        self._setup = setup
        self._beginning = beginning
        self._began_s = began_s
        self._new_id = new_id
        self._plugs = {name: Plug() for name, outlet in setup.outlets.items() if outlet.free is not None}

    def due(self, places: Places) -> tuple[str, ...]:
        """Look at the last readings; return the outlets whose plug has come in and started nothing yet."""
        due = []
        for outlet, plug in self._plugs.items():
            seen = places.value(outlet, Role.PLUG)
            if seen is None or seen[1] < self._began_s:
                continue
            is_in, taken_s = seen[0] > HALF, seen[1]
            if not is_in:
                plug.empty_s, plug.in_since_s, plug.is_used = taken_s, None, False
            elif plug.empty_s is not None and plug.in_since_s is None:
                plug.in_since_s = taken_s
            is_counted = plug.in_since_s is not None and taken_s - plug.in_since_s >= IN_FOR_S
            if is_in and is_counted and not plug.is_used:
                due.append(outlet)
        return tuple(due)

    def begin(self, turn: Turn, outlet: str, now: Moment) -> None:
        """Let a free charge begin at an outlet, or record why none does; an order under way there is no news."""
        most = self._setup.outlets[outlet].free
        place = self._beginning.place(turn, outlet)
        if most is None or place.is_taken:
            return
        command = Command(
            id=f"plug-{self._new_id()}",
            kind=CommandKind.START,
            target=outlet,
            origin=Origin.LOCAL,
            expires_s=now.mono_s + START_S,
        )
        reason = self._beginning.against(command, now)
        order = free(replace(place, most=most), self._ledger.clock.now(now), self._new_id())
        if isinstance(order, Denied) or reason:
            word = reason or (order.reason if isinstance(order, Denied) else "")
            body = {"report": "plugged-in", "result": word}
            turn.entries.append(Entry(id=self._new_id(), kind=EventKind.DEVICE, target=outlet, at=now, body=body))
            return
        self._beginning.begin(turn, order, command, now)

    def served(self, outlets: tuple[str, ...]) -> None:
        """Take note that these were tried, and that this is on the disk."""
        for outlet in outlets:
            self._plugs[outlet].is_used = True

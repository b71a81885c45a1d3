"""What a host knows of the piles on its line: who speaks under which virtual id, and which order runs on which port.

Only polls go by virtual id; everything else names the pile by its physical id. So a wrong guess here costs time and
never reaches another pile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.dny.frames import VIRTUAL_IDS
from drivers.dny.messages import PORT_POWER, REGISTER, RUNNING, SETTLEMENT
from drivers.dny.order_no import ORDER_BYTES

if TYPE_CHECKING:
    from drivers.dny.frames import Frame

SEARCHED_AFTER = 500
"""Polls in a row that a pile has left unanswered before it is looked for under other ids: some 8 min of them."""

_ORDER_AT = {PORT_POWER: 15, RUNNING: 8, SETTLEMENT: 13}
_PORT_AT = {PORT_POWER: 0, RUNNING: 0, SETTLEMENT: 6}
_VIRTUAL_AT = 3
_NO_ORDER = bytes(ORDER_BYTES)


class Piles:
    """Bounded: one physical id for each virtual one, orders only of piles that are asked for."""

    def __init__(self) -> None:
        self._who: dict[int, int] = {}
        self._unanswered: dict[int, int] = {}
        self._orders: dict[tuple[int, int], bytes] = {}
        self._next = 0

    def serve(self, physical: int) -> None:
        """Take note that a pile is this host's: what it says of its orders counts."""
        self._unanswered.setdefault(physical, 0)

    def virtual_id(self, physical: int) -> int:
        """Return the virtual id to poll for a pile: its own, or the next one that is nobody's."""
        known = self._virtual_of(physical)
        return self._candidate() if known is None else known

    def polled(self, physical: int) -> None:
        """Take note that this id is polled now; one that stays unanswered for long is looked for anew."""
        asked = self._unanswered[physical] = self._unanswered.get(physical, 0) + 1
        known = self._virtual_of(physical)
        if known is None:
            self._next = (self._candidate() + 1) % VIRTUAL_IDS
        elif asked > SEARCHED_AFTER:
            del self._who[known]
            self._unanswered[physical] = 0

    def heard(self, said: Frame, virtual: int | None) -> None:
        """Take a message of a pile; `virtual`: the id that was polled when it came."""
        if said.command == REGISTER and said.data[_VIRTUAL_AT] < VIRTUAL_IDS:
            self._bind(said.data[_VIRTUAL_AT], said.physical)
        elif virtual is not None and said.physical not in self._who.values():
            self._bind(virtual, said.physical)
        if said.physical not in self._unanswered:
            return
        self._unanswered[said.physical] = 0
        if said.command in _ORDER_AT:
            at, port = _ORDER_AT[said.command], said.data[_PORT_AT[said.command]]
            number = said.data[at : at + ORDER_BYTES]
            if said.command != SETTLEMENT:
                self.runs(said.physical, port, number)
            elif self.order_of(said.physical, port) == number:
                self._orders.pop((said.physical, port), None)

    def runs(self, physical: int, port: int, number: bytes) -> None:
        """Take note that a port runs under this order."""
        self._orders[physical, port] = number

    def order_of(self, physical: int, port: int) -> bytes:
        """Return the order under which a port runs, as far as that is known; zeros where it is not."""
        return self._orders.get((physical, port), _NO_ORDER)

    def _virtual_of(self, physical: int) -> int | None:
        return next((virtual for virtual, who in self._who.items() if who == physical), None)

    def _candidate(self) -> int:
        ids = ((self._next + further) % VIRTUAL_IDS for further in range(VIRTUAL_IDS))
        return next((virtual for virtual in ids if virtual not in self._who), self._next)

    def _bind(self, virtual: int, physical: int) -> None:
        for other in [other for other, who in self._who.items() if who == physical]:
            del self._who[other]
        self._who[virtual] = physical

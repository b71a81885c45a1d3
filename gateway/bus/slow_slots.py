"""How long the reads outside the ring can wait for their slots (`gateway.bus.slow_reads` shares them out). Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from gateway.bus.slow_reads import LEAST, LEAST_SHARE, RANKS, URGENT_SHARE
from gateway.model.device import GroupClass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bus.budget import BusBudget
    from gateway.bus.job import Piece


class SlowSlots:
    """The slots between the rings of one bus, and what is read in them, or told outside of the ring."""

    def __init__(self, pieces: Sequence[Piece], budget: BusBudget) -> None:
        self.pieces = tuple(piece for piece in pieces if piece.group_class is not GroupClass.PROTECTION)
        self._budget = budget

    @cached_property
    def _ring_ms(self) -> float:
        return self._budget.refresh.ring_ms

    def share(self, *classes: GroupClass) -> float:
        """Return how much of the slots all reads (of these classes) need; above 1 they are later than meant."""
        wanted = classes or tuple(RANKS)
        periods_s = (piece.period_s for piece in self.pieces if piece.group_class in wanted)
        return sum(self._ring_ms / 1000 / period_s for period_s in periods_s if period_s > 0)

    def left(self, group_class: GroupClass) -> float:
        """Return which share of the slots a class that is not urgent has, whatever the others want."""
        urgent = min(URGENT_SHARE, self.share(GroupClass.SAFETY))
        if group_class is LEAST:
            return max(LEAST_SHARE * (1.0 - urgent), 1.0 - urgent - self.share(GroupClass.CONTROL))
        return (1.0 - LEAST_SHARE) * (1.0 - urgent)

    def renewal_ms(self, piece: Piece) -> float:
        """Return the longest between two reads of a piece, while no commands wait for the line.

        Read in time and then as late as can be, when all others of its class and of those before it go first. Urgent
        ones have every second slot, commands or not.
        """
        own = piece.group_class
        if own is GroupClass.PROTECTION:
            return self._ring_ms
        return piece.period_s * 1000 + self._waits_ms[own]

    def urgent_ms(self, reads: int) -> float:
        """Return how long so many urgent reads take: each has every second slot; the first may have just missed one."""
        return self._ring_ms * (reads / URGENT_SHARE + 1)

    @cached_property
    def _waits_ms(self) -> dict[GroupClass, float]:
        """How long a read of each class can wait after its period."""
        waits_ms: dict[GroupClass, float] = {}
        for own, rank in RANKS.items():
            before = sum(RANKS[each.group_class] <= rank for each in self.pieces)
            is_urgent = own is GroupClass.SAFETY
            waits_ms[own] = self.urgent_ms(before) if is_urgent else self._ring_ms * before / self.left(own)
        return waits_ms

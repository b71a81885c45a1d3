"""The total of everything on one bus: several piles behind one supply, each read at another moment.

Two readings of one total must differ in the reading that made it pass, so only the next sample of that same pile
confirms (of any pile, once that one is out of sight). Nothing is judged until every pile was either read or declared
out of sight: before that the total is made of ratings.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.protection.decision import AlarmKind, Element
from gateway.protection.shedding import shed
from gateway.protection.totals import total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.protection.pile import Pile
    from gateway.protection.report import Report


class BusTotal:
    __slots__ = ("_alarms", "_element", "_passed_by", "_piles", "is_set", "pickup_a")

    def __init__(self, piles: Sequence[Pile], pickup_a: float | None) -> None:
        self._piles = piles
        self.is_set = pickup_a is not None
        self.pickup_a = math.inf if pickup_a is None else pickup_a
        refresh_s = max((pile.settings.refresh_ms for pile in piles), default=0.0) / 1e3
        samples = max((pile.settings.samples for pile in piles), default=1)
        self._element = total(self.pickup_a, samples, refresh_s)
        self._passed_by: Pile | None = None
        self._alarms: set[AlarmKind] = set()

    @property
    def counted_a(self) -> float:
        return sum(pile.counted_a for pile in self._piles)

    def judge(self, pile: Pile, taken_s: float, now_s: float, report: Report) -> None:
        """Judge the total after a reading of this pile."""
        if not all(other.sight.known or other.sight.lost for other in self._piles):
            return
        total_a, element, passed_by = self.counted_a, self._element, self._passed_by
        waits_for_another = passed_by is not None and passed_by is not pile and not passed_by.sight.lost
        if waits_for_another and total_a > element.pickup:
            return
        operated = element.step(total_a, None, taken_s)
        self._passed_by = pile if element.above else None
        if element.pending:
            report.confirm(pile.index, element.due_s)
        detail = f"{total_a:.1f} A above {element.pickup:.1f} A" if operated else None
        report.alarm(self._alarms, AlarmKind.BUS_TOTAL, None, None, detail)
        if operated:
            shed(Element.BUS_TOTAL, self._piles, total_a, element, now_s, report)

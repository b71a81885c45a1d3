"""Judges a total and opens what has to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.protection.decision import AlarmKind, Element
from gateway.protection.totals import to_shed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.protection.definite_time import DefiniteTime
    from gateway.protection.pile import Pile
    from gateway.protection.report import Report


def judge_pile(
    pile: Pile, element: DefiniteTime, raw: float | None, total_a: float, taken_s: float, now_s: float, report: Report
) -> None:
    """Judge the total of one pile, summed or measured."""
    operated = element.step(total_a, raw, taken_s)
    if element.pending:
        report.confirm(pile.index, element.due_s)
    over = pile.summed.operated or pile.measured.operated
    report.alarm(
        pile.alarms,
        AlarmKind.PILE_TOTAL,
        pile.index,
        None,
        f"{total_a:.1f} A above {element.pickup:.1f} A" if over else None,
    )
    if operated:
        shed(Element.PILE_TOTAL, (pile,), total_a, element, now_s, report)


def shed(
    kind: Element, piles: Sequence[Pile], total_a: float, element: DefiniteTime, now_s: float, report: Report
) -> None:
    """Open as many outlets as bring the total down, counting those that are on their way already."""
    staying_a = total_a - sum(pile.leaving_a(now_s) for pile in piles)
    if staying_a <= element.pickup:
        return
    by_index = {pile.index: pile for pile in piles}
    candidates = (candidate for pile in piles for candidate in pile.candidates())
    for candidate in to_shed(candidates, staying_a, element.pickup):
        circuit = by_index[candidate.pile].circuits[candidate.outlet]
        circuit.trip(
            kind,
            total_a,
            element.pickup,
            element.picked_up_s,
            now_s,
            report,
            current_a=candidate.current_a,
            started_s=max(candidate.started_s, 0.0),
        )
        by_index[candidate.pile].wake()

"""Line loss of one shed, from the report of the day that was reconciled last. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.orders.reconcile.report import WHAT, read_report

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class Loss:
    """`pct` of what the feeders' meters have counted on `day`; None: a reading is missing, or nothing is metered."""

    day: str = ""
    pct: float | None = None

    def take(self, body: Mapping[str, object]) -> None:
        """Take the body of an event of the gateway; anything but a report is none of ours."""
        if body.get("what") != WHAT:
            return
        try:
            report = read_report(body)
        except ValueError:
            return
        if report.day >= self.day:
            known = [(line.loss_wh, line.metered_wh) for line in report.feeders]
            metered_wh = sum(metered for _, metered in known if metered is not None)
            is_whole = metered_wh > 0 and all(None not in pair for pair in known)
            lost_wh = sum(loss for loss, _ in known if loss is not None)
            self.day, self.pct = report.day, round(100 * lost_wh / metered_wh, 2) if is_whole else None

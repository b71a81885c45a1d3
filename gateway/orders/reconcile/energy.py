"""Energy by orders beside energy by registers: line loss behind a meter, each pile against its outlets. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.orders.reconcile.report import FeederLine, PileLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.orders.reconcile.mark import Mark

ORPHAN = "orphan-"
ORPHAN_OVER = frozenset({"orphan-ended", "orphan-explained"})


@dataclass(slots=True, kw_only=True)
class Energy:
    """What records tell of energy since the last mark that began a day, Wh by outlet.

    `orders`: of orders. `outside`: without an order, or after its OFF. `counted`: how much of an order or incident that
    is under way has been told so far. `gaps`: interruptions of registers during settled orders. `unseen`: orders whose
    beginning nobody here has seen; what they had used by then belongs to no day.
    """

    orders: dict[str, float] = field(default_factory=dict)
    outside: dict[str, float] = field(default_factory=dict)
    counted: dict[str, float] = field(default_factory=dict)
    gaps: int = 0
    unseen: int = 0

    def begin(self) -> None:
        """Begin a new day; what is under way goes on."""
        self.orders, self.outside, self.gaps, self.unseen = {}, {}, 0, 0

    def take(self, outlet: str, body: Mapping[str, Any]) -> None:
        """Take a record of a charge, or of energy without an order."""
        order_id, stage = body["order_id"], body["stage"]
        if stage in {"accepted", "orphan-seen"}:
            self.counted[order_id] = 0.0
        used_wh = body.get("wh")
        if isinstance(used_wh, int | float):
            into = self.outside if stage.startswith(ORPHAN) else self.orders
            self._count(order_id, outlet, float(used_wh), into)
        if stage in ORPHAN_OVER:
            self.counted.pop(order_id, None)

    def settle(self, outlet: str, body: Mapping[str, Any]) -> None:
        """Take the first settlement of a charge, whose records end with it."""
        self.take(outlet, body)
        self.counted.pop(body["order_id"], None)
        self.gaps += body.get("gaps") or 0
        self.outside[outlet] = self.outside.get(outlet, 0.0) + float(body.get("loss_wh") or 0.0)

    def _count(self, order_id: str, outlet: str, used_wh: float, into: dict[str, float]) -> None:
        before_wh = self.counted.get(order_id)
        self.counted[order_id] = used_wh
        if before_wh is None:
            self.unseen += 1
            return
        into[outlet] = into.get(outlet, 0.0) + used_wh - before_wh


def feeder_lines(energy: Energy, start: Mark, end: Mark) -> Iterator[FeederLine]:
    """Yield each meter that feeds something, beside all that is known to have gone through it."""
    for feeder, devices in sorted(end.feeds.items()):
        metered_wh = _risen(start, end, feeder)
        own = {device: _risen(start, end, device) for device in devices if device in end.meters}
        gaps = [name for name, risen_wh in ((feeder, metered_wh), *own.items()) if risen_wh is None]
        orders_wh, outside_wh = _of(energy.orders, devices), _of(energy.outside, devices)
        own_wh = sum(risen_wh for risen_wh in own.values() if risen_wh is not None)
        loss_wh = None if metered_wh is None or gaps else metered_wh - orders_wh - outside_wh - own_wh
        yield FeederLine(
            feeder=feeder,
            metered_wh=_whole(metered_wh),
            orders_wh=round(orders_wh),
            outside_wh=round(outside_wh),
            own_wh=round(own_wh),
            loss_wh=_whole(loss_wh),
            loss_pct=round(100 * loss_wh / metered_wh, 2) if loss_wh is not None and metered_wh else None,
            gaps=tuple(gaps),
        )


def pile_lines(energy: Energy, start: Mark, end: Mark) -> Iterator[PileLine]:
    """Yield each pile that has registers or orders."""
    outlets = {name for name in (*start.registers, *end.registers, *energy.orders, *energy.outside) if "/" in name}
    for pile in sorted({outlet.partition("/")[0] for outlet in outlets}):
        here = sorted(outlet for outlet in outlets if outlet.partition("/")[0] == pile)
        risen = {outlet: _risen(start, end, outlet) for outlet in here}
        known = {outlet: risen_wh for outlet, risen_wh in risen.items() if risen_wh is not None}
        orders_wh = sum(energy.orders.get(outlet, 0.0) for outlet in known)
        outside_wh = sum(energy.outside.get(outlet, 0.0) for outlet in known)
        yield PileLine(
            pile=pile,
            registers_wh=round(sum(known.values())),
            orders_wh=round(orders_wh),
            outside_wh=round(outside_wh),
            difference_wh=round(sum(known.values()) - orders_wh - outside_wh),
            gaps=tuple(outlet for outlet in here if outlet not in known),
        )


def _risen(start: Mark, end: Mark, name: str) -> float | None:
    """Return how far a register has risen; None where it was not read at both ends, or went back."""
    before_wh, after_wh = start.registers.get(name), end.registers.get(name)
    if before_wh is None or after_wh is None or after_wh < before_wh:
        return None
    return after_wh - before_wh


def _of(by_outlet: Mapping[str, float], devices: Iterable[str]) -> float:
    wanted = set(devices)
    return sum(used_wh for outlet, used_wh in by_outlet.items() if outlet.partition("/")[0] in wanted)


def _whole(wh: float | None) -> int | None:
    return None if wh is None else round(wh)

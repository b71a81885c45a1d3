"""What a day came to at each gateway: orders, money, turnover, outlets occupied after full, line loss. Pure.

Energy is Wh, money 0.001 yuan, times are ms. Turnover: charges that ended that day, for each charging outlet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.fleet.loss import Loss

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Sums(NamedTuple):
    """Of the orders of one gateway that ended on a day; `occupied` of them had the plug in after full."""

    orders: int
    charges: int
    wh: float
    amount_mil: int
    occupied: int
    occupied_ms: int


NOTHING = Sums(0, 0, 0.0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShedDay:
    """One gateway's day. None: nobody has said it; of the line loss, that a meter or a reading is missing."""

    gateway: str
    sockets: int
    orders: int
    charges: int
    wh: int
    amount_mil: int
    turnover: float | None
    occupied: int
    occupied_ms: int
    loss_pct: float | None


def shed_days(
    sums: Mapping[str, Sums], reports: Iterable[tuple[str, Mapping[str, Any]]], sockets: Mapping[str, int], day: str
) -> list[ShedDay]:
    """Return a line for each gateway that is known or has told something, in the order of their names."""
    losses: dict[str, Loss] = {}
    for name, body in reports:
        if body.get("day") == day:
            losses.setdefault(name, Loss()).take(body)
    return [
        _line(name, sums.get(name, NOTHING), sockets.get(name, 0), losses[name].pct if name in losses else None)
        for name in sorted({*sums, *sockets})
    ]


def _line(name: str, sums: Sums, sockets: int, loss_pct: float | None) -> ShedDay:
    return ShedDay(
        gateway=name,
        sockets=sockets,
        orders=sums.orders,
        charges=sums.charges,
        wh=round(sums.wh),
        amount_mil=sums.amount_mil,
        turnover=round(sums.charges / sockets, 2) if sockets else None,
        occupied=sums.occupied,
        occupied_ms=sums.occupied_ms,
        loss_pct=loss_pct,
    )

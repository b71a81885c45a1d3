"""What a delivery comes to: net grams, provisional points, and what speaks against them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.orders.deposit.order import Doubt, Flag
from gateway.orders.deposit.points_rule import points_of

if TYPE_CHECKING:
    from gateway.orders.clock import Now
    from gateway.orders.deposit.order import Deposit


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`net_g` is what the scale proves, 0 where it is too little to count. With a doubt `points` are 0."""

    net_g: int
    rate_x1000: int | None
    points: int
    doubts: tuple[Doubt, ...]
    flags: tuple[Flag, ...]


def judge(order: Deposit, now: Now) -> Verdict:
    """Return what the weights before and after say. The weight after has to be at rest."""
    net_g = net_of(order)
    rate_x1000 = order.rule.rate_x1000(order.category, now.ts_ms if now.has_wall_time else None)
    doubts = (*order.doubts, *_doubts(order, net_g))
    worth = 0 if doubts or order.is_collection or rate_x1000 is None else points_of(net_g, rate_x1000)
    flags = (*order.flags, *_flags(order, net_g, has_rate=rate_x1000 is not None))
    return Verdict(
        net_g=net_g,
        rate_x1000=rate_x1000,
        points=worth,
        doubts=tuple(dict.fromkeys(doubts)),
        flags=tuple(dict.fromkeys(flags)),
    )


def net_of(order: Deposit) -> int:
    """Return the grams that were put in, negative for what was taken out; less than `least_g` is nothing."""
    if order.before_g is None or order.now_g is None:
        return 0
    net_g = order.now_g - order.before_g
    return net_g if abs(net_g) >= order.settings.least_g else 0


def _doubts(order: Deposit, net_g: int) -> tuple[Doubt, ...]:
    if order.is_collection:
        return (Doubt.IMPOSSIBLE,) if net_g > 0 else ()
    found = {
        Doubt.NEGATIVE: net_g < 0,
        Doubt.IMPOSSIBLE: net_g > order.settings.most_g,
        Doubt.NOT_OPENED: net_g != 0 and not order.was_open and not order.restarts,
        Doubt.UNWATCHED: net_g != 0 and order.is_unwatched,
    }
    return tuple(doubt for doubt, holds in found.items() if holds)


def _flags(order: Deposit, net_g: int, *, has_rate: bool) -> tuple[Flag, ...]:
    settings, now_g = order.settings, order.now_g
    same = [before_g for before_g in order.recent_g if abs(before_g - net_g) <= settings.repeat_g]
    lost_g = 0 if order.peak_g is None or now_g is None else order.peak_g - now_g
    found = {
        Flag.TAKEN_OUT: not order.is_collection and lost_g > settings.taken_out_g,
        Flag.REPEATED: net_g > 0 and len(same) >= settings.repeats,
        Flag.CLOCK_UNSET: not has_rate,
        Flag.RESTARTED: order.restarts > 0,
    }
    return tuple(flag for flag, holds in found.items() if holds)

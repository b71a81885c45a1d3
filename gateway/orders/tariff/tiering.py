"""Which tier of power a charge has reached, and how long it was in each. Pure.

The power holds from one sample to the next, so that a further sample with the same power changes nothing.
"""

from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from gateway.orders.tariff.register import Count
from gateway.orders.tariff.tariff import TierRule, Tiers


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTimes:
    """`in_ms` is the time at each tier as it was reached, `top` the highest reached; all empty without tiers.

    `above_ms` is for how long, without a break, the power has been in each tier or above, as far as it matters.
    """

    top: Count = 0
    in_ms: Annotated[tuple[Count, ...], Field(max_length=16)] = ()
    above_ms: Annotated[tuple[Count, ...], Field(max_length=16)] = ()


def no_times(tiers: Tiers | None) -> TierTimes:
    """Return the times of a charge that has not begun."""
    count = 0 if tiers is None else len(tiers.up_to_w)
    return TierTimes(in_ms=(0,) * count, above_ms=(0,) * count)


def pass_time(times: TierTimes, tiers: Tiers, power_mw: int, took_ms: int) -> TierTimes:
    """Return the times after `took_ms` more of counted time at one power."""
    level = tiers.of(power_mw)
    raise_after_ms = tiers.raise_after_s * 1000
    open_ms = took_ms
    if tiers.rule is TierRule.SETTLED:
        open_ms = min(took_ms, max(0, tiers.settle_s * 1000 - sum(times.in_ms)))
    in_ms, top, from_ms = list(times.in_ms), times.top, 0
    for tier in range(top + 1, level + 1):
        reached_ms = raise_after_ms - times.above_ms[tier]
        if reached_ms >= open_ms:
            break
        in_ms[top] += reached_ms - from_ms
        top, from_ms = tier, reached_ms
    in_ms[top] += took_ms - from_ms
    above_ms = tuple(
        min(raise_after_ms, above + took_ms) if tier <= level else 0 for tier, above in enumerate(times.above_ms)
    )
    return TierTimes(top=top, in_ms=tuple(in_ms), above_ms=above_ms)


def break_off(times: TierTimes) -> TierTimes:
    """Return the times after a pause that does not count: what was nearly reached has to be reached anew."""
    return replace(times, above_ms=(0,) * len(times.above_ms))

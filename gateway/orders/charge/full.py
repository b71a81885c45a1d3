"""When a battery is full, by the power that its charger draws: named methods with named figures. Pure.

Each method is a threshold that has to hold for a while. A charger tapers only at the end of a charge, but it also
pauses and derates; therefore full means *floating* first, and a power that comes back takes it back.
"""

from dataclasses import dataclass
from math import inf
from typing import Annotated, Literal

from pydantic import Field

STEADY_W = 1.5
"""What noise alone moves the smoothed power of a float."""

HOLD = 1.3
"""A low power is over once the power is this much above the threshold: noise at the threshold restarts nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeTaper:
    """Full once the power has been below `share` of the charging power for `for_s`.

    After `late_after_s` of charging `late_for_s` are enough; 0 s: there is no such moment. With `steady_share` the
    power must also have stayed within that share of itself (or `STEADY_W`): what still falls is still being charged.
    """

    name: Literal["relative-taper"] = "relative-taper"
    share: float
    for_s: int
    late_after_s: int = 0
    late_for_s: int = 0
    steady_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatPower:
    """Full once the power has been below `below_w` for `for_s`, whatever it was before."""

    name: Literal["float-power"] = "float-power"
    below_w: float
    for_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """Full once the power, below `below_w`, has stayed within `within_w` of itself for `for_s`."""

    name: Literal["stability"] = "stability"
    below_w: float
    within_w: float
    for_s: int


Method = Annotated[RelativeTaper | FloatPower | Stability, Field(discriminator="name")]

AP3000: tuple[Method, ...] = (RelativeTaper(share=0.20, for_s=1800, late_after_s=10800, late_for_s=300),)
"""Command 0x83 and 0x84 of the AP3000: float percentage, float detection, second float point."""

X10P: tuple[Method, ...] = (Stability(below_w=45.0, within_w=6.0, for_s=2700),)
"""The X10P's `GunChargingProc`: change power 6 W, looked at from 45 W down, 45 min."""

JUY: tuple[Method, ...] = (FloatPower(below_w=15.0, for_s=7200),)
"""JUY's parameter table: float reference 15 W, float time 120 min."""

GATEWAY: tuple[Method, ...] = (
    RelativeTaper(share=0.13, for_s=360, steady_share=0.25),
    FloatPower(below_w=12.0, for_s=1200),
    Stability(below_w=45.0, within_w=6.0, for_s=2700),
)
"""Our own: a lead-acid charger goes to float at about a sixth of its charging current (0.3 A of 1.8 A), and a lithium
charger tapers further and cuts off: what lies below that and stands still is full. The absolute rules are
for a battery that came nearly full."""

NAMED: dict[str, tuple[Method, ...]] = {"ap3000": AP3000, "x10p": X10P, "juy": JUY, "gateway": GATEWAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Low:
    """How long one method has been fulfilled: since when (None: it is not), and from which power it judges."""

    since_ms: int | None = None
    from_w: float = 0.0


NOT_LOW = Low()


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What the methods look at: the smoothed power, the charging power that was reached, and when charging began."""

    at_ms: int
    w: float
    charging_w: float
    began_ms: int


def watch(method: Method, low: Low, power: Power) -> Low:
    """Return how long a method has been fulfilled, with one more sample."""
    limit_w = method.share * power.charging_w if isinstance(method, RelativeTaper) else method.below_w
    held = low.since_ms is not None
    if power.w >= limit_w * (HOLD if held else 1.0):
        return NOT_LOW
    if held and abs(power.w - low.from_w) <= _within_w(method, low.from_w):
        return low
    return Low(since_ms=power.at_ms, from_w=power.w)


def _within_w(method: Method, from_w: float) -> float:
    match method:
        case Stability(within_w=within_w):
            return within_w
        case RelativeTaper(steady_share=share) if share > 0:
            return max(STEADY_W, share * from_w)
        case _:
            return inf


def is_full(method: Method, low: Low, power: Power) -> bool:
    """Return whether a method has been fulfilled for long enough."""
    if low.since_ms is None:
        return False
    for_s = method.for_s
    if isinstance(method, RelativeTaper) and 0 < 1000 * method.late_after_s <= power.at_ms - power.began_ms:
        for_s = method.late_for_s
    return power.at_ms - low.since_ms >= 1000 * for_s

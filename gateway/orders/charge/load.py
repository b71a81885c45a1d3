"""What the power of an outlet says about the load in it: there, gone, back, stronger, tapering, full. Pure.

Everything is judged by samples; two samples further apart than `gap_s` have seen nothing in between, and every
duration starts anew.
"""

from dataclasses import dataclass, replace
from math import exp

from gateway.orders.charge.full import GATEWAY, NOT_LOW, Low, Method, Power, is_full, watch

SMOOTH_S = 30.0
"""Time constant of the smoothed power: a sample of noise or inrush counts for little, a real change within a minute."""

STEP_SHARE = 0.4
"""Two samples in a row that are both this far from the smoothed power, on one side of it, are a real change."""

CHARGING_S = 120.0
"""Time constant with which the charging power rises to a higher power: no peak of seconds becomes a reference."""

STEADY_S = 300
"""A charger that has only begun has no charging power yet that a second load could be seen against."""

TAPER_SHARE = 0.30
TAPER_S = 600
"""A load that vanishes after so long below this share of its charging power was not pulled: its charger is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An unplug rule: at or below `below_w` for `for_s`."""

    below_w: float
    for_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSettings:
    """The figures. Defaults: AP3000 (unplug 0.3 W/10 s and 1.0 W/300 s), ours for the rest.

    `drawing_w`: from here on something charges. `step_w`, `step_share`, `step_s`: what counts as a second load on a
    splitter. `same_w`, `stronger_share`, `weaker_share`: how far a load that comes back may be above and below the one
    that went (a charger may come back derated), judged `back_s` after it came; what is too weak may be the same charger
    still coming up, and is judged `weak_s` after it came. `plug_out_s`: how long a plug sensor has
    to say "out".
    """

    drawing_w: float = 5.0
    gone: tuple[Gone, ...] = (Gone(below_w=0.3, for_s=10), Gone(below_w=1.0, for_s=300))
    plug_out_s: int = 3
    full: tuple[Method, ...] = GATEWAY
    step_w: float = 50.0
    step_share: float = 0.25
    step_s: int = 60
    back_s: int = 15
    weak_s: int = 120
    same_w: float = 20.0
    stronger_share: float = 0.30
    weaker_share: float = 0.50
    gap_s: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What has been seen. `charging_w` is the power that the charge has reached, `before_w` the one before it vanished.

    The moments say since when something holds; None: it does not. `steps` counts the loads that were added;
    `blinked_ms` is when a stretch was over that nobody saw.
    """

    at_ms: int | None = None
    took_ms: int = 0
    power_w: float = 0.0
    smooth_w: float = 0.0
    charging_w: float = 0.0
    peak_w: float = 0.0
    before_w: float = 0.0
    drawing_since_ms: int | None = None
    gone_since_ms: tuple[int | None, ...] = ()
    out_since_ms: int | None = None
    is_in: bool | None = None
    taper_since_ms: int | None = None
    tapered: bool = False
    step_since_ms: int | None = None
    steps: int = 0
    low: tuple[Low, ...] = ()
    blinked_ms: int = 0


def take(load: Load, settings: LoadSettings, at_ms: int, power_w: float) -> Load:
    """Return the load with one more power; one that is not newer than the last is not taken."""
    if load.at_ms is not None and at_ms <= load.at_ms:
        return load
    took_ms = 0 if load.at_ms is None else at_ms - load.at_ms
    if took_ms > 1000 * settings.gap_s:
        load, took_ms = replace(_blinked(load), smooth_w=power_w, blinked_ms=at_ms), 0
    draws = power_w >= settings.drawing_w
    smooth_w = _smoothed(load, power_w, took_ms)
    was_drawing = load.drawing_since_ms is not None
    gone = load.gone_since_ms or (None,) * len(settings.gone)
    return replace(
        load,
        at_ms=at_ms,
        took_ms=took_ms,
        power_w=power_w,
        smooth_w=smooth_w,
        peak_w=max(load.peak_w, smooth_w),
        before_w=load.smooth_w if was_drawing and not draws else load.before_w,
        drawing_since_ms=_since(at_ms, load.drawing_since_ms, draws),
        gone_since_ms=tuple(
            _since(at_ms, had, power_w <= rule.below_w) for rule, had in zip(settings.gone, gone, strict=True)
        ),
    )


def judge(load: Load, settings: LoadSettings, began_ms: int) -> Load:
    """Return the load with everything that a charge is judged by, one sample on; it began at `began_ms`."""
    at_ms = load.at_ms
    if at_ms is None:
        return load
    load = _rise(load, settings, at_ms, began_ms)
    power = _power(load, at_ms, began_ms)
    low = load.low or (NOT_LOW,) * len(settings.full)
    since = _since(at_ms, load.taper_since_ms, load.smooth_w < TAPER_SHARE * load.charging_w)
    is_there = load.drawing_since_ms is not None
    return replace(
        load,
        low=tuple(watch(method, one, power) for method, one in zip(settings.full, low, strict=True)),
        taper_since_ms=since,
        tapered=_lasts(at_ms, since, TAPER_S) if is_there else load.tapered,
    )


def full_by(load: Load, settings: LoadSettings, began_ms: int) -> str:
    """Return the name of the method that says full, or an empty string."""
    if load.at_ms is None:
        return ""
    power = _power(load, load.at_ms, began_ms)
    pairs = zip(settings.full, load.low, strict=False)
    return next((method.name for method, low in pairs if is_full(method, low, power)), "")


def is_low(load: Load) -> bool:
    """Return whether any method of full detection is still fulfilled, for however long."""
    return any(low.since_ms is not None for low in load.low)


def plug_seen(load: Load, at_ms: int, *, is_in: bool) -> Load:
    """Return the load with what a plug sensor says."""
    return replace(load, is_in=is_in, out_since_ms=_since(at_ms, load.out_since_ms, not is_in))


def is_drawing(load: Load) -> bool:
    return load.drawing_since_ms is not None


def is_gone(load: Load, settings: LoadSettings, now_ms: int) -> bool:
    """Return whether the load has been taken away, by any unplug rule or by the plug sensor."""
    if load.at_ms is None:
        return False
    rules = zip(settings.gone, load.gone_since_ms, strict=False)
    by_power = any(_lasts(load.at_ms, since, rule.for_s) for rule, since in rules)
    by_plug = not is_drawing(load) and _lasts(now_ms, load.out_since_ms, settings.plug_out_s)
    return by_power or by_plug


def is_back(load: Load, settings: LoadSettings) -> bool:
    """Return whether a load has come back and can be compared with the one that went."""
    return load.at_ms is not None and _lasts(load.at_ms, load.drawing_since_ms, settings.back_s)


def is_same(load: Load, settings: LoadSettings) -> bool:
    """Return whether the load that came back draws what the one that went drew, just before or at its best."""
    return any(
        -max(settings.same_w, settings.weaker_share * had_w)
        <= load.power_w - had_w
        <= max(settings.same_w, settings.stronger_share * had_w)
        for had_w in (load.before_w, load.charging_w)
    )


def is_another(load: Load, settings: LoadSettings) -> bool:
    """Return whether a load has come back that is not the one that went."""
    is_weak = load.power_w < min(load.before_w, load.charging_w)
    wait_s = settings.weak_s if is_weak else settings.back_s
    return load.at_ms is not None and not is_same(load, settings) and _lasts(load.at_ms, load.drawing_since_ms, wait_s)


def _rise(load: Load, settings: LoadSettings, at_ms: int, began_ms: int) -> Load:
    """Let the charging power follow a rise; a jump clearly above it is held apart until it has lasted."""
    if load.smooth_w <= load.charging_w:
        return replace(load, step_since_ms=None)
    jump_w = max(settings.step_w, settings.step_share * load.charging_w)
    is_steady = at_ms - max(began_ms, load.blinked_ms) >= 1000 * STEADY_S
    if is_steady and load.smooth_w - load.charging_w > jump_w:
        since = _since(at_ms, load.step_since_ms, load.power_w - load.charging_w > jump_w)
        if not _lasts(at_ms, since, settings.step_s):
            return replace(load, step_since_ms=since)
        return replace(load, step_since_ms=None, charging_w=load.smooth_w, steps=load.steps + 1)
    risen_w = load.charging_w + (load.smooth_w - load.charging_w) * _share(load.took_ms, CHARGING_S)
    return replace(load, charging_w=risen_w, step_since_ms=None)


def _smoothed(load: Load, power_w: float, took_ms: int) -> float:
    """Return the smoothed power; where it has really changed, it does not linger at what it was."""
    step_w = STEP_SHARE * load.smooth_w
    if load.at_ms is not None and min(load.power_w, power_w) > load.smooth_w + step_w:
        return min(load.power_w, power_w)
    if max(load.power_w, power_w) < load.smooth_w - step_w:
        return (load.power_w + power_w) / 2
    return load.smooth_w + (power_w - load.smooth_w) * _share(took_ms, SMOOTH_S)


def _blinked(load: Load) -> Load:
    """Return the load after a stretch that nobody saw: no duration reaches across it."""
    return replace(
        load, drawing_since_ms=None, gone_since_ms=(), taper_since_ms=None, step_since_ms=None, low=(), before_w=0.0
    )


def _power(load: Load, at_ms: int, began_ms: int) -> Power:
    return Power(at_ms=at_ms, w=load.smooth_w, charging_w=load.charging_w, began_ms=began_ms)


def _since(at_ms: int, since_ms: int | None, holds: bool) -> int | None:  # noqa: FBT001 - reads as "since it holds"
    if not holds:
        return None
    return at_ms if since_ms is None else since_ms


def _lasts(at_ms: int, since_ms: int | None, for_s: int) -> bool:
    return since_ms is not None and at_ms - since_ms >= 1000 * for_s


def _share(took_ms: int, time_constant_s: float) -> float:
    return 1.0 - exp(-took_ms / (1000.0 * time_constant_s))

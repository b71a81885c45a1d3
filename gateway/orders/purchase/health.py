"""Food that was too warm for too long, or is past its date, is not sold. A pure watch of one shelf; it starts nothing.

The timers are those of a vending machine's health control (Crane 480 manual): back to the cold limit within 30 min
after power-up, service or defrost, and never warmer for more than 15 min in operation. What has once been too warm
stays on stop-sale, over restarts too, until staff has had the shelf open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.orders.clock import Now
    from gateway.orders.purchase.shelf import Shelf


class Climate(StrEnum):
    """The temperature class of a shelf."""

    FROZEN = "frozen"
    CHILLED = "chilled"
    AMBIENT = "ambient"


class Stop(StrEnum):
    """Why a shelf is on stop-sale."""

    NOT_RECOVERED = "not-recovered"
    TOO_WARM = "too-warm"
    NO_TEMPERATURE = "no-temperature"
    EXPIRED = "expired"
    DATE_UNKNOWN = "date-unknown"


LATCHED = frozenset({Stop.NOT_RECOVERED, Stop.TOO_WARM})
LIMIT_C = {Climate.FROZEN: -18.0, Climate.CHILLED: 5.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The figures of a shelf. `limit_c` None takes the class's own: -18 C frozen, 5 C chilled.

    A customer's open door stops the clock of `warm_ms` but never turns it back, and not that of `recover_ms`.
    """

    climate: Climate
    limit_c: float | None = None
    recover_ms: int = 1_800_000
    warm_ms: int = 900_000
    silent_ms: int = 900_000

    @property
    def most_c(self) -> float | None:
        """Return the warmest that the goods may be, None where it does not matter."""
        return LIMIT_C.get(self.climate) if self.limit_c is None else self.limit_c


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What has been seen of a shelf. Kept over restarts.

    `recovering_ms`: when the time to get cold began, None once it has. `warm_ms` is the time above the limit with the
    door shut since it was last cold, `warm_all_ms` with the door open too. `warmest_c` is since the last service.
    """

    seen_ms: int
    read_ms: int
    recovering_ms: int | None
    warm_ms: int = 0
    warm_all_ms: int = 0
    is_warm: bool = False
    is_open: bool = False
    is_defrosting: bool = False
    warmest_c: float | None = None
    stops: frozenset[Stop] = frozenset()


def power_up(now: Now, kept: Health | None = None) -> Health:
    """Return the watch at a start. What was too warm before the power cut still is; the time to get cold begins."""
    stops = frozenset() if kept is None else kept.stops & LATCHED
    warmest_c = None if kept is None else kept.warmest_c
    return Health(seen_ms=now.at_ms, read_ms=now.at_ms, recovering_ms=now.at_ms, warmest_c=warmest_c, stops=stops)


def serviced(now: Now) -> Health:
    """Return the watch when staff shuts the door after a service: it forgives, and the shelf has to get cold anew."""
    return power_up(now)


def defrost_began(health: Health, now: Now) -> Health:
    """Return the watch as a defrost begins: it may take as long as getting cold may. Nothing is forgiven.

    A shelf that has not got cold since the last one gains no time by another: defrosts without end do not keep it sold.
    """
    if health.recovering_ms is not None:
        return health
    return replace(health, recovering_ms=now.at_ms, warm_ms=0, warm_all_ms=0, is_defrosting=True)


def defrosted(health: Health, now: Now) -> Health:
    """Return the watch as a defrost ends: the shelf has to get cold anew."""
    return replace(health, recovering_ms=now.at_ms, is_defrosting=False) if health.is_defrosting else health


def watch(health: Health, shelf: Shelf, rules: Rules, now: Now, *, read_c: float | None, is_open: bool) -> Health:
    """Return the watch with one more look: a temperature in degrees Celsius, None where the sensor gave none."""
    health = _timed(health, now, is_open=is_open)
    if read_c is not None:
        health = _warmed(health, rules, read_c, now)
    stops = health.stops & LATCHED | _too_long(health, rules, now) | _dated(shelf, now)
    return replace(health, stops=stops)


def _timed(health: Health, now: Now, *, is_open: bool) -> Health:
    """Time since the last look was spent as the shelf was then."""
    passed_ms = now.at_ms - health.seen_ms if health.is_warm and health.recovering_ms is None else 0
    return replace(
        health,
        seen_ms=now.at_ms,
        warm_ms=health.warm_ms + (0 if health.is_open else passed_ms),
        warm_all_ms=health.warm_all_ms + passed_ms,
        is_open=is_open,
    )


def _warmed(health: Health, rules: Rules, read_c: float, now: Now) -> Health:
    warmest_c = read_c if health.warmest_c is None else max(health.warmest_c, read_c)
    health = replace(health, read_ms=now.at_ms, warmest_c=warmest_c)
    if rules.most_c is None or read_c <= rules.most_c:
        recovering_ms = health.recovering_ms if health.is_defrosting else None
        return replace(health, recovering_ms=recovering_ms, warm_ms=0, warm_all_ms=0, is_warm=False)
    return replace(health, is_warm=True)


def _too_long(health: Health, rules: Rules, now: Now) -> frozenset[Stop]:
    if rules.most_c is None:
        return frozenset()
    since_ms = health.recovering_ms
    found = {
        Stop.NOT_RECOVERED: since_ms is not None and now.at_ms - since_ms >= rules.recover_ms,
        Stop.TOO_WARM: health.warm_ms > rules.warm_ms or health.warm_all_ms > rules.recover_ms,
        Stop.NO_TEMPERATURE: now.at_ms - health.read_ms > rules.silent_ms,
    }
    return frozenset(stop for stop, holds in found.items() if holds)


def _dated(shelf: Shelf, now: Now) -> frozenset[Stop]:
    """Return what the dates say; goods with one are not sold while nobody knows what day it is."""
    dates = [batch.expires_ts_ms for stock in shelf.stock for batch in stock.batches if batch.count]
    known = [date for date in dates if date is not None]
    if not known:
        return frozenset()
    if not now.has_wall_time:
        return frozenset({Stop.DATE_UNKNOWN})
    return frozenset({Stop.EXPIRED}) if min(known) <= now.ts_ms else frozenset()

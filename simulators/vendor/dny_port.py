"""One port of a DNY (AP3000) pile: the rules by which its firmware ends a charge. Source: AP3000 V8.6, clause 4.3."""

from __future__ import annotations

from dataclasses import dataclass

FULL, MAX_TIME, UNPLUGGED, OVERLOAD, LOW_POWER = 1, 2, 5, 6, 9
"""Why it stops by itself, by the codes of a settlement."""

NO_CHARGER, ALREADY, WELDED_START = 1, 2, 9
"""Why it does not start; welded, it starts all the same."""

IDLE, CHARGING, PLUGGED, PLUGGED_FULL, FLOAT, WELDED = 0, 1, 2, 3, 5, 9
"""The states of a heartbeat."""

OVERLOAD_FOR_S = 3
"""How long too much power flows before the relay opens; assumed."""

UNPLUGGED_W, UNPLUGGED_FOR_S = 0.3, 10
LOW_W, LOW_AT_S = 30.0, 1800
FLOAT_SHARE, FLOAT_FOR_S, LATE_FLOAT_FOR_S, LATE_S, FLOATS_S = 0.2, 1800, 300, 10_800, 3600
POWER_FACTOR = 0.98


@dataclass(slots=True)
class DnyPort:
    """`plugged_w` is what its charger draws when it is on; `refuses` is a code for each start.

    `needs_charger`: a start without one is refused. `welded`: it is on, whatever the pile thinks.
    """

    plugged_w: float = 0.0
    refuses: int = 0
    needs_charger: bool = False
    is_plugged: bool = False
    welded: bool = False
    order: bytes = b""
    seconds: int = 0
    wh: float = 0.0
    limit_w: float = 0.0
    max_s: int = 0
    peak_w: float = 0.0
    lowest_w: float = 0.0
    mean_w: float = 0.0
    was_full: bool = False
    over_s: int = 0
    nothing_s: int = 0
    low_s: int = 0
    float_s: int = 0
    period_s: int = 0

    @property
    def power_w(self) -> float:
        return self.plugged_w if self.order or self.welded else 0.0

    @property
    def state(self) -> int:
        if self.order:
            return FLOAT if self.float_s else CHARGING
        if self.welded:
            return WELDED
        if not self.is_plugged:
            return IDLE
        return PLUGGED_FULL if self.was_full else PLUGGED

    def current_a(self, volts: float) -> float:
        return self.power_w / (volts * POWER_FACTOR) if volts > 0 else 0.0

    def against_start(self) -> int:
        """Return the code with which a start is refused; 0 where it is carried out."""
        if self.refuses:
            return self.refuses
        if self.order:
            return ALREADY
        return NO_CHARGER if self.needs_charger and not self.is_plugged else 0

    def begin(self, order: bytes, max_s: int, limit_w: float) -> None:
        """Start a charge."""
        self.end()
        self.order, self.max_s, self.limit_w = order, max_s, limit_w

    def end(self) -> None:
        """Forget the charge that ran."""
        self.order = b""
        self.seconds = self.over_s = self.nothing_s = self.low_s = self.float_s = 0
        self.wh = self.peak_w = 0.0
        self.was_full = False
        self.begin_period()

    def begin_period(self) -> None:
        """Begin the lowest and the mean power anew."""
        self.lowest_w, self.mean_w, self.period_s = 0.0, 0.0, 0

    def pass_second(self) -> int | None:
        """Let a charge go on for a second; return the reason if it ends by it."""
        watts = self.power_w
        self.seconds += 1
        self.wh += watts / 3600
        self.peak_w = max(self.peak_w, watts)
        self.lowest_w = watts if not self.period_s else min(self.lowest_w, watts)
        self.period_s += 1
        self.mean_w += (watts - self.mean_w) / self.period_s
        self.over_s = self.over_s + 1 if watts > self.limit_w else 0
        self.nothing_s = self.nothing_s + 1 if watts <= UNPLUGGED_W < self.peak_w else 0
        self.low_s = self.low_s + 1 if watts < FLOAT_SHARE * self.peak_w else 0
        floats_from_s = FLOAT_FOR_S if self.seconds < LATE_S else LATE_FLOAT_FOR_S
        self.float_s = self.float_s + 1 if self.low_s >= floats_from_s else 0
        ends = {
            OVERLOAD: self.over_s >= OVERLOAD_FOR_S,
            UNPLUGGED: self.nothing_s >= UNPLUGGED_FOR_S,
            LOW_POWER: self.seconds == LOW_AT_S and self.peak_w < LOW_W,
            FULL: self.float_s >= FLOATS_S,
            MAX_TIME: self.seconds >= self.max_s > 0,
        }
        return next((reason for reason, holds in ends.items() if holds), None)

"""One outlet: the mutable state of its elements, what it was told, and its trip.

The quiet path (`current`) stores and returns. What is to be judged is judged outside, where something is picked up:
`currents`, `overload`, `readings` (the other roles) and `effect` (what an OFF brought about).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.protection.breaker_failure import Opening, residue
from gateway.protection.decision import AlarmKind, Element, TripCause
from gateway.protection.definite_time import DefiniteTime, never_if_off
from gateway.protection.inverse_time import InverseTime
from gateway.protection.latch import Latch
from gateway.protection.supervision import Witness
from gateway.protection.temperature import over_temperature
from gateway.protection.thermal import Thermal
from gateway.protection.voltage import UnderVoltage, over_voltage

if TYPE_CHECKING:
    from gateway.protection.report import Report
    from gateway.protection.settings import OutletSettings, PileSettings


class Circuit:
    """`commanded` is None until the surviving state was read: such an outlet counts as ON and may not be started.

    `current_a` is the last good value, the rating before the first. `taken_s`, `moved_s`: when it was read and when
    its raw value last changed. `armed_s`: from when on inrush no longer excuses. `settled_s`: from when on readings
    show the last switching. `blind`: the pile is out of sight or frozen. `implausible`: its own current is not usable.
    `energy`, `voltage`, `mains`: whether these registers move; `mains` is the voltage of the whole pile.
    """

    __slots__ = (
        "alarms",
        "alert_a",
        "armed_s",
        "blind",
        "busy",
        "commanded",
        "current_a",
        "definite",
        "energy",
        "frozen",
        "frozen_s",
        "gap",
        "gap_s",
        "implausible",
        "index",
        "inverse",
        "latch",
        "limits",
        "mains",
        "misses",
        "missing_s",
        "moved_s",
        "noise_floor_a",
        "opening",
        "over_current_tripped",
        "over_voltage",
        "pile",
        "power_limit",
        "power_moved_s",
        "power_raw",
        "power_taken_s",
        "power_w",
        "raw",
        "residue",
        "residue_power",
        "seen",
        "settings",
        "settled_s",
        "started_s",
        "taken_s",
        "temperature",
        "thermal",
        "under_voltage",
        "voltage",
        "voltage_v",
    )

    def __init__(self, pile: int, index: int, settings: OutletSettings, limits: PileSettings) -> None:
        self.pile = pile
        self.index = index
        self.settings = settings
        self.limits = limits
        self.noise_floor_a = settings.noise_floor_a
        self.gap_s = limits.upstream_after_s
        self._make_elements()
        self.commanded: bool | None = None
        self.armed_s = self.settled_s = self.started_s = -math.inf
        self.seen = self.implausible = self.frozen = self.blind = False
        self.over_current_tripped = False
        self.busy = self.gap = True
        self.current_a = settings.rating_a
        self.taken_s = self.moved_s = -math.inf
        self.raw: float | None = None
        self.misses = 0
        self.missing_s = 0.0
        self.power_w: float | None = None
        self.power_taken_s = self.power_moved_s = -math.inf
        self.power_raw: float | None = None
        self.energy, self.voltage, self.mains = Witness(), Witness(), Witness()
        self.voltage_v: float | None = None
        self.alarms: set[AlarmKind] = set()
        self.watch()

    def _make_elements(self) -> None:
        settings, refresh_s, samples = self.settings, self.limits.refresh_ms / 1e3, self.settings.samples
        ratio = settings.drop_off_ratio
        pickup_a, limit_w = never_if_off(settings.pickup_a), never_if_off(settings.max_power_w)
        self.definite = DefiniteTime(
            pickup=pickup_a,
            drop_off=ratio * pickup_a,
            samples=samples,
            delay_s=settings.trip_delay_ms / 1e3,
            refresh_s=refresh_s,
        )
        self.inverse = None if settings.inverse is None else InverseTime(settings.inverse, refresh_s=refresh_s)
        self.thermal = None if settings.thermal is None else Thermal(settings.thermal, refresh_s=refresh_s)
        self.power_limit = DefiniteTime(pickup=limit_w, drop_off=ratio * limit_w, samples=samples, refresh_s=refresh_s)
        self.over_voltage = over_voltage(never_if_off(settings.over_voltage_v), ratio, samples, refresh_s)
        under_v = -math.inf if settings.under_voltage_v is None else settings.under_voltage_v
        self.under_voltage = UnderVoltage(under_v, ratio, samples, refresh_s)
        self.temperature = over_temperature(never_if_off(settings.over_temperature_c), samples, refresh_s)
        self.residue = residue(settings.residue_a, refresh_s)
        self.residue_power = residue(settings.residue_w, refresh_s)
        self.opening = Opening(settings.bf_ms / 1e3, self.limits.upstream_after_s)
        self.latch = Latch(settings.plug_out_s, settings.rejections_to_latch)

    # ---------------------------------------------------------------- readings

    def current(self, value: float | None, raw: float, taken_s: float) -> bool:
        """Take a current in on the quiet path; return whether it must be judged instead (it was then not stored)."""
        if self.busy or value is None or not 0.0 <= value < self.alert_a:
            return True
        if taken_s <= self.taken_s:
            return False
        if raw != self.raw:
            self.raw = raw
            self.moved_s = taken_s
        elif value > self.noise_floor_a and taken_s - self.moved_s >= self.frozen_s:
            return True
        if self.thermal is not None:
            elapsed_s = taken_s - self.taken_s
            self.thermal.step(self.current_a, elapsed_s if elapsed_s <= self.gap_s else 0.0)
        self.current_a = value
        self.taken_s = taken_s
        return False

    def lost(self) -> None:
        """Note that the pile is out of sight: what was picked up must be seen again, and no interval is counted."""
        self.definite.reset()
        self.latch.lost()
        self.missed()

    def missed(self) -> None:
        """Note that a sample was lost: the interval up to the next one is not counted."""
        self.gap = self.busy = True

    # ---------------------------------------------------------------- switching

    @property
    def may_be_on(self) -> bool:
        return self.commanded is not False

    @property
    def is_unseen(self) -> bool:
        """Whether what this outlet's readings say cannot be believed at present."""
        return self.blind or self.implausible or self.frozen or not self.seen

    def switched_on(self, now_s: float) -> None:
        """Note that an ON is on the wire. Only a start from a known OFF excuses inrush, a repeated ON does not."""
        if self.commanded is True:
            return
        starts = self.commanded is False
        self._set(on=True, now_s=now_s)
        if starts:
            self.started_s = now_s
            self.armed_s = now_s + self.settings.arming_delay_ms / 1e3
        self.settled_s = now_s + self.settings.bf_ms / 1e3

    def off_sent(self, now_s: float) -> None:
        """Note that an OFF is on the wire."""
        if self.commanded is not False:
            self._set(on=False, now_s=now_s, keep_opening=True)
        if not self.opening.active:
            self.over_current_tripped = False
            self.residue.reset()
            self.residue_power.reset()
        self.opening.begin(now_s, self.fail_above_a)
        self.opening.sent(now_s, flowing=self.seen and self.current_a > self.settings.residue_a)
        self.settled_s = now_s + self.settings.bf_ms / 1e3
        self.watch()

    def found(self, taken_s: float, *, on: bool) -> None:
        """Note the relay's own state, read back: what was found ON is protected at once.

        It is believed once the last switching must show in it, and never while an OFF is being judged.
        """
        if on is not self.commanded and taken_s > self.settled_s and not self.opening.active:
            self._set(on=on, now_s=taken_s)
            self.settled_s = taken_s + self.settings.bf_ms / 1e3

    def limit(self, max_w: float | None) -> None:
        """Set the order's power limit; the outlet's own stays the ceiling."""
        element = self.power_limit
        limit_w = min(never_if_off(max_w), never_if_off(self.settings.max_power_w))
        if limit_w != element.pickup:
            element.pickup = limit_w
            element.drop_off = self.settings.drop_off_ratio * limit_w
            element.reset()
        self.watch()

    def _set(self, *, on: bool, now_s: float, keep_opening: bool = False) -> None:
        self.commanded = on
        self.started_s = self.armed_s = -math.inf
        self.moved_s = max(self.moved_s, now_s)
        self.residue.reset()
        self.residue_power.reset()
        self.power_limit.reset()  # what was drawn before says nothing of what draws now
        if not keep_opening:
            self.opening.end()
            self.over_current_tripped = False
        self.watch()

    def watch(self) -> None:
        """Work out above which current, and whether at any current, the next reading must be judged."""
        settings = self.settings
        inverse_a = math.inf if self.inverse is None else self.inverse.hold_a
        thermal_a = math.inf if self.thermal is None else self.thermal.limit_a
        off_a = settings.residue_a if self.commanded is False else math.inf
        self.alert_a = min(self.definite.pickup, inverse_a, thermal_a, off_a)
        self.frozen_s = never_if_off(settings.frozen_after_s) if self.commanded is True else math.inf
        self.busy = (
            self.gap
            or self.opening.active
            or self.frozen
            or self.definite.picked_up_s is not None
            or self.residue.above > 0
            or (self.inverse is not None and self.inverse.busy)
            or (self.thermal is not None and self.thermal.picked_up_s is not None)
            or (self.power_w is None and math.isfinite(self.power_limit.pickup))
        )

    # ---------------------------------------------------------------- tripping

    @property
    def fail_above_a(self) -> float:
        """Current above which an OFF has failed dangerously: the pick-up, or the rating where there is none."""
        return self.settings.rating_a if self.settings.pickup_a is None else self.settings.pickup_a

    def trip(
        self,
        element: Element,
        measured: float,
        pickup: float,
        picked_up_s: float | None,
        now_s: float,
        report: Report,
        *,
        fails_above_a: float = math.inf,
        is_latched: bool = False,
        **inputs: float,
    ) -> None:
        """Open this outlet, once for each opening; a 50 that operates while it already opens sends OFF again, once.

        `is_latched`: the whole pile has latched for this cause, so the outlet's own latch has no part in it.
        """
        threshold_a = min(self.fail_above_a, fails_above_a)
        is_over_current = element is Element.DEFINITE_TIME
        if self.opening.active and (not is_over_current or self.over_current_tripped):
            self.opening.begin(now_s, threshold_a)
            return
        self.over_current_tripped = is_over_current
        latches = is_latched or self.latch.apply(element, now_s)
        self.opening.begin(now_s, threshold_a)
        self.busy = True
        report.alarm(self.alarms, AlarmKind.REJECTED, self.pile, self.index, self.latch.rejected)
        report.trip(
            self.pile,
            TripCause(
                outlet=self.index,
                element=element,
                measured=measured,
                pickup=pickup,
                picked_up_s=now_s if picked_up_s is None else picked_up_s,
                latches=latches,
                inputs=tuple(inputs.items()),
            ),
        )

"""One pile: its outlets, their currents, and whether it is seen at all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.protection import currents, effect, frozen, readings
from gateway.protection.circuit import Circuit
from gateway.protection.decision import AlarmKind, BlockStarts, Element, RungKind, SightBack, SightLost
from gateway.protection.definite_time import never_if_off
from gateway.protection.residual import contact, residual
from gateway.protection.supervision import Sight, Stillness
from gateway.protection.temperature import over_temperature
from gateway.protection.totals import Candidate, total

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.model.device import Role
    from gateway.protection.report import Report
    from gateway.protection.settings import PileSettings

OPENS_ALL = frozenset({Element.SMOKE, Element.OVER_TEMPERATURE})
"""Latches of a whole pile under which no outlet may stay ON; leakage only blocks starts."""

WALK_S = 1.0
"""How often each outlet is looked at for having been read at all."""


class Pile:
    """Mutable state. `latched` holds what latched the whole pile; an outlet's own latches are its own."""

    __slots__ = (
        "_is_calm",
        "_is_upstream_told",
        "_next_walk_s",
        "alarms",
        "circuits",
        "door",
        "index",
        "latched",
        "measured",
        "measured_a",
        "residual",
        "settings",
        "sight",
        "smoke",
        "stillness",
        "summed",
        "temperature",
    )

    def __init__(self, index: int, settings: PileSettings) -> None:
        self.index = index
        self.settings = settings
        self.circuits = tuple(
            Circuit(index, position, outlet, settings) for position, outlet in enumerate(settings.outlets)
        )
        refresh_s, samples = settings.refresh_ms / 1e3, settings.samples
        pickup_a = never_if_off(settings.total_pickup_a)
        self.summed = total(pickup_a, samples, refresh_s)
        self.measured = total(pickup_a, samples, refresh_s)
        self.measured_a = 0.0
        self.temperature = over_temperature(never_if_off(settings.over_temperature_c), samples, refresh_s)
        self.residual = residual(never_if_off(settings.residual_ma), samples, refresh_s)
        self.smoke = contact(samples, refresh_s)
        self.door = contact(samples, refresh_s)
        self.sight = Sight(settings)
        self.stillness = Stillness(never_if_off(settings.frozen_after_s))
        self.latched: list[Element] = []
        self.alarms: set[AlarmKind] = set()
        self._is_calm = False
        self._is_upstream_told = False
        self._next_walk_s = -math.inf

    # ---------------------------------------------------------------- currents

    def currents(
        self,
        values: Sequence[float | None],
        raw: Sequence[float],
        first: int,
        taken_s: float,
        now_s: float,
        report: Report,
    ) -> None:
        """Take one scan of currents in; the hot path of the whole program."""
        circuits = self.circuits if first == 0 else self.circuits[first:]
        for circuit, value, word in zip(circuits, values, raw, strict=False):
            if circuit.current(value, word, taken_s):
                currents.judge(circuit, value, word, taken_s, now_s, report)
                self._is_calm = False
        if self.sight.lost:
            self._sight_back(report)
        self.sight.seen(now_s)

    @property
    def is_complete(self) -> bool:
        """Whether every outlet was read or given up: before that the sum is made of ratings."""
        return all(circuit.seen or circuit.implausible for circuit in self.circuits)

    @property
    def summed_a(self) -> float:
        total_a = 0.0
        for circuit in self.circuits:
            total_a += circuit.current_a
        return total_a

    @property
    def counted_a(self) -> float:
        """What the pile counts with in the bus's total: never less than what was last known of it."""
        if not self.sight.known:
            return max(self.settings.rating_a, self.measured_a)
        return max(self.summed_a, self.measured_a)

    def candidates(self) -> Iterator[Candidate]:
        """Outlets that can be shed: seen, drawing, and not already on their way out."""
        for circuit in self.circuits:
            draws = circuit.seen and circuit.current_a > circuit.noise_floor_a
            if draws and circuit.may_be_on and not circuit.opening.active and not circuit.blind:
                yield Candidate(circuit.started_s, circuit.current_a, self.index, circuit.index)

    def leaving_a(self, now_s: float) -> float:
        """Return the current of the outlets that were told to open and still have time to do so."""
        return sum(
            circuit.current_a
            for circuit in self.circuits
            if circuit.opening.active and now_s < circuit.opening.deadline_s
        )

    # ---------------------------------------------------------------- other readings

    def outlets(
        self,
        role: Role,
        values: Sequence[float | None],
        raw: Sequence[float],
        first: int,
        taken_s: float,
        now_s: float,
        report: Report,
    ) -> None:
        """Take one scan of another role of the outlets in."""
        self._is_calm = False
        for circuit, value, word in zip(self.circuits[first:], values, raw, strict=False):
            if value is not None and math.isfinite(value):
                readings.step(circuit, role, value, word, taken_s, now_s, report)
        self.witness(role, first, raw, taken_s, now_s, report)

    # ---------------------------------------------------------------- sight

    def witness(
        self, role: Role, first: int, raw: Sequence[float], taken_s: float, now_s: float, report: Report
    ) -> None:
        """Take what else was read as evidence that the pile is alive; `first` is -1 for what it reads as a whole."""
        if role not in Stillness.ROLES:
            return
        stillness = self.stillness
        stillness.step(role, first, raw, taken_s)
        moved_s = max((circuit.moved_s for circuit in self.circuits), default=-math.inf)
        is_frozen = stillness.judge(moved_s, taken_s, self._must_count)
        detail = "voltage, energy and heartbeat stand still" if is_frozen else None
        report.alarm(self.alarms, AlarmKind.FROZEN, self.index, None, detail)
        self._see()
        if is_frozen:
            self._give_up(now_s, report)

    def _must_count(self, still_s: float) -> bool:
        seen = (circuit for circuit in self.circuits if circuit.seen and circuit.current_a > circuit.noise_floor_a)
        return any(frozen.must_have_counted(circuit, still_s) for circuit in seen)

    def missed(self, now_s: float, report: Report, *, answering: bool) -> None:
        """One transaction failed."""
        self._is_calm = False
        self.sight.missed(now_s, answering=answering)
        for circuit in self.circuits:
            circuit.missed()
        self._look(now_s, report)

    def _look(self, now_s: float, report: Report) -> None:
        """Judge sight; while it is lost on a device that answers badly, no outlet stays ON."""
        sight = self.sight
        if sight.check(now_s):
            self._sight_lost(now_s, report)
        if not sight.lost:
            return
        if sight.answering:
            self._give_up(now_s, report)
        if not self._is_upstream_told and sight.unseen_s(now_s) >= self.settings.upstream_after_s:
            self._cut_upstream(report)

    def _cut_upstream(self, report: Report) -> None:
        """Nobody can see the pile: what may be ON loses its supply, where a contactor on another link can do it."""
        self._is_upstream_told = True
        for circuit in self.circuits:
            if circuit.may_be_on or circuit.current_a > circuit.settings.residue_a:
                report.rung(self.index, circuit.index, RungKind.UPSTREAM)

    def _sight_lost(self, now_s: float, report: Report) -> None:
        sight = self.sight
        since_s = now_s - sight.unseen_s(now_s)
        report.add(SightLost(pile=self.index, since_s=since_s, misses=sight.misses, answering=sight.answering))
        report.add(BlockStarts(pile=self.index, reason="the pile is out of sight"))
        self._see()
        for circuit in self.circuits:
            inverse, thermal = circuit.inverse, circuit.thermal
            is_picked_up = (
                circuit.definite.picked_up_s is not None
                or (inverse is not None and inverse.picked_up_s is not None)
                or (thermal is not None and thermal.picked_up_s is not None)
            )
            circuit.lost()
            if is_picked_up:
                circuit.trip(Element.SIGHT, circuit.current_a, 0.0, since_s, now_s, report, misses=sight.misses)

    def _sight_back(self, report: Report) -> None:
        self.sight.lost = False
        self._is_upstream_told = False
        report.add(SightBack(pile=self.index))
        self._see()

    def _see(self) -> None:
        blind = self.sight.lost or self.stillness.frozen
        for circuit in self.circuits:
            circuit.blind = blind

    def _give_up(self, now_s: float, report: Report) -> None:
        """Open what may be ON: what the device says is bad, but it listens. A feeder stays."""
        if self.settings.is_feeder:
            return
        sight = self.sight
        since_s = now_s - sight.unseen_s(now_s)
        for circuit in self.circuits:
            if circuit.may_be_on:
                circuit.trip(Element.SIGHT, circuit.current_a, 0.0, since_s, now_s, report, misses=sight.misses)

    # ---------------------------------------------------------------- time

    def tick(self, now_s: float, report: Report) -> None:
        """Let time act; a calm pile costs one comparison of sight."""
        self._look(now_s, report)
        if now_s >= self._next_walk_s:
            self._find_unread(now_s, report)
        if self._is_calm:
            return
        locked = any(element in OPENS_ALL for element in self.latched)
        self._is_calm = True
        for circuit in self.circuits:
            if effect.tick(circuit, now_s, report, is_pile_locked=locked):
                self._is_calm = False

    def _find_unread(self, now_s: float, report: Report) -> None:
        """Find outlets whose currents nobody brings while others of the pile are read (a block that always fails)."""
        first_walk = self._next_walk_s == -math.inf
        self._next_walk_s = now_s + WALK_S
        for circuit in self.circuits:
            if first_walk and not circuit.seen:
                circuit.missing_s = now_s
            since_s = max(circuit.taken_s, circuit.missing_s)
            if not self.sight.lost and now_s - since_s >= self.settings.upstream_after_s:
                currents.give_up(circuit, since_s, now_s, report)
                self._is_calm = False

    def wake(self) -> None:
        """Something changed from outside: the next tick walks the outlets."""
        self._is_calm = False

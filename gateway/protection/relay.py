"""The relay of one bus: what the control loop feeds with readings, and what tells it to open outlets.

Piles and outlets are numbered by their position in the settings, from 0. All times are monotonic seconds: `taken_s` is
when a value was taken (the end of the request), `now_s` the moment of the call. Nothing here raises for any reading or
order of times; a pile or outlet that does not exist is a mistake of the caller and raises `IndexError`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.model.device import Role
from gateway.protection import interlock, memory, shedding, whole_pile
from gateway.protection.bus_total import BusTotal
from gateway.protection.phases import highest
from gateway.protection.pile import Pile
from gateway.protection.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.protection.decision import Decision, Element
    from gateway.protection.settings import BusSettings

WHOLE_ROLES = frozenset({Role.TOTAL_CURRENT, Role.RESIDUAL_CURRENT, Role.SMOKE, Role.DOOR, Role.HEARTBEAT})
"""Roles that only a whole pile has."""

EITHER_ROLES = frozenset({Role.VOLTAGE, Role.TEMPERATURE})
"""Roles that an outlet or a whole pile can have."""


class Relay:
    """All protection of one bus. Every method is one synchronous step; what it returns is to be done, trips first."""

    __slots__ = ("_bus", "_piles", "_report")

    def __init__(self, settings: BusSettings) -> None:
        self._piles = tuple(Pile(index, pile) for index, pile in enumerate(settings.piles))
        counted = tuple(pile for pile in self._piles if not pile.settings.is_feeder)
        self._bus = BusTotal(counted, settings.bus_total_pickup_a)
        self._report = Report()

    @classmethod
    def restore(cls, settings: BusSettings, snapshot: object, now_s: float) -> Relay:
        """Build a relay with the memory of an earlier one; see `gateway.protection.memory`."""
        relay = cls(settings)
        memory.restore(relay._piles, snapshot, now_s)
        return relay

    def recall(self, snapshot: object, now_s: float) -> None:
        """Add the latches of another copy of the memory to a relay that already runs."""
        memory.recall(self._piles, snapshot, now_s)

    def snapshot(self, now_s: float) -> dict[str, object]:
        """Return what must outlive this process: latches, rejections of 24 h, thermal memory. Plain, for JSON."""
        return memory.snapshot(self._piles, now_s)

    # ---------------------------------------------------------------- readings

    def sample(
        self,
        pile: int,
        role: Role,
        values: Sequence[float | None],
        raw: Sequence[float],
        taken_s: float,
        now_s: float,
        *,
        first: int = 0,
    ) -> Sequence[Decision]:
        """Take one good scan of one role in.

        `values` are those of the outlets from position `first` on, None where the value is missing or implausible;
        `raw` are the same before scaling. A role that only a whole pile has brings one value. One temperature or
        voltage of a pile with several outlets is the whole pile's (`sample_whole` says so for a pile with one outlet).
        """
        state = self._piles[pile]
        taken_s = min(taken_s, now_s)
        if not values:
            return ()
        if len(raw) != len(values):
            raw = [0.0 if value is None else value for value in values]
        if role is Role.CURRENT:
            state.currents(values, raw, first, taken_s, now_s, self._report)
            self._judge_totals(state, taken_s, now_s)
            return self._report.take()
        is_whole = role in WHOLE_ROLES or (role in EITHER_ROLES and first == 0 and len(state.circuits) > 1)
        if is_whole and len(values) == 1:
            return self.sample_whole(pile, role, values[0], raw[0], taken_s, now_s)
        state.outlets(role, values, raw, first, taken_s, now_s, self._report)
        return self._report.take()

    def sample_phases(
        self, pile: int, values: Sequence[float | None], raw: Sequence[float], taken_s: float, now_s: float
    ) -> Sequence[Decision]:
        """Take one scan of the phases of a feeder in: the highest is its current."""
        value, word = highest(values, raw, self._piles[pile].circuits[0].alert_a)
        return self.sample(pile, Role.CURRENT, (value,), (word,), taken_s, now_s)

    def sample_whole(
        self, pile: int, role: Role, value: float | None, raw: float, taken_s: float, now_s: float
    ) -> Sequence[Decision]:
        """Take one reading of a whole pile in; a missing value changes nothing."""
        state, report = self._piles[pile], self._report
        if value is None or not math.isfinite(value):
            return ()
        taken_s = min(taken_s, now_s)
        if role is Role.TOTAL_CURRENT:
            state.measured_a = abs(value)
            shedding.judge_pile(state, state.measured, raw, state.measured_a, taken_s, now_s, report)
            self._judge_bus(state, taken_s, now_s)
        else:
            whole_pile.step(state, role, value, raw, taken_s, now_s, report)
        return report.take()

    def _judge_totals(self, state: Pile, taken_s: float, now_s: float) -> None:
        element, total_a = state.summed, state.summed_a
        is_near = total_a >= element.drop_off or element.picked_up_s is not None
        if is_near and state.is_complete:
            shedding.judge_pile(state, element, None, total_a, taken_s, now_s, self._report)
        self._judge_bus(state, taken_s, now_s)

    def _judge_bus(self, state: Pile, taken_s: float, now_s: float) -> None:
        if self._bus.is_set and not state.settings.is_feeder:
            self._bus.judge(state, taken_s, now_s, self._report)

    # ---------------------------------------------------------------- silence and time

    def missed(self, pile: int, now_s: float) -> Sequence[Decision]:
        """Note one failed transaction that brought no answer. Call this or `bad` for it, not both."""
        self._piles[pile].missed(now_s, self._report, answering=False)
        return self._report.take()

    def bad(self, pile: int, now_s: float) -> Sequence[Decision]:
        """Note one failed transaction in which the device did answer, but with nothing that can be used."""
        self._piles[pile].missed(now_s, self._report, answering=True)
        return self._report.take()

    def tick(self, now_s: float) -> Sequence[Decision]:
        """Let time act on everything: lost sight, upstream contactors, breaker failure, what is ON under a latch."""
        for state in self._piles:
            state.tick(now_s, self._report)
        return self._report.take()

    # ---------------------------------------------------------------- switching

    def commanded(
        self,
        pile: int,
        outlet: int,
        on: bool,  # noqa: FBT001 - the state itself
        now_s: float,
        *,
        found: bool = False,
    ) -> None:
        """Note a switch command that went onto the wire, or with `found` the relay's state as it was read back.

        What is found ON is protected at once; only a start from a known OFF excuses inrush.
        """
        state = self._piles[pile]
        circuit = state.circuits[outlet]
        if found:
            circuit.found(now_s, on=on)
        elif on:
            circuit.switched_on(now_s)
        else:
            circuit.off_sent(now_s)
        state.wake()

    def off_sent(self, pile: int, outlets: Iterable[int], now_s: float) -> None:
        """Note that an OFF for these outlets went onto the wire: the timer of breaker failure runs from here."""
        state = self._piles[pile]
        for outlet in outlets:
            state.circuits[outlet].off_sent(now_s)
        state.wake()

    def off_acknowledged(self, pile: int, outlets: Iterable[int]) -> None:
        """Note that the device confirmed the OFF frame; told in `Verified`, trusted for nothing."""
        for outlet in outlets:
            self._piles[pile].circuits[outlet].opening.acknowledged = True

    def limit(self, pile: int, outlet: int, max_w: float | None) -> None:
        """Set the order's power limit (W), None for none. It never exceeds the outlet's own."""
        self._piles[pile].circuits[outlet].limit(max_w)

    def may_close(self, pile: int, outlet: int, now_s: float) -> tuple[str, ...]:
        """Return every reason against closing this outlet now; empty means that it may be closed."""
        state = self._piles[pile]
        circuit = state.circuits[outlet]
        return interlock.against_closing(state, circuit, self._bus.counted_a, self._bus.pickup_a, now_s)

    def opening(self) -> list[tuple[int, int]]:
        """Return (pile, outlet) of everything that was told to open and has not yet been seen open."""
        return [
            (number, outlet)
            for number, state in enumerate(self._piles)
            for outlet, circuit in enumerate(state.circuits)
            if circuit.opening.active
        ]

    # ---------------------------------------------------------------- latches

    def may_be_on(self, pile: int, outlet: int) -> bool:
        """Return whether an outlet is on, or nobody knows that it is off."""
        return self._piles[pile].circuits[outlet].may_be_on

    def latched(self, pile: int, outlet: int | None) -> tuple[Element, ...]:
        """Return what latched this outlet, oldest first; with `outlet` None what latched the whole pile."""
        state = self._piles[pile]
        return tuple(state.latched if outlet is None else state.circuits[outlet].latch.causes)

    def reset(self, pile: int, outlet: int | None, reason: str, now_s: float) -> interlock.Against | None:
        """Reset a latch (or end a load rejection) for a person who gives a reason; return why not, None when done.

        `outlet` None resets the pile's own latch (smoke, its temperature, leakage), never those of its outlets.
        """
        if not reason.strip():
            return interlock.Against(word="reason-missing")
        state = self._piles[pile]
        circuit = None if outlet is None else state.circuits[outlet]
        refused = interlock.against_reset(state, circuit, now_s)
        if refused is None:
            if circuit is None:
                state.latched.clear()
            else:
                circuit.latch.reset()
            state.wake()
        return refused

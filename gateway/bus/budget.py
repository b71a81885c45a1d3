"""Add up how long an overcurrent can last before the OFF frame has arrived at the pile. Pure arithmetic.

This is the promise that `gateway check` prints line by line, that the field process measures itself against, and
that a benchmark tries to break. It counts the line and the host; the *physical* total adds what happens inside the
pile: the age of its meter's value and the opening of its relay.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.model.device import Delivery, GroupClass, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.bus.driver import Driver, Request
    from gateway.bus.job import PlannedDevice
    from gateway.bus.timing import LineTiming
    from gateway.model.device import DeviceModel
    from gateway.model.wiring import Timing

HOST_S = 0.001
"""What this host may add to each transaction on the way to a cutoff (measured: see the README's bus figures)."""


@dataclass(frozen=True, slots=True)
class Term:
    """One line of the sum."""

    what: str
    ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The longest time from a step of the current to the last byte of the OFF frame at the pile.

    `terms` is the undisturbed sum; `one_lost_ms` is what one lost or damaged frame adds at most, `each_trip_ms` what
    each further outlet does that trips at the same moment. `physical` comes on top, inside the pile.
    """

    terms: tuple[Term, ...]
    one_lost_ms: float
    each_trip_ms: float
    physical: tuple[Term, ...]

    @property
    def total_ms(self) -> float:
        return sum(term.ms for term in self.terms)

    @property
    def total_one_lost_ms(self) -> float:
        return self.total_ms + self.one_lost_ms

    @property
    def physical_ms(self) -> float:
        return self.total_ms + sum(term.ms for term in self.physical)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """How often a bus gets round: its ring, and the slow reads that share the slot."""

    ring_ms: float
    slow_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningCost:
    """What the OFF of contactors costs on their line.

    `frames_s`: until the last byte of the last frame has arrived; `goods_s`: with its answer. `lost_s`: what one of the
    frames costs that is lost; `waits_s`: the longest transaction that can be under way there.
    """

    frames: int
    frames_s: float
    goods_s: float
    lost_s: float
    waits_s: float
    relay_ms: float


class BusBudget:
    """The sums of one bus: its line, and its devices with their pieces (`gateway.bus.pieces`)."""

    def __init__(
        self,
        units: Sequence[tuple[int, DeviceModel]],
        planned: Sequence[PlannedDevice],
        driver: Driver,
        line: LineTiming,
    ) -> None:
        self._units = tuple(units)
        self._planned = tuple(planned)
        self._driver = driver
        self._line = line
        self._reads = [
            [driver.read(unit, piece.block) for piece in device.pieces]
            for (unit, _), device in zip(units, planned, strict=True)
        ]

    def bound(self, device: int, *, samples: int, trip_delay_ms: float = 0.0) -> Bound | None:
        """Return the bound of a device's outlets; None where there is none to give.

        A pile whose currents are pushed or never told, or whose outlets this gateway cannot open, has no bound.
        """
        unit, model = self._units[device]
        offs = [o.switch.off for o in model.outlets if o.switch is not None and Role.CURRENT in o.roles]
        if not offs or not self._is_told(device):
            return None
        off = max((self._driver.write(unit, write) for write in offs), key=lambda request: len(request.frame))
        timing = model.timing
        terms = (
            *self._decision(device, samples, trip_delay_ms),
            Term("OFF frame on the line", self._frame_s(off) * 1000),
        )
        lost_s = max(self._lost_s(timing, off), *self._each_in_ring(self._lost_s))
        return Bound(
            terms=tuple(term for term in terms if term.ms > 0),
            one_lost_ms=lost_s * 1000,
            each_trip_ms=(self._reread_s(device) + self._good_s(timing, off)) * 1000,
            physical=tuple(t for t in _physical(model) if t.ms > 0),
        )

    def opening_cost(self, channels: Sequence[tuple[int, int]]) -> OpeningCost:
        """Return what the OFF of some outlets costs on this line; each is (place of its device, position).

        Neighbours share a frame: one for each counts a little more. Raises `ValueError` for what cannot be opened.
        """
        offs = [self._off(*channel) for channel in channels]
        goods_s = [self._good_s(timing, off) for timing, off in offs]
        return OpeningCost(
            frames=len(offs),
            frames_s=sum(goods_s[:-1]) + self._frame_s(offs[-1][1]),
            goods_s=sum(goods_s),
            lost_s=max(self._lost_s(timing, off) for timing, off in offs),
            waits_s=self._blocking_s(),
            relay_ms=max(timing.relay_ms for timing, _ in offs),
        )

    def feeder_bound(
        self, device: int, opening: OpeningCost, *, is_own_line: bool, samples: int, trip_delay_ms: float
    ) -> Bound | None:
        """Return the bound of a meter whose OFF goes to contactors: until the last byte of the last OFF frame.

        `is_own_line`: they hang on the meter's line, where the OFF is the next frame; else it waits for what is under
        way on theirs.
        """
        if not self._is_told(device):
            return None
        terms = (
            *self._decision(device, samples, trip_delay_ms),
            Term("a transaction under way on the contactors' line", 0.0 if is_own_line else opening.waits_s * 1000),
            Term(f"{opening.frames} OFF frame(s) on the contactors' line", opening.frames_s * 1000),
        )
        physical = (
            Term("age of the meter's own reading", self._units[device][1].timing.refresh_ms),
            Term("opening of the contactor", opening.relay_ms),
        )
        reread_s = max(self._reread_s(each) for each in self._ring_devices())
        return Bound(
            terms=tuple(term for term in terms if term.ms > 0),
            one_lost_ms=max(opening.lost_s, *self._each_in_ring(self._lost_s)) * 1000,
            each_trip_ms=(reread_s + opening.goods_s) * 1000,
            physical=tuple(term for term in physical if term.ms > 0),
        )

    @cached_property
    def refresh(self) -> Refresh:
        """How old a current can become, and how long all slow reads take, while everything answers."""
        slow = [
            self._good_s(self._units[piece.device][1].timing, self._reads[piece.device][index])
            for device in self._planned
            for index, piece in enumerate(device.pieces)
            if piece.group_class is not GroupClass.PROTECTION and not piece.is_pushed
        ]
        ring_s = self.ring_s()
        slow_s = sum(slow) + len(slow) * ring_s
        return Refresh(ring_ms=(ring_s + max(slow, default=0.0)) * 1000, slow_ms=slow_s * 1000)

    def ring_s(self) -> float:
        """Return the longest duration of one ring with every device alive."""
        goods_s = self._each_in_ring(self._good_s)
        periods_s = [
            piece.period_s
            for device in self._planned
            for piece in device.pieces
            if piece.group_class is GroupClass.PROTECTION
        ]
        if not periods_s:
            return 0.0
        # Where a ring waits for its period, a device can come later in its turn than last time, by the spread of the
        # turnarounds before it. (By a device that has come back, too: that costs no more than a lost frame.)
        spread_s = sum(goods_s) - sum(self._each_in_ring(self._least_s))
        return max(sum(goods_s), min(periods_s) + spread_s if min(periods_s) > 0 else 0.0)

    # ------------------------------------------------------------------ inside

    def _is_told(self, device: int) -> bool:
        """Whether the currents of a device can be asked for, round by round."""
        return self._units[device][1].delivery is Delivery.POLLED and bool(self._ring_requests(device))

    def _decision(self, device: int, samples: int, trip_delay_ms: float) -> tuple[Term, ...]:
        """Return the terms from the step of a current to the decision."""
        timing = self._units[device][1].timing
        ring, reread_s = self._ring_requests(device), self._reread_s(device)
        rest_s = max(self._rest_s(timing, request) for request in ring)
        again_s = max(reread_s, self._refreshed_s(timing, reread_s) - rest_s)
        return (
            Term(f"one ring, all {len(self._ring_devices())} devices alive", self.ring_s() * 1000),
            Term("the slot between two rings: largest slow read, probe or command", self._slot_s() * 1000),
            Term("rest of the first reply, and the silence after it", rest_s * 1000),
            Term(f"{samples - 1} confirming sample(s), re-read or refreshed", (samples - 1) * again_s * 1000),
            Term("declared trip delay", trip_delay_ms),
        )

    def _ring_devices(self) -> list[int]:
        return [device for device in range(len(self._units)) if self._ring_requests(device)]

    def _ring_requests(self, device: int) -> list[Request]:
        pieces = self._planned[device].pieces
        return [
            self._reads[device][index]
            for index, piece in enumerate(pieces)
            if piece.group_class is GroupClass.PROTECTION
        ]

    def _each_in_ring(self, cost_s: Callable[[Timing, Request], float]) -> list[float]:
        return [
            cost_s(self._units[device][1].timing, request)
            for device in self._ring_devices()
            for request in self._ring_requests(device)
        ]

    def _reread_s(self, device: int) -> float:
        timing = self._units[device][1].timing
        return sum(self._good_s(timing, request) for request in self._ring_requests(device))

    def _off(self, device: int, outlet: int) -> tuple[Timing, Request]:
        """Return how an outlet of a device is opened. Raises `ValueError` where it cannot be."""
        unit, model = self._units[device]
        switch = model.outlets[outlet].switch
        if switch is None:
            raise ValueError(f"{model.name} cannot switch its outlet {outlet + 1}")
        return model.timing, self._driver.write(unit, switch.off)

    def _frame_s(self, request: Request) -> float:
        """Return how long a frame takes until its last byte has arrived."""
        return len(request.frame) * self._line.char_s + HOST_S + self._line.latency_s

    def _blocking_s(self) -> float:
        """Return the longest transaction that can be in the way."""
        pieces_s = max(piece.cost_s for device in self._planned for piece in device.pieces) + HOST_S
        return max(pieces_s, self._slot_s())

    def _slot_s(self) -> float:
        """Return the longest thing that a slot can hold: a slow read, a probe, an OFF of a silent device, a command."""
        costs_s = [HOST_S]
        for device, (unit, model) in enumerate(self._units):
            pieces = self._planned[device].pieces
            requests = [
                self._reads[device][index]
                for index, piece in enumerate(pieces)
                if piece.group_class is not GroupClass.PROTECTION and not piece.is_pushed
            ]
            probe = self._reads[device][pieces.index(self._planned[device].probe)]
            writes = [w for o in model.outlets if o.switch for w in (o.switch.on, o.switch.off)]
            writes += [model.all_off] if model.all_off else []
            writes += [*model.actions.values(), *(w for o in model.outlets for w in o.actions.values())]
            writes += [model.lease.arm] if model.lease else []
            requests += [self._driver.write(unit, write) for write in writes]
            costs_s += [self._good_s(model.timing, request) for request in requests]
            costs_s += [self._silent_s(model.timing, request) for request in [*requests, probe]]
        return max(costs_s)

    def _good_s(self, timing: Timing, request: Request) -> float:
        return self._line.good_s(timing, len(request.frame), request.reply_bytes) + HOST_S

    def _lost_s(self, timing: Timing, request: Request) -> float:
        return self._line.lost_s(timing, len(request.frame), request.reply_bytes) + HOST_S

    def _least_s(self, timing: Timing, request: Request) -> float:
        chars_s = (len(request.frame) + request.reply_bytes) * self._line.char_s
        return chars_s + timing.turnaround_min_ms / 1000 + self._line.t35_s

    def _silent_s(self, timing: Timing, request: Request) -> float:
        wait_s = self._line.first_byte_timeout_s(timing, request.reply_bytes)
        return len(request.frame) * self._line.char_s + wait_s + HOST_S

    def _rest_s(self, timing: Timing, request: Request) -> float:
        return self._good_s(timing, request) - len(request.frame) * self._line.char_s

    def _refreshed_s(self, timing: Timing, reread_s: float) -> float:
        """Return how long after the first sample was taken the second is in, where the meter must refresh between.

        When the refresh has passed, at most one transaction is in the way.
        """
        if timing.refresh_ms <= 0:
            return 0.0
        return timing.refresh_ms / 1000 + self._blocking_s() + reread_s


def _physical(model: DeviceModel) -> tuple[Term, ...]:
    return (
        Term("age of the pile's own reading (metering chip and loop)", model.timing.refresh_ms),
        Term("opening of the pile's relay", model.timing.relay_ms),
    )

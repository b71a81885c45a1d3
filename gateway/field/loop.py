"""The control loop of one bus: reading -> scan -> relay -> OFF, in one synchronous pass.

This file reads as the program. The bus calls `finished` after each transaction; what is decided there is on the line
as the next frame, because nothing between waits, logs, or touches a disk. A tick makes silence act as well.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from gateway.field.frames import words_of
from gateway.model.device import Role
from gateway.model.scan import Quality, Scan
from gateway.model.transaction import Failure
from gateway.protection.decision import Confirm, ReadAgain, Rung, Trip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.bus.bus import Bus
    from gateway.bus.driver import Report
    from gateway.bus.job import Job, Order
    from gateway.field.device import FieldDevice, Layout
    from gateway.field.frames import Tap
    from gateway.field.recorder import Recorder
    from gateway.model.transaction import Exchange
    from gateway.protection.decision import Decision
    from gateway.protection.relay import Relay

_QUALITY = {
    None: Quality.GOOD,
    Failure.TIMEOUT: Quality.SILENT,
    Failure.EXCEPTION: Quality.REFUSED,
    Failure.LINK: Quality.LINK_DOWN,
}


class Wishes(Protocol):
    """Who makes writes of what protection wants, at once: the arbiter."""

    def trip(self, loop: ControlLoop, trip: Trip) -> None:
        """Open outlets ahead of everything."""

    def climb(self, loop: ControlLoop, rung: Rung) -> None:
        """Take a step of the ladder of breaker failure."""

    def recheck(self) -> None:
        """Take back every ON that waits and that protection would refuse by now."""

    def written(self, loop: ControlLoop, device: FieldDevice, order: Order, exchange: Exchange) -> None:
        """Take the end of a write."""


class Listeners(Protocol):
    """Who is told what happened, after everything urgent is done."""

    def scan(self, scan: Scan) -> None:
        """Take a scan for edge."""

    def decided(self, loop: ControlLoop, decision: Decision) -> None:
        """Take any decision that is not a wish to the line, and those that were one, for the record."""

    def values(
        self, device: FieldDevice, role: Role, first: int | None, values: Sequence[float | None], taken_s: float
    ) -> None:
        """Take fresh values by role (relay states, energies) of the outlets from position `first` on."""

    def health(self, device: FieldDevice, *, silent: bool) -> None:
        """Take note that a device became silent or answers again."""

    def reported(self, loop: ControlLoop, device: FieldDevice, report: Report, *, is_reading: bool) -> None:
        """Take what a device has told by itself; `is_reading`: its values have been taken as scans already."""

    def link(self, loop: ControlLoop, *, up: bool, why: str) -> None:
        """Take note that a line opened, or is away."""

    def failed(self, what: str, error: Exception) -> None:
        """Take an error in what only observes (the record, the telling): it stops nothing."""


class ControlLoop:
    """One bus, its relay and its devices."""

    def __init__(
        self,
        *,
        devices: Sequence[FieldDevice],
        relay: Relay,
        arbiter: Wishes,
        recorder: Recorder,
        listeners: Listeners,
        now: Callable[[], float],
    ) -> None:
        self.devices = tuple(devices)
        self.relay = relay
        self.recorder = recorder
        self.tap: Tap | None = None
        self._arbiter = arbiter
        self._listeners = listeners
        self._now = now
        self._piles = {device.pile: device for device in devices if device.pile is not None}
        self._bus: Bus | None = None

    def attach(self, bus: Bus) -> None:
        """Bind the bus, which needs its listener first."""
        self._bus = bus

    @property
    def bus(self) -> Bus:
        assert self._bus is not None  # noqa: S101 - attached once, at start
        return self._bus

    def pile(self, number: int) -> FieldDevice:
        return self._piles[number]

    # ------------------------------------------------------------------ the bus reports

    def finished(self, job: Job, exchange: Exchange, *, changed: bool) -> None:
        """One pass: everything urgent first, everything else after it."""
        device = self.devices[job.device]
        if exchange.failure is Failure.QUIET:
            self._watched(device, job, exchange)
            return
        now_s = self._now()
        if job.piece is not None:
            layout = device.layouts[job.piece.layout]
            if exchange.failure is None:
                self._read(device, layout, exchange, now_s)
            elif device.pile is not None:
                note = self.relay.bad if exchange.failure is Failure.EXCEPTION else self.relay.missed
                self._act(note(device.pile, now_s))
        elif job.order is not None:
            self._arbiter.written(self, device, job.order, exchange)
        self._show(device, job, exchange)
        if job.piece is not None and exchange.failure is None:
            self._tell(device, device.layouts[job.piece.layout], exchange.payload, exchange.asked_s)
        self._watched(device, job, exchange)
        if changed:
            self._listeners.health(device, silent=self.bus.planner.health[job.device].is_silent)

    def reported(self, device: int, report: Report, said_s: float) -> None:
        """Hand on what a device has told by itself; protection, which needs to know how old a value is, is not told."""
        teller = self.devices[device]
        if self.tap is not None:
            self.tap.said(teller, report, said_s)
        try:
            is_reading = self._pushed(teller, report, said_s)
            self._listeners.reported(self, teller, report, is_reading=is_reading)
        except Exception as error:  # noqa: BLE001 - what only observes never stops what protects
            self._listeners.failed("report", error)

    def link_up(self) -> None:
        self._listeners.link(self, up=True, why="")

    def link_down(self, why: str) -> None:
        now_s = self._now()
        for pile in self._piles:
            self._act(self.relay.missed(pile, now_s))
        self._listeners.link(self, up=False, why=why)

    def note_off(self, device: FieldDevice, outlets: Sequence[int], off_end_s: float) -> None:
        """Note for the record when the OFF of some outlets was on the wire to its last byte."""
        try:
            self.recorder.sent([device.outlet_names[outlet] for outlet in outlets], off_end_s)
        except Exception as error:  # noqa: BLE001 - what only observes never stops what protects
            self._listeners.failed("record", error)

    def found(self, device: FieldDevice, taken_s: float, *, on: bool) -> None:
        """Take how the contactors stand that a meter opens, wherever that was read."""
        if device.pile is not None:
            state = (float(on),)
            self._act(self.relay.sample(device.pile, Role.RELAY, state, state, taken_s, self._now()))

    def tick(self) -> None:
        """Let time act: delays, silence, breaker failure."""
        self._act(self.relay.tick(self._now()))

    # ------------------------------------------------------------------ one pass

    def _read(self, device: FieldDevice, layout: Layout, exchange: Exchange, now_s: float) -> None:
        pile = device.pile
        if pile is None:
            return
        values, raws, taken_s = layout.values(exchange.payload), layout.raws(exchange.payload), exchange.asked_s
        for part in layout.slices:
            picked = values if part.picks_all else [values[pick] for pick in part.picks]
            raw = raws if part.picks_all else [raws[pick] for pick in part.picks]
            if part.at_v:
                picked = [None if watts is None else watts / part.at_v for watts in picked]
            if part.are_phases:
                self._act(self.relay.sample_phases(pile, picked, raw, taken_s, now_s))
            elif part.first is None:
                self._act(self.relay.sample_whole(pile, part.role, picked[0], raw[0], taken_s, now_s))
            else:
                self._act(self.relay.sample(pile, part.role, picked, raw, taken_s, now_s, first=part.first))

    def _act(self, decisions: Sequence[Decision]) -> None:
        """Put wishes on the line at once; tell the rest of the house afterwards."""
        for decision in decisions:
            if isinstance(decision, Trip):
                self._arbiter.trip(self, decision)
            elif isinstance(decision, Rung):
                self._arbiter.climb(self, decision)
            elif isinstance(decision, Confirm):
                device = self._piles[decision.pile]
                self.bus.confirm(device.index, device.ring_layouts, decision.not_before_s)
            elif isinstance(decision, ReadAgain):
                device = self._piles[decision.pile]
                self.bus.read_again(device.index, device.slow_layouts(decision.role), decision.not_before_s)
        if decisions:
            self._arbiter.recheck()
        for decision in decisions:
            try:
                self._listeners.decided(self, decision)
            except Exception as error:  # noqa: BLE001 - it has been acted on; the telling of it stops nothing
                self._listeners.failed("telling", error)

    def _show(self, device: FieldDevice, job: Job, exchange: Exchange) -> None:
        """Let those see a transaction who only observe: the record, and edge."""
        try:
            self.recorder.note(exchange, partial(words_of, device, job, exchange))
            if job.piece is not None:
                quality = _QUALITY.get(exchange.failure, Quality.BAD_FRAME)
                number = device.layouts[job.piece.layout].number
                self._listeners.scan(Scan(device.name, number, exchange.asked_s, exchange.payload, quality))
        except Exception as error:  # noqa: BLE001 - what only observes never stops what protects
            self._listeners.failed("record", error)

    def _watched(self, device: FieldDevice, job: Job, exchange: Exchange) -> None:
        if self.tap is not None:
            self.tap.passed(device, job, exchange)

    def _pushed(self, device: FieldDevice, report: Report, said_s: float) -> bool:
        """Make scans of what a report carries of the blocks that the profile reads; return whether there was any."""
        is_reading = False
        for reading in report.readings:
            for layout in device.layouts:
                if reading.block.contains(layout.block):
                    first = 2 * (layout.block.address - reading.block.address)
                    payload = reading.payload[first : first + layout.block.payload_bytes]
                    self._listeners.scan(Scan(device.name, layout.number, said_s, payload, Quality.GOOD))
                    self._tell(device, layout, payload, said_s)
                    is_reading = True
        return is_reading

    def _tell(self, device: FieldDevice, layout: Layout, payload: bytes, taken_s: float) -> None:
        if not layout.is_told:
            return
        values = layout.values(payload)
        for part in layout.slices:
            self._listeners.values(device, part.role, part.first, [values[pick] for pick in part.picks], taken_s)

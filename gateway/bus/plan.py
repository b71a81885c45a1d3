"""Decide what a bus does next: the poll plan. Pure; `now_s` is an argument and nothing here waits.

Protection pieces of the devices that answer go round in a ring. After each ring comes at most one slot, which holds one
urgent read (`gateway.bus.slow_reads`), one OFF or probe of a silent device, one command, or one slow piece; urgent
reads never take two slots in a row from the others. OFFs and confirming reads go ahead of ring and slot. Nothing else
ever lengthens a ring, so that the budget can count it (`gateway.bus.budget`).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from gateway.bus.health import DeviceHealth
from gateway.bus.job import End, Job, Order, Wait, Why
from gateway.bus.slow_reads import SlowReads
from gateway.model.device import GroupClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.bus.job import Piece, PlannedDevice
    from gateway.model.wiring import Write

URGENT_ATTEMPTS = 2
"""An OFF goes ahead of everything this often; then it takes the ring's slot, so that other outlets keep their bound."""

OFF_REPEAT_S = 1.0
"""How often a device that answers, but not to this OFF, is sent it again once it is no longer urgent."""


class Planner:
    """The plan of one bus. Call `next`, `started`, `finished` in turn; add wishes at any time.

    `version` changes whenever a wish is added, so that the bus can look again before it sends.
    """

    def __init__(self, devices: Sequence[PlannedDevice], now_s: float) -> None:
        self._devices = tuple(devices)
        self.health = [DeviceHealth(device.late_reply_s) for device in devices]
        self._slow = SlowReads(devices, now_s)
        self._offs: deque[Order] = deque()
        self._commands: deque[Order] = deque()
        self._confirms: list[tuple[float, Piece]] = []
        self._retry: Piece | None = None
        self._ring: list[Piece] = []
        self._position = 0
        self._slot_spent = True
        self._others_next = False
        self._was_urgent = False
        self._on_line: Order | None = None
        self._command_from_s = [now_s] * len(self._devices)
        self._ring_started_s = now_s
        self.ring_count = 0
        self.version = 0
        self._make_ring()

    # ------------------------------------------------------------------ wishes

    def off(self, device: int, write: Write, token: int, now_s: float, tried: int = 0) -> Order:
        """Ask for an outlet to be opened as the very next frame (or in the slot, when the device is silent).

        `tried`: how many of its urgent attempts it has used up in another form.
        """
        order = Order(device, write, token, opens=True, attempts=tried, due_s=now_s)
        self._offs.append(order)
        self.version += 1
        return order

    def command(self, device: int, write: Write, token: int, now_s: float) -> Order:
        """Ask for any other write; it takes the slot of a ring."""
        order = Order(device, write, token, opens=False, due_s=now_s)
        self._commands.append(order)
        self.version += 1
        return order

    def confirm(self, device: int, layouts: Iterable[int], not_before_s: float) -> None:
        """Ask for pieces to be read again ahead of the ring, as soon as a new value can be expected."""
        wanted = [self._devices[device].pieces[layout] for layout in layouts]
        self._confirms = [entry for entry in self._confirms if entry[1] not in wanted]
        self._confirms += [(not_before_s, piece) for piece in wanted]
        self._confirms.sort(key=lambda entry: entry[0])
        self.version += 1

    def read_now(self, device: int, now_s: float, *, contacts_only: bool = False) -> None:
        """Make every slow piece of a device due, or only its contacts."""
        self._slow.make_due(device, now_s, contacts_only=contacts_only)
        self.version += 1

    def read_again(self, device: int, layouts: Iterable[int], not_before_s: float) -> None:
        """Ask for slow pieces before all others: they never come ahead of the ring, and delay no current."""
        self._slow.ask(device, layouts, not_before_s)
        self.version += 1

    def waits(self, token: int) -> bool:
        """Return whether an order still waits for the line: it is not on it."""
        return any(order.token == token for queue in (self._offs, self._commands) for order in queue)

    def withdraw(self, token: int) -> None:
        """Drop an order that is no longer wanted (an OFF that a reading has proved, a command that has expired)."""
        self._offs = deque(order for order in self._offs if order.token != token)
        self._commands = deque(order for order in self._commands if order.token != token)
        if self._on_line is not None and self._on_line.token == token:
            self._on_line = None
        self.version += 1

    def link_restored(self, now_s: float) -> None:
        """Ask every device again after the line was away: what waits to be opened is due, and a ring starts at once."""
        for device, health in enumerate(self.health):
            health.link_restored()
            self._make_due(device, now_s)
        self._retry = None
        self._make_ring()
        self._position = 0
        self._ring_started_s = now_s

    # ------------------------------------------------------------------ the next transaction

    def next(self, now_s: float) -> Job | Wait:
        """Return what to do now. Changes nothing: `started` does."""
        job = self._urgent(now_s)
        if job is not None:
            return job
        if self._position < len(self._ring):
            piece = self._ring[self._position]
            return Job(Why.RING, piece.device, piece)
        job = self._slot(now_s)
        if job is not None:
            return job
        if self._ring:
            return self._until_ring(now_s) or Job(Why.RING, self._ring[0].device, self._ring[0])
        return Wait(self._earliest_s(now_s))

    def probe(self, device: int) -> Job:
        """Return the read that asks whether a device is there."""
        return Job(Why.PROBE, device, self._devices[device].probe)

    def started(self, job: Job, now_s: float) -> None:
        """Say that a job returned by `next` goes onto the line."""
        if job.order is not None:
            self._take(job.order)
            self._command_from_s[job.device] = now_s + self._devices[job.device].command_gap_s
        if job.why is Why.RING:
            if self._position >= len(self._ring):
                self._position = 0
                self._ring_started_s = now_s
                self.ring_count += 1
            self._position += 1
            self._slot_spent = False
        elif job.why is Why.CONFIRM:
            self._confirms = [entry for entry in self._confirms if entry[1] is not job.piece]
        elif job.why is Why.RETRY:
            self._retry = None
        elif job.why is not Why.OFF or not self._is_urgent(job):
            self._slot_spent = True
            self._was_urgent = job.why is Why.SLOW and job.piece is not None and self._slow.is_urgent(job.piece)
            if not self._was_urgent:
                self._others_next = job.why is Why.PROBE or (job.why is Why.OFF and self._is_repeat(job))
        if job.piece is not None:
            self._slow.started(job.piece, now_s)

    def finished(self, job: Job, end: End, now_s: float) -> bool:
        """Say how a job ended; return whether the device became silent or answers again."""
        health = self.health[job.device]
        if end in (End.ANSWERED, End.REFUSED):
            changed = health.answered()
        elif end is End.UNANSWERED:
            changed = False
        else:
            layout = job.piece.layout if job.piece is not None else None
            changed = health.missed(layout, now_s, silent=end is End.SILENT)
        if changed:
            self._make_ring()
            if not health.is_silent:
                self._make_due(job.device, now_s)
        order, self._on_line = self._on_line, None
        if end not in (End.ANSWERED, End.UNANSWERED) and order is not None and order.opens:
            order.due_s = self._again_s(order, health, now_s)
            self._offs.append(order)
        if health.misses == 1 and job.why in (Why.RING, Why.CONFIRM):
            self._retry = job.piece
        elif job.why is Why.SLOW and job.piece is not None:
            self._slow.ended(job.piece, end, now_s)
        return changed

    # ------------------------------------------------------------------ inside

    def _is_urgent(self, job: Job) -> bool:
        order = job.order
        return order is not None and order.attempts <= URGENT_ATTEMPTS and not self.health[job.device].is_silent

    @staticmethod
    def _is_repeat(job: Job) -> bool:
        return job.order is not None and job.order.attempts > 1

    def _urgent(self, now_s: float) -> Job | None:
        for order in self._offs:
            if order.attempts < URGENT_ATTEMPTS and not self.health[order.device].is_silent:
                return Job(Why.OFF, order.device, order=order)
        if self._confirms and self._confirms[0][0] <= now_s:
            piece = self._confirms[0][1]
            return Job(Why.CONFIRM, piece.device, piece)
        if self._retry is not None:
            return Job(Why.RETRY, self._retry.device, self._retry)
        return None

    def _until_ring(self, now_s: float) -> Wait | None:
        """Return the wait until the next ring may start, unless it may start now."""
        period_s = min(piece.period_s for piece in self._ring)
        due_s = self._ring_started_s + period_s
        if period_s <= 0 or self.ring_count == 0 or now_s >= due_s:
            return None
        return Wait(min([due_s, *(due for due, _ in self._confirms)]))

    def _slot(self, now_s: float) -> Job | None:
        """Return what the slot holds. Once spent, only what ends before the next ring's start may use the line.

        After a probe or a repeated OFF comes a command or a slow read that is due: devices that are silent, or refuse
        what they are told, never starve the others. An urgent read comes first, but not after another one.
        """
        job = None if self._was_urgent else self._urgent_piece(now_s)
        if self._others_next:
            job = job or self._command(now_s) or self._slow_piece(now_s)
        job = job or self._silent_off(now_s) or self._command(now_s) or self._probe(now_s) or self._slow_piece(now_s)
        job = job or self._urgent_piece(now_s)
        if job is None or not self._ring or not self._slot_spent:
            return job
        wait = self._until_ring(now_s)
        if wait is None or job.piece is None or now_s + job.piece.cost_s > wait.until_s:
            return None
        return job

    def _silent_off(self, now_s: float) -> Job | None:
        for order in self._offs:
            if order.due_s <= now_s:
                return Job(Why.OFF, order.device, order=order)
        return None

    def _command(self, now_s: float) -> Job | None:
        for order in self._commands:
            if self._command_from_s[order.device] <= now_s:
                return Job(Why.COMMAND, order.device, order=order)
        return None

    def _probe(self, now_s: float) -> Job | None:
        due = [index for index, health in enumerate(self.health) if health.is_silent and health.probe_s <= now_s]
        if not due:
            return None
        return self.probe(min(due, key=lambda index: self.health[index].probe_s))

    def _urgent_piece(self, now_s: float) -> Job | None:
        piece = self._slow.first_urgent(self.health, now_s)
        return None if piece is None else Job(Why.SLOW, piece.device, piece)

    def _slow_piece(self, now_s: float) -> Job | None:
        piece = self._slow.first_due(self.health, now_s)
        return None if piece is None else Job(Why.SLOW, piece.device, piece)

    def _earliest_s(self, now_s: float) -> float:
        """Return when something becomes due on a line without a ring; locked pieces are looked at again soon."""
        times = [due for due, _ in self._confirms] + [order.due_s for order in self._offs]
        times += [self._command_from_s[order.device] for order in self._commands]
        times += [health.probe_s for health in self.health if health.is_silent]
        times += self._slow.due_times(self.health)
        later = [time for time in times if time > now_s]
        return min(later, default=float("inf"))

    def _take(self, order: Order) -> None:
        order.attempts += 1
        queue = self._offs if order.opens else self._commands
        queue.remove(order)
        self._on_line = order

    def _make_due(self, device: int, now_s: float) -> None:
        """Let the OFFs of a device that is back wait no longer; they still take the slot."""
        for order in self._offs:
            if order.device == device:
                order.due_s = now_s

    @staticmethod
    def _again_s(order: Order, health: DeviceHealth, now_s: float) -> float:
        if health.is_silent:
            return health.probe_s
        return now_s if order.attempts < URGENT_ATTEMPTS else now_s + OFF_REPEAT_S

    def _make_ring(self) -> None:
        before = self._ring[self._position :]
        self._ring = [
            piece
            for index, device in enumerate(self._devices)
            if not self.health[index].is_silent
            for piece in device.pieces
            if piece.group_class is GroupClass.PROTECTION
        ]
        upcoming = next((piece for piece in before if piece in self._ring), None)
        self._position = self._ring.index(upcoming) if upcoming is not None else len(self._ring)

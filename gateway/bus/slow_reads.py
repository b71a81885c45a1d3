"""The reads that have time: when each is due, which is first, and what becomes of one that was missed. Pure.

They take the slot between two rings, or the line where it has no ring. Urgent ones (safety: smoke, heat; and whatever
is asked for again) have every second slot where they want it. The others are control (contacts) before telemetry, and
among equals the earliest deadline; one in four of them is telemetry where that is due: what people are billed by never
starves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bus.job import End
from gateway.model.device import GroupClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.bus.health import DeviceHealth
    from gateway.bus.job import Piece, PlannedDevice

IN_TURN = 0
RANKS = {GroupClass.SAFETY: 1, GroupClass.CONTROL: 2, GroupClass.TELEMETRY: 3}
LEAST = GroupClass.TELEMETRY
PATIENCE = 3
"""So many reads of contacts go before a telemetry that is due."""

LEAST_SHARE = 1 / (PATIENCE + 1)
URGENT_SHARE = 1 / 2


class SlowReads:
    """The slow pieces of one bus. `health` in its methods is that of each device, in the order of the devices."""

    def __init__(self, devices: Iterable[PlannedDevice], now_s: float) -> None:
        slow = [p for d in devices for p in d.pieces if p.group_class is not GroupClass.PROTECTION]
        self._pieces = [piece for piece in slow if not piece.is_pushed]
        self._ranked = [(RANKS[piece.group_class], (piece.device, piece.layout), piece) for piece in self._pieces]
        self._due_s = {(piece.device, piece.layout): now_s for piece in self._pieces}
        self._repeated: set[tuple[int, int]] = set()
        self._asked: set[tuple[int, int]] = set()
        self._passed_over = 0

    def make_due(self, device: int, now_s: float, *, contacts_only: bool = False) -> None:
        """Make every slow piece of a device due, or only those of the control class, where contacts are read."""
        for piece in self._pieces:
            if piece.device == device and (piece.group_class is GroupClass.CONTROL or not contacts_only):
                self._due_s[piece.device, piece.layout] = now_s

    def ask(self, device: int, layouts: Iterable[int], not_before_s: float) -> None:
        """Let pieces be read again before all others, from a moment on: something hangs on their next value.

        None comes later than it would have come anyway.
        """
        for key in [(device, layout) for layout in layouts if (device, layout) in self._due_s]:
            self._asked.add(key)
            self._due_s[key] = min(self._due_s[key], not_before_s)

    def started(self, piece: Piece, now_s: float) -> None:
        """Say that a piece goes onto the line, whatever for: if it is a slow one, it is due a period later."""
        key = (piece.device, piece.layout)
        if key in self._due_s:
            self._wait_or_serve(piece, now_s)
            self._asked.discard(key)
            due_s = now_s if key in self._repeated else self._due_s[key]
            self._due_s[key] = max(now_s, due_s + piece.period_s)

    def ended(self, piece: Piece, end: End, now_s: float) -> None:
        """Make a missed piece due again, once: one that is never answered must not take every slot."""
        key = (piece.device, piece.layout)
        if end in (End.ANSWERED, End.REFUSED, End.UNANSWERED):
            self._repeated.discard(key)
        elif key not in self._repeated:
            self._repeated.add(key)
            self._asked.add(key)
            self._due_s[key] = now_s - piece.period_s  # its value is older than any other

    def first_urgent(self, health: Sequence[DeviceHealth], now_s: float) -> Piece | None:
        """Return the urgent piece to read now, if one is due: safety first, in it what was asked for again."""
        first, best = None, (0, False, 0.0)
        for rank, key, piece in self._ranked:
            due_s, is_asked = self._due_s[key], key in self._asked
            if due_s > now_s or not (is_asked or piece.group_class is GroupClass.SAFETY):
                continue
            order = (rank, not is_asked, due_s + piece.period_s)
            if (first is None or order < best) and health[piece.device].may_read(piece.layout, now_s):
                first, best = piece, order
        return first

    def first_due(self, health: Sequence[DeviceHealth], now_s: float) -> Piece | None:
        """Return the piece to read now that is not urgent, if one is due on a device that may be asked for it."""
        first, best = None, (0, 0.0)
        least_rank = IN_TURN if self._passed_over >= PATIENCE else RANKS[LEAST]
        for own_rank, key, piece in self._ranked:
            due_s = self._due_s[key]
            if due_s > now_s or piece.group_class is GroupClass.SAFETY or key in self._asked:
                continue
            order = (least_rank if piece.group_class is LEAST else own_rank, due_s + piece.period_s)
            if (first is None or order < best) and health[piece.device].may_read(piece.layout, now_s):
                first, best = piece, order
        return first

    def is_urgent(self, piece: Piece) -> bool:
        """Return whether a piece that is about to go onto the line is one of those that have every second slot."""
        return piece.group_class is GroupClass.SAFETY or (piece.device, piece.layout) in self._asked

    def _wait_or_serve(self, piece: Piece, now_s: float) -> None:
        if piece.group_class is LEAST:
            self._passed_over = 0
        elif not self.is_urgent(piece) and self._is_least_due(now_s):
            self._passed_over += 1

    def _is_least_due(self, now_s: float) -> bool:
        return any(each.group_class is LEAST and self._due_s[key] <= now_s for _, key, each in self._ranked)

    def due_times(self, health: Sequence[DeviceHealth]) -> Iterator[float]:
        """Yield from when on each piece of the devices that answer may be read; those that are locked, once free."""
        for piece in self._pieces:
            state = health[piece.device]
            if not state.is_silent:
                yield max(self._due_s[piece.device, piece.layout], state.free_s(piece.layout))

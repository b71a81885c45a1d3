"""The reads that have time: when each is due, which is first, and what becomes of one that was missed. Pure.

They take the slot between two rings, or the line where it has no ring: earliest deadline first, control before
telemetry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bus.job import End
from gateway.model.device import GroupClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.bus.health import DeviceHealth
    from gateway.bus.job import Piece, PlannedDevice


class SlowReads:
    """The slow pieces of one bus. `health` in its methods is that of each device, in the order of the devices."""

    def __init__(self, devices: Iterable[PlannedDevice], now_s: float) -> None:
        slow = [p for d in devices for p in d.pieces if p.group_class is not GroupClass.PROTECTION]
        self._pieces = [piece for piece in slow if not piece.is_pushed]
        self._due_s = {(piece.device, piece.layout): now_s for piece in self._pieces}
        self._repeated: set[tuple[int, int]] = set()

    def make_due(self, device: int, now_s: float, *, contacts_only: bool = False) -> None:
        """Make every slow piece of a device due, or only those of the control class, where contacts are read."""
        for piece in self._pieces:
            if piece.device == device and (piece.group_class is GroupClass.CONTROL or not contacts_only):
                self._due_s[piece.device, piece.layout] = now_s

    def started(self, piece: Piece, now_s: float) -> None:
        """Say that a piece goes onto the line, whatever for: if it is a slow one, it is due a period later."""
        key = (piece.device, piece.layout)
        if key in self._due_s:
            due_s = now_s if key in self._repeated else self._due_s[key]
            self._due_s[key] = max(now_s, due_s + piece.period_s)

    def ended(self, piece: Piece, end: End, now_s: float) -> None:
        """Make a missed piece due again, once: one that is never answered must not take every slot."""
        key = (piece.device, piece.layout)
        if end in (End.ANSWERED, End.REFUSED, End.UNANSWERED):
            self._repeated.discard(key)
        elif key not in self._repeated:
            self._repeated.add(key)
            self._due_s[key] = now_s - piece.period_s  # its value is older than any other: ahead of the rest

    def first_due(self, health: Sequence[DeviceHealth], now_s: float) -> Piece | None:
        """Return the piece to read now, if one is due on a device that may be asked for it."""
        best: tuple[bool, float, Piece] | None = None
        for piece in self._pieces:
            due_s = self._due_s[piece.device, piece.layout]
            if due_s > now_s or not health[piece.device].may_read(piece.layout, now_s):
                continue
            rank = (piece.group_class is not GroupClass.CONTROL, due_s + piece.period_s, piece)
            if best is None or rank[:2] < best[:2]:
                best = rank
        return None if best is None else best[2]

    def due_times(self, health: Sequence[DeviceHealth]) -> Iterator[float]:
        """Yield from when on each piece of the devices that answer may be read; those that are locked, once free."""
        for piece in self._pieces:
            state = health[piece.device]
            if not state.is_silent:
                yield max(self._due_s[piece.device, piece.layout], state.free_s(piece.layout))

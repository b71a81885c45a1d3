"""Who of those that dial in may stay: known devices by their own number, one connection each. Pure.

A device says who it is with its first whole frame; until then its connection is nobody's. A known device's newer
connection takes the place of its older one: what it left behind half open would keep it out for hours. But not at once
again: two devices with one number would throw each other out without end. What says a number that is nobody's here,
says nothing of sense or nothing at all is hung up, and counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container

MOST_UNKNOWN = 32
"""Connections that have not said who they are; the oldest gives way, so that no crowd keeps a device out for long."""

UNKNOWN_S = 200.0
"""How long one may take to say who it is: a pile whose modem alone has redialled waits for its heartbeat, 180 s."""

UNKNOWN_BYTES = 512
"""What is kept of one meanwhile; above that it talks nonsense."""

REPLACED_AFTER_S = 10.0
"""How long a device's newest connection is left alone."""

UNITS_REMEMBERED = 64


class Turned(StrEnum):
    """Why a connection was hung up."""

    STRANGER = "stranger"
    NONSENSE = "nonsense"
    SPEECHLESS = "speechless"
    CROWDED = "crowded"
    TOO_SOON = "too-soon"


@dataclass(frozen=True, slots=True)
class Known:
    """A device of this site: its unit, and everything that it has said so far."""

    unit: int
    said: bytes


@dataclass(frozen=True, slots=True)
class Stranger:
    """A device of no site: its unit, and whether it has not been met before."""

    unit: int
    is_new: bool


@dataclass(slots=True)
class _Waiting:
    since_s: float
    said: bytearray = field(default_factory=bytearray)


class Doorman:
    """Judges connections by a key of the caller's. `who` finds the unit that says the first whole frame in bytes."""

    def __init__(self, units: Container[int], who: Callable[[bytes], int | None]) -> None:
        self._units = units
        self._who = who
        self._waiting: dict[int, _Waiting] = {}
        self._strangers: set[int] = set()
        self._in_since_s: dict[int, float] = {}
        self.turned_away: Counter[Turned] = Counter()

    def came(self, key: int, now_s: float) -> int | None:
        """Take a new connection; return the key of one that must be hung up for it."""
        oldest = next(iter(self._waiting)) if len(self._waiting) >= MOST_UNKNOWN else None
        if oldest is not None:
            self._turn_away(oldest, Turned.CROWDED)
        self._waiting[key] = _Waiting(now_s)
        return oldest

    def heard(self, key: int, data: bytes, now_s: float) -> Known | Stranger | Turned | None:
        """Take what a connection says; None while it may yet say who it is. Anything else ends its waiting."""
        said = self._waiting[key].said
        said += data
        unit = self._who(bytes(said))
        if unit is None:
            if len(said) <= UNKNOWN_BYTES:
                return None
            return self._turn_away(key, Turned.NONSENSE)
        if unit in self._units:
            if now_s - self._in_since_s.get(unit, -inf) < REPLACED_AFTER_S:
                return self._turn_away(key, Turned.TOO_SOON)
            del self._waiting[key]
            self._in_since_s[unit] = now_s
            return Known(unit, bytes(said))
        self._turn_away(key, Turned.STRANGER)
        is_new = unit not in self._strangers and len(self._strangers) < UNITS_REMEMBERED
        if is_new:
            self._strangers.add(unit)
        return Stranger(unit, is_new)

    def out(self, unit: int) -> None:
        """Take note that a known device has no connection any more: its next one is welcome at once."""
        self._in_since_s.pop(unit, None)

    def left(self, key: int) -> None:
        """Forget a connection that has ended by itself."""
        self._waiting.pop(key, None)

    def overdue(self, now_s: float) -> list[int]:
        """Return the connections that have taken too long to say who they are; they must be hung up."""
        late = [key for key, waiting in self._waiting.items() if now_s - waiting.since_s >= UNKNOWN_S]
        for key in late:
            self._turn_away(key, Turned.SPEECHLESS)
        return late

    def _turn_away(self, key: int, why: Turned) -> Turned:
        del self._waiting[key]
        self.turned_away[why] += 1
        return why

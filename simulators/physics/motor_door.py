"""The door of a waste bin: a motor opens it, holds it, shuts it, and gives way to a hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

LOCK_S = 0.15
TRAVEL_S = 1.5
HOLD_S = 6.0
PAUSE_S = 3.0
MOST_TRIES = 3
"""So often it runs into a hand before it stands still and waits for somebody to look after it."""


class Leaf(StrEnum):
    """Where the door is."""

    SHUT = "shut"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    STUCK = "stuck"


@dataclass(slots=True, kw_only=True)
class MotorDoor:
    """Pure; moments are given and never go back. `next_s` is when it moves on by itself.

    `hand`: something is in the gap. `jammed`: the latch does not let it go.
    """

    hand: bool = False
    jammed: bool = False
    leaf: Leaf = Leaf.SHUT
    opened_s: float = 0.0
    openings: int = 0
    next_s: float = field(default=inf, init=False)
    _released: bool = field(default=False, init=False)
    _tries: int = field(default=0, init=False)

    @property
    def is_open(self) -> bool:
        """What its contact tells: anything but shut."""
        return self.leaf is not Leaf.SHUT

    @property
    def is_hindered(self) -> bool:
        """What its current relay tells: it has run into something, until it closes anew."""
        return self._tries > 0 and self.leaf is not Leaf.CLOSING

    def unlock(self, at_s: float) -> None:
        """Take an order to open."""
        if self.leaf is Leaf.SHUT and not self.jammed and not self._released:
            self._released, self.next_s = True, at_s + LOCK_S
        elif self.leaf is Leaf.CLOSING:
            self._move(Leaf.OPENING, at_s, TRAVEL_S)

    def force(self, at_s: float) -> None:
        """Have it pried open."""
        if self.leaf is Leaf.SHUT:
            self._begin(at_s)

    def touch(self, at_s: float) -> None:
        """Keep it open for a while longer: somebody is there."""
        if self.leaf is Leaf.OPEN:
            self.next_s = max(self.next_s, at_s + HOLD_S)

    def free(self, at_s: float) -> None:
        """Let somebody look after it: it shuts again."""
        self.hand = self.jammed = False
        self._tries = 0
        if self.leaf is Leaf.STUCK:
            self._move(Leaf.CLOSING, at_s, TRAVEL_S)

    def settle(self) -> bool:
        """Do what is due at `next_s`; tell whether the door stands wide open from now on."""
        at_s = self.next_s
        if self._released:
            self._released = False
            self._begin(at_s)
            return False
        match self.leaf:
            case Leaf.OPENING:
                self._move(Leaf.OPEN, at_s, PAUSE_S if self._tries else HOLD_S)
                return not self._tries
            case Leaf.OPEN:
                self._move(Leaf.CLOSING, at_s, TRAVEL_S / 2 if self.hand else TRAVEL_S)
            case Leaf.CLOSING if self.hand:
                self._meet(at_s)
            case Leaf.CLOSING:
                self.leaf, self.next_s, self._tries = Leaf.SHUT, inf, 0
            case _:
                self.next_s = inf
        return False

    def _begin(self, at_s: float) -> None:
        self.opened_s, self._tries = at_s, 0
        self.openings += 1
        self._move(Leaf.OPENING, at_s, TRAVEL_S)

    def _meet(self, at_s: float) -> None:
        """Give way to a hand; after several times stand still."""
        self._tries += 1
        if self._tries >= MOST_TRIES:
            self.leaf, self.next_s = Leaf.STUCK, inf
        else:
            self._move(Leaf.OPENING, at_s, TRAVEL_S)

    def _move(self, leaf: Leaf, at_s: float, duration_s: float) -> None:
        self.leaf, self.next_s = leaf, at_s + duration_s

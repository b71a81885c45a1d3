"""A weighing bin as it really is: a load cell that strays, a motor door that stops for hands, people who lean and take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.orders.deposit.event import DoorSeen, HandSeen, Jammed, Weighed
from gateway.orders.effect import CloseDoor, Effect, Lock, Unlock

if TYPE_CHECKING:
    import random

LEAN_MOST_MS = 4_000
"""Who leans on a bin without moving for longer than the test lasts is beyond what a scale can prove."""

SHUTS_AGAIN = 0.06
"""How likely a motor door that shuts by itself begins to do so in a moment."""


class Bin:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.content_g = rng.choice((0, 3_000, 80_000))
        self.is_open = False
        self.released = False
        self.closing = False
        self.has_hand = False
        self.lean_g = 0
        self.lean_since_ms = 0
        self.jams = False
        self.closes_itself = rng.random() < 0.5

    def carry_out(self, effect: Effect) -> None:
        match effect:
            case Unlock():
                self.released = True
            case CloseDoor() | Lock():
                self.released = False
                self.closing = True

    # ------------------------------------------------------------------ what the gateway sees

    def weighed(self) -> Weighed:
        """A leaning person is a weight that stands still; one who shifts about is not at rest."""
        strayed = self.rng.randint(-4, 4)
        return Weighed(grams=self.content_g + self.lean_g + strayed, moving=self.rng.random() < 0.02)

    def door_seen(self) -> DoorSeen:
        return DoorSeen(is_open=self.is_open)

    def hand_seen(self) -> HandSeen:
        return HandSeen(present=self.has_hand)

    # ------------------------------------------------------------------ what happens

    def pass_to(self, at_ms: int) -> object | None:
        """Let the motor and the leaning person go on; return what the door says of it."""
        if self.lean_g and at_ms - self.lean_since_ms > LEAN_MOST_MS and not self.is_open:
            self.lean_g = 0
        if self.released and not self.is_open and self.rng.random() < 0.3:
            self.is_open, self.released = True, False
        if self.is_open and self.closes_itself and self.rng.random() < SHUTS_AGAIN:
            self.closing = True
        if not (self.closing and self.is_open):
            return None
        if self.has_hand or self.jams:
            self.closing = False
            return Jammed()
        self.is_open = self.closing = False
        return None

    def throw_in(self, grams: int) -> None:
        if self.is_open:
            self.content_g += grams

    def take_out(self) -> None:
        if self.is_open:
            self.content_g -= min(self.content_g, self.rng.choice((150, 900, 5_000)))

    def lean(self, at_ms: int) -> None:
        if self.is_open:
            self.lean_g, self.lean_since_ms = self.rng.choice((400, 6_000, 30_000)), at_ms

    def shut_by_hand(self, at_ms: int) -> None:
        """Whoever leans when the door shuts leans for a while longer."""
        self.is_open, self.lean_since_ms = False, at_ms

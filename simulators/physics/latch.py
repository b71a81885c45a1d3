"""A lock with a spring door, as cabinets have: told to open, it does so a moment later, or fails."""

from __future__ import annotations

from dataclasses import dataclass

LOCK_S = 0.15
"""What the coil of a lock takes to let the door go."""


@dataclass(slots=True, kw_only=True)
class Latch:
    """One door. `jammed`: the lock does not let go. Pure."""

    is_open: bool = False
    jammed: bool = False
    opened_s: float = 0.0
    openings: int = 0

    def unlocks(self) -> bool:
        """Tell whether an order to open has an effect."""
        return not (self.is_open or self.jammed)

    def open(self, at_s: float) -> bool:
        """Let the door spring open; False where it already was."""
        if self.is_open:
            return False
        self.is_open, self.opened_s = True, at_s
        self.openings += 1
        return True

    def shut(self) -> bool:
        """Shut the door, which locks; False where it already was."""
        was_open, self.is_open = self.is_open, False
        return was_open

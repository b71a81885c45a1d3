"""The moment of a step, on both clocks. Pure: the desk reads the clocks and hands the moment in."""

from __future__ import annotations

from dataclasses import dataclass

UNSET, HELD, SYNCHRONISED = 0, 1, 2
"""How far wall time can be believed: never set, kept since it was set, set by the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """One moment.

    `at_ms` is the site's business clock: integer ms, never runs backwards, goes on over restarts. Durations are made
    of it alone. `ts_ms` is wall time (Unix, ms) with its quality `clock`, for records and time-of-use bands only.
    """

    at_ms: int
    ts_ms: int
    clock: int

    @property
    def has_wall_time(self) -> bool:
        """Return whether `ts_ms` may decide anything."""
        return self.clock > UNSET

"""How long bytes take on a line, and how long to wait for them. Pure arithmetic, shared by bus, planner and budget.

Sources: MODBUS over Serial Line V1.02, 2.5.1.1 (t3.5, fixed 1.75 ms above 19,200 baud).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.wiring import Timing

FIXED_T35_ABOVE_BAUD = 19_200
FIXED_T35_S = 0.00175
SHORTEST_MARGIN_S = 0.008
"""A device's first byte may be this much later than its declared maximum: adapters and serial servers add jitter."""
LONGEST_MARGIN_S = 0.030
"""Waiting longer than a good read would take lets silence cost more than an answer."""
GAP_S = 0.002
"""A pause inside a reply, beyond two characters and the adapter's latency, ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTiming:
    """One line: character time, silence, latency of the adapter or network. Seconds.

    `latency_s` is what the host side adds to each reply: a USB adapter's latency timer, or a network link's round trip.
    """

    char_s: float
    t35_s: float
    latency_s: float = 0.0

    @classmethod
    def serial(cls, baud: int, char_bits: int = 10, latency_s: float = 0.0) -> LineTiming:
        """Return the timing of a serial line; `char_bits` counts start, data, parity and stop bits (8N1 is 10)."""
        char_s = char_bits / baud
        t35_s = FIXED_T35_S if baud > FIXED_T35_ABOVE_BAUD else 3.5 * char_s
        return cls(char_s=char_s, t35_s=t35_s, latency_s=latency_s)

    @classmethod
    def network(cls, round_trip_s: float) -> LineTiming:
        """Return the timing of a TCP link, where bytes take no time and nobody keeps silence."""
        return cls(char_s=0.0, t35_s=0.0, latency_s=round_trip_s)

    def first_byte_timeout_s(self, timing: Timing, reply_bytes: int) -> float:
        """Return how long after the end of a request its reply may begin.

        The margin is one reply's own duration within limits, so that silence costs no more than a good read.
        """
        margin_s = min(LONGEST_MARGIN_S, max(SHORTEST_MARGIN_S, reply_bytes * self.char_s))
        return timing.turnaround_max_ms / 1000 + margin_s + self.latency_s

    @property
    def gap_s(self) -> float:
        """How long a reply may pause before it counts as over."""
        return GAP_S + 2 * self.char_s + self.latency_s

    def good_s(self, timing: Timing, request_bytes: int, reply_bytes: int) -> float:
        """Return the longest time that an answered transaction takes, with the silence that follows it."""
        return (
            request_bytes * self.char_s
            + timing.turnaround_max_ms / 1000
            + reply_bytes * self.char_s
            + self.latency_s
            + self.t35_s
        )

    def lost_s(self, timing: Timing, request_bytes: int, reply_bytes: int) -> float:
        """Return the longest time that an unanswered or damaged transaction takes, with its silence.

        Either no byte comes, and the first-byte timeout ends it; or the bytes come damaged, and the gap after
        them does. Both waits are longer than t3.5, so no silence is added.
        """
        request_s = request_bytes * self.char_s
        silent_s = request_s + max(self.first_byte_timeout_s(timing, reply_bytes), self.t35_s)
        reply_s = timing.turnaround_max_ms / 1000 + reply_bytes * self.char_s + self.latency_s
        return max(silent_s, request_s + reply_s + max(self.gap_s, self.t35_s))

"""How long to wait before the next try. Pure: chance comes in as a number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    """Doubles from `first_s` to `most_s`, jittered over its upper half so that a shed full of gateways spreads out.

    A connection that broke sooner than `stable_s` counts as a failure: two gateways with one name, for example.
    """

    first_s: float = 1.0
    most_s: float = 60.0
    stable_s: float = 30.0
    failures: int = 0

    def next_s(self, chance: float, lasted_s: float = 0.0) -> float:
        """Return the wait after a connection that `lasted_s`; `chance` is uniform in 0..1."""
        if lasted_s >= self.stable_s:
            self.failures = 0
        whole_s = min(self.most_s, self.first_s * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return max(self.first_s, whole_s * (0.5 + 0.5 * chance))

"""When a weight stands still: a run of samples that stay close together for long enough. Pure.

Constant in size, whatever the rate of the scale. The figures follow the trade: at rest within one or two divisions for
1.0 to 1.5 s, and the scale itself does not say that it moves (OIML R 76 asks for one division before a print).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stillness:
    """The rule. Samples further apart than `gap_ms` have seen nothing in between."""

    within_g: int = 20
    for_ms: int = 1200
    gap_ms: int = 3000


STILLNESS = Stillness()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Samples that stay within `within_g` of one another: since when, until when, and what is needed for their mean."""

    since_ms: int
    last_ms: int
    low_g: int
    high_g: int
    sum_g: int
    count: int

    @property
    def mean_g(self) -> int:
        """Return the mean, rounded down to a whole gram."""
        return self.sum_g // self.count


def weigh(run: Run | None, grams: int, *, moving: bool, at_ms: int, rule: Stillness) -> Run | None:
    """Return the run with one more sample: longer, begun anew, or none while the scale says that it moves."""
    if moving:
        return None
    if run is not None and at_ms - run.last_ms <= rule.gap_ms:
        low_g, high_g = min(run.low_g, grams), max(run.high_g, grams)
        if high_g - low_g <= rule.within_g:
            return Run(
                since_ms=run.since_ms,
                last_ms=at_ms,
                low_g=low_g,
                high_g=high_g,
                sum_g=run.sum_g + grams,
                count=run.count + 1,
            )
    return Run(since_ms=at_ms, last_ms=at_ms, low_g=grams, high_g=grams, sum_g=grams, count=1)


def still_g(run: Run | None, rule: Stillness) -> int | None:
    """Return the weight once it stands still, else None."""
    if run is None or run.last_ms - run.since_ms < rule.for_ms:
        return None
    return run.mean_g

"""The current of a feeder: the highest of its phases. Pure.

A phase that cannot be read leaves the current unknown, unless another one is so high already that it must be judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def highest(values: Sequence[float | None], raw: Sequence[float], alert_a: float) -> tuple[float | None, float]:
    """Return the highest magnitude (A) of some phases with its raw value; None where it is not known.

    `alert_a` is the current from which on a reading must be judged.
    """
    found = [(abs(value), word) for value, word in zip(values, raw, strict=False) if value is not None]
    top_a, word = max(found, default=(0.0, 0.0))
    if len(found) < len(values) and top_a < alert_a:
        return None, 0.0
    return top_a, word

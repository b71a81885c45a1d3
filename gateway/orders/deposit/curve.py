"""The weight of a delivery over time, as evidence: bounded in size, however long it takes. Pure.

When the curve is full every second point goes and the step between points doubles: the shape stays, the detail fades.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_POINTS = 64
FIRST_STEP_MS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points (ms since the first, grams), no two closer than `step_ms`."""

    from_ms: int = 0
    step_ms: int = FIRST_STEP_MS
    points: tuple[tuple[int, int], ...] = ()


EMPTY = Curve()


def draw(curve: Curve, grams: int, at_ms: int) -> Curve:
    """Return the curve with one more sample, or without it where the last point is nearer than a step."""
    if not curve.points:
        return Curve(from_ms=at_ms, points=((0, grams),))
    since_ms = at_ms - curve.from_ms
    if since_ms - curve.points[-1][0] < curve.step_ms:
        return curve
    points = (*curve.points, (since_ms, grams))
    if len(points) < MOST_POINTS:
        return Curve(from_ms=curve.from_ms, step_ms=curve.step_ms, points=points)
    return Curve(from_ms=curve.from_ms, step_ms=2 * curve.step_ms, points=points[::2])

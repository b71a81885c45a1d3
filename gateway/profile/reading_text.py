"""What was read, in one line for people who look at frames. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.device import Point


def text_of(points: Sequence[Point]) -> Callable[[Sequence[float | None]], str]:
    """Return what makes a line of the values of these points: `outlet-01..12/current 0 3.2 0 A`."""
    runs = [(unit, list(run)) for (_, unit), run in groupby(enumerate(points), key=lambda each: _common(each[1]))]

    def text(values: Sequence[float | None]) -> str:
        parts = ((run, unit, " ".join(_said(values[place]) for place, _ in run)) for unit, run in runs)
        return ", ".join(f"{_named(run)} {said}{unit}" for run, unit, said in parts)

    return text


def _common(point: Point) -> tuple[str, str]:
    """Return what neighbouring points share that are told together: the name within the outlet, and the unit."""
    return point.name.rpartition("/")[2], point.unit and f" {point.unit}"


def _named(run: Sequence[tuple[int, Point]]) -> str:
    """Return `outlet-01..12/current` for the currents of twelve outlets."""
    first, last = run[0][1].name, run[-1][1].name
    outlet, slash, name = first.rpartition("/")
    return first if len(run) == 1 else f"{outlet}..{last.rpartition('/')[0].rpartition('-')[2]}{slash}{name}"


def _said(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"

"""Where something is wrong in what somebody has written, as one line. Pure.

Names come from outside: what cannot be printed is escaped, so that a problem stays one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


def problems_of(error: ValidationError, root: str) -> tuple[str, ...]:
    """Return each problem as `<root>.<field>[<number>]: <what>`."""
    return tuple(
        f"{_path(root, each['loc'])}: {each['msg'].removeprefix('Value error, ')}"
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _path(root: str, places: tuple[int | str, ...]) -> str:
    return root + "".join(f"[{place}]" if isinstance(place, int) else f".{_name(place)}" for place in places)


def _name(place: str) -> str:
    return place if place.isprintable() else ascii(place)

"""A door that nobody unlocked: watched while no order is about. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.orders.effect import Raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Which doors have an alarm of being forced open, and which are open."""

    open: frozenset[str] = frozenset()
    forced: frozenset[str] = frozenset()


def see(watched: Watched, door: str, *, is_open: bool, has_order: bool) -> tuple[Watched, tuple[Raise, ...]]:
    """Return the watch with one more look at a door, and the alarm that begins or is over.

    A door that an order opened and left open is not forced: only one that opens while no order may use it.
    """
    if is_open and door not in watched.open:
        watched = replace(watched, open=watched.open | {door})
        if not has_order:
            forced = Raise(target=door, alarm="door-forced", active=True, detail="without an order")
            return replace(watched, forced=watched.forced | {door}), (forced,)
    if not is_open:
        over = tuple(Raise(target=door, alarm=alarm, active=False) for alarm in ("door-forced", "door-left-open"))
        ends = over if door in watched.open else ()
        return Watched(open=watched.open - {door}, forced=watched.forced - {door}), ends
    return watched, ()


def may_sell(watched: Watched, doors: frozenset[str]) -> bool:
    """Return whether every one of these doors has been shut since it was last open."""
    return not watched.open & doors

"""What an event measured, entered into the order before the rows look at it. Decides no stage. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.orders.purchase.event import Authorised, Declared, DoorSeen, PhotoTaken, Restarted, ShelfRead
from gateway.orders.purchase.order import UNSEEN, Door, Doubt, Purchase, Seen, Stage
from gateway.orders.stability import weigh

if TYPE_CHECKING:
    from gateway.orders.clock import Now
    from gateway.orders.purchase.shelf import Reading, Shelf

FINALS = frozenset({Stage.SETTLED, Stage.REVIEW, Stage.CANCELLED})
RELEASED = frozenset({Stage.UNLOCKING, Stage.UNLOCKED, Stage.OPEN, Stage.SETTLING})
"""Stages in which a lock of the order may be open."""

BEHIND_DOORS = frozenset({Stage.LOOKING, Stage.SETTLING})
"""Stages in which a shelf counts only once every door has been seen closed: what is read before may still change."""

UNTIL_OPEN = frozenset({Stage.UNLOCKING, Stage.UNLOCKED, Stage.OPEN})
"""Stages in which a door of the order may still be shut since before the unlock; of several, one is open first."""

MOST_PHOTOS = 8
GRACES = 3
"""Restarts that give the sensors their time anew; a gateway that keeps on restarting still comes to an end."""


def take(order: Purchase, event: Any, now: Now) -> Purchase:
    """Return the order with what the event measured; an order that has ended stays as it ended."""
    if order.stage in FINALS:
        return order
    match event:
        case ShelfRead() if order.is_closed or order.stage not in BEHIND_DOORS:
            order = _read(order, event, now)
        case DoorSeen() if order.owns(event.door):
            order = _seen(order, event, now)
        case Authorised() if order.limit_mil is None:
            order = replace(order, limit_mil=event.limit_mil)
        case Declared() if order.is_restock:
            order = replace(order, declared=event.lines)
        case PhotoTaken() if len(order.photos) < MOST_PHOTOS:
            order = replace(order, photos=(*order.photos, event.ref))
        case Restarted():
            order = _restarted(order, event, now)
    return order


def enter(order: Purchase, now: Now) -> Purchase:
    """Return the order as it comes into another stage: what counts before the unlock and after it is read anew."""
    order = replace(order, entered_ms=now.at_ms)
    match order.stage:
        case Stage.LOOKING | Stage.SETTLING:
            return _unseen(order)
        case Stage.UNLOCKING:
            return replace(order, before=order.readings, unlocked_ms=now.at_ms)
        case _:
            return order


def _unseen(order: Purchase) -> Purchase:
    """Return the order with doors and shelves to be seen anew: an old look at a door proves nothing about now."""
    doors = tuple(replace(door, is_open=None) for door in order.doors)
    return replace(order, doors=doors, seen=(UNSEEN,) * len(order.shelves))


def with_doubt(order: Purchase, doubt: Doubt) -> Purchase:
    """Return the order with one more doubt, each named once."""
    return order if doubt in order.doubts else replace(order, doubts=(*order.doubts, doubt))


def _read(order: Purchase, event: ShelfRead, now: Now) -> Purchase:
    index = next((index for index, shelf in enumerate(order.shelves) if shelf.name == event.shelf), None)
    if index is None:
        return order
    seen = order.seen[index]
    if event.grams is not None:
        rule = order.settings.still
        seen = replace(seen, run=weigh(seen.run, event.grams, moving=event.moving, at_ms=now.at_ms, rule=rule))
    if event.tags is not None:
        found = tuple(sorted({*(seen.tags or ()), *event.tags}))
        seen = replace(seen, tags=found, rounds=seen.rounds + 1)
    if event.present is not None:
        seen = replace(seen, present=event.present)
    return replace(order, seen=(*order.seen[:index], seen, *order.seen[index + 1 :]))


def _early(order: Purchase, door: str) -> tuple[str, ...]:
    """Return the shelves that lack goods by now though their door, looked at after them, has not been open yet.

    Only the last look before a door opens counts: a shelf that is knocked and comes to rest again lacks nothing.
    """
    is_known = order.stage in UNTIL_OPEN and not order.restarts
    here = {own.name for own in order.doors if own.name == door and not own.was_open}
    if not is_known or not here:
        return order.early
    rows = zip(order.shelves, order.before, order.seen, strict=True)
    gone = {shelf.name: _lacks(shelf, before, seen) for shelf, before, seen in rows if shelf.door in here}
    others = (name for name in order.early if name not in gone)
    return (*others, *(name for name, lacks in gone.items() if lacks))


def _lacks(shelf: Shelf, before: Reading, seen: Seen) -> bool:
    """Return whether something has gone by the latest readings, whether the scale is at rest again or not yet."""
    if before.present and seen.present is False:
        return True
    return before.grams is not None and seen.run is not None and before.grams - seen.run.mean_g > shelf.noise_g


def _seen(order: Purchase, event: DoorSeen, now: Now) -> Purchase:
    opened = event.is_open and order.stage in RELEASED
    if opened and order.opened_ms is None:
        order = replace(order, opened_ms=now.at_ms)
    doors = tuple(
        Door(name=door.name, is_open=event.is_open, was_open=door.was_open or opened)
        if door.name == event.door
        else door
        for door in order.doors
    )
    order = replace(order, doors=doors)
    return order if event.is_open else replace(order, early=_early(order, event.door))


def _restarted(order: Purchase, event: Restarted, now: Now) -> Purchase:
    """Forget what was only seen, keep what was proved, and give the sensors their time anew a few times."""
    away = event.away_ms is None or event.away_ms > order.settings.most_away_ms
    return replace(
        _unseen(order),
        entered_ms=now.at_ms if order.restarts < GRACES else order.entered_ms,
        restarts=order.restarts + 1,
        is_unwatched=order.is_unwatched or away,
    )

"""What an event measured, entered into the order before the rows look at it. Decides no stage. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.orders.deposit.curve import draw
from gateway.orders.deposit.event import (
    BinStopped,
    CategorySensed,
    DoorSeen,
    HandSeen,
    Identified,
    Jammed,
    PhotoTaken,
    Restarted,
    StrangerIdentified,
    Weighed,
)
from gateway.orders.deposit.order import Deposit, Doubt, Flag, Stage
from gateway.orders.stability import weigh

if TYPE_CHECKING:
    from gateway.orders.clock import Now

FINALS = frozenset({Stage.RECORDED, Stage.REVIEW, Stage.CANCELLED})
RELEASED = frozenset({Stage.OPENING, Stage.OPEN, Stage.CLOSING, Stage.WEIGHING, Stage.CONFIRMING})
"""Stages in which the door may be open for this order."""
CLOSES = frozenset({Stage.OPEN, Stage.CLOSING})
"""Stages in which the door may close: a motor door does so by itself as well."""

MOST_PHOTOS = 8

GRACES = 3
"""Restarts that give the sensors their time anew; a gateway that keeps on restarting still comes to an end."""


def take(order: Deposit, event: Any, now: Now) -> Deposit:
    """Return the order with what the event measured; an order that has ended stays as it ended."""
    if order.stage in FINALS:
        return order
    match event:
        case Weighed():
            order = _weighed(order, event, now)
        case DoorSeen():
            was_open = order.was_open or (event.is_open and order.stage in RELEASED)
            order = replace(order, is_open=event.is_open, was_open=was_open)
        case Identified() if order.stage is Stage.IDENTIFYING:
            order = replace(order, user_ref=event.user_ref)
        case HandSeen():
            order = replace(order, has_hand=event.present)
        case Jammed() if order.stage in CLOSES:
            order = replace(order, jams=order.jams + 1)
        case PhotoTaken() if len(order.photos) < MOST_PHOTOS:
            order = replace(order, photos=(*order.photos, event.ref))
        case Restarted():
            order = _restarted(order, event, now)
        case _:
            order = _suspected(order, event)
    return order


def enter(order: Deposit, now: Now) -> Deposit:
    """Return the order as it comes into another stage: the weights before, during and after are told apart here."""
    order = replace(order, entered_ms=now.at_ms)
    match order.stage:
        case Stage.TARING:
            return replace(order, run=None, is_open=None)
        case Stage.OPENING:
            return replace(order, before_g=order.now_g, run=None)
        case Stage.OPEN:
            return replace(order, run=None, shut_ms=None, held_g=None)
        case Stage.WEIGHING:
            return replace(order, run=None, shut_ms=now.at_ms if order.shut_ms is None else order.shut_ms)
        case Stage.CONFIRMING:
            return replace(order, held_g=order.now_g)
        case _:
            return order


def with_doubt(order: Deposit, doubt: Doubt) -> Deposit:
    """Return the order with one more doubt, each named once."""
    return order if doubt in order.doubts else replace(order, doubts=(*order.doubts, doubt))


def with_flag(order: Deposit, flag: Flag) -> Deposit:
    """Return the order with one more flag, each named once."""
    return order if flag in order.flags else replace(order, flags=(*order.flags, flag))


def _weighed(order: Deposit, event: Weighed, now: Now) -> Deposit:
    run = weigh(order.run, event.grams, moving=event.moving, at_ms=now.at_ms, rule=order.settings.still)
    order = replace(order, run=run, curve=draw(order.curve, event.grams, now.at_ms))
    if order.stage is not Stage.OPEN or order.now_g is None:
        return order
    peak_g = order.now_g if order.peak_g is None else max(order.peak_g, order.now_g)
    return replace(order, peak_g=peak_g)


def _suspected(order: Deposit, event: Any) -> Deposit:
    match event:
        case StrangerIdentified() if event.user_ref != order.user_ref and not order.is_collection:
            return with_doubt(order, Doubt.TWO_RESIDENTS)
        case CategorySensed() if order.stage in RELEASED and event.category is not order.category:
            return with_doubt(order, Doubt.WRONG_CATEGORY)
        case BinStopped() if order.stage in RELEASED and not order.is_collection:
            return with_flag(order, Flag.STOPPED)
        case _:
            return order


def _restarted(order: Deposit, event: Restarted, now: Now) -> Deposit:
    """Forget what was only seen, keep what was proved, and give the sensors their time anew a few times."""
    away = event.away_ms is None or event.away_ms > order.settings.most_away_ms
    has_grace = order.restarts < GRACES
    return replace(
        order,
        entered_ms=now.at_ms if has_grace else order.entered_ms,
        shut_ms=now.at_ms if has_grace and order.shut_ms is not None else order.shut_ms,
        restarts=order.restarts + 1,
        is_unwatched=order.is_unwatched or away,
        is_open=None,
        has_hand=False,
        run=None,
    )

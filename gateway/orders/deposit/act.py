"""What a row of the deposit table does: the order's new fields and the effects for the desk. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.orders.deposit import receipt
from gateway.orders.deposit.order import Deposit, Doubt, Flag, Stage
from gateway.orders.deposit.take import with_doubt, with_flag
from gateway.orders.effect import CloseDoor, Effect, Lock, Look, Raise, Tell, Unlock
from gateway.orders.machine import Done

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.orders.clock import Now
    from gateway.orders.deposit.event import BinStopped, Refused

    Action = Callable[[Deposit, object, Now], Done[Deposit]]


def cancel(why: str) -> Action:
    """Return the action that ends an order before anything was opened."""

    def act(order: Deposit, _event: object, now: Now) -> Done[Deposit]:
        return _cancelled(order, why, now)

    return act


def refuse(order: Deposit, event: Refused, now: Now) -> Done[Deposit]:
    return _cancelled(order, f"refused: {event.why}" if event.why else "refused", now)


def stop(order: Deposit, event: BinStopped, now: Now) -> Done[Deposit]:
    return _cancelled(order, f"bin-stopped: {event.why}", now)


def not_shut(order: Deposit, _event: object, now: Now) -> Done[Deposit]:
    done = _cancelled(order, "door-not-closed", now)
    return replace(done, effects=(*done.effects, _alarm(order, "door-forced")))


def too_heavy(order: Deposit, _event: object, now: Now) -> Done[Deposit]:
    done = _cancelled(order, "overweight", now)
    return replace(done, effects=(*done.effects, _alarm(order, "overweight")))


def look(order: Deposit, _event: object, now: Now) -> Done[Deposit]:
    told = Tell(order_id=order.order_id, stage=Stage.TARING.value, body=receipt.facts(order, now))
    return Done(order, (*_looks(order), told))


def look_again(order: Deposit, _event: object, _now: Now) -> Done[Deposit]:
    return Done(order, _looks(order))


def open_door(order: Deposit, _event: object, now: Now) -> Done[Deposit]:
    told = Tell(order_id=order.order_id, stage=Stage.OPENING.value, body=receipt.facts(order, now))
    return Done(order, (told, Unlock(door=order.door, order_id=order.order_id)))


def close_door(order: Deposit, _event: object, now: Now) -> Done[Deposit]:
    order = replace(order, closes=order.closes + 1, close_ms=now.at_ms)
    return Done(order, (_shut(order),))


def close_first(order: Deposit, _event: object, now: Now) -> Done[Deposit]:
    """Close the door, but not on a hand: then only its going closes it."""
    order = replace(order, closes=int(not order.has_hand), close_ms=now.at_ms)
    shut = () if order.has_hand else (_shut(order),)
    return Done(order, (*shut, *_looks(order)))


def not_opened(order: Deposit, event: object, now: Now) -> Done[Deposit]:
    done = close_first(order, event, now)
    return replace(done, effects=(*done.effects, _alarm(order, "door-not-opened")))


def note_jam(order: Deposit, _event: object, now: Now) -> Done[Deposit]:
    """Wait before the door tries again: whoever was in its way needs the time."""
    return Done(replace(order, close_ms=now.at_ms))


def note_leaning(order: Deposit, _event: object, _now: Now) -> Done[Deposit]:
    return Done(with_flag(order, Flag.LEANED))


def review(doubt: Doubt | None = None) -> Action:
    """Return the action that hands the order to a person, with this doubt beside those that it has."""

    def act(order: Deposit, _event: object, now: Now) -> Done[Deposit]:
        doubted = order if doubt is None else with_doubt(order, doubt)
        alarms = (_alarm(order, "door-jammed"),) if doubt is Doubt.JAMMED else ()
        told = Tell(order_id=order.order_id, stage=Stage.REVIEW.value, body=receipt.review(doubted, now))
        return Done(doubted, (*alarms, told))

    return act


def record(order: Deposit, _event: object, now: Now) -> Done[Deposit]:
    return _recorded(order, receipt.receipt(order, now))


def record_collection(order: Deposit, _event: object, now: Now) -> Done[Deposit]:
    body = receipt.collection(order, now)
    done = _recorded(order, body)
    if body["emptied"]:
        return done
    left = Raise(target=order.door, alarm="not-emptied", active=True, detail=f"{body['left_g']} g left")
    return replace(done, effects=(left, *done.effects))


def _recorded(order: Deposit, body: receipt.Body) -> Done[Deposit]:
    return Done(order, (Tell(order_id=order.order_id, stage=Stage.RECORDED.value, body=body),))


def _cancelled(order: Deposit, why: str, now: Now) -> Done[Deposit]:
    ended = replace(order, why=why)
    body = receipt.facts(ended, now) | {"why": why, "points": 0}
    return Done(ended, (Tell(order_id=order.order_id, stage=Stage.CANCELLED.value, body=body),))


def _looks(order: Deposit) -> tuple[Effect, ...]:
    return tuple(Look(target=target, order_id=order.order_id) for target in (order.door, order.scale))


def _shut(order: Deposit) -> Effect:
    """Staff shuts its own door; a resident's closes by motor under its hand protection."""
    if order.is_collection:
        return Lock(door=order.door, order_id=order.order_id)
    return CloseDoor(door=order.door, order_id=order.order_id)


def _alarm(order: Deposit, alarm: str) -> Raise:
    return Raise(target=order.door, alarm=alarm, active=True, detail=f"order {order.order_id}")

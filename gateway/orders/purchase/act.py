"""What a row of the purchase table does: the order's new fields and the effects for the desk. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.orders.effect import Effect, Lock, Look, Raise, Tell, Unlock
from gateway.orders.machine import Done
from gateway.orders.purchase import receipt
from gateway.orders.purchase.order import Doubt, Purchase, Stage
from gateway.orders.purchase.shelf import Proof
from gateway.orders.purchase.take import with_doubt

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.orders.clock import Now
    from gateway.orders.purchase.event import DoorSeen, LockAnswered, Refused, SaleStopped

    Action = Callable[[Purchase, object, Now], Done[Purchase]]


def cancel(why: str) -> Action:
    """Return the action that ends an order before anything was unlocked."""

    def act(order: Purchase, _event: object, now: Now) -> Done[Purchase]:
        return _cancelled(order, why, now)

    return act


def refuse(order: Purchase, event: Refused, now: Now) -> Done[Purchase]:
    return _cancelled(order, f"refused: {event.why}" if event.why else "refused", now)


def stop_sale(order: Purchase, event: SaleStopped, now: Now) -> Done[Purchase]:
    return _cancelled(order, f"stop-sale: {event.shelf}: {event.why}", now)


def not_closed(order: Purchase, event: DoorSeen, now: Now) -> Done[Purchase]:
    done = _cancelled(order, "door-not-closed", now)
    return replace(done, effects=(*done.effects, _forced(order, event.door)))


def look(order: Purchase, _event: object, now: Now) -> Done[Purchase]:
    return Done(order, (*_looks(order), _tell(order, Stage.LOOKING, receipt.facts(order, now))))


def look_again(order: Purchase, _event: object, _now: Now) -> Done[Purchase]:
    return Done(order, _looks(order))


def unlock(order: Purchase, _event: object, now: Now) -> Done[Purchase]:
    """Unlock every door of the order, and say which shelves were not as the last order left them."""
    order = replace(order, unlocks=1)
    told = _tell(order, Stage.UNLOCKING, receipt.facts(order, now))
    return Done(order, (*_strays(order), told, *_unlocks(order)))


def unlock_again(order: Purchase, _event: object, _now: Now) -> Done[Purchase]:
    order = replace(order, unlocks=order.unlocks + 1)
    return Done(order, _unlocks(order))


def unlock_refused_door(order: Purchase, event: LockAnswered, _now: Now) -> Done[Purchase]:
    order = replace(order, unlocks=order.unlocks + 1)
    return Done(order, (Unlock(door=event.door, order_id=order.order_id),))


def lock_and_look(order: Purchase, _event: object, _now: Now) -> Done[Purchase]:
    over = () if not order.alarmed else tuple(_left_open(order, active=False))
    return Done(replace(order, alarmed=False), (*_locks(order), *over, *_looks(order)))


def note_forced(order: Purchase, event: DoorSeen, _now: Now) -> Done[Purchase]:
    noted = with_doubt(replace(order, forced=(*order.forced, event.door)), Doubt.DOOR_FORCED)
    return Done(noted, (_forced(order, event.door),))


def warn(order: Purchase, _event: object, now: Now) -> Done[Purchase]:
    return Done(replace(order, warned=True), (_tell(order, "open-warning", receipt.facts(order, now)),))


def alarm(order: Purchase, _event: object, _now: Now) -> Done[Purchase]:
    return Done(replace(order, alarmed=True), tuple(_left_open(order, active=True)))


def review(doubt: Doubt | None = None) -> Action:
    """Return the action that hands the order to a person, with this doubt beside those that it has."""

    def act(order: Purchase, _event: object, now: Now) -> Done[Purchase]:
        doubted = order if doubt is None else with_doubt(order, doubt)
        return Done(doubted, (*_locks(order), _tell(order, Stage.REVIEW, receipt.review(doubted, now))))

    return act


def settle(order: Purchase, _event: object, now: Now) -> Done[Purchase]:
    return Done(order, (_tell(order, Stage.SETTLED, receipt.receipt(order, now)),))


def settle_restock(order: Purchase, _event: object, now: Now) -> Done[Purchase]:
    body = receipt.restock(order, now)
    alarms = (_difference(order, order.cabinet),) if receipt.disagrees(body) else ()
    return Done(order, (*alarms, _tell(order, Stage.SETTLED, body)))


def _cancelled(order: Purchase, why: str, now: Now) -> Done[Purchase]:
    ended = replace(order, why=why)
    body = receipt.facts(ended, now) | {"why": why, "amount_mil": 0}
    return Done(ended, (_tell(ended, Stage.CANCELLED, body),))


def _tell(order: Purchase, stage: str, body: receipt.Body) -> Tell:
    return Tell(order_id=order.order_id, stage=str(stage), body=body)


def _looks(order: Purchase) -> tuple[Effect, ...]:
    targets = [door.name for door in order.doors]
    targets += [shelf.name for shelf in order.shelves if set(shelf.proofs) != {Proof.OPENING}]
    return tuple(Look(target=target, order_id=order.order_id) for target in targets)


def _unlocks(order: Purchase) -> tuple[Effect, ...]:
    return tuple(Unlock(door=door.name, order_id=order.order_id) for door in order.doors)


def _locks(order: Purchase) -> tuple[Effect, ...]:
    return tuple(Lock(door=door.name, order_id=order.order_id) for door in order.doors)


def _left_open(order: Purchase, *, active: bool) -> list[Effect]:
    doors = [door.name for door in order.doors if door.is_open or not active]
    return [Raise(target=door, alarm="door-left-open", active=active) for door in doors]


def _forced(order: Purchase, door: str) -> Raise:
    return Raise(target=door, alarm="door-forced", active=True, detail=f"in order {order.order_id}")


def _strays(order: Purchase) -> tuple[Effect, ...]:
    """Raise each shelf whose weight is not what the last order left: it went before, and nobody here pays for it."""
    found = []
    for shelf, reading in zip(order.shelves, order.readings, strict=True):
        if shelf.expected_g is not None and reading.grams is not None:
            stray_g = reading.grams - shelf.expected_g
            if abs(stray_g) > shelf.noise_g:
                found.append(_difference(order, shelf.name, f"{stray_g:+} g before the unlock"))
    return tuple(found)


def _difference(order: Purchase, target: str, detail: str = "") -> Raise:
    said = f"{detail}, order {order.order_id}" if detail else f"restock {order.order_id}"
    return Raise(target=target, alarm="stock-difference", active=True, detail=said)

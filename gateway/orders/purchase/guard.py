"""When a row of the purchase table holds. Each name is read aloud in the documentation. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.orders.purchase.judge import judge

if TYPE_CHECKING:
    from gateway.orders.clock import Now
    from gateway.orders.purchase.event import DoorSeen, LockAnswered, Restarted, SaleStopped
    from gateway.orders.purchase.order import Purchase


def has_ceiling(order: Purchase, _event: object, _now: Now) -> bool:
    return order.is_restock or (order.limit_mil or 0) > 0


def concerns_us(order: Purchase, event: SaleStopped, _now: Now) -> bool:
    return not order.is_restock and any(shelf.name == event.shelf for shelf in order.shelves)


def is_open(_order: Purchase, event: DoorSeen, _now: Now) -> bool:
    return event.is_open


def own_door_opens(order: Purchase, event: DoorSeen, _now: Now) -> bool:
    return event.is_open and order.owns(event.door)


def foreign_door_opens(order: Purchase, event: DoorSeen, _now: Now) -> bool:
    return event.is_open and not order.owns(event.door) and event.door not in order.forced


def shelves_known(order: Purchase, _event: object, _now: Now) -> bool:
    return order.is_closed and order.is_read


def all_closed(order: Purchase, _event: object, now: Now) -> bool:
    return order.is_closed and (_was_all_open(order) or opens_too_late(order, _event, now))


def closed_but_more_to_open(order: Purchase, _event: object, _now: Now) -> bool:
    return order.is_closed


def refused_once(order: Purchase, event: LockAnswered, _now: Now) -> bool:
    return not event.released and order.owns(event.door) and order.unlocks <= order.settings.retries


def refused_again(order: Purchase, event: LockAnswered, _now: Now) -> bool:
    return not event.released and order.owns(event.door)


def released(order: Purchase, event: LockAnswered, _now: Now) -> bool:
    return event.released and order.owns(event.door)


def lock_silent(order: Purchase, _event: object, now: Now) -> bool:
    settings = order.settings
    return order.unlocks <= settings.retries and now.at_ms - order.unlocked_ms >= settings.retry_ms


def no_answer(order: Purchase, _event: object, now: Now) -> bool:
    return now.at_ms - order.entered_ms >= order.settings.answer_ms


def no_baseline(order: Purchase, _event: object, now: Now) -> bool:
    return now.at_ms - order.entered_ms >= order.settings.look_ms


def opens_too_late(order: Purchase, _event: object, now: Now) -> bool:
    return now.at_ms - order.unlocked_ms >= order.settings.open_within_ms


def open_too_long(order: Purchase, _event: object, now: Now) -> bool:
    settings = order.settings
    return _open_ms(order, now) >= (settings.restock_open_ms if order.is_restock else settings.most_open_ms)


def alarm_due(order: Purchase, _event: object, now: Now) -> bool:
    return not order.alarmed and not order.is_restock and _open_ms(order, now) >= order.settings.alarm_open_ms


def warning_due(order: Purchase, _event: object, now: Now) -> bool:
    return not order.warned and not order.is_restock and _open_ms(order, now) >= order.settings.warn_open_ms


def away_too_long(order: Purchase, event: Restarted, _now: Now) -> bool:
    return event.away_ms is None or event.away_ms > order.settings.most_away_ms


def unreadable(order: Purchase, _event: object, now: Now) -> bool:
    return not shelves_known(order, _event, now) and now.at_ms - order.entered_ms >= order.settings.settle_ms


def undeclared(order: Purchase, _event: object, now: Now) -> bool:
    late = now.at_ms - order.entered_ms >= order.settings.declare_ms
    return order.is_restock and order.declared is None and late


def declared_and_read(order: Purchase, _event: object, now: Now) -> bool:
    return order.is_restock and order.declared is not None and shelves_known(order, _event, now)


def doubtful(order: Purchase, _event: object, now: Now) -> bool:
    return not order.is_restock and shelves_known(order, _event, now) and bool(judge(order).doubts)


def goods_taken(order: Purchase, _event: object, now: Now) -> bool:
    return not order.is_restock and shelves_known(order, _event, now) and bool(judge(order).taken)


def nothing_taken(order: Purchase, _event: object, now: Now) -> bool:
    return not order.is_restock and shelves_known(order, _event, now)


def _was_all_open(order: Purchase) -> bool:
    return all(door.was_open for door in order.doors)


def _open_ms(order: Purchase, now: Now) -> int:
    return 0 if order.opened_ms is None else now.at_ms - order.opened_ms

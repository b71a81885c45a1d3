"""When a row of the deposit table holds. Each name is read aloud in the documentation. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.orders.deposit.judge import judge, net_of

if TYPE_CHECKING:
    from gateway.orders.clock import Now
    from gateway.orders.deposit.event import DoorSeen, HandSeen, Restarted, StrangerIdentified
    from gateway.orders.deposit.order import Deposit


def is_open(_order: Deposit, event: DoorSeen, _now: Now) -> bool:
    return event.is_open


def is_delivery(order: Deposit, _event: object, _now: Now) -> bool:
    return not order.is_collection


def somebody_else(order: Deposit, event: StrangerIdentified, _now: Now) -> bool:
    return not order.is_collection and event.user_ref != order.user_ref


def is_shut(order: Deposit, _event: object, _now: Now) -> bool:
    return order.is_open is False


def too_heavy(order: Deposit, _event: object, _now: Now) -> bool:
    return not order.is_collection and (order.now_g or 0) >= order.settings.full_g


def weight_known(order: Deposit, _event: object, _now: Now) -> bool:
    return order.is_open is False and order.now_g is not None


def hand_in_the_door(order: Deposit, _event: object, _now: Now) -> bool:
    return order.has_hand


def hand_gone(order: Deposit, event: HandSeen, _now: Now) -> bool:
    return not event.present and order.closes < order.settings.most_closes


def jammed_too_often(order: Deposit, _event: object, _now: Now) -> bool:
    return max(order.jams, order.closes) >= order.settings.most_closes


def close_again_due(order: Deposit, _event: object, now: Now) -> bool:
    return not order.has_hand and _since_close(order, now)


def will_not_close(order: Deposit, _event: object, now: Now) -> bool:
    limit = order.closes >= order.settings.most_closes and _since_close(order, now)
    return limit or now.at_ms - order.entered_ms >= order.settings.most_open_ms


def no_answer(order: Deposit, _event: object, now: Now) -> bool:
    return now.at_ms - order.entered_ms >= order.settings.answer_ms


def no_weight_before(order: Deposit, _event: object, now: Now) -> bool:
    return now.at_ms - order.entered_ms >= order.settings.tare_ms


def opens_too_late(order: Deposit, _event: object, now: Now) -> bool:
    return now.at_ms - order.entered_ms >= order.settings.open_within_ms


def open_too_long(order: Deposit, _event: object, now: Now) -> bool:
    settings = order.settings
    limit_ms = settings.collect_open_ms if order.is_collection else settings.most_open_ms
    return now.at_ms - order.entered_ms >= limit_ms


def away_too_long(order: Deposit, event: Restarted, _now: Now) -> bool:
    return event.away_ms is None or event.away_ms > order.settings.most_away_ms


def unstable(order: Deposit, _event: object, now: Now) -> bool:
    return order.shut_ms is not None and now.at_ms - order.shut_ms >= order.settings.settle_ms


def leant_on(order: Deposit, event: object, now: Now) -> bool:
    """Return whether less than `held_pct` is left of what had seemed to be at rest: somebody's weight was on it."""
    if not weight_known(order, event, now) or None in (order.before_g, order.held_g) or order.is_collection:
        return False
    before_g = order.before_g or 0
    seemed_g, left_g = (order.held_g or 0) - before_g, (order.now_g or 0) - before_g
    return seemed_g >= order.settings.least_g and 100 * left_g < order.settings.held_pct * seemed_g


def moved(order: Deposit, _event: object, _now: Now) -> bool:
    return order.now_g is None or abs(order.now_g - (order.held_g or 0)) > order.settings.still.within_g


def doubtful(order: Deposit, _event: object, now: Now) -> bool:
    return _is_held(order) and bool(judge(order, now).doubts)


def emptied(order: Deposit, _event: object, _now: Now) -> bool:
    return order.is_collection and _is_held(order)


def put_in(order: Deposit, _event: object, _now: Now) -> bool:
    return _is_held(order) and net_of(order) > 0


def nothing_put_in(order: Deposit, _event: object, _now: Now) -> bool:
    return _is_held(order)


def _is_held(order: Deposit) -> bool:
    """Return whether the weight has been seen at rest to the end of the test, not only at its start."""
    return order.run is not None and order.run.last_ms - order.entered_ms >= order.settings.confirm_ms


def _since_close(order: Deposit, now: Now) -> bool:
    return now.at_ms - order.close_ms >= order.settings.close_again_ms

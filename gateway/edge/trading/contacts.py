"""What a contact of the site file means: hand, jam, wrong category, defrost, goods in a slot. Thin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.edge.trading.setup import InputKind
from gateway.orders.deposit import event as deposit
from gateway.orders.deposit.order import Deposit
from gateway.orders.purchase import event as purchase
from gateway.orders.purchase.health import defrost_began, defrosted

if TYPE_CHECKING:
    from gateway.edge.journal import Moment
    from gateway.edge.trading.setup import Input, TradingSetup
    from gateway.edge.trading.turn import Turn
    from gateway.orders.clock import Now


def contact(name: str, turn: Turn, setup: TradingSetup, now: Now, at: Moment, *, is_on: bool) -> None:
    """Let one look at a contact act, at its own moment."""
    found = setup.inputs[name]
    has_turned = (name in turn.books.inputs) is not is_on
    if has_turned:
        turn.books = replace(turn.books, inputs=turn.books.inputs ^ {name})
    trade = turn.at(found.place)
    match found.kind:
        case InputKind.HAND if trade is not None and isinstance(trade.order, Deposit):
            if trade.order.has_hand is not is_on:
                turn.step(trade.order_id, deposit.HandSeen(present=is_on), at)
        case InputKind.JAM if has_turned and is_on:
            _jammed(turn, setup.bins[found.place].door, found, at)
        case InputKind.WRONG if has_turned and is_on and trade is not None:
            turn.step(trade.order_id, deposit.CategorySensed(category=None), at)
        case InputKind.PRESENCE if trade is not None:
            turn.step(trade.order_id, purchase.ShelfRead(shelf=found.shelf, present=is_on), at)
        case InputKind.DEFROST if has_turned:
            _defrost(turn, found.place, now, begins=is_on)


def _jammed(turn: Turn, door: str, found: Input, at: Moment) -> None:
    """Let its order count how often a door has given way; without an order somebody has to look."""
    trade = turn.at(found.place)
    if trade is None:
        turn.alarm(door, "door-jammed", active=True, at=at, detail="without an order")
    else:
        turn.step(trade.order_id, deposit.Jammed(), at)


def _defrost(turn: Turn, cabinet: str, now: Now, *, begins: bool) -> None:
    books = turn.books.cabinets[cabinet]
    health = tuple(defrost_began(each, now) if begins else defrosted(each, now) for each in books.health)
    turn.books = turn.books.with_cabinet(cabinet, replace(books, health=health))

"""What one look at a door, a scale, a level or a thermometer means: to the order there, and to the books. Thin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.edge.trading.books import BinBooks, why_of
from gateway.edge.trading.contacts import contact
from gateway.edge.trading.sensing import DoorLook, HeatLook, InputLook, LevelLook, WeightLook
from gateway.orders.deposit import event as deposit
from gateway.orders.deposit.fullness import is_blind
from gateway.orders.deposit.fullness import watch as watch_fullness
from gateway.orders.purchase import event as purchase
from gateway.orders.purchase.doors import see
from gateway.orders.purchase.health import watch as watch_health

if TYPE_CHECKING:
    from gateway.edge.journal import Moment
    from gateway.edge.trading.sensing import Look
    from gateway.edge.trading.setup import TradingSetup
    from gateway.edge.trading.turn import Turn
    from gateway.orders.clock import Now

UNTIL_SHUT = ("door-jammed",)
UNTIL_OPEN = ("door-not-opened",)


def take(look: Look, turn: Turn, setup: TradingSetup, now: Now, at: Moment) -> None:
    """Let one look act, at its own moment."""
    match look:
        case DoorLook(target=door, is_open=is_open):
            _door(door, turn, setup.doors[door], at, is_open=is_open)
        case WeightLook(target=scale, grams=grams, moving=moving):
            _weight(scale, turn, setup, at, grams=grams, moving=moving)
        case LevelLook(target=sensor, distance_mm=distance_mm):
            _level(turn, setup, setup.levels[sensor], at, distance_mm)
        case InputLook(target=name, is_on=is_on):
            contact(name, turn, setup, now, at, is_on=is_on)
        case HeatLook(target=sensor, celsius=celsius):
            heat(turn, setup, setup.thermometers[sensor], now, at, celsius)


def heat(turn: Turn, setup: TradingSetup, cabinet: str, now: Now, at: Moment, read_c: float | None) -> None:
    """Let the health of a cabinet's shelves pass time, with or without a temperature."""
    books, rules = turn.books.cabinets[cabinet], setup.cabinets[cabinet].rules
    health = tuple(
        watch_health(each, shelf, rules, now, read_c=read_c, is_open=shelf.door in books.watched.open)
        for shelf, each in zip(books.shelves, books.health, strict=True)
    )
    turn.books = turn.books.with_cabinet(cabinet, replace(books, health=health))
    trade = turn.at(cabinet)
    for shelf, each in zip(books.shelves, health, strict=True):
        why = why_of(each)
        turn.alarm(shelf.name, "stop-sale", active=bool(why), at=at, detail=why)
        if why and trade is not None:
            turn.step(trade.order_id, purchase.SaleStopped(shelf=shelf.name, why=why), at)


def _door(door: str, turn: Turn, place: str, at: Moment, *, is_open: bool) -> None:
    trade = turn.at(place)
    has_order = trade is not None and trade.may_open(door)
    cabinet = turn.books.cabinets.get(place)
    before = turn.books.bins[place].watched if cabinet is None else cabinet.watched
    watched, raised = see(before, door, is_open=is_open, has_order=has_order)
    if watched != before:
        turn.books = (
            turn.books.with_bin(place, replace(turn.books.bins[place], watched=watched))
            if cabinet is None
            else turn.books.with_cabinet(place, replace(cabinet, watched=watched))
        )
    for effect in raised:
        turn.carry(effect, None, at)
    for alarm in UNTIL_OPEN if is_open else UNTIL_SHUT:
        turn.alarm(door, alarm, active=False, at=at)
    if trade is not None and cabinet is None:
        turn.step(trade.order_id, deposit.DoorSeen(is_open=is_open), at)
    elif trade is not None:
        turn.step(trade.order_id, purchase.DoorSeen(door=door, is_open=is_open), at)


def _weight(scale: str, turn: Turn, setup: TradingSetup, at: Moment, *, grams: int, moving: bool) -> None:
    place = setup.scales[scale]
    trade = turn.at(place)
    if trade is None:
        return
    if place in setup.bins:
        turn.step(trade.order_id, deposit.Weighed(grams=grams, moving=moving), at)
    else:
        shelf = setup.cabinets[place].weighers[scale]
        turn.step(trade.order_id, purchase.ShelfRead(shelf=shelf, grams=grams, moving=moving), at)


def _level(turn: Turn, setup: TradingSetup, place: str, at: Moment, distance_mm: int | None) -> None:
    each, books = setup.bins[place], turn.books.bins[place]
    if each.fullness is None:
        return
    is_open = each.door in books.watched.open
    seen = watch_fullness(books.fullness, each.fullness, distance_mm=distance_mm, is_open=is_open)
    turn.books = turn.books.with_bin(place, BinBooks(fullness=seen, watched=books.watched))
    detail = "" if seen.pct is None else f"{seen.pct} %"
    turn.alarm(place, "bin-filling", active=seen.is_alarmed, at=at, detail=detail)
    turn.alarm(place, "bin-full", active=seen.is_full, at=at, detail=detail)
    turn.alarm(place, "level-unknown", active=is_blind(seen, each.fullness), at=at, detail="the sensor says nothing")
    trade = turn.at(place)
    if seen.is_full and trade is not None:
        turn.step(trade.order_id, deposit.BinStopped(why="full"), at)

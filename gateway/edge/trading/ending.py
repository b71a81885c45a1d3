"""What an order that has ended leaves behind: stock, cold that begins anew, who may come again when, alarms. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.edge.trading.books import stocked
from gateway.orders.deposit import station
from gateway.orders.deposit.judge import net_of
from gateway.orders.deposit.order import Deposit
from gateway.orders.deposit.order import Stage as DepositStage
from gateway.orders.purchase.books import shelves_after
from gateway.orders.purchase.health import serviced
from gateway.orders.purchase.order import Purchase
from gateway.orders.purchase.order import Stage as PurchaseStage
from gateway.orders.purchase.receipt import disagrees, restock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.edge.trading.books import Books, CabinetBooks
    from gateway.edge.trading.setup import TradingSetup
    from gateway.edge.trading.trade import Trade
    from gateway.orders.clock import Now
    from gateway.orders.purchase.shelf import Shelf

OF_A_SERVICE = frozenset({"stock-difference"})
OF_A_COLLECTION = frozenset({"overweight", "not-emptied"})


def books_after(books: Books, trade: Trade, setup: TradingSetup, now: Now) -> Books:
    """Return the books after an order has ended."""
    order = trade.order
    if trade.place not in {*books.cabinets, *books.bins}:  # the site file has it no more
        return books
    if isinstance(order, Purchase):
        return books.with_cabinet(trade.place, _cabinet(books.cabinets[trade.place], order, now))
    if order.is_collection or order.stage is DepositStage.CANCELLED:  # no door was opened: whoever it was may try again
        return books
    name = setup.bins[trade.place].station
    ended = station.ended(books.stations[name], user_ref=order.user_ref, net_g=max(0, net_of(order)), now=now)
    return books.with_station(name, ended)


def alarms_over(alarms: Iterable[tuple[str, str]], trade: Trade, now: Now) -> list[tuple[str, str]]:
    """Return the alarms that are over by the end of an order: staff has counted the goods, or emptied the bin."""
    order = trade.order
    if isinstance(order, Deposit):
        done = order.is_collection and order.stage is DepositStage.RECORDED
        emptied = done and abs((order.now_g or 0) - order.tare_g) <= order.settings.most_left_g
        over = {(order.door, alarm) for alarm in OF_A_COLLECTION} if emptied else set()
        return sorted(over & set(alarms))
    over = set()
    if order.is_restock and order.stage is PurchaseStage.SETTLED:
        over = {(shelf.name, alarm) for shelf in order.shelves for alarm in OF_A_SERVICE}
        if not disagrees(restock(order, now)):
            over |= {(order.cabinet, alarm) for alarm in OF_A_SERVICE}
    return sorted(over & set(alarms))


def _cabinet(books: CabinetBooks, order: Purchase, now: Now) -> CabinetBooks:
    after: dict[str, Shelf] = {shelf.name: shelf for shelf in shelves_after(order)}
    was_served = order.is_restock and order.stage is PurchaseStage.SETTLED and order.was_open
    return replace(
        books,
        shelves=tuple(stocked(shelf, after.get(shelf.name)) for shelf in books.shelves),
        health=tuple(
            serviced(now) if was_served and shelf.name in after else health
            for shelf, health in zip(books.shelves, books.health, strict=True)
        ),
    )

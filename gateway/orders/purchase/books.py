"""The shelves in the books after an order has ended: the stock and weight that the next one starts from. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.orders.purchase.judge import judge
from gateway.orders.purchase.order import Stage
from gateway.orders.purchase.restock import restocked

if TYPE_CHECKING:
    from gateway.orders.purchase.order import Purchase
    from gateway.orders.purchase.shelf import Reading, Shelf, Stock


def shelves_after(order: Purchase) -> tuple[Shelf, ...]:
    """Return the shelves of an ended order as the books have them from now on.

    A review leaves the counts to the person who judges it; only the weight that the next order is compared with is new.
    """
    if order.stage is Stage.CANCELLED:
        return order.shelves
    if order.is_restock and order.stage is Stage.SETTLED:
        lines = order.declared or ()
        pairs = zip(order.shelves, order.readings, strict=True)
        return tuple(restocked(shelf, lines, after) for shelf, after in pairs)
    sold = {} if order.stage is Stage.REVIEW else {(each.shelf, each.sku): each.count for each in judge(order).taken}
    return tuple(
        _sold(shelf, {stock.sku: sold.get((shelf.name, stock.sku), 0) for stock in shelf.stock}, after)
        for shelf, after in zip(order.shelves, order.readings, strict=True)
    )


def _sold(shelf: Shelf, sold: dict[str, int], after: Reading) -> Shelf:
    stock = tuple(_without(stock, sold[stock.sku], after) for stock in shelf.stock)
    return replace(shelf, stock=stock, expected_g=after.grams)


def _without(stock: Stock, count: int, after: Reading) -> Stock:
    left = stock.without(count)
    if not count or after.tags is None:
        return left
    return replace(left, tags=tuple(tag for tag in stock.tags if tag in after.tags))

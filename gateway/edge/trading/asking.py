"""From a command to an order with what happens to it at once, or to the reason why there is none. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.model.command import CommandKind
from gateway.orders.deposit import event as deposit
from gateway.orders.deposit.order import Deposit, Identity, open_deposit
from gateway.orders.deposit.order import Purpose as DepositPurpose
from gateway.orders.deposit.station import recent_g, refusal
from gateway.orders.purchase import event as purchase
from gateway.orders.purchase.doors import may_sell
from gateway.orders.purchase.order import Purchase, Purpose, open_purchase
from gateway.site.shelves import outlet_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.edge.trading.books import Books
    from gateway.edge.trading.setup import Bin, Cabinet, TradingSetup
    from gateway.edge.trading.trade import Trade
    from gateway.model.command import Command
    from gateway.orders.clock import Now

SALES = (CommandKind.PURCHASE, CommandKind.RESTOCK)
BINS = (CommandKind.DEPOSIT, CommandKind.COLLECTION)
BEGINNING = (*SALES, *BINS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An order, and what has happened to it already: somebody is known, or money is held."""

    order: Purchase | Deposit
    events: tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Why there is no order: one stable word, and a line for people."""

    reason: str
    detail: str = ""


def asked(command: Command, setup: TradingSetup, books: Books, now: Now) -> Asked | Denied:
    """Return the order that a command asks for. Nothing else is under way at that cabinet or bin."""
    if command.kind in SALES:
        cabinet = setup.cabinets.get(command.target)
        return Denied(reason="unknown-cabinet") if cabinet is None else _sale(command, cabinet, books, now)
    found = setup.bins.get(command.target)
    return Denied(reason="unknown-bin") if found is None else _delivery(command, found, books, now)


def happened(command: Command, trade: Trade) -> object:
    """Return what a command means to an order that is under way, or the reason why it means nothing (`Denied`)."""
    order = trade.order
    if command.kind is CommandKind.WITHDRAW:
        return trade.withdrawn()
    if command.kind is CommandKind.FINISH and isinstance(order, Deposit):
        return deposit.Finished()
    if command.kind is CommandKind.DECLARE and isinstance(order, Purchase) and order.is_restock:
        return _declared(command.args["lines"], order)
    return Denied(reason="other-kind-of-order")


def _declared(said: Any, order: Purchase) -> purchase.Declared | Denied:
    """Return what staff declares; an article that is not sold there would be forgotten, so it is refused."""
    lines = tuple(purchase.Line(**line) for line in said)
    known = {(shelf.name, stock.sku) for shelf in order.shelves for stock in shelf.stock}
    unknown = [f"{line.shelf} {line.sku}" for line in lines if (line.shelf, line.sku) not in known]
    if unknown:
        return Denied(reason="unknown-article", detail=", ".join(unknown))
    if len({(line.shelf, line.sku) for line in lines}) < len(lines):
        return Denied(reason="named-twice", detail="one line for each article of a shelf")
    return purchase.Declared(lines=lines)


def _sale(command: Command, cabinet: Cabinet, books: Books, now: Now) -> Asked | Denied:
    is_restock = command.kind is CommandKind.RESTOCK
    here = books.cabinets[cabinet.name]
    doors = _doors(command.args, cabinet)
    if isinstance(doors, Denied):
        return doors
    stops = here.stops(doors)
    if stops and not is_restock:
        return Denied(reason="stop-sale", detail="; ".join(f"{shelf}: {why}" for shelf, why in stops.items()))
    if not may_sell(here.watched, frozenset(cabinet.doors)):
        return Denied(reason="door-open", detail=", ".join(sorted(here.watched.open)))
    order = open_purchase(
        order_id=str(command.args["order_id"]),
        cabinet=cabinet.name,
        user_ref=str(command.args.get("user_ref") or ""),
        shelves=here.behind(doors),
        prices=cabinet.prices,
        at_ms=now.at_ms,
        purpose=Purpose.RESTOCK if is_restock else Purpose.SALE,
    )
    limit: Any = command.args.get("limit_mil") or 0
    return Asked(order=order, events=(purchase.Authorised(limit_mil=limit),))


def _doors(args: Mapping[str, object], cabinet: Cabinet) -> frozenset[str] | Denied:
    wanted: Any = args.get("doors") or ()
    doors = frozenset(outlet_of(cabinet.lock, number) for number in wanted) or frozenset(cabinet.doors)
    unknown = sorted(doors - set(cabinet.doors))
    return Denied(reason="unknown-door", detail=", ".join(unknown)) if unknown else doors


def _delivery(command: Command, here: Bin, books: Books, now: Now) -> Asked | Denied:
    is_collection = command.kind is CommandKind.COLLECTION
    user_ref, station = str(command.args["user_ref"]), books.stations[here.station]
    if not is_collection:
        why = refusal(station, user_ref=user_ref, door=here.door, now=now)
        if why is None and books.bins[here.name].fullness.is_full:
            why = "bin-full"
        if why is not None:
            return Denied(reason=why)
    if not may_sell(books.bins[here.name].watched, frozenset({here.door})):
        return Denied(reason="door-open", detail=here.door)
    order = open_deposit(
        order_id=str(command.args["order_id"]),
        station=here.station,
        door=here.door,
        scale=here.weigher,
        category=here.category,
        identity=Identity(str(command.args.get("identity") or Identity.PLATFORM)),
        rule=here.rule,
        at_ms=now.at_ms,
        purpose=DepositPurpose.COLLECTION if is_collection else DepositPurpose.DEPOSIT,
        settings=here.settings,
        tare_g=here.tare_g,
        recent_g=() if is_collection else recent_g(station, user_ref=user_ref, now=now),
    )
    return Asked(order=order, events=(deposit.Identified(user_ref=user_ref),))

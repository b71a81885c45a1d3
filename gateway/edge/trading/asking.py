"""From a command to an order with what happens to it at once, or to the reason why there is none. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.edge.trading.saying import Denied, declared, seen
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

    from gateway.edge.journal import Moment
    from gateway.edge.trading.books import Books
    from gateway.edge.trading.setup import Bin, Cabinet, TradingSetup
    from gateway.edge.trading.trade import Trade
    from gateway.edge.trading.turn import Turn
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


def asked(command: Command, setup: TradingSetup, turn: Turn, now: Now) -> Asked | Denied:
    """Return the order that a command asks for. Nothing else is under way at that cabinet or bin."""
    books = turn.books
    if command.kind in SALES:
        cabinet = setup.cabinets.get(command.target)
        return Denied(reason="unknown-cabinet") if cabinet is None else _sale(command, cabinet, books, now)
    found = setup.bins.get(command.target)
    return Denied(reason="unknown-bin") if found is None else _delivery(command, found, turn, now)


def happened(command: Command, trade: Trade) -> tuple[object, ...] | Denied:
    """Return what a command means to an order that is under way, or the reason why it means nothing (`Denied`)."""
    order = trade.order
    if command.kind is CommandKind.WITHDRAW:
        return (trade.withdrawn(),)
    if command.kind is CommandKind.FINISH and isinstance(order, Deposit):
        return (deposit.Finished(),)
    if command.kind is CommandKind.DECLARE and isinstance(order, Purchase) and order.is_restock:
        return declared(command.args["lines"], order)
    if command.kind is CommandKind.SEEN:
        return seen(command.args, order)
    return Denied(reason="other-kind-of-order")


def barred(command: Command, setup: TradingSetup, turn: Turn, now: Moment) -> Denied | None:
    """Return why nothing can begin there now, whatever it is.

    The order under way at a bin hears that somebody has identified there and is refused.
    """
    if command.expires_s is not None and command.expires_s <= now.mono_s:
        return Denied(reason="expired")
    trade = turn.at(command.target)
    if trade is None:
        return None
    if command.target in setup.bins and command.kind is CommandKind.DEPOSIT:
        turn.step(trade.order_id, deposit.StrangerIdentified(user_ref=str(command.args["user_ref"])), now)
    reason = "door-busy" if command.target in setup.bins else "cabinet-busy"
    return Denied(reason=reason, detail="another order is under way there")


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


def _delivery(command: Command, here: Bin, turn: Turn, now: Now) -> Asked | Denied:
    is_collection, books = command.kind is CommandKind.COLLECTION, turn.books
    user_ref, station = str(command.args["user_ref"]), books.stations[here.station]
    if not is_collection:
        why = refusal(station, user_ref=user_ref, busy=_residents(turn, here.station), now=now)
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
        card_ref=str(command.args.get("card_ref") or ""),
    )
    return Asked(order=order, events=(deposit.Identified(user_ref=user_ref),))


def _residents(turn: Turn, station: str) -> frozenset[str]:
    """Return the residents whose deliveries are under way at a station."""
    orders = [trade.order for trade in turn.open()]
    return frozenset(
        order.user_ref
        for order in orders
        if isinstance(order, Deposit) and order.station == station and not order.is_collection
    )

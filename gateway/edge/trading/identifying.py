"""Who wants to begin: named by the platform or a terminal, or by a card of the pushed list. Decides, and keeps nothing.

The number of a card ends here: what goes on, and what is told, is whose it is and a keyed reference.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.edge.trading.saying import Denied
from gateway.orders.charge import authorise
from gateway.orders.deposit.order import Deposit, Identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.edge.card_book import CardBook
    from gateway.edge.trading.setup import TradingSetup
    from gateway.edge.trading.turn import Turn
    from gateway.model.command import Command
    from gateway.orders.clock import Now

NO_LIST, IN_USE = "no-card-list", "card-in-use"


def named(command: Command, new_id: Callable[[], str]) -> Command:
    """Return a command whose order has an id: ours, where who sent it gives none."""
    order_id = command.args.get("order_id") or authorise.LOCAL + new_id()
    return replace(command, args={**command.args, "order_id": order_id})


def identified(command: Command, cards: CardBook | None, setup: TradingSetup, turn: Turn, now: Now) -> Command | Denied:
    """Return a command that says whose card it is instead of its number, or why this card opens nothing."""
    card = command.args.get("card")
    if card is None:
        return command
    if cards is None:
        return Denied(reason=NO_LIST, detail="the site file has no `charging.cards`")
    if cards.cards is None:
        return Denied(reason=NO_LIST, detail=cards.standing)
    card_ref = cards.reference(str(card))
    found = authorise.holder(str(card), cards.cards, setup.card_list_age_most_s, now)
    if isinstance(found, authorise.Denied):
        return Denied(reason=found.reason, detail=found.detail or f"card_ref {card_ref}")
    place = _place_of(found.user_ref, command.target, setup, turn)
    if place:
        return Denied(reason=IN_USE, detail=place)
    args = {name: value for name, value in command.args.items() if name != "card"}
    who = {"user_ref": found.user_ref, "identity": Identity.CARD.value, "card_ref": card_ref}
    return replace(command, args={**args, **who})


def _place_of(user_ref: str, target: str, setup: TradingSetup, turn: Turn) -> str:
    """Return the bin of this station at which an order of this user is under way, empty where there is none."""
    here = setup.bins.get(target)
    for trade in turn.open():
        order = trade.order
        if not isinstance(order, Deposit) or order.is_collection or here is None:
            continue
        if (order.user_ref, order.station) == (user_ref, here.station):
            return trade.place
    return ""

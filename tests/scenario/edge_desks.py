"""Every desk of a site, put together as the application does it: for scenarios that run real field and a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.app.pushing import act_desk, pushed_desk
from gateway.edge.alarming.desk import AlarmDesk
from gateway.edge.alarming.setup import ground_of
from gateway.edge.carrier import Carrier
from gateway.edge.charging.desk import ChargingDesk
from gateway.edge.charging.setup import SiteSetup
from gateway.edge.desks import Desks
from gateway.edge.trading.desk import TradingDesk
from gateway.edge.trading.pricing import PriceTaker
from gateway.edge.trading.setup import TradingSetup
from gateway.model.command import CommandKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.edge.book import Book
    from gateway.edge.card_book import CardBook
    from gateway.edge.journal import Journal
    from gateway.edge.link import FieldLink
    from gateway.model.site import Site


def desks_of(
    site: Site,
    *,
    book: Book,
    link: FieldLink,
    journal: Journal,
    states: Mapping[str, bytes],
    new_id: Callable[[], str],
    cards: CardBook | None = None,
) -> tuple[Desks, list[Any]]:
    """Return the desks of a site, hung up at its link to field, and everything of edge that has to run."""
    alarms = AlarmDesk(journal=journal, book=book, ground=ground_of(site), states=states, new_id=new_id)
    carrier = Carrier(book=book, journal=alarms, link=link, new_id=new_id)
    charges = SiteSetup(site)
    charging = ChargingDesk(
        book=book, journal=alarms, carrier=carrier, setup=charges, states=states, new_id=new_id, cards=cards
    )
    alarms.clock = charging.clock
    setup = TradingSetup(site)
    trading = TradingDesk(
        book=book,
        journal=alarms,
        link=link,
        clock=charging.clock,
        setup=setup,
        states=states,
        new_id=new_id,
        cards=cards,
    )
    prices = PriceTaker(setup)
    takers = {CommandKind.TARIFFS: charges.tariffs, CommandKind.CARDS: cards, CommandKind.PRICES: prices}
    pushed = pushed_desk(takers=takers, desk=charging, journal=alarms, book=book, states=states)
    acts = act_desk(trading=trading, setup=setup, journal=alarms, link=link, book=book, states=states)
    desks = link.orders = Desks(charging, trading, pushed, acts, alarms)
    return desks, [link, carrier, charging, trading, acts]

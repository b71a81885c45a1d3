"""Put together what the platform pushes to a gateway, and what somebody far away has done once. Decides nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.app.life import new_id
from gateway.edge.acting import ActDesk
from gateway.edge.card_book import CardBook
from gateway.edge.pushed import PushedDesk
from gateway.model.errors import GatewayError
from gateway.orders.charge.cards import CardListError, read_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.edge.book import Book
    from gateway.edge.charging.desk import ChargingDesk
    from gateway.edge.journal import Journal
    from gateway.edge.link import FieldLink
    from gateway.edge.pushed import Taker
    from gateway.edge.trading.desk import TradingDesk
    from gateway.edge.trading.setup import TradingSetup
    from gateway.model.command import CommandKind
    from gateway.model.site import Site


def card_book(site: Site) -> CardBook | None:
    """Return the cards of a site that lets cards charge. Its key is read at each use: a new one needs no restart."""
    cards = site.cards
    if cards is None:
        return None
    return CardBook(addressee=(site.name, site.gateway), key=lambda: key_in(Path(cards.key_file)))


def key_in(file: Path) -> bytes:
    """Return the key in a file. Raises `GatewayError` with one line that says what is wrong with it."""
    try:
        return read_key(file.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it holds more than hexadecimal digits"
        raise GatewayError(f"the key file {file} cannot be read: {why}") from None
    except CardListError as error:
        raise GatewayError(f"the key file {file}: {error}") from None


def pushed_desk(
    *,
    takers: Mapping[CommandKind, Taker | None],
    desk: ChargingDesk,
    journal: Journal,
    book: Book,
    states: Mapping[str, bytes],
) -> PushedDesk:
    """Return the desk for documents; a kind without a taker is refused, and a change is told with the inventory."""

    def changed() -> None:
        book.inventory_revision += 1

    used = {kind: taker for kind, taker in takers.items() if taker is not None}
    return PushedDesk(journal=journal, clock=desk.clock, takers=used, states=states, new_id=new_id, changed=changed)


def act_desk(
    *,
    trading: TradingDesk,
    setup: TradingSetup,
    journal: Journal,
    link: FieldLink,
    book: Book,
    states: Mapping[str, bytes],
) -> ActDesk:
    """Return the desk for acts; a cabinet or bin with an order under way is left alone, all of it."""
    places = {**setup.doors, **setup.scales}

    def is_taken(target: str) -> bool:
        here = {place for name, place in places.items() if name == target or name.startswith(f"{target}/")}
        return any(trade.place in here for trade in trading.trades.values())

    return ActDesk(journal=journal, link=link, machine=book.machine, states=states, is_taken=is_taken, new_id=new_id)

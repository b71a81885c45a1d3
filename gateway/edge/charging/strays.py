"""Outlets that are on without a grant: field notices them, and what no order explains is recorded, alarmed and opened.

Pure: what is done about one is its machine's to decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.edge.charging.hearing import at_outlet
from gateway.model.device import Role
from gateway.model.event import EventKind
from gateway.orders.orphan import table as stray
from gateway.orders.orphan.orphan import Orphan

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.edge.book import Book
    from gateway.edge.charging.ledger import Ledger
    from gateway.edge.charging.turn import Turn
    from gateway.edge.journal import Entry

ON_WITHOUT_GRANT = "on-without-grant"
"""Field's word for an outlet that is on although it holds no grant for it."""


def is_about_a_stray(entry: Entry) -> bool:
    """Return whether an event says that an outlet is on without a grant, or is no more."""
    return entry.kind is EventKind.ALARM and entry.body.get("alarm") == ON_WITHOUT_GRANT


def take_stray(turn: Turn, entry: Entry, ledger: Ledger, book: Book, new_id: Callable[[], str]) -> None:
    """Take such an event: a new incident where no order explains it, or the end of one."""
    outlet, held = entry.target, book.held.get(entry.target)
    if entry.body.get("active") is not True:
        off = stray.Sample(power_w=0.0, is_on=False)
        turn.happen_at(outlet, off if held is None else stray.Explained(order_id=held.order_id), entry.at)
        return
    is_explained = held is not None or any(charge.is_live for charge in at_outlet(ledger.charges.values(), outlet))
    if outlet not in ledger.orphans and not is_explained:
        seen = ledger.clock.now(entry.at)
        turn.notice(Orphan(order_id=f"orphan-{new_id()}", outlet=outlet, seen=seen), entry.at)
        energy = book.places.value(outlet, Role.ENERGY)
        if energy is not None and not turn.is_counted(outlet):  # mostly read before the ON
            turn.happen_at(outlet, stray.Sample(register_wh=energy[0]), entry.at)

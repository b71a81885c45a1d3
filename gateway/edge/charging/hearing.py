"""What field tells, as what happens to charge orders. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.event import Event, EventKind
from gateway.orders.charge import event as happens
from gateway.orders.charge.stage import Stage
from gateway.orders.reason import StopReason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gateway.edge.book import Book
    from gateway.edge.charging.charge import Charge

OPENED_BY_DEVICE = "opened-by-device"
TRIPPED = "tripped"
FINAL = ("done", "refused", "failed")

SENT_PERHAPS = frozenset({"silent", "opened-meanwhile"})
"""Field's words for a start that it took back, perhaps when its ON was already on the line."""

Happened = tuple[str, object]
"""An order's id, and what happens to it."""


def hear(event: Event, charges: Collection[Charge], book: Book) -> Iterator[Happened]:
    """Yield what an event of field means, before the book has taken it."""
    match event.kind:
        case EventKind.ORDER:
            yield from _of_grant(event, charges)
        case EventKind.OUTCOME if event.body.get("state") in FINAL:
            yield from _of_outcome(event, book)
        case EventKind.TRIP:
            yield from _of_trip(event, charges)
        case EventKind.ALARM if event.body.get("active") is True:
            yield from _of_alarm(event, charges, book)


def in_its_stage(event: object, stage: Stage) -> object:
    """Return an event as an order out of sight has to take it: what its outlet did meanwhile is no end by itself."""
    if stage is Stage.INTERRUPTED and isinstance(event, happens.GrantEnded) and event.word == OPENED_BY_DEVICE:
        return happens.Back(is_on=False)
    return event


def trips_among(heard: Iterable[tuple[object, Iterable[Happened]]]) -> set[str]:
    """Return the orders that protection has tripped in what was told together."""
    return {order_id for _, happened in heard for order_id, event in happened if isinstance(event, happens.Tripped)}


def is_only_the_end_of_a_trip(event: object) -> bool:
    """Return whether an event is the end of a grant that a trip has ended: the trip itself says why, and may follow."""
    return isinstance(event, happens.GrantEnded) and event.word == TRIPPED


def at_outlet(charges: Collection[Charge], outlet: str) -> Iterator[Charge]:
    """Yield the orders of an outlet that have no settlement yet."""
    return (charge for charge in charges if charge.order.outlet == outlet and charge.order.receipt is None)


def _of_grant(event: Event, charges: Collection[Charge]) -> Iterator[Happened]:
    order_id = str(event.body.get("order_id"))
    if any(charge.order.order_id == order_id for charge in at_outlet(charges, event.target)):
        if event.body.get("stage") == "ended":
            yield order_id, happens.GrantEnded(word=str(event.body.get("reason")))
        else:
            yield order_id, happens.SwitchedOn()


def _of_outcome(event: Event, book: Book) -> Iterator[Happened]:
    if event.body.get("state") == "done":
        return
    wish, adopted = book.wishes.get(event.target), book.held.get(book.adoptions.get(event.target, ""))
    if wish is not None and wish.starts:
        state, word = str(event.body.get("state")), str(event.body.get("reason"))
        yield wish.order_id, happens.Refused(word=word, was_sent=state == "failed" or word in SENT_PERHAPS)
    elif adopted is not None:
        yield adopted.order_id, happens.GrantEnded(word=OPENED_BY_DEVICE)


def _of_trip(event: Event, charges: Collection[Charge]) -> Iterator[Happened]:
    stage = event.body.get("stage")
    if stage == "tripped":
        causes = event.body.get("causes")
        for cause in causes if isinstance(causes, list) else ():
            for charge in at_outlet(charges, str(cause["outlet"])):
                yield charge.order.order_id, happens.Tripped(element=str(cause["element"]))
    elif stage in {"verified", "unverified"}:
        for charge in at_outlet(charges, event.target):
            yield charge.order.order_id, happens.SwitchedOff(verified=stage == "verified")


def _of_alarm(event: Event, charges: Collection[Charge], book: Book) -> Iterator[Happened]:
    devices = {"silent": [event.target], "link-down": book.buses.get(event.target, [])}
    gone = devices.get(str(event.body.get("alarm")), ())
    for charge in charges:
        if charge.is_live and charge.order.outlet.partition("/")[0] in gone:
            yield charge.order.order_id, happens.Lost(reason=StopReason.DEVICE_LOST)

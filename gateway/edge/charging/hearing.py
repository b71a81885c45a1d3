"""What field tells, as what happens to charge orders. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from gateway.model.event import Event, EventKind
from gateway.orders.charge import event as happens
from gateway.orders.charge.stage import Stage
from gateway.orders.reason import FaultSide, StopReason, reason_of_device

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from gateway.edge.book import Book
    from gateway.edge.charging.charge import Charge
    from gateway.edge.journal import Moment

OPENED_BY_DEVICE = "opened-by-device"
TRIPPED = "tripped"
WELD = "weld"
FINAL = ("done", "refused", "failed")

SENT_PERHAPS = frozenset({"silent", "opened-meanwhile"})
"""Field's words for a start that it took back, perhaps when its ON was already on the line."""

COMPLETE = "charge-complete"
"""The name of the message with which a driver hands on that a device has ended a charge by itself."""

Happened = tuple[str, object]
"""An order's id, and what happens to it."""


class Metered(NamedTuple):
    """What the register showed some time before field told of it."""

    register_wh: float
    age_s: float


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
        case EventKind.DEVICE:
            yield from _of_device(event, charges)


def in_its_stage(event: object, stage: Stage) -> object:
    """Return an event as an order out of sight has to take it: what its outlet did meanwhile is no end by itself."""
    if stage is Stage.INTERRUPTED and isinstance(event, happens.GrantEnded) and event.word == OPENED_BY_DEVICE:
        return happens.Back(is_on=False)
    return event


def dated(event: object, at: Moment) -> tuple[object, Moment]:
    """Return an event as its machine takes it, and when it was."""
    if not isinstance(event, Metered):
        return event, at
    then = replace(at, ts_ms=at.ts_ms - round(1000 * event.age_s), mono_s=at.mono_s - event.age_s)
    return happens.Sample(register_wh=event.register_wh), then


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


def _of_device(event: Event, charges: Collection[Charge]) -> Iterator[Happened]:
    """Yield what a device says of its charge, and what field says of its register; settlements are the desk's."""
    metered = _metered(event.body)
    for charge in at_outlet(charges, event.target):
        order_id = charge.order.order_id
        if metered is not None and event.body.get("order_id") == order_id:
            yield order_id, metered
        elif event.body.get("report") == COMPLETE:
            yield order_id, happens.DeviceStopped(reason=reason_of_device(str(event.body.get("reason"))))


def _metered(body: Mapping[str, object]) -> Metered | None:
    register_wh, age_s = body.get("register_wh"), body.get("age_s")
    if "metered" not in body or not isinstance(register_wh, int | float) or not isinstance(age_s, int | float):
        return None
    return Metered(float(register_wh), float(age_s))


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
        yield from _behind(event, charges)
    elif stage in {"verified", "unverified"}:
        for charge in at_outlet(charges, event.target):
            yield charge.order.order_id, happens.SwitchedOff(verified=stage == "verified")


def _behind(event: Event, charges: Collection[Charge]) -> Iterator[Happened]:
    """Yield the orders whose feed a meter has cut off: the sum of many loads is nobody's fault but the facility's."""
    causes, devices = event.body.get("causes"), event.body.get("behind")
    element = str(causes[0]["element"]) if isinstance(causes, list) and causes else ""
    for charge in charges:
        order = charge.order
        if isinstance(devices, list) and order.receipt is None and order.outlet.partition("/")[0] in devices:
            yield order.order_id, happens.Tripped(element=element, side=FaultSide.FACILITY)


def _of_alarm(event: Event, charges: Collection[Charge], book: Book) -> Iterator[Happened]:
    if event.body.get("alarm") == WELD and event.body.get("active"):
        for charge in at_outlet(charges, event.target):
            yield charge.order.order_id, happens.SwitchedOff(verified=False, draws=True)
    devices = {"silent": [event.target], "link-down": book.buses.get(event.target, [])}
    gone = devices.get(str(event.body.get("alarm")), ())
    for charge in charges:
        if charge.is_live and charge.order.outlet.partition("/")[0] in gone:
            yield charge.order.order_id, happens.Lost(reason=StopReason.DEVICE_LOST)

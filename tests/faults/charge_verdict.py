"""Charges, judged from outside: what was told and billed against what the slaves were told and what truly flowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from gateway.app.orders import orders_of
from tests.faults.gateway_under_test import CEILING_MIL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.gateway_under_test import Gateway


ROUNDED_WH = 0.5
"""A settlement tells whole Wh of what is counted in thousandths."""


@dataclass
class Charging:
    """Energy that flowed is on a bill, or told as a loss, or told to nobody (`untold_wh`): no problem, and not hidden."""

    accepted: int = 0
    ran: int = 0
    settled: int = 0
    told_again: int = 0
    amount_mil: int = 0
    flowed_wh: int = 0
    billed_wh: int = 0
    loss_wh: float = 0.0
    untold_wh: float = 0.0
    problems: list[str] = field(default_factory=list)


def judge_charges(shed: Gateway, shift_s: float) -> Charging:
    """Return the verdict. `shift_s`: what has to be added to wall time to have the monotonic clock."""
    settled = shed.told("settled")
    found = Charging(accepted=len(shed.told("accepted")))
    found.ran, found.settled = len(shed.told("charging")), len(settled)
    found.told_again = sum(len(events) - 1 for events in settled.values())
    found.amount_mil = sum(events[0]["body"]["receipt"]["total_mil"] for events in settled.values())
    found.flowed_wh = len(shed.used)
    found.problems += _settled_once(shed, settled)
    for order_id, window in _windows(shed, shift_s).items():
        if order_id in settled:
            found.problems += (f"{order_id}: {each}" for each in _energy(shed, window, settled[order_id][0], found))
    found.untold_wh = found.flowed_wh - found.billed_wh - found.loss_wh
    return found


def _settled_once(shed: Gateway, settled: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Every order that was accepted is settled once: one digest, the same in the log, none above its ceiling."""
    accepted = shed.told("accepted")
    logged = {order_id: order for order_id, order in orders_of(shed.folder / "log.sqlite").items() if order.receipt()}
    for order_id, events in accepted.items():
        digests = {event["body"]["digest"] for event in settled.get(order_id, ())}
        amounts = {event["body"]["amount_mil"] for event in settled.get(order_id, ())}
        if len(events) != 1 or len(digests) != 1 or len(amounts) != 1:
            yield f"{order_id}: accepted {len(events)} times, settled {len(digests)} times, to {sorted(amounts)}"
        elif order_id not in logged or logged[order_id].said("digest") not in digests:
            yield f"{order_id}: the settlement that arrived is not the log's"
    for order_id in (settled.keys() | logged.keys()) - accepted.keys():
        yield f"{order_id}: settled and never accepted"
    for order_id, events in settled.items():
        if events[0]["body"]["amount_mil"] > CEILING_MIL:
            yield f"{order_id}: above its ceiling"


def _windows(shed: Gateway, shift_s: float) -> dict[str, tuple[float, float]]:
    """Return from when to when an outlet was an order's: until the next one is accepted there."""
    begun: dict[str, list[tuple[float, str]]] = {}
    for order_id, (event, *_) in shed.told("accepted").items():
        begun.setdefault(event["target"], []).append((event["ts"] / 1000 + shift_s, order_id))
    windows = {}
    for orders in begun.values():
        ordered = sorted(orders)
        for (begin_s, order_id), (end_s, _) in zip(ordered, [*ordered[1:], (inf, "")], strict=True):
            windows[order_id] = (begin_s, end_s)
    return windows


def _energy(shed: Gateway, window: tuple[float, float], event: dict[str, Any], found: Charging) -> Iterator[str]:
    body = event["body"]
    flowed = [
        used
        for used in shed.used
        if f"pile-{used.unit:02d}/outlet-{used.outlet + 1:02d}" == event["target"]
        and window[0] <= used.at_s < window[1]
    ]
    found.billed_wh += body["wh"]
    found.loss_wh += body["loss_wh"]
    if body["wh"] + body["loss_wh"] > len(flowed) + ROUNDED_WH:
        yield f"{body['wh']} Wh and {body['loss_wh']} Wh of loss are told, and {len(flowed)} Wh flowed"
    on_s = _on_s(shed, event["target"], window)
    if body["s"] > on_s + 1.0:
        yield f"{body['s']} s are billed, and it was on for {on_s:.1f} s"


def _on_s(shed: Gateway, target: str, window: tuple[float, float]) -> float:
    """Return for how long a slave's relay was closed within a window."""
    total_s, on_since_s = 0.0, None
    for each in shed.switched():
        if f"pile-{each.unit:02d}/outlet-{each.outlet + 1:02d}" != target or not window[0] <= each.at_s < window[1]:
            continue
        if each.on and on_since_s is None:
            on_since_s = each.at_s
        elif not each.on and on_since_s is not None:
            total_s, on_since_s = total_s + each.at_s - on_since_s, None
    return total_s

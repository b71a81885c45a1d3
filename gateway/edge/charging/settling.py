"""A device's own settlement records: each reaches its order once, and one that no order explains is booked as a loss.

A record is named by device, number and the digest of what it says. It is stored in the transaction of what it does, and
the device is answered only after that. What is known of a number outlives its order, as the order's own id does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.edge.charging.names import KNOWN_S, run_name
from gateway.model.command import Outcome
from gateway.model.event import EventKind
from gateway.orders.charge import event as happens
from gateway.orders.charge.device_settling import CORRECTED
from gateway.orders.charge.order import DeviceTotal
from gateway.orders.orphan.table import ALARM
from gateway.orders.reason import reason_of_device

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.edge.charging.turn import Turn
    from gateway.edge.journal import Entry, Journal

SETTLEMENT = "settlement"
"""The name of the message with which a driver hands on a device's settlement."""

KNOWN_MOST = 8
"""Records of one number that are told apart; a device that sends more of them is beyond help."""


def total_of(entry: Entry) -> DeviceTotal | None:
    """Return the settlement in an event of field, if it is one."""
    body = entry.body
    if entry.kind is not EventKind.DEVICE or body.get("report") != SETTLEMENT:
        return None
    return DeviceTotal(
        device=entry.target.partition("/")[0],
        number=str(body.get("number", "")),
        digest=str(body.get("digest", "")),
        wh=_number(body.get("energy_wh")),
        s=round(_number(body.get("duration_s"))),
        reason=reason_of_device(str(body.get("reason", ""))),
    )


class Settlements:
    """One site's. `new_id` gives names that nothing else has."""

    def __init__(self, *, journal: Journal, new_id: Callable[[], str]) -> None:
        self._journal = journal
        self._new_id = new_id

    async def take(self, turn: Turn, entry: Entry, total: DeviceTotal) -> Entry:
        """Let a record have its effect; return its event as it is stored."""
        name = _name(total)
        known = await self._remembered(turn, name)
        digests = [] if known is None else known.detail.split()
        for charge in turn.all().values():
            order = charge.order
            if order.outlet.partition("/")[0] == total.device and total.number in order.device_nos:
                turn.step(order.order_id, happens.DeviceSettled(total=total), entry.at)
                break
        else:
            if total.digest not in digests:
                await self._take_without_order(turn, entry, total, is_correction=bool(digests))
        if total.digest in digests:
            return entry
        detail = " ".join([*digests, total.digest][-KNOWN_MOST:])
        outcome = turn.outcomes[name] = Outcome(id=name, state="taken", detail=detail)
        return replace(entry, outcome=outcome, keep_s=KNOWN_S)

    async def _take_without_order(self, turn: Turn, entry: Entry, total: DeviceTotal, *, is_correction: bool) -> None:
        """Record what comes after its order was closed, or belongs to none: that is nobody's bill."""
        closed = await self._remembered(turn, run_name(total.device, total.number))
        order_id = f"orphan-{self._new_id()}" if closed is None else closed.detail
        stage, alarm = "device-settlement", ""
        if closed is None:
            stage, alarm = "orphan-settled", ALARM
        elif is_correction:
            stage, alarm = CORRECTED, CORRECTED
        body: dict[str, object] = {
            "order_id": order_id,
            "stage": stage,
            "outlet": entry.target,
            "device": total.device,
            "device_order_no": total.number,
            "digest": total.digest,
            "device_wh": total.wh,
            "device_s": total.s,
            "device_reason": total.reason,
        }
        if closed is None:
            body["wh"] = total.wh
        turn.entries.append(replace(entry, id=self._new_id(), kind=EventKind.ORDER, body=body, state={}))
        for active in (True, False) if alarm else ():
            detail = f"the pile settled {total.wh:g} Wh under {total.number or 'no number'}"
            said = {"alarm": alarm, "active": active, "detail": detail}
            turn.entries.append(replace(entry, id=self._new_id(), kind=EventKind.ALARM, body=said, state={}))

    async def _remembered(self, turn: Turn, name: str) -> Outcome | None:
        return turn.outcomes.get(name) or await self._journal.outcome_of(name)


def _name(total: DeviceTotal) -> str:
    """Return under which name it is remembered what came of a number; without one every record is its own."""
    has_number = total.number.strip("0") != ""
    return f"settlement/{total.device}/{total.number if has_number else total.digest}"


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else 0.0

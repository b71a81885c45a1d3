"""A charge order as edge keeps it, and the places where the open ones are stored. Pure.

A place is used again when its order is closed: the log keeps a row for every name that it was ever given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from gateway.orders.charge.guards import lacks_only_the_total
from gateway.orders.charge.order import from_json, to_json
from gateway.orders.charge.settings import Resumes
from gateway.orders.charge.stage import LIVE, Stage
from gateway.orders.reason import StopReason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from gateway.orders.charge.order import ChargeOrder

PREFIX = "charge/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """An open order. `command_id`: of its start, whose outcome is field's answer to the first grant."""

    slot: int
    command_id: str
    order: ChargeOrder

    @property
    def state(self) -> str:
        """The name under which it is stored."""
        return f"{PREFIX}{self.slot}"

    @property
    def is_live(self) -> bool:
        return self.order.stage in LIVE

    @property
    def holds_outlet(self) -> bool:
        """Whether nothing else may begin on its outlet."""
        return self.is_live or (self.order.stage is Stage.ENDING and not lacks_only_the_total(self.order))

    def stepped(self, order: ChargeOrder) -> Charge:
        return replace(self, order=order)

    def to_bytes(self) -> bytes | None:
        """Return what is stored; None for an order that is closed."""
        if self.order.stage is Stage.CLOSED:
            return None
        head = json.dumps({"command_id": self.command_id}).encode()
        return head + b"\n" + to_json(self.order)


def resumes_itself(charge: Charge) -> bool:
    """Return whether a charge that lost its power may be on again by its pile alone: what is on then is its own."""
    order = charge.order
    return order.lost is StopReason.POWER_FAIL and order.settings.resumes is Resumes.DEVICE


def charges_of(states: Mapping[str, bytes]) -> dict[str, Charge]:
    """Return the charges among stored values, by order id; what cannot be read is left out."""
    charges = {}
    for name, value in states.items():
        if name.startswith(PREFIX):
            head, _, body = value.partition(b"\n")
            try:
                order, command_id = from_json(body), str(json.loads(head)["command_id"])
                charges[order.order_id] = Charge(
                    slot=int(name.removeprefix(PREFIX)), command_id=command_id, order=order
                )
            except (KeyError, TypeError, ValueError):
                continue
    return charges


def free_slot(charges: Collection[Charge]) -> int:
    """Return the first place that no order is stored at."""
    taken = {charge.slot for charge in charges}
    return next(slot for slot in count() if slot not in taken)

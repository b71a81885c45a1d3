"""A grant as edge holds it: what field may keep on, within which limits, and what was used of them. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any

from gateway.edge.journal import Moment
from gateway.edge.times import left_s
from gateway.model.command import Grant
from gateway.model.register import Reading, count

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "order/"
"""Of the names under which grants are stored, by outlet."""


@dataclass(slots=True, kw_only=True)
class Held:
    """`until` is on edge's clocks; `machine` is the boot of the machine that its monotonic part belongs to.

    `wh` is what was used under this grant up to the energy register `register_wh`; a register that falls back starts a
    new segment. `read_s` is when it was read, None where another process had that; `doubt` waits for a second reading.
    `before_wh` is what its order had used before: `max_wh` is what was left then.
    """

    outlet: str
    order_id: str
    command_id: str
    until: Moment
    machine: str
    started_s: float
    max_wh: int = 0
    max_w: int = 0
    version: int = 1
    is_on: bool = False
    wh: float = 0.0
    register_wh: float | None = None
    before_wh: int = 0
    device_order_no: str = ""
    read_s: float | None = None
    doubt: Reading | None = None

    def energy(self, register_wh: float, taken_s: float) -> None:
        """Take the outlet's energy register."""
        before_s = -inf if self.read_s is None else self.read_s
        before = None if self.register_wh is None else Reading(self.register_wh, before_s)
        counted = count(before, self.doubt, Reading(register_wh, taken_s))
        self.wh += counted.more_wh
        self.register_wh, self.read_s, self.doubt = counted.reading.wh, counted.reading.taken_s, counted.doubt

    def left_s(self, now: Moment, machine: str) -> float:
        return left_s(self.until, now, same_machine_boot=machine == self.machine)

    def grant(self, until_s: float) -> Grant:
        """Return what field needs to know; `until_s` is on field's clock."""
        return Grant(
            outlet=self.outlet,
            order_id=self.order_id,
            until_s=until_s,
            max_wh=self.max_wh,
            max_w=self.max_w,
            device_order_no=self.device_order_no,
            version=self.version,
        )

    def rest(self) -> Held:
        """Return the grant for a field that knows nothing of what was used already."""
        used_wh = round(self.wh)
        rest = replace(self, wh=0.0, register_wh=None, read_s=None, doubt=None, before_wh=self.before_wh + used_wh)
        if self.max_wh:
            rest.max_wh = max(1, self.max_wh - used_wh)
        return rest

    @property
    def is_used_up(self) -> bool:
        return 0 < self.max_wh <= self.wh

    def to_bytes(self) -> bytes:
        kept = asdict(self)
        del kept["read_s"], kept["doubt"]
        return json.dumps(kept, separators=(",", ":")).encode()


def grants_of(states: Mapping[str, bytes]) -> dict[str, Held]:
    """Return the grants among stored values, by outlet; what cannot be read is left out."""
    grants = {}
    for name, value in states.items():
        if name.startswith(PREFIX):
            try:
                said: dict[str, Any] = json.loads(value)
                grants[said["outlet"]] = Held(**{**said, "until": Moment(**said["until"])})
            except (KeyError, TypeError, ValueError):
                continue
    return grants

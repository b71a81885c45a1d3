"""The grants that keep outlets on, and when they end. Pure.

Field knows no orders: no ON without a grant, and OFF at a grant's limit with or without edge.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from gateway.model.command import Grant
from gateway.model.register import Reading, count
from gateway.wire.frames import MessageError
from gateway.wire.messages import checked_running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class EndReason(StrEnum):
    """Why a grant ended; the words of the stop reasons."""

    MAX_TIME = "max-time"
    SET_LIMIT = "set-limit"
    STOPPED = "stopped"
    TRIPPED = "tripped"
    NOT_STARTED = "not-started"
    REVOKED = "revoked"
    OPENED_BY_DEVICE = "opened-by-device"


@dataclass(slots=True)
class Running:
    """One grant that holds. `wh` is what its outlet has used since; a register that falls back starts a new segment.

    `closed_s` is when its outlet was known to be closed; None while the ON is under way. `read_s` is when the register
    was read, None where that was in an earlier process; `doubt` is a reading that the next one has to confirm.
    """

    grant: Grant
    started_s: float
    wh: float = 0.0
    register_wh: float | None = None
    closed_s: float | None = None
    read_s: float | None = None
    doubt: Reading | None = None

    def to_json(self) -> dict[str, object]:
        """Return everything that is needed to go on after a restart, on this machine's clock."""
        kept = asdict(self)
        del kept["read_s"], kept["doubt"]
        return kept

    def energy(self, now: Reading) -> None:
        """Take the outlet's energy register."""
        before_s = -inf if self.read_s is None else self.read_s
        before = None if self.register_wh is None else Reading(self.register_wh, before_s)
        counted = count(before, self.doubt, now)
        self.wh += counted.more_wh
        self.register_wh, self.read_s, self.doubt = counted.reading.wh, counted.reading.taken_s, counted.doubt


def is_sound(grant: Grant) -> bool:
    """Return whether a grant is made of what it must be: one that never ends, or is no number, would hold for ever."""
    texts: tuple[object, ...] = (grant.outlet, grant.order_id, grant.device_order_no)
    limits: tuple[object, ...] = (grant.max_wh, grant.max_w, grant.version)
    if not all(isinstance(text, str) for text in texts) or not _is_number(grant.until_s):
        return False
    return all(_is_number(limit) and limit >= 0 for limit in limits)  # type: ignore[operator]  # a number by then


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


class GrantBook:
    """All grants of one field process, by outlet.

    `order_nos` are the numbers by which devices know their last orders; a stop may need one after its grant is over.
    """

    def __init__(self) -> None:
        self._running: dict[str, Running] = {}
        self.order_nos: dict[str, str] = {}

    def __iter__(self) -> Iterator[Running]:
        return iter(tuple(self._running.values()))

    def restore(self, kept: Iterable[Mapping[str, Any]]) -> None:
        """Take back the grants of an earlier process on this machine; what cannot be read is left out."""
        for values in kept:
            try:
                found = checked_running(values)
            except MessageError:
                continue
            grant = Grant(**found.pop("grant"))
            self._running[grant.outlet] = Running(grant, **found)
            self._remember(grant)

    def of(self, outlet: str) -> Running | None:
        return self._running.get(outlet)

    def refusal(self, grant: Grant, now_s: float) -> str:
        """Return why a grant cannot be taken, or an empty string."""
        running = self._running.get(grant.outlet)
        if grant.until_s <= now_s:
            return "expired"
        if running is not None and running.grant.order_id != grant.order_id:
            return "outlet-busy"
        return ""

    def take(self, grant: Grant, now_s: float, *, adopt: bool = False) -> bool:
        """Hold a grant; return whether its outlet must still be switched on.

        A newer version moves the limits, and switches on again what is off by now, unless it only adopts.
        """
        running = self._running.get(grant.outlet)
        self._remember(grant)
        if running is None:
            self._running[grant.outlet] = Running(grant, now_s, closed_s=now_s if adopt else None)
            return True
        if grant.version <= running.grant.version:
            return False
        running.grant = grant
        if not adopt:
            running.closed_s = None
        return not adopt

    def _remember(self, grant: Grant) -> None:
        if grant.device_order_no:
            self.order_nos[grant.outlet] = grant.device_order_no

    def energy(self, outlet: str, register_wh: float, taken_s: float) -> EndReason | None:
        """Take an outlet's energy register; return why its grant ends, if it does."""
        running = self._running.get(outlet)
        if running is None:
            return None
        running.energy(Reading(register_wh, taken_s))
        limit_wh = running.grant.max_wh
        return EndReason.SET_LIMIT if 0 < limit_wh <= running.wh else None

    def due(self, now_s: float) -> list[tuple[str, EndReason]]:
        """Return the outlets whose time is over."""
        return [(o, EndReason.MAX_TIME) for o, running in self._running.items() if now_s >= running.grant.until_s]

    def end(self, outlet: str) -> Running | None:
        """Forget a grant; return it as it ended."""
        return self._running.pop(outlet, None)

"""What is asked of gateways from the fleet console, and how it stands; a wish is confirmed by its own gateway."""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from gateway.console.commanded import Commanded
from gateway.model.command import Outcome
from gateway.model.errors import GatewayError
from gateway.uplink.connection import ConnectionEnded
from gateway.uplink.topic import Authority

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.console.commanded import Asked
    from gateway.fleet.estate import Estate
    from gateway.uplink.message import OutcomeMessage

KEPT = 1024
ANSWER_S = 5.0
TTL_S = 10.0
STRANGER = {"standing": "refused", "reason": "unknown-gateway"}
AUTHORITIES = {
    "stop": Authority.ORDER,
    "safety-off": Authority.SAFETY,
    "reset": Authority.SERVICE,
    "read-now": Authority.SERVICE,
}
OPENS = frozenset({"stop", "safety-off"})
"""What opens waits for no record."""


class Wishes:
    """The last wishes. Each is shown among the documents of its gateway and confirmed by what that one tells.

    `now_s` is monotonic.
    """

    def __init__(self, estate: Estate, now_s: Callable[[], float]) -> None:
        self._estate = estate
        self._now_s = now_s
        self._of: dict[str, str] = {}
        self._order: deque[str] = deque()
        self._commanded: dict[str, Commanded] = {}

    def find(self, command_id: str) -> Mapping[str, Any] | None:
        """Return how a wish stands; None where it was not made here."""
        gateway = self._of.get(command_id)
        if gateway is None:
            return None
        commanded = self._commanded.get(gateway)
        return STRANGER if commanded is None else commanded.find(command_id)

    def ask(self, asked: Asked, now_ms: int) -> None:
        """Show that something is asked; what confirms it must be newer by the clock of its gateway."""
        self._of[asked.id] = asked.gateway
        self._order.append(asked.id)
        if len(self._order) > KEPT:
            self._of.pop(self._order.popleft(), None)
        shed = self._estate.sheds.get(asked.gateway)
        if shed is not None:
            commanded = self._commanded.setdefault(asked.gateway, Commanded(shed.picture))
            commanded.ask(asked, shed.clock_ms(self._now_s(), now_ms))

    def told(self, outcome: Mapping[str, Any]) -> None:
        """Take an outcome: `id`, `state`, `reason`, `detail`."""
        commanded = self._commanded.get(self._of.get(str(outcome.get("id", "")), ""))
        if commanded is not None:
            commanded.told(outcome)

    def look(self, now_ms: int) -> None:
        """Compare what was asked with what is measured by now."""
        for name, commanded in self._commanded.items():
            commanded.look(self._estate.sheds[name].clock_ms(self._now_s(), now_ms))


class Line(Protocol):
    async def wish(
        self, gateway: str, authority: str, wish: Mapping[str, Any], *, within_s: float, final: bool = True
    ) -> OutcomeMessage | None:
        """Send a command; see `Listener.wish`."""


class Audit(Protocol):
    async def note(self, who: str, what: str, detail: str) -> None:
        """Record an act. Raises `GatewayError`."""


class FarHands:
    """Carries wishes out over the broker."""

    def __init__(self, estate: Estate, line: Line, audit: Audit) -> None:
        self._estate = estate
        self._line = line
        self._audit = audit

    async def act(self, asked: Asked) -> Outcome | None:
        """Send a wish and return its first answer; what opens is sent even where nothing can be recorded."""
        if asked.gateway not in self._estate.sheds:
            return None
        if asked.kind in OPENS:
            outcome = await self._send(asked)
            with contextlib.suppress(GatewayError):
                await self._note(asked)
            return outcome
        try:
            await self._note(asked)
        except GatewayError as error:
            return Outcome(id=asked.id, state="failed", reason="not-recorded", detail=str(error))
        return await self._send(asked)

    async def _send(self, asked: Asked) -> Outcome:
        said = await self._wish(asked, {"id": asked.id, "args": _args(asked)})
        if asked.kind == "safety-off" and said.state == "refused":  # by a gateway that takes no word of who pressed
            said = await self._wish(asked, {"id": f"{asked.id[:58]}-bare", "args": {}})
        return replace(said, id=asked.id)

    async def _wish(self, asked: Asked, own: Mapping[str, Any]) -> Outcome:
        wish = {"kind": asked.kind, "target": asked.target, **own}
        if asked.kind != "safety-off":
            wish["ttl_s"] = TTL_S
        try:
            said = await self._line.wish(asked.gateway, AUTHORITIES[asked.kind], wish, within_s=ANSWER_S, final=False)
        except ConnectionEnded as end:
            return Outcome(id=asked.id, state="failed", reason="broker-away", detail=str(end))
        if said is None:  # it may have been done all the same: only what is measured will tell
            return Outcome(id=asked.id, state="accepted", reason="no-answer")
        return Outcome(id=said.id, state=said.state, reason=said.reason, detail=said.detail)

    async def _note(self, asked: Asked) -> None:
        parts = (asked.gateway, asked.target, asked.order_id, asked.why)
        await self._audit.note(asked.by, asked.kind, " ".join(part for part in parts if part))


def _args(asked: Asked) -> dict[str, str]:
    match asked.kind:
        case "stop":
            return {"order_id": asked.order_id, "by": asked.by}
        case "safety-off":
            return {"by": asked.by}
        case "reset":
            return {"by": asked.by, "reason": asked.why}
        case _:
            return {}

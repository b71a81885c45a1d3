"""What the fleet console wants of alarms: its own it works itself, a gateway's that gateway is asked to.

A gateway's answer is believed once the alarm itself is told as it was wished.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.alarm.ground import WHOLE
from gateway.app.alarm_works import KINDS
from gateway.app.fleet_alarms import BROKER_AWAY, CONFIG_CHANGED, GATEWAY_AWAY, HERE
from gateway.app.life import new_id
from gateway.console.alarms import ActShown, Done
from gateway.fleet.alarms import is_as_wished
from gateway.model.command import Command, Origin
from gateway.uplink.connection import ConnectionEnded
from gateway.uplink.topic import Authority

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from gateway.app.fleet_alarms import FleetAlarms
    from gateway.console.alarms import AlarmWish
    from gateway.fleet.estate import Estate
    from gateway.fleet.ledger import Ledger
    from gateway.fleet.wishes import Audit, Line

ANSWER_S, TOLD_WITHIN_S, LOOK_S = 5.0, 5.0, 0.1
TTL_S = 10.0
OWN = frozenset({GATEWAY_AWAY, BROKER_AWAY, CONFIG_CHANGED})


class FleetAlarmWorks:
    """Every act is recorded before it is done."""

    def __init__(self, estate: Estate, own: FleetAlarms, line: Line, audit: Audit, ledger: Ledger) -> None:
        self._estate = estate
        self._own = own
        self._line = line
        self._audit = audit
        self._ledger = ledger

    async def work(self, wish: AlarmWish) -> Done:
        """Do it. Raises `GatewayError` when it cannot be recorded, `LookupError` for a gateway that is not known."""
        own = self._own_target(wish.gateway, wish.alarm)
        detail = " ".join(filter(None, (wish.gateway, wish.target, wish.alarm, wish.reason)))
        await self._audit.note(wish.by, f"alarm-{wish.act}", detail)
        if not own:
            return await self._ask(wish)
        args = {"alarm": wish.alarm, "by": wish.by, "reason": wish.reason, "for_s": wish.for_s}
        refused = await self._own.work(
            Command(id=new_id(), kind=KINDS[wish.act], target=own, origin=Origin.LOCAL, args=args)
        )
        return Done(state="done") if refused is None else Done(state="refused", reason=refused.reason)

    async def history(self, gateway: str, target: str, alarm: str) -> Sequence[ActShown]:
        """Return the last acts of an alarm, the oldest first. Raises `LookupError` as above."""
        if own := self._own_target(gateway, alarm):
            record = self._own.record(own, alarm)
            return [
                ActShown(what=act.what, ts=act.ts_ms, state=act.stage.value, by=act.by, why=act.why)
                for act in (() if record is None else record.acts)
            ]
        found = await self._ledger.acts(gateway, target, alarm)
        return [_shown(ts_ms, body) for ts_ms, body in found if body.get("what")]

    def _own_target(self, gateway: str, alarm: str) -> str:
        """Return by what one of the console's own alarms is known there; empty for a gateway's."""
        if gateway == HERE:
            return WHOLE
        if gateway not in self._estate.sheds:
            raise LookupError(gateway)
        return gateway if alarm in OWN else ""

    async def _ask(self, wish: AlarmWish) -> Done:
        args: dict[str, Any] = {"alarm": wish.alarm, "by": wish.by}
        if wish.act in {"shelve", "remove"}:
            args["reason"] = wish.reason
        if wish.act == "shelve":
            args["for_s"] = wish.for_s
        command = {"id": new_id(), "kind": f"alarm-{wish.act}", "target": wish.target, "args": args, "ttl_s": TTL_S}
        try:
            said = await self._line.wish(wish.gateway, Authority.SERVICE, command, within_s=ANSWER_S)
        except ConnectionEnded as end:
            return Done(state="failed", reason="broker-away", detail=str(end))
        if said is not None and said.state != "done":
            return Done(state=said.state, reason=said.reason, detail=said.detail)
        if await self._is_told(wish):
            return Done(state="done")
        return Done(state="unconfirmed", reason="no-answer" if said is None else "not-told")

    async def _is_told(self, wish: AlarmWish) -> bool:
        """Return whether the gateway tells the alarm as it was wished, soon enough."""
        documents = self._estate.sheds[wish.gateway].picture.documents
        key = f"a/{wish.gateway}/{wish.target}:{wish.alarm}"
        for _ in range(round(TOLD_WITHIN_S / LOOK_S)):
            if is_as_wished(documents.get(key), wish.act):
                return True
            await asyncio.sleep(LOOK_S)
        return False


def _shown(ts_ms: int, body: Mapping[str, Any]) -> ActShown:
    said = {name: str(body.get(name, "")) for name in ("what", "state", "by", "why")}
    return ActShown(ts=ts_ms, **said)

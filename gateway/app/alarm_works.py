"""What the local console wants of alarms, carried out by this gateway's own desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.alarm.incident import key_of
from gateway.app.life import new_id
from gateway.console.alarms import ActShown, Done, alarming
from gateway.model.command import Command, CommandKind, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter

    from gateway.console.alarms import AlarmWish
    from gateway.edge.alarming.desk import AlarmDesk

KINDS = {
    "ack": CommandKind.ALARM_ACK,
    "shelve": CommandKind.ALARM_SHELVE,
    "unshelve": CommandKind.ALARM_UNSHELVE,
    "remove": CommandKind.ALARM_REMOVE,
    "restore": CommandKind.ALARM_RESTORE,
}


class LocalAlarmWorks:
    """`name` is `SITE/GATEWAY`."""

    def __init__(self, name: str, desk: AlarmDesk) -> None:
        self._name = name
        self._desk = desk

    async def work(self, wish: AlarmWish) -> Done:
        """Do it. Raises `GatewayError` when it cannot be recorded, `LookupError` for another gateway."""
        self._check(wish.gateway)
        command = Command(
            id=new_id(),
            kind=KINDS[wish.act],
            target=wish.target,
            origin=Origin.LOCAL,
            args={"alarm": wish.alarm, "by": wish.by, "reason": wish.reason, "for_s": wish.for_s},
        )
        outcome = await self._desk.submit(command)
        return Done(state=outcome.state, reason=outcome.reason, detail=outcome.detail)

    async def history(self, gateway: str, target: str, alarm: str) -> Sequence[ActShown]:
        """Return the last acts of an alarm, the oldest first; none where it never was."""
        self._check(gateway)
        record = self._desk.alarms.records.get(key_of(target, alarm))
        return [
            ActShown(what=act.what, ts=act.ts_ms, state=act.stage.value, by=act.by, why=act.why)
            for act in (() if record is None else record.acts)
        ]

    def _check(self, gateway: str) -> None:
        if gateway != self._name:
            raise LookupError(gateway)


def alarm_routes(name: str, desk: AlarmDesk) -> APIRouter:
    """Return the console's routes of alarms, over this gateway's own desk."""
    return alarming(LocalAlarmWorks(name, desk))

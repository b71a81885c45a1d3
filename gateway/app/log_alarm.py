"""What a rescue of the log has to say becomes an alarm: told once, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from gateway.app.life import new_id
from gateway.edge.journal import Entry
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.store.keeper import DAMAGED

if TYPE_CHECKING:
    from gateway.edge.journal import Journal
    from gateway.store.log import Log

WORD = "log-damaged"

LOOK_S = 10.0
"""A rescue while edge runs is rare, and what it found has happened already."""


async def watch_for_damage(log: Log, alarms: Journal) -> None:
    """Look for the rescue of a log, from the start on, until cancelled."""
    while True:
        await tell_damage(log, alarms)
        await asyncio.sleep(LOOK_S)


async def tell_damage(log: Log, alarms: Journal) -> None:
    """Raise the alarm of a rescue that nobody has told yet; where the log refuses it is told later."""
    with contextlib.suppress(GatewayError):
        found = await log.state(DAMAGED)
        if found is None:
            return
        body = {"alarm": WORD, "active": True, "detail": found.decode("utf-8", "replace")}
        entry = Entry(id=new_id(), kind=EventKind.ALARM, target="*", at=alarms.now(), body=body, state={DAMAGED: None})
        await alarms.append(entry)

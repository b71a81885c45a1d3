"""What the log remembers, as the console asks for it: in the log's thread, slice by slice, behind every event."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from gateway.app.console_readings import LocalReadings
from gateway.console.finding import finding
from gateway.console.history import history
from gateway.console.records import records
from gateway.console.stories import Told, stories
from gateway.model.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter

    from gateway.store.log import Log
    from gateway.store.record import Event

RECORDS_OF_ONE = 40
"""Records of one order that are looked at: its last ones say it all."""


def past_routes(log: Log) -> Sequence[APIRouter]:
    """Return the routes over what is remembered here."""
    past = LocalPast(log)
    return finding(past), history(LocalReadings(log)), records(past)


class LocalPast:
    """The past of one gateway; it answers one asker after another."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._alone = asyncio.Lock()

    async def stories(self, said: str, most: int) -> Sequence[dict[str, Any]]:
        """Return the latest orders of a number, or of an outlet. Raises `GatewayError` while the log is too busy."""
        async with self._alone:
            return await self._stories(said, most)

    async def trip(self, trip_id: str) -> dict[str, Any] | None:
        """Return the record of a trip; None while there is none. Raises `GatewayError` while the log is too busy."""
        async with self._alone:
            found = await self._log.find(EventKind.TRIP, f'"stage":"recorded","trip_id":"{trip_id}"'.encode(), 1)
        told = [_told(event) for event in found]
        return {"ts": told[0].ts_ms, "device": told[0].target, **told[0].body} if told else None

    async def _stories(self, said: str, most: int) -> Sequence[dict[str, Any]]:
        text = f'"target":"{said}"' if "/" in said else said
        records = await self._log.find(EventKind.ORDER, text.encode(), most * RECORDS_OF_ONE)
        told = [_told(event) for event in records]
        wanted = [each for each in told if "/" in said or said in str(each.body.get("order_id", ""))]
        devices = sorted({each.target.partition("/")[0] for each in wanted})
        trips: list[Told] = []
        for device in devices[:most]:
            found = await self._log.find(
                EventKind.TRIP, f'"target":"{device}","body":{{"stage":"tripped"'.encode(), most
            )
            trips += [_told(event) for event in found]
        return stories(wanted, trips)[:most]


def _told(event: Event) -> Told:
    said = json.loads(event.body)
    body = said.get("body")
    return Told(event.at.ts_ms, str(said.get("target", "*")), body if isinstance(body, dict) else {})

"""The question of what was measured, as a fleet console asks it over MQTT: answered from the log, recorded nowhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from gateway.console.buckets import Buckets
from gateway.model.command import CommandKind, Outcome
from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from gateway.console.history import Readings
    from gateway.model.command import Command

COUNT = 200
"""Values of each series: an answer stays far below what any broker carries."""

DIGITS = 4
WITHIN_S = 4.0
"""Commands of the same authority wait for the answer, so it must not take long."""


class Desk(Protocol):
    """Who takes every other command."""

    async def seen(self, command_id: str) -> Outcome | None:
        """Return what became of a command of this id; None where it is new."""

    async def submit(self, command: Command) -> Outcome:
        """Take a command. Raises `GatewayError` when it cannot be recorded."""


class AskedPast:
    """A desk before the desk."""

    def __init__(self, desk: Desk, readings: Readings) -> None:
        self._desk = desk
        self._readings = readings

    async def seen(self, command_id: str) -> Outcome | None:
        return await self._desk.seen(command_id)

    async def submit(self, command: Command) -> Outcome:
        """Answer the question, or pass the command on. Raises `GatewayError` when it cannot be recorded."""
        if command.kind is not CommandKind.HISTORY:
            return await self._desk.submit(command)
        buckets = Buckets(int(str(command.args["begin"])), int(str(command.args["end"])), COUNT)
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._readings.history(command.target, buckets)
        except (TimeoutError, GatewayError):
            return Outcome(id=command.id, state="failed", reason="busy", detail="the log is busy; ask again")
        return Outcome(id=command.id, state="done", body={"series": _rounded(buckets)})


def _rounded(buckets: Buckets) -> dict[str, object]:
    series = buckets.result()
    for found in series.values():
        for column in ("low", "high"):
            found[column] = [round(value, DIGITS) for value in found[column]]
    return series

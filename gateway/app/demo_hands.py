"""The hands of the demo's people, which are the simulator's: one at a time, and never on the loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulators.estate.estate import EstateControl


class Hands:
    """What is done to a simulated estate, and the truth about it that nothing on the wire tells."""

    def __init__(self, control: EstateControl) -> None:
        self._control = control
        self._alone = asyncio.Lock()  # a line answers one question after the other

    async def do(self, target: str, what: str) -> None:
        """Let something happen, as `gateway simulate --inject` takes it."""
        async with self._alone:
            await asyncio.to_thread(self._control.inject, target, what)

    async def outlets(self, device: str) -> list[dict[str, Any]]:
        """Return how the outlets or doors of a device really stand."""
        async with self._alone:
            return await asyncio.to_thread(self._control.outlets, device)

    async def outlet(self, path: str) -> dict[str, Any]:
        """Return how one outlet or door really stands."""
        device, _, number = path.partition("/outlet-")
        return next(outlet for outlet in await self.outlets(device) if outlet["outlet"] == int(number))

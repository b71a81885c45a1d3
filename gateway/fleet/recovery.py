"""Asks gateways again for the events that are missing, one range of each gateway at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.uplink.connection import ConnectionEnded

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.fleet.estate import Estate
    from gateway.fleet.listener import Listener
    from gateway.fleet.shed import Shed

LOOK_S = 1.0
SETTLE_S = 2.0
"""A number may be missing for so long: what is told again after a broken line comes out of order."""

WITHIN_S = 120.0
AT_ONCE = 8
REST_S = 30.0
"""Until a gateway is asked again that was busy, or did not answer."""


class Recovery:
    """`new_id` names commands; `now_s` is monotonic."""

    def __init__(
        self, estate: Estate, listener: Listener, *, new_id: Callable[[], str], now_s: Callable[[], float]
    ) -> None:
        self._estate = estate
        self._listener = listener
        self._new_id = new_id
        self._now_s = now_s
        self._since_s: dict[str, float] = {}
        self._not_before_s: dict[str, float] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look again and again."""
        try:
            while True:
                self._look()
                await asyncio.sleep(LOOK_S)
        finally:
            for task in self._asking.values():
                task.cancel()

    def _look(self) -> None:
        now_s = self._now_s()
        for task in [task for task in self._asking.values() if task.done()]:
            task.result()
        self._asking = {name: task for name, task in self._asking.items() if not task.done()}
        for name, shed in self._estate.sheds.items():
            if not shed.gaps.missing:
                self._since_s.pop(name, None)
                continue
            since_s = self._since_s.setdefault(name, now_s)
            is_due = now_s - since_s >= SETTLE_S and now_s >= self._not_before_s.get(name, 0.0)
            is_free = name not in self._asking and len(self._asking) < AT_ONCE
            if is_due and is_free and shed.standing(now_s) == "online":
                self._asking[name] = asyncio.create_task(self._ask(shed))

    async def _ask(self, shed: Shed) -> None:
        wanted = shed.gaps.ask()
        if wanted is None:
            return
        args = {"boot": wanted.boot, "stream": "event", "from": wanted.first, "to": wanted.last}
        wish = {"id": self._new_id(), "kind": "replay", "target": "*", "ttl_s": 60.0, "args": args}
        try:
            outcome = await self._listener.wish(shed.name, "service", wish, within_s=WITHIN_S)
        except ConnectionEnded:
            outcome = None
        if outcome is not None and (outcome.state == "done" or outcome.reason == "gone"):
            shed.gaps.answered(wanted)
        else:
            self._not_before_s[shed.name] = self._now_s() + REST_S

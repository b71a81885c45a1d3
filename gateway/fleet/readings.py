"""What was measured at an outlet far away: its gateway is asked, from whose log it comes. It is not kept here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from gateway.model.errors import GatewayError
from gateway.uplink.connection import ConnectionEnded
from gateway.uplink.topic import Authority

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.console.buckets import Buckets
    from gateway.fleet.estate import Estate
    from gateway.fleet.wishes import Line

ANSWER_S, TTL_S = 8.0, 8.0
WAITING_MOST = 3
"""Questions that may wait for one gateway: its resets and acknowledgements come on the same way."""


class FarReadings:
    """`new_id` names questions; `now_s` is monotonic. One question of each gateway at a time."""

    def __init__(self, estate: Estate, line: Line, *, new_id: Callable[[], str], now_s: Callable[[], float]) -> None:
        self._estate = estate
        self._line = line
        self._new_id = new_id
        self._now_s = now_s
        self._alone: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    async def history(self, target: str, buckets: Buckets) -> None:
        """Put what was measured at SITE/GATEWAY/DEVICE/OUTLET into buckets. Raises `GatewayError` with a word."""
        site, gateway, outlet = (*target.split("/", 2), "", "")[:3]
        name = f"{site}/{gateway}"
        shed = self._estate.sheds.get(name)
        if shed is None or shed.standing(self._now_s()) != "online":
            raise GatewayError("gateway-away")
        if self._waiting.get(name, 0) >= WAITING_MOST:
            raise GatewayError("busy")
        self._waiting[name] = self._waiting.get(name, 0) + 1
        try:
            async with self._alone.setdefault(name, asyncio.Lock()):
                _take(await self._ask(name, outlet, buckets), buckets)
        finally:
            self._waiting[name] -= 1

    async def _ask(self, name: str, outlet: str, buckets: Buckets) -> dict[str, Any]:
        args = {"begin": buckets.from_ms, "end": buckets.to_ms}
        wish = {"id": self._new_id(), "kind": "history", "target": outlet, "args": args, "ttl_s": TTL_S}
        try:
            said = await self._line.wish(name, Authority.SERVICE, wish, within_s=ANSWER_S)
        except ConnectionEnded:
            raise GatewayError("broker-away") from None
        if said is None:
            raise GatewayError("no-answer")
        if said.state != "done" or said.body is None:
            raise GatewayError(said.reason or "no-answer")
        return dict(said.body)


def _take(answer: dict[str, Any], buckets: Buckets) -> None:
    """Take the series of an answer. Raises `GatewayError` where they are not of the contract."""
    try:
        for name, series in answer["series"].items():
            for ts_ms, low, high in zip(series["ts"], series["low"], series["high"], strict=True):
                for value in (low, high):
                    buckets.take(str(name), str(series["unit"]), float(ts_ms), float(value))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise GatewayError("not-understood") from None

"""What happens during a demo: its cloud starts orders over MQTT, and then one outlet draws too much."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from gateway.app.broker import HOST
from gateway.model.errors import GatewayError
from gateway.model.site import MqttUplink
from gateway.uplink.connection import connected
from gateway.uplink.settings import MqttPace

if TYPE_CHECKING:
    from gateway.app.broker import Broker
    from gateway.app.demo_view import Picture
    from gateway.uplink.connection import Connection
    from simulators.estate.estate import EstateControl

FIRST_ORDERS = 48
"""Outlets that the demo's cloud switches on: enough to see, not so many that the feed is full."""

ORDER_AGAIN_S, ORDER_LOOK_S = 1.5, 0.2
ORDER_ATTEMPTS = 14
OVERLOAD_AFTER_S = 1.5
OVERLOAD = "overload=16A"
ORDER_S = 3600


class DemoFailed(GatewayError):  # noqa: N818 - says what happened
    """Part of the demo did not come up."""


class Acts:
    """The cloud and the fault of one demo."""

    def __init__(self, picture: Picture, broker: Broker, control: EstateControl, prefix: str) -> None:
        self._picture = picture
        self._broker = broker
        self._control = control
        self._prefix = prefix

    async def play(self) -> None:
        """Be the cloud, and then the fault."""
        wanted = [f"{device}/{outlet}" for device, outlet in self._plugged()][:FIRST_ORDERS]
        broker = self._broker
        target = MqttUplink(
            host=HOST,
            port=broker.port,
            prefix=self._prefix,
            user=broker.user,
            password_file=str(broker.password_file),
        )
        async with connected(target, MqttPace(), identifier="demo-cloud", will_topic="demo/cloud", will=b"") as cloud:
            await self._order(cloud, wanted)
            await cloud.leave()
        await asyncio.sleep(OVERLOAD_AFTER_S)
        victim = next((outlet for outlet in wanted if self._state(outlet) == "on"), None)
        if victim is None:
            raise DemoFailed("no outlet of the demo is on: nothing can be overloaded")
        await asyncio.to_thread(self._control.inject, victim, OVERLOAD)
        self._picture.events.append(f"demo: {victim} now draws too much ({OVERLOAD})")

    async def _order(self, cloud: Connection, wanted: list[str]) -> None:
        """Ask for orders until most of them run; field refuses while it has not read the state of a pile."""
        for attempt in range(ORDER_ATTEMPTS):
            for outlet in self._waiting(wanted):
                await cloud.publish(f"{self._prefix}command/order", self._start(outlet, attempt))
            again_s = time.monotonic() + ORDER_AGAIN_S
            while time.monotonic() < again_s:
                if len(self._waiting(wanted)) < len(wanted) / 2:
                    return
                await asyncio.sleep(ORDER_LOOK_S)

    def _waiting(self, wanted: list[str]) -> list[str]:
        return [outlet for outlet in wanted if self._state(outlet) not in ("on", "latched")]

    def _plugged(self) -> list[tuple[str, str]]:
        plugged = [
            (device, f"outlet-{outlet['outlet']:02d}")
            for device in sorted(self._picture.piles)
            for outlet in self._control.outlets(device)
            if outlet["plug"] != "empty"
        ]
        return [entry for _, entry in sorted((name, (device, name)) for device, name in plugged)]

    def _start(self, outlet: str, attempt: int) -> bytes:
        number = outlet.replace("/", "-")
        return json.dumps(
            {
                "v": 1,
                "id": f"start-{number}-{attempt}",
                "kind": "start",
                "target": outlet,
                "session": self._picture.session,
                "ttl_s": 20,
                "args": {"order_id": f"demo-{number}", "limits": {"s": ORDER_S}},
            }
        ).encode()

    def _state(self, outlet: str) -> str:
        device, _, name = outlet.partition("/")
        state = self._picture.states.get(device, {}).get("outlets", {}).get(name, {})
        return str(state.get("state", "unknown"))

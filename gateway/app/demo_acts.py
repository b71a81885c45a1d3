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
SHORT_S = 5
"""What some residents buy, so that a demo of half a minute shows receipts."""

CEILING_MIL = 5000
TARIFF = {
    "id": "demo-cloud",
    "version": 1,
    "electricity": [{"by": "energy", "price_mil_per_kwh": 620}],
    "service": [{"by": "count", "price_mil": 100}, {"by": "time", "price_mil_per_h": 900}],
}


def _is_short(outlet: str) -> bool:
    """Return whether an order is over soon: one in three, of the piles on fast lines."""
    device, _, _ = outlet.partition("/")
    return device >= "pile-11" and int(device[-2:]) % 3 == 0


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
            await asyncio.sleep(OVERLOAD_AFTER_S)
            victim = next((outlet for outlet in wanted if self._state(outlet) == "on" and not _is_short(outlet)), None)
            if victim is None:
                raise DemoFailed("no outlet of the demo is on: nothing can be overloaded")
            await asyncio.to_thread(self._control.inject, victim, OVERLOAD)
            self._picture.events.append(f"demo: {victim} now draws too much ({OVERLOAD})")
            await self._acknowledge(cloud)

    async def _acknowledge(self, cloud: Connection) -> None:
        """Be the back end that has every settlement on its disk, for as long as the demo lasts."""
        known: set[str] = set()
        while True:
            for order_id, body in tuple(self._picture.receipts.items()):
                if order_id not in known:
                    known.add(order_id)
                    args = {"order_id": order_id, "digest": body["digest"]}
                    said = {"v": 1, "id": f"ack-{order_id}", "kind": "settled-ack", "args": args}
                    await cloud.publish(f"{self._prefix}command/order", json.dumps(said).encode())
            await asyncio.sleep(ORDER_LOOK_S)

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
                "args": {
                    "order_id": f"demo-{number}",
                    "user_ref": f"resident-{number}",
                    "limits": {"s": SHORT_S if _is_short(outlet) else ORDER_S, "amount_mil": CEILING_MIL},
                    "tariff": TARIFF,
                },
            }
        ).encode()

    def _state(self, outlet: str) -> str:
        device, _, name = outlet.partition("/")
        state = self._picture.states.get(device, {}).get("outlets", {}).get(name, {})
        return str(state.get("state", "unknown"))

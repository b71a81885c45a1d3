"""What happens during a demo: its residents order over MQTT, and then one outlet draws too much."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.app.demo_cloud import cloud_of
from gateway.app.demo_people import People
from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from gateway.app.broker import Broker
    from gateway.app.demo_cloud import Cloud
    from gateway.app.demo_hands import Hands
    from gateway.app.demo_picture import Picture

FIRST_ORDERS = 48
"""Outlets that the demo's cloud switches on: enough to see, not so many that the feed is full."""

ORDER_AGAIN_S = 1.5
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
    """The cloud, the people and the fault of one demo."""

    def __init__(self, picture: Picture, broker: Broker, hands: Hands, prefix: str) -> None:
        self._picture = picture
        self._broker = broker
        self._hands = hands
        self._prefix = prefix

    async def play(self) -> None:
        """Let everything happen at once, for as long as the demo lasts. Raises `GatewayError` for the first failure."""
        async with cloud_of(self._broker, self._picture, self._prefix) as cloud:
            people = People(self._picture, self._hands, cloud)
            try:
                async with asyncio.TaskGroup() as tasks:
                    for story in (self._charge(cloud, tasks), cloud.acknowledge(), *people.stories()):
                        tasks.create_task(story)
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None

    async def _charge(self, cloud: Cloud, tasks: asyncio.TaskGroup) -> None:
        """Order charges, then overload one of them."""
        wanted = (await self._plugged())[:FIRST_ORDERS]
        waiting = set(wanted)
        await self._order(cloud, waiting, most=len(wanted) // 2)
        tasks.create_task(self._order(cloud, waiting))  # the piles of slower lines are read later
        await asyncio.sleep(OVERLOAD_AFTER_S)
        victim = next((outlet for outlet in wanted if self._state(outlet) == "on" and not _is_short(outlet)), None)
        if victim is None:
            raise DemoFailed("no outlet of the demo is on: nothing can be overloaded")
        await self._hands.do(victim, OVERLOAD)
        self._picture.say("overload", outlet=victim, fault=OVERLOAD)

    async def _order(self, cloud: Cloud, waiting: set[str], *, most: int = 0) -> None:
        """Ask for orders until at most so many wait; field refuses while it has not read the state of a pile."""

        def are_few() -> bool:
            waiting.difference_update([each for each in waiting if self._state(each) in ("on", "latched")])
            return len(waiting) <= most

        for _ in range(ORDER_ATTEMPTS):
            for outlet in sorted(waiting, key=_by_number):
                await cloud.send("start", outlet, _start(outlet))
            if await cloud.until(are_few, ORDER_AGAIN_S):
                return

    async def _plugged(self) -> list[str]:
        """Return the outlets with a bike: the first of every pile, then the second of every pile, and so on."""
        plugged = [
            (f"outlet-{outlet['outlet']:02d}", device)
            for device in sorted(self._picture.community.piles)
            for outlet in await self._hands.outlets(device)
            if outlet["plug"] != "empty"
        ]
        return [f"{device}/{name}" for name, device in sorted(plugged)]

    def _state(self, outlet: str) -> str:
        return str(self._picture.state_of(outlet).get("state", "unknown"))


def _by_number(outlet: str) -> tuple[str, str]:
    """First the first outlet of every pile."""
    device, _, name = outlet.partition("/")
    return name, device


def _start(outlet: str) -> dict[str, object]:
    """Return what a resident orders at an outlet."""
    number = outlet.replace("/", "-")
    return {
        "order_id": f"charge-{number}",
        "user_ref": f"resident-{number}",
        "limits": {"s": SHORT_S if _is_short(outlet) else ORDER_S, "amount_mil": CEILING_MIL},
        "tariff": TARIFF,
    }

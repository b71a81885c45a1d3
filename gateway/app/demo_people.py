"""Who comes to the demo's cabinet and bins: residents who buy and throw in, each in a way of their own, and staff.

Their hands are the simulator's, their codes and cards the demo's back end.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from itertools import count, groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.app.demo_cloud import Cloud
    from gateway.app.demo_estate import BinPlace, ShelfPlace
    from gateway.app.demo_hands import Hands
    from gateway.app.demo_picture import Picture

PAUSE_S = 1.0
BINS_LATER_S = 1.5
"""So much later than the last one the first resident comes to a bin, so that not all doors are opened at once."""

OVER_S = 90.0
"""How long somebody is waited for; then the next one comes."""

LIMIT_MIL = 20_000
FULL_G = 20_000.0
"""A bin with more is emptied."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What somebody does, as it is told and as the simulator takes it. `door`: the shelf's, counted from 0."""

    says: str
    does: str
    door: int = 0


COUNTS = "takes=0"
"""What staff does that only counts."""

SALES = (
    Visit("takes-one", "takes=1", 0),
    Visit("takes-two", "takes=2", 1),
    Visit("forgets", "forgets-to-close=1,for=8s", 0),
    Visit("puts-back", "takes=2,back=1", 1),
)
THROWS = (
    Visit("throws", "throws=2.4kg"),
    Visit("leans", "throws=1.5kg,leans=8kg,for=12s"),
    Visit("takes-out", "throws=3kg,out=1kg"),
    Visit("two-throw", "throws=900g,people=2"),
)


class People:
    """Everybody who comes while a demo lasts."""

    def __init__(self, picture: Picture, hands: Hands, cloud: Cloud) -> None:
        self._picture = picture
        self._hands = hands
        self._cloud = cloud
        self._numbers: Counter[str] = Counter()

    def stories(self) -> list[Any]:
        """Return what happens at each cabinet and each bin, without an end."""
        community = self._picture.community
        cabinets = groupby(community.shelves, key=lambda shelf: shelf.cabinet)
        shops = [self._shop(cabinet, tuple(shelves)) for cabinet, shelves in cabinets]
        return shops + [self._bin(each, first) for first, each in enumerate(community.bins)]

    async def _shop(self, cabinet: str, shelves: Sequence[ShelfPlace]) -> None:
        while True:
            await self._fill(cabinet, shelves)
            for visit in SALES:
                shelf = shelves[visit.door % len(shelves)]
                await self._come(shelf.door, visit.does)
                self._picture.say(visit.says, place=cabinet, door=shelf.number)
                args: dict[str, object] = {"limit_mil": LIMIT_MIL, "doors": [shelf.number]}
                await self._order("purchase", cabinet, "buy", args)

    async def _fill(self, cabinet: str, shelves: Sequence[ShelfPlace]) -> None:
        """Let staff count what is there, and put as much in as was taken."""
        lines = []
        for shelf in shelves:
            there = (await self._hands.outlet(shelf.door))["shelves"][shelf.weigher]
            added = len(there["taken_g"])
            lines.append({"shelf": shelf.name, "sku": shelf.sku, "found": there["pieces"], "added": added})
            await self._come(shelf.door, f"puts-back={added}" if added else COUNTS)
        self._picture.say("fills", place=cabinet)
        await self._order("restock", cabinet, "fill", {}, declares={"lines": lines})

    async def _bin(self, place: BinPlace, first: int) -> None:
        await asyncio.sleep(BINS_LATER_S * (1 + first))
        for number in count(first):
            visit = THROWS[number % len(THROWS)]
            await self._come(place.door, visit.does)
            self._picture.say(visit.says, place=place.name)
            await self._order("deposit", place.name, "throw", {})
            content_g = (await self._hands.outlet(place.door))["content_g"]
            if content_g > FULL_G:
                await self._come(place.door, f"throws=0g,out={content_g:.0f}g")
                self._picture.say("empties", place=place.name)
                await self._order("collection", place.name, "empty", {})

    async def _order(
        self, kind: str, place: str, name: str, args: dict[str, object], declares: dict[str, object] | None = None
    ) -> None:
        """Ask for an order, declare what staff did in it, and wait for its end."""
        self._numbers[name] += 1
        order_id = f"{name}-{self._numbers[name]}"
        user_ref = f"who-{order_id}"
        asks = [self._cloud.ask(kind, place, {"order_id": order_id, "user_ref": user_ref, **args})]
        if declares is not None:
            asks.append(self._cloud.ask("declare", place, {"order_id": order_id, **declares}))
        reason = next(filter(None, await asyncio.gather(*asks)), "")
        if reason:
            self._picture.say("refused", place=place, order=kind, reason=reason)
        else:
            await self._cloud.until(lambda: order_id in self._picture.finals, OVER_S)
        await asyncio.sleep(PAUSE_S)

    async def _come(self, door: str, does: str) -> None:
        """Let somebody wait at a door; whoever has waited there in vain goes."""
        await self._hands.do(door, "clear")
        await self._hands.do(door, does)

"""What the fleet console's store remembers of orders, as who answers a complaint asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.app.order_rows import DAY_MS, LONGEST_MS, MONTH_MS
from gateway.console.stories import AFTER_MS, BEFORE_MS, Told, stories

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.fleet.ledger import Kept, Ledger

OF_OUTLET = 3
"""Slashes in SITE/GATEWAY/DEVICE/OUTLET."""


class FleetPast:
    """`wall_ms` is the wall clock."""

    def __init__(self, ledger: Ledger, wall_ms: Callable[[], int]) -> None:
        self._ledger = ledger
        self._wall_ms = wall_ms

    async def stories(self, said: str, most: int) -> Sequence[dict[str, Any]]:
        """Return the latest orders of a number or a part of it, or of SITE/GATEWAY/DEVICE/OUTLET. `GatewayError`."""
        found = [await self._story(kept) for kept in await self._found(said, most)]
        return sorted(found, key=lambda story: int(story["ts"]), reverse=True)

    async def _found(self, said: str, most: int) -> list[Kept]:
        since_ms = self._wall_ms() - MONTH_MS
        if said.count("/") == OF_OUTLET:
            site, gateway, place = said.split("/", 2)
            return await self._ledger.at_places([(f"{site}/{gateway}", place)], since_ms, most)
        if "/" in said:
            return []
        if exact := await self._ledger.named(said):
            return exact[:most]
        until_ms = since_ms + MONTH_MS + DAY_MS
        found = await self._ledger.orders(since_ms, until_ms, longest_ms=LONGEST_MS, word=said.lower())
        return [kept for kept in found if said in kept.order_id][:most]

    async def _story(self, kept: Kept) -> dict[str, Any]:
        account = kept.account
        facts = {**account.facts, "order_id": kept.order_id, "stage": account.stage}
        trips: Sequence[Told] = ()
        ended_ms = facts.get("ended_ts_ms")
        if isinstance(ended_ms, int):
            device = str(facts.get("outlet", account.place)).partition("/")[0]
            trips = await self._ledger.trips(kept.gateway, device, ended_ms - BEFORE_MS, ended_ms + AFTER_MS)
        (story,) = stories([Told(account.until_ms, account.place, facts)], trips)
        return story | {"gateway": kept.gateway}

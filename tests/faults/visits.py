"""People at the cabinets and bins: they ask again until they are answered, act when their door opens, and come back.

One visit after another at each place, so that whatever happens there between two visits belongs to the first.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.back_end import ENDS
from tests.faults.shop import PLACES, SKUS

if TYPE_CHECKING:
    from tests.faults.gateway_under_test import Gateway
    from tests.faults.shop import Place, Seen, Shop

ASKED_AGAIN_S = 2.5
FORGOTTEN_S = 12.0
"""A question without an answer for so long has expired, and is answered no more."""

ASK_AGAIN = ("field-away", "stale-session", "expired")
ENDED_WITHIN_S = 120.0
LOOK_S = 0.1
FEW, FULL = 4, 12
SLOTS_STOCK = 500
MUCH_G = 20_000.0
LIMIT_MIL = 60_000
ASKED_ONCE_MORE = 0.25


@dataclass(kw_only=True)
class Visit:
    """One order and the truth around it. `does`: what its person does at which door."""

    place: Place
    kind: str
    order_id: str
    args: dict[str, Any]
    does: dict[int, str]
    before: dict[int, Seen]
    began_s: float
    declares: list[dict[str, Any]] = field(default_factory=list)
    commands: dict[str, float] = field(default_factory=dict)
    after: dict[int, Seen] = field(default_factory=dict)
    over_s: float = 0.0

    def opened(self, door: int) -> int:
        return self.after[door].openings - self.before[door].openings

    def taken(self, door: int) -> int:
        """Return how many pieces are gone from behind a door; less than none where some were put in."""
        return self.before[door].pieces - self.after[door].pieces

    @property
    def thrown_g(self) -> float:
        return sum(self.after[door].grams - self.before[door].grams for door in self.place.doors)


class Visits:
    """Everybody who comes while the storm lasts. `done` are the visits that are over, place by place in order."""

    def __init__(self, gateway: Gateway, shop: Shop, seed: int) -> None:
        self._gateway = gateway
        self._shop = shop
        self._chance = random.Random(seed)  # noqa: S311 - people, not secrets
        self._closing = False
        self._now: dict[str, Visit] = {}
        self._number = 0
        self._tasks: list[asyncio.Task[None]] = []
        self.done: list[Visit] = []
        self.problems: list[str] = []

    def begin(self) -> None:
        self._tasks = [asyncio.create_task(self._at(place)) for place in PLACES]
        self._tasks.append(asyncio.create_task(self._attend()))

    def is_stocked(self) -> bool:
        """Return whether staff has filled and counted a cabinet: there is something to buy."""
        return any(self._is_filled(place) for place in PLACES if not place.is_bin)

    def close(self) -> None:
        """Let nobody come any more."""
        self._closing = True

    async def served(self) -> None:
        """Wait until all who are there have been served."""
        *people, attendant = self._tasks
        await asyncio.gather(*people)
        attendant.cancel()
        await asyncio.gather(attendant, return_exceptions=True)

    # ------------------------------------------------------------------ one after another

    async def _at(self, place: Place) -> None:
        while not self._closing:
            visit = self._now[place.name] = self._next(place)
            await self._served(visit)
            if self._chance.random() < ASKED_ONCE_MORE:  # by a back end that does not know that it has its answer
                await self._send(visit, visit.kind, **visit.args)
                await asyncio.sleep(1.0)
            while any(seen.is_open for seen in self._shop.look(place).values()):  # noqa: ASYNC110 - hardware tells nobody
                await asyncio.sleep(LOOK_S)
            visit.after, visit.over_s = self._shop.look(place), time.monotonic()
            self.done.append(visit)
            await asyncio.sleep(self._chance.random())

    async def _served(self, visit: Visit) -> None:
        """Ask until there is an answer, and wait for the end of what was begun."""
        back_end, asked_s, limit_s = self._gateway.back_end, 0.0, time.monotonic() + ENDED_WITHIN_S
        was_accepted = False
        while time.monotonic() < limit_s:
            if back_end.of(visit.order_id, *ENDS):
                return
            is_accepted = bool(back_end.of(visit.order_id, "accepted"))
            if not is_accepted and self._is_turned_away(visit):
                return
            if time.monotonic() - asked_s > ASKED_AGAIN_S or is_accepted is not was_accepted:
                asked_s, was_accepted = time.monotonic(), is_accepted
                if not is_accepted:
                    await self._send(visit, visit.kind, **visit.args)
                elif visit.declares:
                    await self._send(visit, "declare", order_id=visit.order_id, lines=visit.declares)
            await asyncio.sleep(LOOK_S)
        self.problems.append(f"{visit.order_id}: no answer or no end within {ENDED_WITHIN_S:g} s")

    def _is_turned_away(self, visit: Visit) -> bool:
        """Return whether the answer is no, and no question is under way that may still be answered otherwise."""
        outcome, now_s = self._gateway.back_end.outcome, time.monotonic()
        open_ = [name for name, at_s in visit.commands.items() if not outcome(name) and now_s - at_s < FORGOTTEN_S]
        said = [outcome(name) for name in visit.commands if outcome(name)]
        return not open_ and bool(said) and said[-1]["state"] != "done" and not _may_be_asked_again(said[-1])

    async def _send(self, visit: Visit, kind: str, **args: object) -> None:
        with contextlib.suppress(Exception):  # the broker is away, or its client is between two connections
            visit.commands[await self._gateway.command("order", kind, visit.place.name, **args)] = time.monotonic()

    # ------------------------------------------------------------------ who comes

    def _next(self, place: Place) -> Visit:
        self._number += 1
        before = self._shop.look(place)
        made = self._delivery if place.is_bin else self._sale
        kind, args, does, declares = made(place, before)
        order_id = f"{kind}-{self._number}"
        return Visit(
            place=place,
            kind=kind,
            order_id=order_id,
            args={"order_id": order_id, "user_ref": f"u-{self._number}", **args},
            does=does,
            before=before,
            began_s=time.monotonic(),
            declares=declares,
        )

    def _delivery(self, place: Place, before: dict[int, Seen]) -> tuple[str, Any, dict[int, str], Any]:
        (door,) = place.doors
        if before[door].grams > MUCH_G:
            return "collection", {}, {door: f"throws=0g,out={before[door].grams:.0f}g"}, []
        return "deposit", {}, {door: f"throws={self._chance.randint(100, 900)}g"}, []

    def _sale(self, place: Place, before: dict[int, Seen]) -> tuple[str, Any, dict[int, str], Any]:
        stay = f"for={self._chance.choice((0.1, 1.0, 3.0)):g}s"
        is_first = not self._is_filled(place)
        low = [door for door in place.doors if place.has_scales and before[door].pieces < FEW]
        if low or is_first:
            doors = list(place.doors) if is_first else low
            add = {door: FULL - before[door].pieces if place.has_scales else 0 for door in doors}
            declares = [self._line(place, door, before[door].pieces, add[door]) for door in doors]
            does = {door: f"puts-back={add[door]}" if add[door] else "takes=0,for=2s" for door in doors}
            return "restock", {"doors": doors}, does, declares
        doors = self._chance.choice(([1], [1], [2], [2], [1, 2]))
        takes = {door: self._chance.choice((0, 1, 1, 2)) if place.has_scales else 0 for door in doors}
        does = {door: f"takes={takes[door]},{stay}" for door in doors}
        return "purchase", {"limit_mil": LIMIT_MIL, "doors": doors}, does, []

    def _is_filled(self, place: Place) -> bool:
        filled = (visit.order_id for visit in self.done if visit.place is place and visit.kind == "restock")
        return any(self._gateway.back_end.of(order_id, "settled") for order_id in filled)

    def _line(self, place: Place, door: int, pieces: int, added: int) -> dict[str, Any]:
        shelf = place.shelves[door]
        found = pieces if place.has_scales else SLOTS_STOCK
        return {"shelf": shelf, "sku": SKUS[shelf], "found": found, "added": added}

    # ------------------------------------------------------------------ what they do

    async def _attend(self) -> None:
        """Have whoever is expected act at every door that opens, each time that it does."""
        opened = {
            place.name: {door: seen.openings for door, seen in self._shop.look(place).items()} for place in PLACES
        }
        while True:
            for place in PLACES:
                for door, seen in self._shop.look(place).items():
                    if seen.openings > opened[place.name][door]:
                        opened[place.name][door] = seen.openings
                        visit = self._now.get(place.name)
                        does = visit.does.get(door, "") if visit is not None else ""
                        if does or not place.is_bin:
                            self._shop.visit(place, door, does or "takes=0")
            await asyncio.sleep(LOOK_S)


def _may_be_asked_again(answer: dict[str, Any]) -> bool:
    """Return whether an answer says only that it was too early, or that another one is on its way."""
    reason = str(answer.get("reason"))
    return reason in ASK_AGAIN or reason.startswith("already-")

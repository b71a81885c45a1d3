"""Contactors: a safety-off opens them, nothing closes them by itself, and a person's reset brings each one back."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from gateway.app.field import FieldHouse
from gateway.bus.timing import LineTiming
from gateway.model.command import Command, CommandKind, Grant, Origin
from gateway.model.site import SerialLink
from gateway.testing.clock import run_virtual
from gateway.testing.line import MemoryLine
from tests.scenario.house import PileBank, small_estate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from gateway.model.site import Link

BOARD, CONTACTOR, FED = "contactors-a", "contactors-a/outlet-01", "pile-01"
SETTLED_S = 25.0


class Estate:
    """Piles and their contactors in memory; these are closed at the start."""

    def __init__(self) -> None:
        self.banks: dict[str, PileBank] = {}
        self.house = FieldHouse(small_estate(), boot="test", link_of=self._line)
        self.piles, self.boards = self.banks["sim://line-1"], self.banks["sim://line-5"]
        for channel in range(8):
            self.boards.coils[1, channel] = 1

    def _line(self, link: Link) -> MemoryLine:
        assert isinstance(link, SerialLink)
        return MemoryLine(LineTiming.serial(link.baud), self.banks.setdefault(link.path, PileBank()), chunk=16)

    async def ask(self, command_id: str, kind: CommandKind, target: str, within_s: float = 10.0, **args: object) -> Any:
        """Ask for something; return its only outcome as (state, reason, detail)."""
        self.house.field.command(Command(id=command_id, kind=kind, target=target, origin=Origin.CLOUD, args=args))
        await asyncio.sleep(within_s)
        (found,) = [event["body"] for event in self.told("outcome") if event["body"]["id"] == command_id]
        return found["state"], found["reason"], found["detail"]

    async def reset(self, command_id: str, target: str) -> Any:
        return await self.ask(command_id, CommandKind.RESET, target, by="a person", reason="the fire is out")

    def told(self, kind: str) -> list[dict[str, Any]]:
        events = [json.loads(body) for _, body in self.house.field.outbox.unacknowledged]
        return [event for event in events if event["kind"] == kind]


def play(story: Callable[[Estate], Awaitable[None]]) -> None:
    @contextlib.asynccontextmanager
    async def estate() -> AsyncIterator[Estate]:
        made = Estate()
        task = asyncio.create_task(made.house.run())
        try:
            await asyncio.sleep(SETTLED_S)
            yield made
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def stage() -> None:
        async with estate() as made:
            await story(made)

    run_virtual(stage())


def test_a_safety_off_of_the_site_opens_everything_and_each_contactor_comes_back_by_a_reset() -> None:
    async def story(estate: Estate) -> None:
        estate.piles.amps[1, 0] = 3.0
        grant = Grant(outlet=f"{FED}/outlet-01", order_id="o", until_s=asyncio.get_running_loop().time() + 3600)
        estate.house.field.arbiter.grant(grant, "g")
        await asyncio.sleep(2.0)
        assert estate.piles.coils[1, 0] == 1
        assert (await estate.ask("s", CommandKind.SAFETY_OFF, "*"))[:2] == ("done", "")
        assert not any(estate.piles.coils.values())
        assert not any(estate.boards.coils.values())
        await asyncio.sleep(60.0)
        assert not any(estate.boards.coils.values())
        assert (await estate.reset("r1", "*"))[:2] == ("refused", "one-at-a-time")
        assert (await estate.reset("r2", BOARD))[:2] == ("refused", "one-at-a-time")
        assert (await estate.reset("r3", CONTACTOR))[:2] == ("done", "")
        assert [channel for channel in range(8) if estate.boards.coils[1, channel]] == [0]
        (told,) = [event for event in estate.told("trip") if event["body"]["stage"] == "reset"]
        assert (told["target"], told["body"]["by"], told["body"]["reason"]) == (
            CONTACTOR,
            "a person",
            "the fire is out",
        )
        assert not any(estate.piles.coils.values())  # no outlet comes back with its contactor

    play(story)


def test_a_contactor_stays_open_while_what_it_feeds_did_not_open_or_does_not_answer() -> None:
    async def story(estate: Estate) -> None:
        estate.piles.welded.add((1, 0))
        estate.piles.coils[1, 0] = 1
        estate.piles.amps[1, 0] = 16.0
        await asyncio.sleep(60.0)
        assert estate.boards.coils[1, 0] == 0  # the last rung
        estate.piles.amps[1, 0] = 0.0  # that is what an open contactor does
        await asyncio.sleep(30.0)
        state, reason, detail = await estate.reset("r1", CONTACTOR)
        assert (state, reason) == ("refused", "feeds-latched")
        assert f"{FED}/outlet-01" in detail
        estate.piles.welded.clear()
        assert (await estate.reset("r2", f"{FED}/outlet-01"))[0] == "done"
        estate.piles.silent.add(2)
        await asyncio.sleep(5.0)
        assert (await estate.reset("r3", CONTACTOR))[:2] == ("refused", "feeds-silent")
        estate.piles.silent.clear()
        await asyncio.sleep(30.0)
        assert (await estate.reset("r4", CONTACTOR))[:2] == ("done", "")
        assert estate.boards.coils[1, 0] == 1

    play(story)


def test_a_board_that_does_not_answer_closes_nothing_and_says_so() -> None:
    async def story(estate: Estate) -> None:
        await estate.ask("s", CommandKind.SAFETY_OFF, BOARD)
        estate.boards.silent.add(1)
        estate.house.field.command(
            Command(id="r1", kind=CommandKind.RESET, target=CONTACTOR, origin=Origin.CLOUD, args={"reason": "r"})
        )
        await asyncio.sleep(30.0)
        (said,) = [event["body"] for event in estate.told("outcome") if event["body"]["id"] == "r1"]
        assert said["state"] in ("refused", "failed")
        estate.boards.silent.clear()
        await asyncio.sleep(30.0)
        assert not any(estate.boards.coils.values())

    play(story)


def test_every_safety_off_has_an_outcome() -> None:
    async def story(estate: Estate) -> None:
        names = [device.name for loop in estate.house.loops for device in loop.devices]
        for number, name in enumerate((*names, "nowhere")):
            state, reason, _ = await estate.ask(f"s{number}", CommandKind.SAFETY_OFF, name, within_s=3.0)
            assert state == "done" or reason in ("cannot-switch", "unknown-target"), name

    play(story)

"""Acting from the console over both real processes: what it calls confirmed has happened on the line, log or no log."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.app.console_hands import LocalHands
from gateway.console.commanded import Asked, Commanded
from gateway.console.picture import Picture
from gateway.edge.view import view
from gateway.field.memory import Memory
from gateway.model.command import CommandKind
from gateway.model.errors import GatewayError
from tests.scenario.edge_side import Disk, EdgeSide, edge_side
from tests.scenario.house import PileBank
from tests.scenario.test_two_processes import OUTLET, POSITION, UNIT, charging, field_side, now_s, play

if TYPE_CHECKING:
    from pathlib import Path

GATEWAY = "shed/gw-1"
PILE, NAME = OUTLET.split("/")
SOON_S = 3.0
"""Two rounds of a slow line: the one in which it opens, and the one in which its contact is read."""


class Desk:
    """A console over one edge: its hands, and the picture that it shows."""

    def __init__(self, edge: EdgeSide) -> None:
        self.edge = edge
        self.picture = Picture()
        self.picture.take_status(GATEWAY, {"state": "online"})
        outlets = [{"outlet": each.name} for each in edge.book.models[PILE].outlets]
        self.picture.take_inventory(GATEWAY, {"devices": [{"device": PILE, "kind": "pile", "outlets": outlets}]})
        self.commanded = Commanded(self.picture)
        self.hands = LocalHands(GATEWAY, edge.desk, self, now_s)
        self.noted: list[str] = []

    async def note(self, who: str, what: str, detail: str) -> None:
        if self.edge.disk.full:
            raise GatewayError("disk full")
        self.noted.append(f"{who} {what} {detail}")

    def look(self) -> dict[str, Any]:
        """Show how everything stands now; return the document of the wish."""
        seen = view(self.edge.book, PILE, now_s())
        outlets = {
            name: {
                "state": each.state,
                "w": each.w,
                "latch": each.latch,
                "as_of": round((each.as_of_s or 0) * 1000),
                "opened_as_of": round((each.opened_s or 0) * 1000),
            }
            for name, each in seen.outlets.items()
        }
        self.picture.take_state(GATEWAY, PILE, {"link": seen.link, "outlets": outlets})
        self.commanded.look(round(now_s() * 1000))
        return self.picture.documents[f"k/{GATEWAY}/wish-0001"]

    async def ask(self, kind: str, target: str, **more: str) -> None:
        asked = Asked(id="wish-0001", gateway=GATEWAY, kind=kind, target=target, by="otto", **more)
        self.commanded.ask(asked, round(now_s() * 1000))
        outcome = await self.hands.act(asked)
        assert outcome is not None
        self.commanded.told({"id": outcome.id, "state": outcome.state, "reason": outcome.reason})


async def confirmed(desk: Desk, coils: dict[tuple[int, int], int]) -> float:
    """Look on until the wish is confirmed, and return how long that took; it never is while the contact is closed."""
    begun_s = now_s()
    async with asyncio.timeout(60):
        while True:
            was_closed = coils[UNIT, POSITION] == 1
            if desk.look()["standing"] == "confirmed":
                assert not was_closed
                return now_s() - begun_s
            await asyncio.sleep(0.05)


def ended(edge: EdgeSide) -> list[tuple[object, object]]:
    """Return why the orders have ended, and by whom."""
    return [(entry.body["reason"], entry.body.get("by")) for entry in edge.told("order", stage="ended")]


def pressed(edge: EdgeSide) -> list[tuple[object, object, object]]:
    """Return who has cut off what, as it is recorded."""
    told = [entry.body for entry in edge.told("gateway") if entry.body["what"] in {"stop", "safety-off"}]
    return [(body["what"], body["by"], body["detail"]) for body in told]


def test_a_stop_is_confirmed_when_the_contact_has_been_read_open_and_not_before(tmp_path: Path) -> None:
    async def story() -> None:
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", Disk()) as edge:
            await charging(shed, edge)
            await asyncio.sleep(10.0)
            (held,) = edge.book.held.values()
            desk = Desk(edge)
            await desk.ask("stop", OUTLET, order_id=held.order_id)
            assert await confirmed(desk, shed.bank.coils) < SOON_S
            assert shed.bank.coils[UNIT, POSITION] == 0
            assert pressed(edge) == [("stop", "otto", f"{OUTLET} {held.order_id}")]
            assert ended(edge) == [("console", "otto")]

    play(story)


def test_who_presses_the_emergency_stop_stands_in_the_record_of_every_order_that_ends_by_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", Disk()) as edge:
            await charging(shed, edge)
            await asyncio.sleep(10.0)
            desk = Desk(edge)
            await desk.ask("safety-off", PILE)
            await confirmed(desk, shed.bank.coils)
            assert ended(edge) == [("safety-off", "otto")]
            assert pressed(edge) == [("safety-off", "otto", PILE)]

    play(story)


def test_a_stop_for_another_order_is_refused_and_nothing_opens(tmp_path: Path) -> None:
    async def story() -> None:
        async with field_side(tmp_path / "s") as shed, edge_side(tmp_path / "s", Disk()) as edge:
            await charging(shed, edge)
            await asyncio.sleep(10.0)
            desk = Desk(edge)
            await desk.ask("stop", OUTLET, order_id="somebody-elses")
            await asyncio.sleep(5.0)
            (final,) = [entry.body for entry in edge.told("outcome", state="refused") if entry.target == "wish-0001"]
            desk.commanded.told({**final, "id": "wish-0001"})
            assert (desk.look()["standing"], desk.look()["reason"]) == ("refused", "order-mismatch")
            assert shed.bank.coils[UNIT, POSITION] == 1

    play(story)


def test_with_the_log_full_an_emergency_stop_opens_and_is_confirmed_as_soon_and_nothing_is_lost_by_it(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with field_side(tmp_path / "s") as shed:
            disk = Disk()
            async with edge_side(tmp_path / "s", disk) as edge:
                await charging(shed, edge)
                await asyncio.sleep(10.0)
                before, disk.full = len(disk.entries), True
                desk = Desk(edge)
                await desk.ask("safety-off", "*")
                assert await confirmed(desk, shed.bank.coils) < SOON_S
                assert desk.look()["reason"] == "not-recorded"
                await asyncio.sleep(20.0)
                assert len(disk.entries) == before
                disk.full = False
                await asyncio.sleep(5.0)
                assert edge.link.is_ready
                assert [entry.body["stage"] for entry in edge.told("order")[-1:]] == ["settled"]
                assert pressed(edge) == [], "what was not on record is not put there later"
                assert not edge.book.held

    play(story)


@pytest.mark.parametrize("args", [{"by": "otto"}, {}])
def test_with_the_log_full_an_emergency_stop_reaches_a_field_that_comes_back(
    tmp_path: Path, args: dict[str, Any]
) -> None:
    """An order is under way, so the first look after field's absence has something to store, and cannot."""

    async def story() -> None:
        disk, bank = Disk(), PileBank()
        async with edge_side(tmp_path / "s", disk) as edge:
            async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m1")) as shed:
                await charging(shed, edge)
                await asyncio.sleep(10.0)
            disk.full = True
            await asyncio.sleep(20.0)
            with pytest.raises(GatewayError, match="full"):
                await edge.ask("off-1", CommandKind.SAFETY_OFF, "*", **args)
            assert bank.coils[UNIT, POSITION] == 1
            async with field_side(tmp_path / "s", bank, Memory(tmp_path / "m1")):
                await asyncio.sleep(5.0)
                assert bank.coils[UNIT, POSITION] == 0
                disk.full = False
                await asyncio.sleep(10.0)
                assert bank.coils[UNIT, POSITION] == 0
                assert edge.told("order")[-1].body["stage"] == "settled"

    play(story)

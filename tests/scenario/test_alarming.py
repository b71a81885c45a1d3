"""The alarm desk before a journal: what raises an alarm and what becomes of it are one transaction, whatever dies when."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.alarm.alarms import alarms_of
from gateway.alarm.incident import Stage
from gateway.edge.alarming.desk import AlarmDesk
from gateway.edge.alarming.setup import ground_of
from gateway.edge.book import Book
from gateway.edge.journal import Entry
from gateway.edge.link import PLACE
from gateway.model.command import Command, CommandKind, Origin
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind
from gateway.testing.clock import run_virtual
from tests.scenario.edge_side import MACHINE, Disk, MemoryJournal
from tests.scenario.house import shipped_shed

if TYPE_CHECKING:
    from gateway.model.command import Outcome

SITE = shipped_shed()
DEVICE = SITE.devices[0]
LINE, PILE = DEVICE.bus, DEVICE.name
OUTLET = f"{PILE}/{DEVICE.model.outlets[0].name}"
SHELF_S = 120


class Desk:
    """A living alarm desk over a disk; `life` is field's."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.life = "field-1"
        self._ids = (f"n-{disk.commits}-{number}" for number in itertools.count(1))
        journal = MemoryJournal(disk)
        self.book = Book(SITE, MACHINE, disk.state)
        self.desk = AlarmDesk(
            journal=journal,
            book=self.book,
            ground=ground_of(SITE),
            states=disk.state,
            new_id=lambda: next(self._ids),
        )

    async def tell(self, name: str, target: str, word: str, *, active: bool, life: str = "field-1") -> None:
        """Have field tell of an alarm, again and again until it is stored, as the link does."""
        name = f"{life}-{name}"
        if any(entry.id == name for entry in self.disk.entries):
            return
        state = {PLACE: json.dumps({"stream": "one", "seq": 1}).encode()}
        body = {"alarm": word, "active": active} | ({"detail": "because"} if active else {})
        at = self.desk.now()
        await self.desk.append(Entry(id=name, kind=EventKind.ALARM, target=target, at=at, body=body, state=state))

    async def latch(self, name: str, causes: list[str], *, target: str = PILE, **said: str) -> None:
        """Have field tell of a trip, or of a reset, with what protection remembers after it."""
        if any(entry.id == name for entry in self.disk.entries):
            return
        number = str(DEVICE.model.outlets[0].number)
        memory = {"piles": {PILE: {"outlets": {number: {"latched": causes}}}}}
        self.book.protection[LINE] = memory
        state = {f"protection/{LINE}": json.dumps(memory).encode()}
        await self.desk.append(
            Entry(id=name, kind=EventKind.TRIP, target=target, at=self.desk.now(), body=said, state=state)
        )

    async def ask(self, name: str, kind: CommandKind, target: str, **args: object) -> Outcome:
        command = Command(id=name, kind=kind, target=target, origin=Origin.CLOUD, args={"by": "wang", **args})
        return await self.desk.submit(command)

    async def wait(self, seconds: float) -> None:
        ticking = asyncio.create_task(self.desk.run(lambda: self.life))
        await asyncio.sleep(seconds)
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)

    def stages(self) -> dict[str, Stage]:
        return {key: record.incident.stage for key, record in self.desk.alarms.records.items()}

    def told(self, key: str) -> list[dict[str, Any]]:
        target, _, word = key.rpartition(":")
        entries = [entry for entry in self.disk.entries if entry.kind is EventKind.ALARM and entry.target == target]
        return [dict(entry.body) for entry in entries if entry.body["alarm"] == word]


DAY: tuple[Any, ...] = (
    lambda d: d.tell("e1", OUTLET, "weld", active=True),
    lambda d: d.tell("e2", PILE, "silent", active=True),
    lambda d: d.tell("e3", LINE, "link-down", active=True),
    lambda d: d.ask("c1", CommandKind.ALARM_ACK, OUTLET, alarm="weld"),
    lambda d: d.latch("e4", ["definite-time"]),
    lambda d: d.ask("c2", CommandKind.ALARM_ACK, OUTLET, alarm="locked-out"),
    lambda d: d.ask("c3", CommandKind.ALARM_SHELVE, LINE, alarm="link-down", reason="works", for_s=SHELF_S),
    lambda d: d.tell("e5", LINE, "link-down", active=False),
    lambda d: d.tell("e6", PILE, "silent", active=False),
    lambda d: d.tell("e7", LINE, "link-down", active=True),
    lambda d: d.tell("e8", LINE, "link-down", active=False),
    lambda d: d.wait(SHELF_S + 5.0),
    lambda d: d.tell("e9", PILE, "bound-missed", active=True),
    lambda d: d.tell("e10", "*", "memory", active=True),
    lambda d: d.ask("c4", CommandKind.ALARM_REMOVE, "*", alarm="memory", reason="known"),
    lambda d: d.latch("e11", []),
)
ENDS = {
    f"{OUTLET}:weld": Stage.ACKNOWLEDGED,
    f"{PILE}:silent": Stage.RETURNED,
    f"{LINE}:link-down": Stage.RETURNED,
    f"{OUTLET}:locked-out": Stage.NORMAL,
    f"{PILE}:bound-missed": Stage.RETURNED,
    "*:memory": Stage.OUT_OF_SERVICE,
}


async def live(disk: Disk, *, dies_at: int = 0, dies_after: bool = False) -> Desk:
    """Live through the day; a desk that dies in a commit is followed by another, which is told the same again."""
    disk.dies_at, disk.dies_after = dies_at, dies_after
    desk = Desk(disk)
    for step in DAY:
        work = asyncio.ensure_future(step(desk))
        death = asyncio.ensure_future(disk.died.wait())
        await asyncio.wait((work, death), return_when=asyncio.FIRST_COMPLETED)
        if disk.died.is_set():
            work.cancel()
            disk.died.clear()
            disk.dies_at = 0
            memory = desk.book.protection
            desk = Desk(disk)
            desk.book.protection = memory  # field's
            await step(desk)
        death.cancel()
        await asyncio.gather(work, death, return_exceptions=True)
        assert alarms_of(disk.state) == desk.desk.alarms, "what is known is what is stored"
    return desk


def commits() -> int:
    disk = Disk()
    run_virtual(live(disk))
    return disk.commits


def test_a_day_ends_as_it_should_and_everything_of_it_was_told() -> None:
    desk = run_virtual(live(Disk()))
    assert desk.stages() == ENDS
    weld = desk.told(f"{OUTLET}:weld")
    assert [(each["state"], each.get("by", "")) for each in weld] == [("unacknowledged", ""), ("acknowledged", "wang")]
    assert weld[0]["detail"] == "because"
    assert weld[0]["severity"] == "critical"
    states = [each["state"] for each in desk.told(f"{LINE}:link-down")]
    assert states == ["unacknowledged", "shelved", "shelved", "shelved", "shelved", "returned"]
    revisions = [entry.body["revision"] for entry in desk.disk.entries if entry.kind is EventKind.ALARM]
    assert revisions == sorted(revisions)
    assert revisions[-1] == desk.desk.alarms.revision


@pytest.mark.parametrize("dies_after", [False, True])
def test_a_death_at_any_commit_forgets_nothing(dies_after: bool) -> None:  # noqa: FBT001 - a parameter of the test
    for commit in range(1, commits() + 1):
        desk = run_virtual(live(Disk(), dies_at=commit, dies_after=dies_after))
        assert desk.stages() == ENDS, commit
        ids = [entry.id for entry in desk.disk.entries]
        assert len(ids) == len(set(ids)), "nothing is told twice"


def test_what_cannot_be_stored_has_not_happened() -> None:
    async def full() -> None:
        desk = Desk(Disk(full=True))
        with pytest.raises(GatewayError):
            await desk.tell("e1", OUTLET, "weld", active=True)
        assert desk.stages() == {}
        desk.disk.full = False
        await desk.tell("e1", OUTLET, "weld", active=True)
        assert desk.stages() == {f"{OUTLET}:weld": Stage.UNACKNOWLEDGED}

    run_virtual(full())


def test_who_asks_twice_is_answered_once_and_who_asks_for_nothing_is_told_why() -> None:
    async def asked() -> None:
        desk = Desk(Disk())
        await desk.tell("e1", OUTLET, "weld", active=True)
        first = await desk.ask("c1", CommandKind.ALARM_ACK, OUTLET, alarm="weld")
        assert (first.state, await desk.ask("c1", CommandKind.ALARM_ACK, OUTLET, alarm="weld")) == ("done", first)
        again = await desk.ask("c2", CommandKind.ALARM_ACK, OUTLET, alarm="weld")
        assert (again.state, again.reason, again.detail) == ("refused", "not-so", "the alarm is acknowledged")
        audit = [entry.body for entry in desk.disk.entries if entry.kind is EventKind.GATEWAY and "by" in entry.body]
        assert audit == 2 * [{"what": "alarm-ack", "by": "wang", "detail": f"{OUTLET} weld"}]
        await desk.latch("e2", ["weld"])
        shelf = await desk.ask("c3", CommandKind.ALARM_SHELVE, OUTLET, alarm="locked-out", reason="noise", for_s=600)
        assert (shelf.state, shelf.reason) == ("refused", "latched")

    run_virtual(asked())


@pytest.mark.parametrize("dies", [False, True], ids=["edge lives", "edge dies before the answer"])
def test_a_reset_is_told_with_who_asked_for_it(dies: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    async def reset() -> list[dict[str, Any]]:
        desk = Desk(Disk())
        await desk.latch("e1", ["weld"])
        args = {"by": "li", "reason": "relay replaced"}
        wish = Command(id="c1", kind=CommandKind.RESET, target=OUTLET, origin=Origin.LOCAL, args=args)
        desk.desk.resetting(wish)
        desk = Desk(desk.disk) if dies else desk
        await desk.latch("e2", [], target=OUTLET, stage="reset", **args)
        return desk.told(f"{OUTLET}:locked-out")

    begun, over = run_virtual(reset())
    assert (begun["state"], begun["active"], begun["detail"]) == ("unacknowledged", True, "weld")
    assert (over["state"], over["active"], over["by"], over["why"]) == ("normal", False, "li", "relay replaced")


def test_what_a_new_life_of_field_does_not_say_again_is_over() -> None:
    async def restarted() -> Desk:
        desk = Desk(Disk())
        for name, word in (("e1", "smoke"), ("e2", "door")):
            await desk.tell(name, PILE, word, active=True)
        desk.life = "field-2"
        await desk.tell("e3", PILE, "smoke", active=True, life="field-2")
        await desk.wait(60.0)
        desk = Desk(desk.disk)
        desk.life = "field-2"
        await desk.wait(90.0)
        return desk

    assert run_virtual(restarted()).stages() == {f"{PILE}:smoke": Stage.UNACKNOWLEDGED, f"{PILE}:door": Stage.RETURNED}


def test_a_log_that_knows_nothing_learns_from_field_what_stands() -> None:
    async def met() -> Desk:
        desk = Desk(Disk())
        await desk.desk.met([f"{OUTLET}:weld", f"{PILE}:bound-missed", f"{LINE}:link-down", f"{PILE}:silent"])
        await desk.desk.met([f"{OUTLET}:weld"])
        return desk

    desk = run_virtual(met())
    assert desk.stages() == {
        f"{OUTLET}:weld": Stage.UNACKNOWLEDGED,
        f"{LINE}:link-down": Stage.UNACKNOWLEDGED,
        f"{PILE}:silent": Stage.SUPPRESSED,
    }
    assert len(desk.told(f"{OUTLET}:weld")) == 1


def test_what_the_site_no_longer_has_is_closed() -> None:
    async def smaller() -> Desk:
        desk = Desk(Disk())
        await desk.tell("e1", "pile-that-was/outlet-01", "weld", active=True)
        await desk.wait(3.0)
        return desk

    assert run_virtual(smaller()).stages() == {"pile-that-was/outlet-01:weld": Stage.NORMAL}

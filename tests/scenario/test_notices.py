"""People are told of alarms: at once or by escalation, again until somebody acknowledges, and of the end; whatever dies."""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from gateway.alarm.post import Place
from gateway.edge.alarming import notices as module
from gateway.edge.alarming.notices import NoticeDesk
from gateway.model.command import CommandKind
from gateway.model.site import Receiver
from gateway.testing.clock import run_virtual
from tests.scenario.edge_side import Disk
from tests.scenario.test_alarming import LINE, OUTLET, PILE, Desk

if TYPE_CHECKING:
    from gateway.alarm.post import Request

KEY = "s"
DUTY = Receiver(name="duty", url="http://duty/", secret_file=KEY, severity="medium", again_s=600)
BOSS = Receiver(name="boss", url="http://boss/", secret_file=KEY, severity="critical", after_s=900, again_s=0)
NUMBERS = itertools.count(1)


@dataclass
class People:
    """Who takes what is brought to them, unless they are `away`."""

    away: set[str] = field(default_factory=set)
    heard: list[dict[str, Any]] = field(default_factory=list)
    tries_s: list[float] = field(default_factory=list)

    async def send(self, wanted: Request) -> tuple[int, bytes]:
        self.tries_s.append(asyncio.get_running_loop().time())
        if wanted.url in self.away:
            raise ConnectionRefusedError(111, "refused")
        self.heard.append(json.loads(wanted.body))
        return 200, b""

    def read(self, file: str) -> str:
        assert file == KEY
        return "key"

    def of(self, receiver: str, part: str) -> list[str]:
        return [item["word"] for notice in self.heard if notice["receiver"] == receiver for item in notice[part]]


class House:
    """An alarm desk with its notice desk, over a disk."""

    def __init__(self, disk: Disk, people: People, *roster: Receiver) -> None:
        self.desk = Desk(disk)
        self.notices = NoticeDesk(
            alarms=self.desk.desk,
            roster=roster or (DUTY, BOSS),
            post=people,
            place=Place(name="shed/gw-1", zone=UTC),
            states=disk.state,
            new_id=lambda: f"i-{next(NUMBERS)}",
        )

    async def live(self, seconds: float) -> None:
        tasks = [asyncio.create_task(self.notices.run()), asyncio.create_task(self.desk.desk.run(lambda: "field-1"))]
        death = asyncio.create_task(self.desk.disk.died.wait())
        await asyncio.wait([*tasks, death], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        assert not any(task.done() for task in tasks)
        for task in (*tasks, death):
            task.cancel()
        await asyncio.gather(*tasks, death, return_exceptions=True)


def test_duty_hears_at_once_the_boss_when_nobody_has_acknowledged_and_both_of_the_end() -> None:
    async def day() -> People:
        people, disk = People(), Disk()
        house = House(disk, people)
        await house.desk.tell("e1", OUTLET, "weld", active=True)
        await house.desk.tell("e2", OUTLET, "rejected", active=True)
        await house.live(60)
        assert (people.of("duty", "raised"), people.of("boss", "raised")) == (["weld"], [])
        await house.live(900)
        assert people.of("duty", "again") == ["weld"]
        assert people.of("boss", "raised") == ["weld"]
        await house.desk.ask("c1", CommandKind.ALARM_ACK, OUTLET, alarm="weld")
        await house.live(3600)
        return people

    people = run_virtual(day())
    assert people.of("duty", "closed") == people.of("boss", "closed") == ["weld"]
    assert people.of("duty", "again") == ["weld"], "once it is acknowledged nobody is called again"
    assert {item["by"] for notice in people.heard for item in notice["closed"]} == {"wang"}


def test_an_alarm_that_comes_and_goes_escalates_like_one_that_stays() -> None:
    async def day() -> People:
        people = People()
        house = House(Disk(), people, BOSS)
        living = asyncio.create_task(house.live(1000))
        for number in range(30):
            await house.desk.tell(f"e{number}", OUTLET, "weld", active=number % 2 == 0)
            await asyncio.sleep(30.0)
        await living
        return people

    assert run_virtual(day()).of("boss", "raised") == ["weld"]


def test_who_is_never_told_of_an_alarm_does_not_hear_of_its_end() -> None:
    async def day() -> People:
        people = People()
        house = House(Disk(), people, BOSS)
        await house.desk.tell("e1", OUTLET, "weld", active=True)
        await house.desk.ask("c1", CommandKind.ALARM_ACK, OUTLET, alarm="weld")
        await house.live(3600)
        return people

    assert run_virtual(day()).heard == []


def test_of_consequences_and_of_what_rests_nobody_is_told() -> None:
    async def day() -> People:
        people = People()
        house = House(Disk(), people, DUTY)
        await house.desk.tell("e1", LINE, "link-down", active=True)
        await house.desk.tell("e2", PILE, "silent", active=True)
        await house.desk.tell("e3", PILE, "door", active=True)
        await house.desk.ask("c1", CommandKind.ALARM_SHELVE, PILE, alarm="door", reason="works", for_s=7200)
        await house.live(3600)
        return people

    people = run_virtual(day())
    assert people.of("duty", "raised") == ["link-down"]


def test_a_flood_is_one_notice_and_no_receiver_gets_more_than_fifteen_a_minute() -> None:
    async def day() -> People:
        people = People()
        house = House(Disk(), people, DUTY)
        for number in range(60):
            await house.desk.tell(f"e{number}", f"{PILE}/outlet-{number:02}", "weld", active=True)
        living = asyncio.create_task(house.live(120))
        for number in range(60, 90):
            await asyncio.sleep(1.0)
            await house.desk.tell(f"e{number}", f"{PILE}/outlet-{number:02}", "weld", active=True)
        await living
        return people

    people = run_virtual(day())
    assert len(people.of("duty", "raised")) == 90
    assert len(people.heard[0]["raised"]) == 60
    assert all(later - earlier >= 3.0 for earlier, later in itertools.pairwise(people.tries_s))


def test_a_receiver_that_is_away_gets_everything_later_in_its_order_and_is_an_alarm_meanwhile() -> None:
    async def day() -> tuple[People, Disk]:
        people, disk = People(away={"http://duty/"}), Disk()
        house = House(disk, people, DUTY, BOSS)
        await house.desk.tell("e1", OUTLET, "weld", active=True)
        await house.live(3600)
        assert people.of("boss", "raised") == ["weld"], "who can be reached waits for nobody"
        pauses = [later - earlier for earlier, later in itertools.pairwise(people.tries_s)]
        assert max(pauses) > 100, "it is tried ever more rarely"
        house = House(disk, people, DUTY, BOSS)
        await house.desk.ask("c1", CommandKind.ALARM_ACK, OUTLET, alarm="weld")
        await house.live(30)
        people.away.clear()
        await house.live(1200)
        return people, disk

    people, disk = run_virtual(day())
    ids = [notice["id"] for notice in people.heard if notice["receiver"] == "duty"]
    assert ids == sorted(ids)
    assert people.of("duty", "raised")[0] == "weld"
    assert "weld" in people.of("duty", "closed")
    unreached = [entry.body["active"] for entry in disk.entries if entry.body.get("alarm") == module.UNREACHED]
    assert unreached[0] is True
    assert unreached[-1] is False


def test_what_nobody_has_taken_for_too_long_is_given_up_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GIVE_UP_MS", 3_600_000)

    async def day() -> Disk:
        people, disk = People(away={"http://boss/"}), Disk()
        house = House(disk, people, BOSS)
        await house.desk.tell("e1", OUTLET, "weld", active=True)
        await house.live(6000)
        assert house.notices.waiting == {}
        return disk

    disk = run_virtual(day())
    given_up = [entry.body for entry in disk.entries if entry.body.get("what") == "notice-given-up"]
    assert [(body["receiver"], body["detail"]) for body in given_up] == [("boss", "[Errno 111] refused")]


def test_what_waits_for_somebody_who_has_left_the_roster_is_given_up() -> None:
    async def day() -> Disk:
        people, disk = People(away={"http://boss/"}), Disk()
        house = House(disk, people, BOSS)
        await house.desk.tell("e1", OUTLET, "weld", active=True)
        await house.live(1000)
        await House(disk, people, DUTY).live(10)
        return disk

    disk = run_virtual(day())
    assert [entry.body["detail"] for entry in disk.entries if entry.body.get("what") == "notice-given-up"] == [
        "not on the roster"
    ]
    assert not [name for name in disk.state if name.startswith(module.PREFIX)]


async def a_day(disk: Disk, people: People) -> None:
    """Two alarms, one acknowledged; the house is built anew whenever it has died."""

    async def step(*work: Any) -> None:
        house = House(disk, people)
        for each in work:
            await each(house)
        while True:
            await house.live(1200)
            if not disk.died.is_set():
                return
            disk.died.clear()
            disk.dies_at = 0
            house = House(disk, people)

    commits, disk.dies_at = disk.dies_at, 0
    house = House(disk, people)
    await house.desk.tell("e1", OUTLET, "weld", active=True)
    await house.desk.tell("e2", PILE, "smoke", active=True)
    disk.dies_at = commits
    await step()
    commits, disk.dies_at = disk.dies_at, 0
    await House(disk, people).desk.ask("c1", CommandKind.ALARM_ACK, OUTLET, alarm="weld")
    disk.dies_at = commits
    await step()


@pytest.mark.parametrize("dies_after", [False, True])
def test_a_death_at_any_commit_leaves_nobody_untold(dies_after: bool) -> None:  # noqa: FBT001 - a parameter of the test
    quiet = Disk()
    run_virtual(a_day(quiet, People()))
    for commit in range(3, quiet.commits + 1):
        people, disk = People(), Disk(dies_at=commit, dies_after=dies_after)
        run_virtual(a_day(disk, people))
        for receiver in ("duty", "boss"):
            notices = {notice["id"]: notice for notice in people.heard if notice["receiver"] == receiver}
            raised = [item["word"] for notice in notices.values() for item in notice["raised"]]
            closed = [item["word"] for notice in notices.values() for item in notice["closed"]]
            assert (sorted(raised), closed) == (["smoke", "weld"], ["weld"]), (commit, receiver)
        made = [entry.body["notice"] for entry in disk.entries if entry.body.get("what") == "notice-made"]
        waiting = {name.removeprefix(module.PREFIX) for name in disk.state if name.startswith(module.PREFIX)}
        assert {notice["id"] for notice in people.heard} | waiting == set(made), (
            "nothing else goes out, nothing is lost"
        )

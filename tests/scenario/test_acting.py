"""Locks and scales told to act through a whole field process, in virtual time: at most once, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.app.field import FieldHouse
from gateway.app.lines import timing_of
from gateway.field.memory import Memory
from gateway.model.command import Command, CommandKind, Origin
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site
from gateway.testing.clock import run_virtual
from gateway.testing.line import Answer, MemoryLine
from simulators.vendor.lock_boards import Board8A, BoardWkly
from simulators.vendor.streams import ToledoIndicator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from gateway.model import site as setup
    from simulators.vendor.said import Said

SITE = compile_site(
    """\
site: corner
buses:
  - {name: locks, link: {kind: serial, path: /dev/locks, baud: 9600}}
  - {name: doors, link: {kind: serial, path: /dev/doors, baud: 9600}}
  - {name: scale, link: {kind: serial, path: /dev/scale, baud: 9600, parity: even, data_bits: 7}}
devices:
  - {name: cabinet, bus: locks, profile: lock/generic_8a_open_11, unit: 1}
  - {name: bin, bus: doors, profile: lock/wkly_board_12, unit: 0}
  - {name: weigher, bus: scale, profile: weigher/toledo_continuous, unit: 1}
""",
    Path("/etc/site.yaml"),
    Library((BUILT_IN,)),
)
DOOR = "cabinet/outlet-09"
OPEN_9 = bytes.fromhex("8A 01 09 11 93")


@dataclass(slots=True)
class Corner:
    """The devices of three lines and the house that reads them; `mute` frames are heard and not answered."""

    cabinet: Board8A = field(default_factory=lambda: Board8A(1))
    bin: BoardWkly = field(default_factory=lambda: BoardWkly(0))
    indicator: ToledoIndicator = field(default_factory=lambda: ToledoIndicator(1234))
    mute: Callable[[bytes], bool] = lambda _: False
    deaf: bool = False
    lines: dict[str, MemoryLine] = field(default_factory=dict)
    sent: list[bytes] = field(default_factory=list)
    house: FieldHouse | None = None

    def link_of(self, link: setup.Link) -> MemoryLine:
        hear = {"/dev/locks": self.cabinet.hear, "/dev/doors": self.bin.hear, "/dev/scale": self.indicator.hear}
        path = getattr(link, "path", "")
        self.lines[path] = MemoryLine(timing_of(link), self._responder(hear[path]))
        return self.lines[path]

    def _responder(self, hear: Callable[[bytes], list[Said]]) -> Callable[..., list[Answer]]:
        def respond(frame: bytes, end_s: float) -> list[Answer]:
            del end_s
            self.sent.append(frame)
            said = [] if self.deaf else hear(frame)
            return [] if self.mute(frame) else [Answer(each.data, each.after_s) for each in said]

        return respond

    @contextlib.asynccontextmanager
    async def running(self, memory: Memory | None = None) -> AsyncIterator[None]:
        """Run the house until the block is left, which is a death."""
        self.house = FieldHouse(SITE, boot="test", memory=memory, link_of=self.link_of)
        tasks = [asyncio.create_task(self.house.run()), asyncio.create_task(self._weigh())]
        try:
            await asyncio.sleep(2)
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _weigh(self) -> None:
        while True:
            await asyncio.sleep(1 / 7)
            self.lines["/dev/scale"].say(self.indicator.frame())

    def act(self, command_id: str, target: str = DOOR, action: object = "open", ttl_s: float | None = 10.0) -> None:
        expires_s = None if ttl_s is None else asyncio.get_running_loop().time() + ttl_s
        assert self.house is not None
        self.house.field.command(
            Command(
                id=command_id,
                kind=CommandKind.ACT,
                target=target,
                origin=Origin.ORDER,
                args={"action": action},
                expires_s=expires_s,
            )
        )

    def outcomes(self, command_id: str) -> list[tuple[str, str]]:
        assert self.house is not None
        events = [json.loads(body) for _, body in self.house.field.outbox.unacknowledged]
        return [
            (event["body"]["state"], event["body"]["reason"])
            for event in events
            if event["kind"] == "outcome" and event["target"] == command_id
        ]

    @property
    def unlocks(self) -> int:
        """How many frames have opened the door."""
        return self.sent.count(OPEN_9)


def test_a_lock_opens_once_for_an_id_however_often_the_command_comes() -> None:
    async def watch() -> None:
        corner = Corner()
        async with corner.running():
            for _ in range(3):
                corner.act("u1")
                await asyncio.sleep(2)
            assert corner.outcomes("u1") == [("done", "acknowledged")]
            assert corner.unlocks == 1
            corner.cabinet.open_doors.clear()
            corner.act("u2")
            await asyncio.sleep(2)
            assert corner.unlocks == 2

    run_virtual(watch())


def test_a_lock_that_refuses_is_a_failure_and_is_not_asked_again() -> None:
    async def watch() -> None:
        corner = Corner(bin=BoardWkly(0, jammed={4}))
        async with corner.running():
            corner.act("u1", "bin/outlet-04")
            await asyncio.sleep(5)
            assert corner.outcomes("u1") == [("failed", "refused-by-device")]
            assert len([frame for frame in corner.sent if frame[:4] == b"WKLY" and frame[6] == 0x82]) == 1

    run_virtual(watch())


def test_without_an_answer_the_door_itself_says_whether_it_opened() -> None:
    async def watch() -> None:
        corner = Corner(mute=lambda frame: frame[0] == 0x8A)
        async with corner.running():
            corner.act("u1")
            await asyncio.sleep(6)
            assert corner.outcomes("u1") == [("done", "seen")]
            corner.act("u2")
            await asyncio.sleep(6)
            assert corner.outcomes("u2") == [("failed", "unknown-whether-done")], "it stood open before"
            corner.cabinet.jammed.add(9)
            corner.cabinet.open_doors.clear()
            corner.act("u3")
            await asyncio.sleep(6)
            assert corner.outcomes("u3") == [("failed", "unknown-whether-done")]
            assert corner.unlocks == 3

    run_virtual(watch())


def test_a_scale_that_answers_nothing_is_believed_by_its_readings() -> None:
    async def watch() -> None:
        corner = Corner()
        async with corner.running():
            corner.act("t1", "weigher", "tare")
            await asyncio.sleep(3)
            assert corner.outcomes("t1") == [("done", "seen")]
            assert corner.sent.count(b"T\r\n") == 1
            corner.deaf = True
            corner.act("c1", "weigher", "clear-tare")
            await asyncio.sleep(4)
            assert corner.outcomes("c1") == [("failed", "unknown-whether-done")]
            assert corner.sent.count(b"C\r\n") == 1

    run_virtual(watch())


def test_nothing_acts_that_is_late_unknown_unable_or_cannot_be_told() -> None:
    async def watch() -> None:
        corner = Corner()
        async with corner.running():
            wishes = {
                "late": {"ttl_s": 0.0},
                "endless": {"ttl_s": None},
                "nobody": {"target": "cabinet/outlet-99"},
                "unable": {"target": "cabinet"},
                "odd": {"action": ["open"]},
                "tared": {"action": "tare"},
            }
            for name, wish in wishes.items():
                corner.act(name, **wish)  # type: ignore[arg-type] # a table of arguments
            await asyncio.sleep(3)
            told = {name: corner.outcomes(name) for name in wishes}
            assert told == {
                "late": [("refused", "expired")],
                "endless": [("refused", "expiry-missing")],
                "nobody": [("refused", "unknown-target")],
                "unable": [("refused", "cannot-act")],
                "odd": [("refused", "cannot-act")],
                "tared": [("refused", "cannot-act")],
            }
            assert corner.unlocks == 0

    run_virtual(watch())


def test_a_second_wish_for_the_same_lock_waits_for_nobody() -> None:
    async def watch() -> None:
        corner = Corner()
        async with corner.running():
            corner.act("u1")
            corner.act("u2")
            await asyncio.sleep(3)
            assert (corner.outcomes("u1"), corner.outcomes("u2")) == ([("done", "acknowledged")], [("refused", "busy")])
            assert corner.unlocks == 1

    run_virtual(watch())


def test_a_wish_that_expires_while_the_line_is_away_never_reaches_the_lock() -> None:
    async def watch() -> None:
        corner = Corner()
        async with corner.running():
            corner.lines["/dev/locks"].lose("unplugged")
            await asyncio.sleep(0.01)
            corner.act("u1", ttl_s=2.0)
            await asyncio.sleep(4)
            corner.lines["/dev/locks"].refuse = ""
            await asyncio.sleep(10)
            assert [state for state, _ in corner.outcomes("u1")] == ["refused"]
            assert corner.unlocks == 0

    run_virtual(watch())


def test_a_silent_board_is_not_told_to_open_when_it_comes_back() -> None:
    async def watch() -> None:
        corner = Corner()
        async with corner.running():
            corner.mute = lambda frame: frame[0] in (0x80, 0x8A)
            await asyncio.sleep(20)
            corner.act("u1", ttl_s=60.0)
            corner.mute = lambda _: False
            await asyncio.sleep(30)
            assert corner.outcomes("u1") == [("refused", "silent")]
            assert corner.unlocks == 0

    run_virtual(watch())


def test_nothing_acts_while_events_cannot_be_recorded() -> None:
    async def watch() -> None:
        corner = Corner()
        async with corner.running():
            assert corner.house is not None
            corner.house.field.arbiter.acts._events_full = lambda: True
            corner.act("u1")
            await asyncio.sleep(2)
            assert corner.outcomes("u1") == [("refused", "event-ring-full")]
            assert corner.unlocks == 0

    run_virtual(watch())


def test_an_unlock_under_way_at_a_death_is_never_sent_again_and_nobody_claims_to_know(tmp_path: Path) -> None:
    async def watch() -> None:
        corner = Corner()
        async with corner.running(Memory(tmp_path)):
            corner.act("u1")
            await asyncio.sleep(0.6)
            assert corner.unlocks == 1
            assert corner.outcomes("u1") == []
        for _ in range(2):
            async with corner.running(Memory(tmp_path)):
                corner.act("u1")
                await asyncio.sleep(5)
                assert corner.outcomes("u1") == [("failed", "unknown-whether-done")]
                assert corner.unlocks == 1
        async with corner.running(Memory(tmp_path)):
            corner.act("u2")
            await asyncio.sleep(3)
            assert corner.unlocks == 2, "another wish is another unlock"

    run_virtual(watch())


def test_an_unlock_that_was_answered_before_the_death_keeps_its_outcome(tmp_path: Path) -> None:
    async def watch() -> None:
        corner = Corner()
        async with corner.running(Memory(tmp_path)):
            corner.act("u1")
            await asyncio.sleep(3)
        async with corner.running(Memory(tmp_path)):
            corner.act("u1")
            await asyncio.sleep(3)
            assert corner.outcomes("u1") == [("done", "acknowledged")]
            assert corner.unlocks == 1

    run_virtual(watch())


def test_what_cannot_be_kept_for_a_successor_is_not_begun(tmp_path: Path) -> None:
    async def watch() -> None:
        corner = Corner()
        async with corner.running(Memory(tmp_path / "memory")):
            (tmp_path / "memory" / "acting.json.new").mkdir()
            corner.act("u1")
            await asyncio.sleep(3)
            assert corner.outcomes("u1") == [("refused", "cannot-be-kept")]
            assert corner.unlocks == 0

    run_virtual(watch())

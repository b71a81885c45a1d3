"""What a board tells by itself, from the line to edge's disk and the answer back, through a whole field process."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.app.field import FieldHouse
from gateway.app.lines import timing_of
from gateway.field.memory import Memory
from gateway.field.reported import MOST_UNDER_WAY
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site
from gateway.testing.clock import run_virtual
from gateway.testing.line import Answer, MemoryLine
from gateway.wire.frames import EVENTS, PROTOCOL, Kind, Splitter, pack, pack_numbered, split_number
from gateway.wire.messages import Hello, encode
from simulators.vendor.pile_dianchuan import Board

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from gateway.model import site as setup

SITE = """\
site: reports
buses:
  - {name: board, link: {kind: serial, path: /dev/board, baud: 9600}}
devices:
  - {name: pile, bus: board, profile: pile/dianchuan_board_10, unit: 1, protection: {max_power_w: 500}}
"""
ANSWER_05, ANSWER_0D = 0x05, 0x0D


@dataclass(slots=True)
class Told:
    """A board, the line to it, and the house that hears it; `stores` plays edge's part.

    The board has one mouth: what it tells by itself comes before the reply to a poll or right behind it, in turn.
    """

    board: Board
    memory: Memory | None = None
    mouth: list[bytes] = field(default_factory=list)
    turns: int = 0
    deaf_to_polls: bool = False
    lines: list[MemoryLine] = field(default_factory=list)
    house: FieldHouse | None = None

    def link_of(self, link: setup.Link) -> MemoryLine:
        def respond(frame: bytes, end_s: float) -> list[Answer]:
            del end_s
            replies = [] if self.deaf_to_polls else [Answer(said.data, said.after_s) for said in self.board.hear(frame)]
            if not self.mouth or not replies:
                return replies
            told, reply = self.mouth.pop(0), replies[0]
            self.turns += 1
            char_s = self.lines[-1].line.char_s
            if self.turns % 2:
                return [Answer(told, reply.after_s), Answer(reply.data, reply.after_s + len(told) * char_s)]
            return [reply, Answer(told, reply.after_s + len(reply.data) * char_s + 0.002 * (self.turns % 5))]

        self.lines.append(MemoryLine(timing_of(link), respond, chunk=5))
        return self.lines[-1]

    @contextlib.asynccontextmanager
    async def living(self, boot: str = "one") -> AsyncIterator[None]:
        site = compile_site(SITE, Path("/etc/site.yaml"), Library((BUILT_IN,)))
        self.house = FieldHouse(site, boot=boot, memory=self.memory, link_of=self.link_of)
        task = asyncio.create_task(self.house.run())
        try:
            yield
        finally:
            assert not task.done(), task
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @property
    def field(self) -> Any:
        assert self.house is not None
        return self.house.field

    @property
    def events(self) -> list[dict[str, Any]]:
        found = [json.loads(body) for _, body in self.field.outbox.unacknowledged]
        return [event for event in found if event["kind"] == "device"]

    @property
    def answers(self) -> list[bytes]:
        """What the board was told about its reports."""
        frames = [heard.frame for line in self.lines for heard in line.heard]
        return [frame for frame in frames if frame[2] in (ANSWER_05, ANSWER_0D)]

    async def say(self, frame: bytes) -> None:
        self.mouth.append(frame)
        await asyncio.sleep(1.0)

    async def stores(self) -> None:
        """Edge has everything on its disk, and says so."""
        self.field.settle()
        self.field.acknowledged(self.field.outbox.events_to)
        await asyncio.sleep(1.0)


def play(story: Callable[[Told], Awaitable[None]], told: Told | None = None) -> None:
    told = told or Told(Board())

    async def stage() -> None:
        async with told.living():
            await asyncio.sleep(1.0)
            await story(told)

    run_virtual(stage())


def ended(board: Board, port: int = 3) -> bytes:
    """Let a charge end, and return what the board says about it."""
    board.ports[port - 1].left_min = 1
    (frame,) = board.pass_minutes(1)
    return frame


def test_an_end_of_a_charge_becomes_one_event_however_often_it_is_sent_and_one_answer_once_edge_has_it() -> None:
    async def story(told: Told) -> None:
        frame = ended(told.board)
        for _ in range(4):
            await told.say(frame)
        assert len(told.events) == 1
        assert told.answers == []
        event = told.events[0]
        assert event["target"] == "pile/outlet-03"
        assert {name: event["body"][name] for name in ("report", "reason", "left_min_or_10wh", "raw")} == {
            "report": "charge-complete",
            "reason": "used-up",
            "left_min_or_10wh": 0,
            "raw": frame.hex(),
        }
        await told.stores()
        assert len(told.answers) == 1
        assert told.board.unanswered == {}
        assert told.events == []

    play(story)


def test_an_answer_that_is_lost_is_given_again_and_makes_no_second_event() -> None:
    async def story(told: Told) -> None:
        frame = ended(told.board)
        await told.say(frame)
        await told.stores()
        await told.say(frame)
        assert len(told.answers) == 2
        assert told.events == []

    play(story)


def test_two_ends_with_equal_words_are_two_events_and_each_has_its_own_answer() -> None:
    async def story(told: Told) -> None:
        await told.say(ended(told.board))
        await told.say(ended(told.board))
        assert len(told.events) == 2
        assert len({event["body"]["digest"] for event in told.events}) == 1
        await told.stores()
        assert len(set(told.answers)) == 2
        assert told.board.unanswered == {}

    play(story)


def test_an_equal_message_long_after_its_answer_is_another_one() -> None:
    """A board whose sessions never count names all its messages alike."""

    async def story(told: Told) -> None:
        frame = ended(told.board)
        await told.say(frame)
        await told.stores()
        await asyncio.sleep(61)
        await told.say(frame)
        assert len(told.events) == 1
        assert len(told.answers) == 1

    play(story)


def test_a_report_that_falls_into_a_poll_costs_no_reading() -> None:
    async def story(told: Told) -> None:
        for number in range(50):
            told.mouth.append(told.board.fault(1 + number % 10, 1))
            await asyncio.sleep(0.337)
        assert len(told.events) == 50
        device = told.field.loops[0].bus.statistics.devices[0]
        assert device.answers > 100
        assert not device.failures
        assert not device.noise

    play(story)


def test_a_field_that_dies_between_event_and_answer_answers_when_the_board_comes_again(tmp_path: Path) -> None:
    told = Told(Board(), memory=Memory(tmp_path))

    async def stage() -> None:
        async with told.living():
            await asyncio.sleep(1.0)
            await told.say(ended(told.board))
            assert len(told.events) == 1
        (frame,) = told.board.unanswered.values()
        async with told.living(boot="two"):
            await asyncio.sleep(1.0)
            await told.say(frame)
            assert len(told.events) == 1, "the event of the first process is still under way"
            assert told.answers == []
            await told.stores()
            assert len(told.answers) == 1
            assert told.board.unanswered == {}

    run_virtual(stage())


def test_a_field_that_dies_and_hears_that_the_event_is_stored_makes_no_second_one(tmp_path: Path) -> None:
    told = Told(Board(), memory=Memory(tmp_path))

    async def stage() -> None:
        async with told.living():
            await asyncio.sleep(1.0)
            await told.say(ended(told.board))
        (frame,) = told.board.unanswered.values()
        async with told.living(boot="two"):
            await asyncio.sleep(1.0)
            await told.stores()
            assert told.answers == [], "nobody has said yet under which session"
            await told.say(frame)
            assert told.events == []
            assert told.board.unanswered == {}

    run_virtual(stage())


def test_what_edge_does_not_take_for_long_is_left_to_the_board_and_answered_later() -> None:
    async def story(told: Told) -> None:
        frames = [told.board.fault(1, 1) for _ in range(MOST_UNDER_WAY + 3)]
        told.mouth += frames
        await asyncio.sleep(len(frames) * 0.2)
        assert len(told.events) == MOST_UNDER_WAY
        alarms = [json.loads(body)["body"] for _, body in told.field.outbox.unacknowledged]
        assert any(body.get("alarm") == "reports-turned-away" and body["active"] for body in alarms)
        await told.stores()
        await asyncio.sleep(MOST_UNDER_WAY * 0.3)
        left = list(told.board.unanswered.values())
        assert left == frames[MOST_UNDER_WAY:]
        for frame in left:
            await told.say(frame)
        await told.stores()
        assert told.board.unanswered == {}

    play(story)


def test_an_answer_says_nothing_about_a_board_that_is_silent() -> None:
    async def story(told: Told) -> None:
        await told.say(ended(told.board))
        told.deaf_to_polls = True
        await asyncio.sleep(5.0)
        bus = told.field.loops[0].bus
        assert bus.planner.health[0].is_silent
        await told.stores()
        assert len(told.answers) == 1
        assert bus.planner.health[0].is_silent, "what is only sent proves nothing"

    play(story)


@contextlib.asynccontextmanager
async def edge_that_stores(told: Told, socket: Path, stored: list[dict[str, Any]]) -> AsyncIterator[None]:
    """The least that an edge is: it puts each event on its disk, then acknowledges it."""
    reader, writer = await asyncio.open_unix_connection(str(socket))
    writer.write(pack(Kind.HELLO, encode(Hello(protocol=PROTOCOL, config_hash=told.field.config_hash, boot="edge"))))

    async def listen() -> None:
        splitter = Splitter()
        while data := await reader.read(65536):
            for kind, payload in splitter.feed(data):
                if kind is Kind.EVENT:
                    seq, body = split_number(payload)
                    stored.append(json.loads(body))
                    writer.write(pack_numbered(Kind.ACK, seq, EVENTS))

    listening = asyncio.create_task(listen())
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        writer.transport.abort()
        await asyncio.sleep(0)


def test_edge_is_away_and_nothing_is_answered_then_it_comes_back_and_one_event_has_one_answer(tmp_path: Path) -> None:
    async def story(told: Told) -> None:
        assert told.house is not None
        await told.house.door.open(tmp_path / "s")
        stored: list[dict[str, Any]] = []
        async with edge_that_stores(told, tmp_path / "s", stored):
            await told.say(ended(told.board, port=1))
            assert (len(told.answers), told.board.unanswered) == (1, {})
        frame = ended(told.board, port=2)
        for _ in range(5):
            await told.say(frame)
        assert len(told.answers) == 1
        async with edge_that_stores(told, tmp_path / "s", stored):
            await asyncio.sleep(1)
            assert (len(told.answers), told.board.unanswered) == (2, {})
            await told.say(ended(told.board, port=3))
        ends = [event["target"] for event in stored if event["body"].get("report") == "charge-complete"]
        assert ends == ["pile/outlet-01", "pile/outlet-02", "pile/outlet-03"]
        told.house.door.close()
        await asyncio.sleep(0)

    play(story)

"""Cards at the outlets of DNY piles, from the line to the receipt: by the pushed list, with edge dying in between."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from gateway.app.field import FieldHouse
from gateway.app.lines import timing_of
from gateway.edge.journal import Entry, Moment
from gateway.field.memory import Memory
from gateway.model.command import CommandKind
from gateway.model.event import EventKind
from gateway.testing.clock import run_virtual
from gateway.testing.line import Answer, MemoryLine
from simulators.vendor.pile_dny import DnyPile
from tests.depth import sample
from tests.scenario.authority_side import CARD, FIRST, KEY, OTHER_CARD, AuthoritySide, authority_side, signed, site_of
from tests.scenario.edge_side import Disk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from gateway.model import site as setup

PORT, OUTLET = 3, "pile-01/outlet-04"
OK, UNKNOWN, IN_USE, LIMIT, FAULT = 0x00, 0x01, 0x04, 0x06, 0x08
SEEN_S = 200.0
SAID_S = 12.0


@dataclass(slots=True)
class CardShed:
    """One pile on a line, its field process, and what edge has on its disk."""

    path: Path
    site: setup.Site
    pile: DnyPile = field(default_factory=lambda: DnyPile(FIRST, 0))
    disk: Disk = field(default_factory=Disk)
    lines: list[MemoryLine] = field(default_factory=list)

    def link_of(self, link: setup.Link) -> MemoryLine:
        def respond(frame: bytes, end_s: float) -> list[Answer]:
            del end_s
            return [Answer(said.data, said.after_s) for said in self.pile.hear(frame)]

        self.lines.append(MemoryLine(timing_of(link), respond, chunk=7))
        return self.lines[-1]

    @contextlib.asynccontextmanager
    async def field(self, boot: str = "one") -> AsyncIterator[FieldHouse]:
        house = FieldHouse(self.site, boot=boot, memory=Memory(self.path.parent / "memory"), link_of=self.link_of)
        tasks = [asyncio.create_task(house.run()), asyncio.create_task(self._age())]
        await house.door.open(self.path)
        try:
            yield house
        finally:
            house.door.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _age(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.pile.pass_seconds(1)

    def edge(self, **more: Any) -> contextlib.AbstractAsyncContextManager[AuthoritySide]:
        return authority_side(self.path, self.disk, self.site, **more)

    async def swipe(self, card: bytes = CARD, port: int = PORT) -> int | None:
        """Show a card; return the account state that the pile was answered, None for no answer."""
        heard = len(self.pile.heard)
        self.pile.show_card(card, port)
        await asyncio.sleep(SAID_S)
        answers = [given for command, given in self.pile.heard[heard:] if command == 0x02]
        assert all(given[:4] == card and given[-1] == port for given in answers)
        return answers[0][4] if answers else None

    def orders(self, stage: str) -> list[Any]:
        return [e.body for e in self.disk.entries if e.kind == "order" and e.body.get("stage") == stage]

    def swipes(self) -> list[str]:
        return [str(e.body["result"]) for e in self.disk.entries if e.kind == "device" and "result" in e.body]


def play(
    tmp_path: Path, story: Callable[[CardShed, AuthoritySide], Awaitable[None]], site: setup.Site | None = None
) -> CardShed:
    """Tell a story at a pile that is known and has a list of cards."""
    shed = CardShed(tmp_path / "s", site or site_of())

    async def stage() -> None:
        async with shed.field(), shed.edge() as edge:
            await edge.ready()
            shed.pile.power_up()
            shed.pile.ports[PORT].plugged_w = 300.0
            await asyncio.sleep(SEEN_S)
            taken = await edge.ask(CommandKind.CARDS, **signed())
            assert (taken.state, taken.reason) == ("done", "taken")
            await story(shed, edge)

    run_virtual(stage())
    return shed


def test_a_card_starts_a_charge_and_ends_it_and_its_number_is_nowhere_on_the_disk(tmp_path: Path) -> None:
    async def story(shed: CardShed, edge: AuthoritySide) -> None:
        assert await shed.swipe() == OK
        assert shed.pile.ports[PORT].order
        (accepted,) = shed.orders("accepted")
        assert accepted["order_id"].startswith("local-")
        assert (accepted["user_ref"], accepted["authority"]) == ("u-1", "card")
        assert accepted["ceiling_mil"] == 3000
        await asyncio.sleep(400)
        assert await shed.swipe() == OK
        assert not shed.pile.ports[PORT].order
        await asyncio.sleep(60)
        (settled,) = shed.orders("settled")
        assert (settled["reason"], settled["fault_side"]) == ("card", "user")
        assert settled["receipt"]["due_mil"] == settled["receipt"]["total_mil"] > 0
        assert shed.swipes() == ["started", "stopped"]
        (first, _) = [e.body for e in shed.disk.entries if "result" in e.body]
        assert first["card_ref"] == hmac.new(KEY, b"card " + CARD.hex().encode(), "sha256").hexdigest()[:32]
        assert edge.book.held == {}

    shed = play(tmp_path, story)
    written = repr([dict(entry.body) for entry in shed.disk.entries])
    assert CARD.hex() not in written
    assert str(int.from_bytes(CARD, "big")) not in written


def test_a_card_is_turned_away_with_a_reason_that_the_pile_says_aloud(tmp_path: Path) -> None:
    async def story(shed: CardShed, edge: AuthoritySide) -> None:
        assert await shed.swipe(bytes.fromhex("00000001")) == UNKNOWN
        assert await shed.swipe() == OK
        assert await shed.swipe(OTHER_CARD) == FAULT, "the outlet is taken"
        assert await shed.swipe(CARD, PORT + 1) == IN_USE
        assert await shed.swipe(CARD, 0xFF) is None, "nobody here knows a balance"
        assert await shed.swipe(bytes.fromhex("00000001"), 0xFF) == UNKNOWN, "but whose card it is not"
        told = ["card-unknown", "started", "outlet-busy", "card-in-use", "no-outlet", "card-unknown"]
        assert shed.swipes() == told
        again = await edge.ask(CommandKind.CARDS, **signed(2, cards=[]))
        assert again.state == "done"
        assert await shed.swipe(OTHER_CARD, PORT + 2) == UNKNOWN
        assert len(shed.orders("accepted")) == 1

    play(tmp_path, story)


def test_the_same_swipe_told_twice_neither_starts_nor_stops_twice(tmp_path: Path) -> None:
    async def story(shed: CardShed, edge: AuthoritySide) -> None:
        del edge
        shed.pile.show_card(CARD, PORT)
        shed.pile.repeat()
        await asyncio.sleep(25)
        assert shed.swipes() == ["started"]
        assert shed.pile.ports[PORT].order
        answers = [given for command, given in shed.pile.heard if command == 0x02]
        assert [given[4] for given in answers] == [OK, OK]

    play(tmp_path, story)


def test_a_card_at_two_outlets_in_one_breath_starts_one_charge(tmp_path: Path) -> None:
    async def story(shed: CardShed, edge: AuthoritySide) -> None:
        heard = []
        for number, outlet in enumerate((OUTLET, "pile-01/outlet-05", "pile-01/outlet-06")):
            card = OTHER_CARD if number == 2 else CARD
            body = {"report": "card", "card": card.hex(), "number": str(number), "digest": "d", "raw": card.hex()}
            at = Moment(ts_ms=0, clock=2, mono_s=asyncio.get_running_loop().time())
            heard.append((Entry(id=f"e-{number}", kind=EventKind.DEVICE, target=outlet, at=at, body=body), ()))
        await edge.desks.store(heard)
        assert shed.swipes() == ["started", "card-in-use", "started"]
        await asyncio.sleep(30)
        assert [bool(port.order) for port in shed.pile.ports[3:6]] == [True, False, True]
        assert sorted(name for name in shed.disk.state if name.startswith("charge/")) == ["charge/0", "charge/1"]

    play(tmp_path, story)


def test_what_a_card_owes_is_taken_off_its_ceiling_until_the_platform_has_it(tmp_path: Path) -> None:
    async def story(shed: CardShed, edge: AuthoritySide) -> None:
        small = [{"card": CARD.hex(), "user_ref": "u-1", "ceiling_mil": 150}]
        assert (await edge.ask(CommandKind.CARDS, **signed(2, cards=small))).state == "done"
        assert await shed.swipe() == OK
        await asyncio.sleep(400)
        assert await shed.swipe() == OK
        await asyncio.sleep(60)
        (settled,) = shed.orders("settled")
        owed = settled["receipt"]["total_mil"]
        assert 0 < owed <= 150
        shed.pile.ports[PORT].plugged_w = 300.0
        await asyncio.sleep(200)
        answer = await shed.swipe()
        if answer == OK:
            assert shed.orders("accepted")[-1]["ceiling_mil"] == 150 - owed
        else:
            assert (answer, shed.swipes()[-1]) == (LIMIT, "card-limit" if owed == 150 else "amount-too-small")

    play(tmp_path, story)


@pytest.mark.parametrize(("when", "result"), [("always", "started"), ("cloud-away", "left-to-the-platform")])
def test_with_the_cloud_there_the_site_says_who_decides(tmp_path: Path, when: str, result: str) -> None:
    async def story(shed: CardShed, edge: AuthoritySide) -> None:
        edge.desks._charging.cloud(is_there=True)
        assert await shed.swipe() == OK
        assert shed.swipes() == [result]
        if when == "cloud-away":
            edge.desks._charging.cloud(is_there=False)
            assert await shed.swipe() == OK
            assert shed.swipes()[-1] == "started"

    play(tmp_path, story, site_of(when))


def test_a_list_that_is_too_old_or_signed_with_another_key_lets_nobody_charge(tmp_path: Path) -> None:
    async def story(shed: CardShed, edge: AuthoritySide) -> None:
        forged = await edge.ask(CommandKind.CARDS, **signed(2, key=b"x" * 32))
        assert (forged.state, forged.reason) == ("refused", "card-list-not-taken")
        foreign = await edge.ask(CommandKind.CARDS, **signed(2, gateway="gw-2"))
        assert foreign.state == "refused"
        older = await edge.ask(CommandKind.CARDS, **signed(1, cards=[]))
        assert (older.state, older.reason) == ("refused", "version-not-newer")
        await asyncio.sleep(3600)
        assert await shed.swipe() == FAULT
        assert shed.swipes() == ["card-list-too-old"]
        assert not shed.pile.ports[PORT].order

    play(tmp_path, story)


def test_a_list_outlives_edge_and_dies_with_its_key(tmp_path: Path) -> None:
    shed = CardShed(tmp_path / "s", site_of())

    async def stage() -> None:
        async with shed.field():
            async with shed.edge() as edge:
                await edge.ready()
                shed.pile.power_up()
                shed.pile.ports[PORT].plugged_w = 300.0
                await asyncio.sleep(SEEN_S)
                assert (await edge.ask(CommandKind.CARDS, **signed())).state == "done"
            async with shed.edge(key=b"k" * 32) as edge:
                await edge.ready()
                assert await shed.swipe() == FAULT
                assert shed.swipes() == ["no-card-list"]
            async with shed.edge() as edge:
                await edge.ready()
                assert await shed.swipe() == OK
                assert shed.swipes()[-1] == "started"

    run_virtual(stage())


def test_who_swiped_while_edge_was_away_is_not_served_behind_their_back(tmp_path: Path) -> None:
    shed = CardShed(tmp_path / "s", site_of())

    async def stage() -> None:
        async with shed.field():
            async with shed.edge() as edge:
                await edge.ready()
                shed.pile.power_up()
                shed.pile.ports[PORT].plugged_w = 300.0
                await asyncio.sleep(SEEN_S)
                assert (await edge.ask(CommandKind.CARDS, **signed())).state == "done"
            assert await shed.swipe() is None
            await asyncio.sleep(10)
            async with shed.edge() as edge:
                await edge.ready()
                await asyncio.sleep(20)
                assert shed.swipes() == ["too-late"]
                assert not shed.pile.ports[PORT].order

    run_virtual(stage())


def test_a_swipe_told_again_to_another_field_process_stops_nothing(tmp_path: Path) -> None:
    shed = CardShed(tmp_path / "s", site_of())

    async def stage() -> None:
        async with contextlib.AsyncExitStack() as outlives:
            async with shed.field("one"):
                edge = await outlives.enter_async_context(shed.edge())
                await edge.ready()
                shed.pile.power_up()
                shed.pile.ports[PORT].plugged_w = 300.0
                await asyncio.sleep(SEEN_S)
                assert (await edge.ask(CommandKind.CARDS, **signed())).state == "done"
                shed.pile.show_card(CARD, PORT)
                card = (shed.pile.messages, shed.pile.said_last)
                async with asyncio.timeout(10):
                    while not shed.swipes():  # noqa: ASYNC110 - a disk in memory tells nobody
                        await asyncio.sleep(0.01)
                await asyncio.sleep(5)
            async with shed.field("two"):
                await edge.ready()
                shed.pile.waiting.insert(0, card)
                async with asyncio.timeout(60):
                    while len(shed.swipes()) == 1:  # noqa: ASYNC110 - as above
                        await asyncio.sleep(0.5)
                await asyncio.sleep(12)
                assert shed.swipes() == ["started", "repeated"]
                assert shed.orders("ended") == []

    run_virtual(stage())


EVERY_DEATH = [(nth, dies_after) for nth in range(1, 4) for dies_after in (False, True)]
DEATHS = sample([death for death in EVERY_DEATH if death[1] == death[0] % 2], deep=EVERY_DEATH)
"""The commit at which edge dies, and whether after it."""


@pytest.mark.parametrize(("commit", "after"), DEATHS)
def test_edge_may_die_at_any_commit_of_a_swipe_and_nothing_starts_or_is_billed_twice(
    tmp_path: Path, commit: int, *, after: bool
) -> None:
    shed = CardShed(tmp_path / "s", site_of())

    async def stage() -> None:
        async with shed.field():
            async with shed.edge() as edge:
                await edge.ready()
                shed.pile.power_up()
                shed.pile.ports[PORT].plugged_w = 300.0
                await asyncio.sleep(SEEN_S)
                assert (await edge.ask(CommandKind.CARDS, **signed())).state == "done"
                shed.disk.dies_at, shed.disk.dies_after = shed.disk.commits + commit, after
                shed.pile.show_card(CARD, PORT)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(30):
                        await shed.disk.died.wait()
            shed.disk.dies_at = 0
            async with shed.edge() as edge:
                await edge.ready()
                await asyncio.sleep(60)
                assert len(shed.swipes()) == 1
                if shed.swipes() == ["field-away"]:  # told to an edge that had not met field yet: shown again
                    assert await shed.swipe() == OK
                accepted = shed.orders("accepted")
                assert len(accepted) == 1
                assert shed.swipes()[-1] == "started"
                assert shed.pile.ports[PORT].order
                await asyncio.sleep(60)
                assert await shed.swipe() == OK
                await asyncio.sleep(60)
                settled = {body["order_id"]: body["digest"] for body in shed.orders("settled")}
                assert list(settled) == [accepted[0]["order_id"]]
                assert not shed.pile.ports[PORT].order

    run_virtual(stage())


@pytest.mark.parametrize(("commit", "after"), DEATHS)
def test_edge_may_die_at_any_commit_of_the_swipe_that_ends_a_charge(
    tmp_path: Path, commit: int, *, after: bool
) -> None:
    shed = CardShed(tmp_path / "s", site_of())

    async def stage() -> None:
        async with shed.field():
            async with shed.edge() as edge:
                await edge.ready()
                shed.pile.power_up()
                shed.pile.ports[PORT].plugged_w = 300.0
                await asyncio.sleep(SEEN_S)
                assert (await edge.ask(CommandKind.CARDS, **signed())).state == "done"
                assert await shed.swipe() == OK
                await asyncio.sleep(30)
                shed.disk.dies_at, shed.disk.dies_after = shed.disk.commits + commit, after
                shed.pile.show_card(CARD, PORT)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(20):
                        await shed.disk.died.wait()
            shed.disk.dies_at = 0
            async with shed.edge() as edge:
                await edge.ready()
                await asyncio.sleep(60)
                assert shed.swipes() == ["started", "stopped"]
                assert not shed.pile.ports[PORT].order
                assert [body["reason"] for body in shed.orders("ended")] == ["card"]
                assert len({body["digest"] for body in shed.orders("settled")}) == 1

    run_virtual(stage())

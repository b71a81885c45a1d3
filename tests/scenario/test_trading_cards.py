"""Who stands at a bin: a card that a terminal reads and the gateway looks up, a face that a terminal knows. No cloud."""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING, Any

import pytest

from gateway.model.command import CommandKind
from gateway.model.event import EventKind
from gateway.testing.clock import run_virtual
from tests.scenario.authority_side import CARD, KEY, OTHER_CARD, signed
from tests.scenario.edge_side import WALL_MS
from tests.scenario.trading_side import GLASS, Corner, with_more

if TYPE_CHECKING:
    from gateway.model.command import Outcome

CARDS = {"price_lists:\n": "charging: {cards: {key_file: cards.key, list_age_most_s: 7200}}\nprice_lists:\n"}
TWO_BINS = CARDS | {
    "buses:\n": "buses:\n  - {name: more, link: {kind: serial, path: /dev/more, baud: 9600}}\n",
    "devices:\n  - {name: lock": (
        "devices:\n  - {name: extra, bus: more, profile: weigher/toledo_continuous, unit: 1}\n  - {name: lock"
    ),
    "bins:\n  - name: glass\n": (
        "bins:\n  - {name: paper, lock: bins, door: 4, weigher: extra, category: recyclable, points: green}\n"
        "  - name: glass\n"
    ),
}
CARD_REF = hmac.new(KEY, b"card " + CARD.hex().encode(), "sha256").hexdigest()[:32]


def corner_with_cards(changes: dict[str, str] | None = None) -> Corner:
    corner = Corner(site=with_more(changes or CARDS), closed={3})
    corner.grams["extra"] = 5_000
    corner.on_unlock = lambda door: throw_in(corner) if door == GLASS else None
    return corner


def throw_in(corner: Corner) -> None:
    """Have a resident come by: the door opens, a bag of 3.2 kg goes in, the door shuts by itself."""
    loop = asyncio.get_running_loop()

    def drop() -> None:
        corner.grams["floor"] += 3_200

    loop.call_later(1.5, corner.open.add, GLASS)
    loop.call_later(4.0, drop)
    loop.call_later(9.0, corner.open.discard, GLASS)


async def push(corner: Corner, version: int = 1, **changes: Any) -> None:
    said = signed(version, site="corner", **changes)
    assert (await corner.ask(f"list-{version}", CommandKind.CARDS, "*", **said)).reason == "taken"


async def show(corner: Corner, name: str, card: bytes = CARD, bin_name: str = "glass") -> Outcome:
    return await corner.ask(name, CommandKind.DEPOSIT, bin_name, card=card.hex())


def accepted(corner: Corner) -> list[str]:
    return [body["order_id"] for body in corner.told(EventKind.ORDER, stage="accepted")]


def test_a_card_opens_the_bin_under_an_id_of_our_own_and_its_number_is_nowhere_on_the_disk() -> None:
    async def act() -> None:
        corner = corner_with_cards()
        async with corner.edge():
            await asyncio.sleep(1)
            await push(corner)
        async with corner.edge():  # the list outlives edge
            await asyncio.sleep(1)
            begun = await show(corner, "c-1")
            assert (begun.state, begun.reason) == ("done", "begun")
            assert begun.detail.startswith("local-")
            await asyncio.sleep(6)
            done = await corner.ask("c-2", CommandKind.FINISH, "glass", order_id=begun.detail)
            assert done.state == "done"
            await asyncio.sleep(40)
            (end,) = corner.ends(begun.detail)
            assert (end["stage"], end["net_g"], end["points"]) == ("recorded", 3200, 32)
            assert (end["user_ref"], end["identity"], end["card_ref"]) == ("u-1", "card", CARD_REF)
            await show(corner, "c-3", b"\x01\x02\x03\x04")
        entries = [(entry.body, entry.outcome, dict(entry.state)) for entry in corner.disk.entries]
        state = {name: value for name, value in corner.disk.state.items() if not name.startswith("pushed/")}
        written = repr([entry for entry in entries if "pushed/cards/cards" not in entry[2]]) + repr(state)
        assert CARD.hex() not in written
        assert "01020304" not in written

    run_virtual(act())


def test_a_card_that_opens_nothing_is_told_why_in_the_words_of_charging() -> None:
    async def act() -> None:
        corner = corner_with_cards()
        async with corner.edge():
            await asyncio.sleep(1)
            said = await show(corner, "c-1")
            assert (said.reason, said.detail) == ("no-card-list", "no list has come yet")
            await push(corner, issued_ms=WALL_MS - 3 * 3_600_000)
            assert (await show(corner, "c-2")).reason == "card-list-too-old"
            await push(corner, 2)
            said = await show(corner, "c-3", b"\xff")
            assert said.reason == "card-unknown"
            assert said.detail.startswith("card_ref ")
            corner.distance_mm = 210
            await asyncio.sleep(40)
            assert (await show(corner, "c-4")).reason == "bin-full"
        corner.key = b"k" * 32
        async with corner.edge():
            await asyncio.sleep(1)
            said = await show(corner, "c-5")
            assert said.reason == "no-card-list"
            assert "signature" in said.detail
        assert accepted(corner) == []
        assert corner.unlocks == []
        assert {name: corner.disk.outcomes[name].reason for name in ("c-1", "c-3")} == {
            "c-1": "no-card-list",
            "c-3": "card-unknown",
        }

    run_virtual(act())


def test_a_site_without_a_card_list_says_so() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await asyncio.sleep(1)
            said = await show(corner, "c-1")
            assert (said.state, said.reason) == ("refused", "no-card-list")
            assert "charging.cards" in said.detail

    run_virtual(act())


def test_a_card_has_one_order_at_a_station_and_showing_it_again_disturbs_nothing() -> None:
    async def act() -> None:
        corner = corner_with_cards(TWO_BINS)
        async with corner.edge():
            await asyncio.sleep(1)
            await push(corner)
            first, second = await asyncio.gather(show(corner, "c-1"), show(corner, "c-2", bin_name="paper"))
            assert [first.reason, second.reason] == ["begun", "card-in-use"]
            assert second.detail == "glass"
            again = await show(corner, "c-3")
            assert (again.reason, again.detail) == ("card-in-use", "glass")
            assert (await show(corner, "c-4", OTHER_CARD, "paper")).reason == "begun"
            await asyncio.sleep(40)
            (end,) = corner.ends(first.detail)
            assert (end["stage"], end["points"]) == ("recorded", 32)
            assert (await show(corner, "c-5")).reason == "cool-down"

    run_virtual(act())


@pytest.mark.parametrize(("card", "reason"), [(OTHER_CARD, "door-busy"), (b"\xff", "card-unknown")])
def test_another_card_at_an_open_door_is_another_resident_if_the_list_knows_it(card: bytes, reason: str) -> None:
    async def act() -> None:
        corner = corner_with_cards()
        async with corner.edge():
            await asyncio.sleep(1)
            await push(corner)
            first = await show(corner, "c-1")
            await asyncio.sleep(5)
            assert (await show(corner, "c-2", card)).reason == reason
            await asyncio.sleep(40)
            (end,) = corner.ends(first.detail)
            doubts = {"door-busy": ("review", 0), "card-unknown": ("recorded", 32)}
            assert (end["stage"], end["points"]) == doubts[reason]

    run_virtual(act())


def test_a_face_is_the_terminals_word_and_gets_an_id_of_ours_too() -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: throw_in(corner))
        async with corner.edge():
            await asyncio.sleep(1)
            begun = await corner.ask("c-1", CommandKind.DEPOSIT, "glass", user_ref="u-9", identity="face")
            assert begun.detail.startswith("local-")
            await asyncio.sleep(40)
            (end,) = corner.ends(begun.detail)
            assert (end["stage"], end["user_ref"], end["identity"]) == ("recorded", "u-9", "face")
            assert "card_ref" not in end

    run_virtual(act())


@pytest.mark.parametrize("dies_after", [False, True])
def test_edge_may_die_at_any_commit_and_one_card_makes_one_order_and_one_record(*, dies_after: bool) -> None:
    ends = set()

    async def act(dies_at: int) -> bool:
        corner = corner_with_cards()
        async with corner.edge():
            await asyncio.sleep(1)
            await push(corner)
            corner.disk.commits, corner.disk.dies_at, corner.disk.dies_after = 0, dies_at, dies_after
            asking = asyncio.create_task(show(corner, "c-1"))
            death = asyncio.create_task(corner.disk.died.wait())
            await asyncio.wait({death}, timeout=60)
            for task in (asking, death):
                task.cancel()
            await asyncio.gather(asking, death, return_exceptions=True)
            died = corner.disk.died.is_set()
        corner.disk.dies_at = 0
        opened = len(corner.unlocks)
        await asyncio.sleep(5)
        async with corner.edge():
            await asyncio.sleep(1)
            again = corner.disk.outcomes.get("c-1") or await show(corner, "c-1")
            assert again.reason == "begun"
            await asyncio.sleep(90)
            assert accepted(corner) == [again.detail], "the terminal's repetition is the same wish"
            (end,) = corner.ends(again.detail)
            ends.add((end["stage"], end["points"]))
            assert end["card_ref"] == CARD_REF
            assert corner.open_orders() == []
            assert opened <= len(corner.unlocks) <= 1
            assert end["points"] in (0, (corner.grams["floor"] - 12_000) // 100)
        return died

    dies_at = 1
    while run_virtual(act(dies_at)):
        dies_at += 1
    assert dies_at > 6
    assert ("recorded", 32) in ends

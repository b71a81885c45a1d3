"""The end of a purchase or a delivery is told until the back end has acknowledged it, whoever dies meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any

from gateway.edge.trading import owed as owing
from gateway.model.command import CommandKind, Outcome
from gateway.model.event import EventKind
from gateway.testing.clock import run_virtual
from tests.scenario.trading_side import GLASS, Corner

if TYPE_CHECKING:
    import pytest

DELIVERY = {"order_id": "d-1", "user_ref": "u-7"}


def told_ends(corner: Corner, order_id: str = "d-1") -> list[dict[str, Any]]:
    """Return every telling of an order's end."""
    return [body for body in corner.told(EventKind.ORDER, order_id=order_id) if "digest" in body]


def resident(corner: Corner) -> None:
    loop = asyncio.get_running_loop()

    def drop() -> None:
        corner.grams["floor"] += 2000

    loop.call_later(1.0, corner.open.add, GLASS)
    loop.call_later(2.0, drop)
    loop.call_later(4.0, corner.open.discard, GLASS)


async def delivered(corner: Corner, order_id: str = "d-1", user_ref: str = "u-7") -> str:
    """Have a delivery recorded; return the digest of its end."""
    assert (
        await corner.ask(f"c-{order_id}", CommandKind.DEPOSIT, "glass", order_id=order_id, user_ref=user_ref)
    ).reason == "begun"
    await asyncio.sleep(25)
    (end,) = corner.ends(order_id)
    assert end["stage"] == "recorded"
    return str(end["digest"])


async def acknowledge(corner: Corner, command_id: str, digest: str, order_id: str = "d-1") -> Outcome:
    return await corner.ask(command_id, CommandKind.SETTLED_ACK, "*", order_id=order_id, digest=digest)


def test_an_end_names_itself_by_all_it_says() -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: resident(corner))
        async with corner.edge():
            digest = await delivered(corner)
            (body,) = told_ends(corner)
            said = json.dumps({name: value for name, value in body.items() if name != "digest"}, sort_keys=True)
            assert (
                hashlib.sha256(json.dumps(json.loads(said), sort_keys=True, separators=(",", ":")).encode()).hexdigest()
                == digest
            )

    run_virtual(act())


def test_an_end_is_told_again_at_ever_longer_intervals_until_it_is_acknowledged() -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: resident(corner), scan_s=1.0)
        async with corner.edge():
            digest = await delivered(corner)
            await asyncio.sleep(60)
            assert len(told_ends(corner)) == 2
            await asyncio.sleep(60 + 120 + 240)
            assert len(told_ends(corner)) == 4
            assert len({json.dumps(body, sort_keys=True) for body in told_ends(corner)}) == 1, "word for word"
            assert (await acknowledge(corner, "a-1", "0" * 64)).reason == "digest-mismatch"
            assert (await acknowledge(corner, "a-2", digest)).state == "done"
            await asyncio.sleep(3600)
            assert len(told_ends(corner)) == 4
            assert not any(name.startswith("owed/") for name in corner.disk.state)

    run_virtual(act())


def test_an_order_under_way_and_one_that_nobody_knows_cannot_be_acknowledged() -> None:
    async def act() -> None:
        corner = Corner()
        async with corner.edge():
            await asyncio.sleep(2)
            await corner.ask("c-1", CommandKind.DEPOSIT, "glass", **DELIVERY)
            assert (await acknowledge(corner, "a-1", "0" * 64)).reason == "not-settled"
            assert (await acknowledge(corner, "a-2", "0" * 64, "d-9")).reason == "unknown-order"

    run_virtual(act())


def test_an_end_outlives_edge_at_every_commit_and_its_acknowledgement_too() -> None:
    async def act(dies_at: int, *, dies_after: bool) -> bool:
        corner = Corner(on_unlock=lambda _: resident(corner))
        async with corner.edge():
            await asyncio.sleep(1)
            digest = await delivered(corner)
            corner.disk.commits, corner.disk.dies_at, corner.disk.dies_after = 0, dies_at, dies_after
            asking = asyncio.create_task(_wait_and_acknowledge(corner, digest))
            death = asyncio.create_task(corner.disk.died.wait())
            await asyncio.wait({asking, death}, return_when=asyncio.FIRST_COMPLETED)
            died = corner.disk.died.is_set()
            is_done = corner.disk.outcomes.get("a-1") is not None
            for task in (asking, death):
                task.cancel()
            await asyncio.gather(asking, death, return_exceptions=True)
        corner.disk.dies_at = 0
        before = len(told_ends(corner))
        async with corner.edge():
            await asyncio.sleep(300)
            assert bool(len(told_ends(corner)) - before) is not is_done, "told again unless it was acknowledged"
            (end,) = corner.ends("d-1")
            assert end["digest"] == digest
            assert (await corner.ask("c-9", CommandKind.DEPOSIT, "glass", **DELIVERY)).reason == "already-recorded"
            assert len(corner.unlocks) == 1
        return died

    for dies_after in (False, True):
        dies_at = 1
        while run_virtual(act(dies_at, dies_after=dies_after)):
            dies_at += 1
        assert dies_at > 2, "a telling and an acknowledgement at least"


async def _wait_and_acknowledge(corner: Corner, digest: str) -> None:
    await asyncio.sleep(70)
    await acknowledge(corner, "a-1", digest)


def test_an_order_s_id_is_remembered_for_ninety_days_after_its_end() -> None:
    async def act() -> None:
        corner = Corner(on_unlock=lambda _: resident(corner))
        async with corner.edge():
            await delivered(corner)
            kept = [
                entry.keep_s
                for entry in corner.disk.entries
                if entry.outcome is not None and entry.outcome.id == "order/d-1"
            ]
            assert kept == [90 * 86_400] * 2, "as it begins, and as it ends"

    run_virtual(act())


def test_too_many_ends_that_nobody_wants_are_given_up_in_so_many_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.edge.trading.turn.MOST", 2)

    async def act() -> None:
        corner = Corner(on_unlock=lambda _: resident(corner))
        async with corner.edge():
            await asyncio.sleep(1)
            digests = [await delivered(corner, f"d-{number}", f"u-{number}") for number in range(3)]
            await asyncio.sleep(2)
            given_up = corner.told(EventKind.GATEWAY, what="settlement-given-up")
            assert [(body["order_id"], body["digest"]) for body in given_up] == [("d-0", digests[0])]
            assert corner.desk is not None
            assert sorted(corner.desk.owed) == ["d-1", "d-2"]

    run_virtual(act())


def test_a_damaged_end_is_left_out_and_the_others_are_told() -> None:
    sound = owing.Owed(slot=1, order_id="o", place="p", body=owing.with_digest({"stage": "settled"}), told_ms=5)
    states = {"owed/0": b"{", "owed/1": sound.to_bytes(), "owed/2": b'{"slot": 1}', "trade/0": b""}
    assert owing.owed_of(states) == {"o": sound}

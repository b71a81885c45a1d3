"""A lock released and a scale tared on somebody's word from far away: at most once, whoever dies, and never in an order."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from gateway.model.command import CommandKind, Outcome
from gateway.testing.clock import run_virtual
from tests.scenario.test_trading_lines import Street, buy, fill
from tests.scenario.trading_side import FRIDGE as DOOR

if TYPE_CHECKING:
    from pathlib import Path

WHO = {"by": "Li", "reason": "somebody's coat is caught"}


async def act(street: Street, target: str = DOOR, action: str = "open") -> Outcome:
    return await street.ask(CommandKind.ACT, target, action=action, **WHO)


def finals(street: Street, command_id: str) -> list[tuple[str, str]]:
    told = [entry.body for entry in street.disk.entries if entry.kind == "outcome" and entry.target == command_id]
    return [(str(body["state"]), str(body["reason"])) for body in told if body["state"] != "accepted"]


def test_a_door_opens_once_and_who_wanted_it_is_on_record(tmp_path: Path) -> None:
    async def story() -> None:
        street = Street(tmp_path)
        async with street.field_side(), street.edge_side():
            await asyncio.sleep(2)
            asked = await act(street)
            assert asked.state == "accepted"
            await asyncio.sleep(8)
            assert (street.unlocks(), finals(street, asked.id)) == (1, [("done", "acknowledged")])
            (record,) = [e for e in street.disk.entries if e.body.get("what") == "act"]
            assert (record.target, record.body["by"], record.body["action"]) == (DOOR, "Li", "open")
            await asyncio.sleep(60)
            assert street.unlocks() == 1
            assert not any(name.startswith("acting/") for name in street.disk.state)

    run_virtual(story())


def test_nothing_is_done_where_an_order_is_under_way_or_where_nothing_can_act(tmp_path: Path) -> None:
    async def story() -> None:
        street = Street(tmp_path)
        async with street.field_side(), street.edge_side():
            await asyncio.sleep(2)
            await fill(street)
            assert (await buy(street)).reason == "begun"
            opened = street.unlocks()
            for target, action in ((DOOR, "open"), ("top", "tare"), ("lock", "open")):
                refused = await act(street, target, action)
                assert (refused.state, refused.reason) == ("refused", "order-under-way")
            for target, reason in (("kitchen/door-77", "unknown-target"), ("depth", "cannot-act")):
                asked = await act(street, target)
                await asyncio.sleep(1)
                assert finals(street, asked.id) == [("refused", reason)]
            assert street.unlocks() - opened <= 1, "the purchase's own"

    run_virtual(story())


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("commit", [1, 2])
def test_edge_may_die_at_any_commit_of_an_act_and_the_door_opens_once_at_most(
    tmp_path: Path, commit: int, *, after: bool
) -> None:
    async def story() -> None:
        street = Street(tmp_path)
        async with street.field_side():
            async with street.edge_side():
                await asyncio.sleep(2)
                street.disk.dies_at, street.disk.dies_after = street.disk.commits + commit, after
                asking = asyncio.create_task(act(street))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(10):
                        await street.disk.died.wait()
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            street.disk.dies_at = 0
            accepted = [name for name, outcome in street.disk.outcomes.items() if outcome.state == "accepted"]
            async with street.edge_side():
                await asyncio.sleep(90)
            assert street.unlocks() <= 1
            assert not any(name.startswith("acting/") for name in street.disk.state)
            for name in accepted:
                (final,) = finals(street, name)
                assert final in {("done", "acknowledged"), ("failed", "unknown-whether-done")}
                assert final[0] == "failed" or street.unlocks() == 1

    run_virtual(story())


def test_field_may_die_with_an_act_on_the_line_and_it_is_not_sent_again(tmp_path: Path) -> None:
    async def story() -> None:
        street = Street(tmp_path)
        async with contextlib.AsyncExitStack() as dies_last:
            async with street.field_side():
                await dies_last.enter_async_context(street.edge_side())
                await asyncio.sleep(2)
                asked = await act(street)
                await asyncio.sleep(0.05)
            async with street.field_side():
                await asyncio.sleep(90)
        assert street.unlocks() <= 1
        assert len(finals(street, asked.id)) == 1

    run_virtual(story())

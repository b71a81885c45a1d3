"""What is pushed stays: versions that only rise, all of a command or nothing, and nothing forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.edge.charging.clock import BusinessClock
from gateway.edge.charging.tariffs import Tariffs
from gateway.edge.pushed import MOST_EACH, Document, Draft, NotTaken, PushedDesk, newer
from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.errors import GatewayError
from gateway.testing.clock import run_virtual
from tests.scenario.edge_side import MACHINE, Disk, MemoryJournal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

HOME = [{"id": "shed", "version": 3}, {"id": "night", "version": 1}]


def tariff(name: str = "shed", version: int = 4, price_mil: int = 800) -> dict[str, Any]:
    return {"id": name, "version": version, "service": [{"by": "energy", "price_mil_per_kwh": price_mil}]}


def desk(disk: Disk) -> tuple[PushedDesk, Tariffs]:
    journal, tariffs = MemoryJournal(disk), Tariffs(HOME)
    made = PushedDesk(
        journal=journal,
        clock=BusinessClock(disk.state, journal.now(), MACHINE),
        takers={CommandKind.TARIFFS: tariffs},
        states=disk.state,
        new_id=lambda: f"n-{disk.commits}",
        changed=lambda: None,
    )
    return made, tariffs


async def push(to: PushedDesk, *written: dict[str, Any], kind: CommandKind = CommandKind.TARIFFS) -> Outcome:
    args = {"tariffs": list(written)}
    return await to.submit(Command(id="c-1", kind=kind, target="*", origin=Origin.CLOUD, args=args))


def play(story: Callable[[Disk], Coroutine[None, None, None]]) -> None:
    run_virtual(story(Disk()))


def prices(tariffs: Tariffs, name: str = "shed", version: int | None = None) -> int | None:
    found = tariffs.find(name, version)
    return None if found is None or not found.rates else found.rates[0].price_mil_per_kwh  # type: ignore[union-attr]


def test_a_newer_tariff_counts_from_its_commit_on_and_after_a_restart() -> None:
    async def story(disk: Disk) -> None:
        made, tariffs = desk(disk)
        assert (await push(made, tariff())).reason == "taken"
        assert (prices(tariffs), prices(tariffs, version=4), prices(tariffs, version=3)) == (800, 800, None)
        assert disk.outcomes["c-1"] == Outcome(id="c-1", state="done", reason="taken")
        (told,) = [entry.body for entry in disk.entries if entry.kind == "gateway"]
        assert (told["what"], told["kind"]) == ("documents-taken", "tariffs")
        again, later = desk(disk)
        assert prices(later) == 800
        assert again.documents() == made.documents()
        assert (await push(again, tariff())).reason == "known-already"

    play(story)


@pytest.mark.parametrize(
    ("written", "reason", "says"),
    [
        ([tariff(version=3)], "version-not-newer", "shed: version 3; here is 3 already"),
        ([tariff("night", 2), tariff(version=2)], "version-not-newer", "shed"),
        ([tariff("a"), tariff("a", 5)], "named-twice", "a: a command brings a document once"),
        ([tariff("a"), {"id": "b", "version": 1, "more": 1}], "malformed", "args.tariffs[1]: tariff.more"),
        ([tariff("free", 9)], "reserved", "`free` is the tariff without a price"),
    ],
)
def test_a_command_is_taken_whole_or_not_at_all_and_says_where_it_is_wrong(
    written: list[dict[str, Any]], reason: str, says: str
) -> None:
    async def story(disk: Disk) -> None:
        made, tariffs = desk(disk)
        outcome = await push(made, *written)
        assert (outcome.state, outcome.reason) == ("refused", reason)
        assert says in outcome.detail
        assert made.documents() == []
        assert disk.state == {}
        assert (prices(tariffs), prices(tariffs, "a")) == (None, None)

    play(story)


def test_another_document_under_a_version_that_is_known_is_refused() -> None:
    async def story(disk: Disk) -> None:
        made, tariffs = desk(disk)
        await push(made, tariff())
        outcome = await push(made, tariff(price_mil=1))
        assert (outcome.state, outcome.reason) == ("refused", "version-not-newer")
        assert prices(tariffs) == 800

    play(story)


def test_a_site_file_that_has_outrun_what_was_pushed_counts() -> None:
    tariffs = Tariffs([{"id": "shed", "version": 9}])
    stored = Document(kind="tariffs", name="shed", version=4, digest="", body="{}", at_ms=0, ts_ms=0, clock=0)
    disk = Disk(state={stored.state: stored.to_bytes(), "pushed/tariffs/torn": b"{"})
    used: list[Mapping[str, Document]] = []

    class Spy:
        home = tariffs.home

        def read(self, args: Mapping[str, Any]) -> Sequence[Draft]:
            raise NotTaken("never", str(args))

        def use(self, documents: Mapping[str, Document]) -> None:
            used.append(documents)

    async def story() -> None:
        journal = MemoryJournal(disk)
        PushedDesk(
            journal=journal,
            clock=BusinessClock({}, journal.now(), MACHINE),
            takers={CommandKind.TARIFFS: Spy()},
            states=disk.state,
            new_id=str,
            changed=lambda: None,
        )

    run_virtual(story())
    assert used == [{}]


def test_a_kind_that_nobody_uses_here_and_a_disk_that_is_full_change_nothing() -> None:
    async def story(disk: Disk) -> None:
        made, tariffs = desk(disk)
        assert (await push(made, kind=CommandKind.CARDS)).reason == "not-used-here"
        disk.full = True
        with pytest.raises(GatewayError):
            await push(made, tariff())
        assert prices(tariffs) is None
        disk.full = False
        assert (await push(made, tariff())).reason == "taken"

    play(story)


def test_a_sender_that_goes_away_in_the_middle_leaves_no_half_taken_document() -> None:
    async def story(disk: Disk) -> None:
        made, tariffs = desk(disk)
        sending = asyncio.create_task(push(made, tariff()))
        await asyncio.sleep(0)
        sending.cancel()
        await asyncio.sleep(1)
        assert (prices(tariffs), len(made.documents())) == (800, 1)

    play(story)


drafts = st.builds(
    Draft,
    name=st.sampled_from("ab"),
    version=st.integers(1, 5),
    digest=st.sampled_from(["x", "y"]),
    body=st.just(""),
)


@given(
    pushes=st.lists(st.lists(drafts, max_size=3), max_size=12), home=st.dictionaries(st.just("a"), st.integers(0, 3))
)
def test_versions_only_rise_and_one_version_is_one_document(pushes: list[list[Draft]], home: dict[str, int]) -> None:
    have: dict[str, Document] = {}
    seen: dict[tuple[str, int], str] = {}
    for push_ in pushes:
        try:
            fresh = newer(push_, have, home)
        except NotTaken:
            continue
        for draft in fresh:
            before = have.get(draft.name)
            assert draft.version > max(home.get(draft.name, 0), 0 if before is None else before.version)
            assert seen.setdefault((draft.name, draft.version), draft.digest) == draft.digest
            have[draft.name] = Document(
                kind="k",
                at_ms=0,
                ts_ms=0,
                clock=0,
                name=draft.name,
                version=draft.version,
                digest=draft.digest,
                body="",
            )


def test_documents_are_bounded() -> None:
    many = [Draft(name=f"n{n}", version=1, digest="", body="") for n in range(MOST_EACH)]
    assert len(newer(many, {}, {})) == MOST_EACH
    with pytest.raises(NotTaken, match="64 documents"):
        newer([*many, replace(many[0], name="one more")], {}, {})

"""Play a case: the script runs against a whole installation in virtual time, and the log is read as an operator does."""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from gateway.edge.charging import desk
from gateway.edge.trading import desk as trading
from gateway.model.event import EventKind
from gateway.profile.load import BUILT_IN, Library
from gateway.site.load import compile_site
from gateway.store.beside import events_beside
from gateway.testing.clock import run_virtual
from tests.cases.diary import WallClock
from tests.cases.installation import KEY_FILE, LOCAL, Installation
from tests.cases.script import carry_out, lines_of, seconds
from tests.cases.truth import Flows, Truth, flows, truth_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.model.site import Site
    from tests.cases.case import Case

HERE = Path(__file__).parent
LIBRARY = Library((HERE / "profiles", BUILT_IN))
READY_S, READY_TICKS = 8.0, 30
BEFORE_S = 30.0
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
ORPHAN = "orphan-"
LOCAL_ORDER = "local-"
ENDS = frozenset({"settled", "recorded", "review", "cancelled"})


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the log, `at_s` after the start of the case."""

    at_s: float
    kind: str
    target: str
    body: dict[str, Any]


@dataclass(slots=True)
class Played:
    """What came of a case. `flows`: what really flowed, left the shelves, was thrown in, by the simulated hardware."""

    case: Case
    did: list[tuple[float, str, str]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    flows: Flows = field(default_factory=Flows)

    @property
    def answers(self) -> tuple[str, ...]:
        """What was answered to commands, except that they were accepted or done."""
        plain = ("", "accepted", "done", "done begun", "done declared")
        return tuple(answer for _, _, answer in self.did if answer not in plain)

    @property
    def orders(self) -> list[str]:
        """The ids of all orders, in the order of their beginning."""
        return list(dict.fromkeys(each.body["order_id"] for each in self.told if each.kind == EventKind.ORDER))

    def records(self, order_id: str) -> list[Told]:
        """Return what was told of an order; what is told again, once."""
        found: list[Told] = []
        for each in self.told:
            if each.kind == EventKind.ORDER and each.body.get("order_id") == order_id:
                is_again = each.body["stage"] in ENDS and any(each.body == one.body for one in found)
                found += [] if is_again else [each]
        return found

    def stages(self, order_id: str) -> tuple[str, ...]:
        """Return the stages that an order told; progress left out, runs of equal ones once."""
        stages = (each.body["stage"] for each in self.records(order_id))
        return tuple(stage for stage, _ in itertools.groupby(stage for stage in stages if stage != "progress"))

    def last(self, order_id: str) -> dict[str, Any]:
        """Return everything that was said of an order, the last word of each."""
        found: dict[str, Any] = {}
        for each in self.records(order_id):
            found |= {name: value for name, value in each.body.items() if value is not None}
        return found

    @property
    def swipes(self) -> tuple[str, ...]:
        """What came of each card that was shown at a pile, in the order of time."""
        told = (each.body for each in self.told if each.kind == EventKind.DEVICE and each.body.get("report") == "card")
        return tuple(str(body["result"]) for body in told)

    @property
    def alarms(self) -> tuple[str, ...]:
        """The names of the alarms that were raised, each once, in the order of their first time."""
        raised = (e.body["alarm"] for e in self.told if e.kind == EventKind.ALARM and e.body.get("active"))
        return tuple(dict.fromkeys(raised))


def play(case: Case) -> Played:
    """Play a case from its beginning to its end."""
    place = IN_MEMORY if IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="case-", dir=place) as folder, _pace(case.tick_s):
        played: Played = run_virtual(_play(case, Path(folder)))
    return played


@cache
def _site(name: str, more: str) -> Site:
    return compile_site(f"{(HERE / name).read_text(encoding='utf-8')}\n{more}", Path("site.yaml"), LIBRARY)


async def _play(case: Case, folder: Path) -> Played:
    site = _site(case.site, case.more)
    if site.cards is not None:
        site = replace(site, cards=replace(site.cards, key_file=str(folder / KEY_FILE)))
    wall = datetime.fromisoformat(case.wall).replace(tzinfo=LOCAL)
    installation = Installation(site, folder, WallClock(round(wall.timestamp() * 1000), case.clock))
    played = Played(case)
    async with installation.running(READY_S + READY_TICKS * case.tick_s):
        if case.before:
            await _act(case.before, BEFORE_S, installation, case)
        begun_s, after = asyncio.get_running_loop().time(), installation.newest_event
        before: Truth = truth_of(installation)
        played.did = await _act(case.script, seconds(case.lasts), installation, case)
        played.flows = flows(before, truth_of(installation))
    played.told = _told(installation.log_file, begun_s, after)
    return played


def _told(log: Path, begun_s: float, after: int) -> list[Told]:
    """Return what the log has of the case, in its order; what is told again of orders from before is left out."""
    kinds = (EventKind.ORDER, EventKind.ALARM, EventKind.TRIP, EventKind.OUTCOME, EventKind.DEVICE)
    events = sorted((event for kind in kinds for event in events_beside(log, kind)), key=lambda event: event.seq)
    read = [(event, json.loads(event.body)) for event in events]
    former = {said["body"].get("order_id") for event, said in read if event.seq <= after} - {None}
    found = [
        Told(max(0.0, event.at.mono_s - begun_s), event.kind, said["target"], said["body"])
        for event, said in read
        if event.seq > after and said["body"].get("order_id") not in former
    ]
    return list(_with_names(found))


def _with_names(told: list[Told]) -> Iterator[Told]:
    """Yield what was told with the gateway's own order ids, which are another each time, as local-1, local-2 and so on."""
    names: dict[str, str] = {}
    for each in told:
        order_id = str(each.body.get("order_id", ""))
        if order_id.startswith(LOCAL_ORDER):
            name = names.setdefault(order_id, f"{LOCAL_ORDER}{len(names) + 1}")
            yield replace(each, body=each.body | {"order_id": name})
        else:
            yield each


async def _act(script: str, lasts_s: float, installation: Installation, case: Case) -> list[tuple[float, str, str]]:
    """Carry out a script that begins now; return what was done when, and what was answered to it."""
    loop, did = asyncio.get_running_loop(), []
    begun_s = loop.time()
    for line in lines_of(script):
        await asyncio.sleep(begun_s + line.at_s - loop.time())
        answer = await carry_out(line, installation, case.kind)
        did.append((line.at_s, f"{line.who} {line.what}", answer))
    await asyncio.sleep(begun_s + lasts_s - loop.time())
    return did


@contextmanager
def _pace(tick_s: float) -> Iterator[None]:
    """Let field and edge look about as seldom as a case says."""
    with (
        mock.patch("gateway.app.field.TICK_S", tick_s),
        mock.patch("gateway.edge.charging.desk.LOOK_S", max(tick_s, desk.LOOK_S)),
        mock.patch("gateway.edge.trading.desk.LOOK_S", max(tick_s, trading.LOOK_S)),
    ):
        yield

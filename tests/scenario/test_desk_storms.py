"""The charging desk beside a field of whims: whatever it tells, and whenever edge dies, each order is settled once."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from gateway.edge.book import Book
from gateway.edge.carrier import Carrier
from gateway.edge.charging.desk import ChargingDesk
from gateway.edge.charging.setup import SiteSetup
from gateway.edge.journal import Entry
from gateway.model.command import Command, CommandKind, Grant, Origin, Outcome
from gateway.model.device import Role
from gateway.model.errors import GatewayError
from gateway.model.event import Event, EventKind
from gateway.model.scan import Quality, Scan
from gateway.site.load import load_site
from gateway.testing.clock import run_virtual
from gateway.wire.frames import Kind
from gateway.wire.messages import Revocation, Snapshot, decode, decode_command, decode_grant
from tests.depth import sample
from tests.scenario.edge_side import MACHINE, Disk, MemoryJournal
from tests.scenario.house import SITE
from tests.scenario.test_charging import MONEY

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from gateway.edge.link import FieldLink

OUTLETS = [f"pile-01/outlet-{number:02d}" for number in range(1, 4)]
ACTIONS = 200


@dataclass
class Whims:
    """A field that does what it is told, mostly, and tells of it, later; also its readings and its socket."""

    chance: random.Random
    grants: dict[str, Grant] = field(default_factory=dict)
    on: set[str] = field(default_factory=set)
    untold: list[tuple[EventKind, str, dict[str, Any]]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    watts: dict[str, float] = field(default_factory=dict)
    wh: dict[str, float] = field(default_factory=lambda: dict.fromkeys(OUTLETS, 1000.0))
    granted: list[tuple[float, str, bool]] = field(default_factory=list)
    is_ready: bool = True
    standing: str = ""
    field_boot: str = "field"

    # ------------------------------------------------------------------ what edge sends

    def send(self, kind: Kind, payload: bytes) -> None:
        if not self.is_ready:
            return
        if kind is Kind.GRANT:
            self._grant(payload)
        elif kind is Kind.REVOKE:
            revocation = decode(Revocation, payload)
            held = self.grants.get(revocation.outlet)
            matches = held is not None and held.order_id == revocation.order_id
            if matches:
                self.end(revocation.outlet, "revoked")
            self._answer(revocation.id, "done" if matches else "refused", "" if matches else "not-running")
        elif kind is Kind.COMMAND:
            command = decode_command(payload, 0.0)
            self.end(command.target, "stopped")
            self._answer(command.id, "done")

    def _grant(self, payload: bytes) -> None:
        now_s = asyncio.get_running_loop().time()
        granting = decode_grant(payload, now_s)
        grant, outlet = granting.grant, granting.grant.outlet
        self.granted.append((now_s, grant.order_id, granting.adopt))
        if granting.command_id in self.known and not granting.adopt:
            return
        self.known.add(granting.command_id)
        running = self.grants.get(outlet)
        if running is not None and running.order_id != grant.order_id:
            self._answer(granting.command_id, "refused", "outlet-busy")
        elif running is not None or granting.adopt:
            self.grants[outlet] = grant
            self._answer(granting.command_id, "done", "updated")
        elif self.chance.random() < 0.15:
            word = self.chance.choice(("no-answer", "state-unknown", "silent"))
            self._answer(granting.command_id, self.chance.choice(("failed", "refused")), word)
        else:
            self.grants[outlet] = grant
            self.on.add(outlet)
            self._answer(granting.command_id, "done")
            self.untold.append((EventKind.ORDER, outlet, {"order_id": grant.order_id, "stage": "on"}))

    def _answer(self, name: str, state: str, reason: str = "") -> None:
        body = {"id": name, "state": state, "reason": reason, "detail": ""}
        self.untold.append((EventKind.OUTCOME, name, body))

    def end(self, outlet: str, word: str) -> None:
        self.on.discard(outlet)
        grant = self.grants.pop(outlet, None)
        if grant is not None:
            body = {"order_id": grant.order_id, "stage": "ended", "reason": word, "wh": 1, "s": 1}
            self.untold.append((EventKind.ORDER, outlet, body))

    # ------------------------------------------------------------------ what is read

    def value(self, outlet: str, role: Role) -> tuple[float, float] | None:
        values = {Role.RELAY: float(outlet in self.on), Role.ENERGY: self.wh.get(outlet, 0.0)}
        return None if role not in values else (values[role], asyncio.get_running_loop().time())

    def values_of(self, _scan: Scan, wanted: Container[str]) -> Iterator[tuple[str, Role, float]]:
        for outlet in OUTLETS:
            if outlet in wanted:
                power_w = self.watts.get(outlet, 0.0) if outlet in self.on else 0.0
                self.wh[outlet] += power_w / 900
                yield outlet, Role.RELAY, float(outlet in self.on)
                yield outlet, Role.POWER, power_w
                yield outlet, Role.ENERGY, self.wh[outlet]


class Edge:
    """One life of edge beside the whims."""

    def __init__(self, whims: Whims, disk: Disk, machine: str) -> None:
        self.whims, self.disk = whims, disk
        self.journal = MemoryJournal(disk)
        site = load_site(SITE)
        self.book = Book(site, machine, disk.state)
        self.book.places = whims  # type: ignore[assignment]  # as much of it as the desk uses
        self.book.is_field_here, self.book.lost = True, set()
        link: FieldLink = whims  # type: ignore[assignment]  # likewise
        self._ids = iter(range(10**9))
        carrier = Carrier(book=self.book, journal=self.journal, link=link, new_id=self.new_id)
        self.desk = ChargingDesk(
            book=self.book,
            journal=self.journal,
            carrier=carrier,
            setup=SiteSetup(site),
            states=dict(disk.state),
            new_id=self.new_id,
        )
        self.tasks = [asyncio.create_task(carrier.run()), asyncio.create_task(self.desk.run())]

    def new_id(self) -> str:
        return f"e{len(self.disk.entries)}-{next(self._ids)}"

    async def meet(self) -> None:
        now = self.journal.now()
        rows = [
            {
                "grant": {name: getattr(grant, name) for name in grant.__dataclass_fields__},
                "started_s": now.mono_s,
                "wh": 0.0,
                "register_wh": None,
                "closed_s": now.mono_s if outlet in self.whims.on else None,
            }
            for outlet, grant in self.whims.grants.items()
        ]
        await self.desk.meet(Snapshot(had_memory=True, grants=tuple(rows)))

    async def hear(self) -> None:
        """Take what field has to tell; it is told again if edge dies before it is stored."""
        while self.whims.untold:
            kind, target, body = self.whims.untold[0]
            name = f"{self.whims.field_boot}-{next(self._ids)}"
            event = Event(id=name, kind=kind, target=target, at_s=self.journal.now().mono_s, body=body)
            happened = self.desk.means(event)
            outcome = None
            if kind is EventKind.OUTCOME:
                outcome = Outcome(id=target, state=body["state"], reason=body["reason"])
            entry = Entry(
                id=event.id,
                kind=kind,
                target=target,
                at=self.journal.now(),
                body=body,
                outcome=outcome,
                state=self.book.apply(event, {}),
            )
            try:
                await self.desk.store([(entry, happened)])
            except GatewayError:
                return
            del self.whims.untold[0]

    async def ask(self, name: str, kind: CommandKind, target: str, **args: object) -> None:
        expires_s = self.journal.now().mono_s + 20
        command = Command(id=name, kind=kind, target=target, origin=Origin.CLOUD, args=args, expires_s=expires_s)
        with contextlib.suppress(GatewayError):
            _ = await self.desk.seen(name) or await self.desk.submit(command)

    def scan(self) -> None:
        self.desk.scanned(Scan("pile-01", 0, self.journal.now().mono_s, b"", Quality.GOOD))

    async def die(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def something(edge: Edge, chance: random.Random, number: int) -> None:
    """Let one thing happen."""
    whims, outlet = edge.whims, chance.choice(OUTLETS)
    match chance.randrange(12):
        case 0 | 1 | 2:
            order_id = f"o-{chance.randint(0, number)}"
            await edge.ask(f"start-{number}", CommandKind.START, outlet, order_id=order_id, max_s=900, **MONEY)
        case 3:
            order_id = f"o-{chance.randint(0, number)}"
            await edge.ask(f"stop-{number}", CommandKind.STOP, outlet, order_id=order_id)
        case 4:
            whims.watts[outlet] = chance.choice((0.0, 200.0, 200.0, 400.0))
        case 5:
            whims.end(outlet, chance.choice(("max-time", "set-limit", "opened-by-device")))
        case 6:
            if outlet in whims.grants:
                causes = [{"outlet": outlet, "element": "definite-time"}]
                whims.untold.append((EventKind.TRIP, "pile-01", {"stage": "tripped", "causes": causes}))
                whims.end(outlet, "tripped")
        case 7:
            silent = chance.random() < 0.5
            whims.untold.append((EventKind.ALARM, "pile-01", {"alarm": "silent", "active": silent}))
        case 8:
            edge.disk.full = chance.random() < 0.5
        case 9:
            await acknowledge(edge, number)
        case _:
            pass


async def acknowledge(edge: Edge, number: int) -> None:
    for place, (order_id, digest) in enumerate(sorted(settlements(edge.disk))):
        await edge.ask(f"ack-{number}-{place}", CommandKind.SETTLED_ACK, "*", order_id=order_id, digest=digest)


def settlements(disk: Disk) -> set[tuple[str, str]]:
    bodies = [entry.body for entry in disk.entries if entry.kind == "order" and entry.body.get("stage") == "settled"]
    return {(str(body["order_id"]), str(body["digest"])) for body in bodies}


@pytest.mark.parametrize("seed", range(sample(3, deep=48)))
def test_no_storm_settles_an_order_twice_or_not_at_all_or_permits_one_that_has_ended(seed: int) -> None:
    async def story() -> None:
        chance, disk = random.Random(seed), Disk()  # noqa: S311 - whims, not secrets
        whims = Whims(chance)
        machine = MACHINE
        edge = Edge(whims, disk, machine)
        await edge.meet()
        for number in range(ACTIONS):
            await something(edge, chance, number)
            for _ in range(chance.randrange(4)):
                edge.scan()
                await asyncio.sleep(chance.choice((0.1, 1.0, 4.0)))
            if chance.random() < 0.8:
                await edge.hear()
            if chance.random() < 0.06:
                await edge.die()
                disk.full = False
                machine = chance.choice((machine, f"boot-{number}"))
                edge = Edge(whims, disk, machine)
                await edge.hear()
                await edge.meet()
        await calm(edge)
        check(disk, whims)
        await edge.die()

    run_virtual(story())


async def calm(edge: Edge) -> None:
    """Let everything come to its end: the disk takes all, the pile is there, every plug is pulled."""
    edge.disk.full = False
    edge.whims.untold.append((EventKind.ALARM, "pile-01", {"alarm": "silent", "active": False}))
    edge.whims.watts.clear()
    for _ in range(450):
        await edge.hear()
        edge.scan()
        await asyncio.sleep(5.0)


def check(disk: Disk, whims: Whims) -> None:
    told = [entry for entry in disk.entries if entry.kind == "order"]
    accepted = [str(entry.body["order_id"]) for entry in told if entry.body["stage"] == "accepted"]
    assert len(accepted) > 5
    assert len(accepted) == len(set(accepted)), "an order begins once"
    settled = [order_id for order_id, _ in settlements(disk)]
    assert sorted(settled) == sorted(accepted), "each order is settled, and in one way"
    ended_s = {entry.body["order_id"]: entry.at.mono_s for entry in reversed(told) if entry.body["stage"] == "ended"}
    late = [grant for grant in whims.granted if grant[0] > ended_s.get(grant[1], grant[0]) + 0.3]
    assert late == [], "no grant for an order that has ended"
    assert whims.on == set()
    assert whims.grants == {}
    for entry in told:
        if entry.body["stage"] == "settled":
            amount: Any = entry.body["amount_mil"]
            assert 0 <= amount <= MONEY["amount_mil"]

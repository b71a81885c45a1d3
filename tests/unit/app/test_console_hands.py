"""What the console's people ask goes the cloud's way; what opens is sent whatever the log says."""

from __future__ import annotations

import asyncio

from gateway.app.console_hands import EXPIRES_S, LocalHands
from gateway.console.commanded import Asked
from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.errors import GatewayError


class Desk:
    """Takes everything; `full`: its log takes nothing, as on a full disk."""

    def __init__(self, *, full: bool = False) -> None:
        self.taken: list[Command] = []
        self.full = full
        self.known: dict[str, Outcome] = {}

    async def seen(self, command_id: str) -> Outcome | None:
        return self.known.get(command_id)

    async def submit(self, command: Command) -> Outcome:
        self.taken.append(command)
        if self.full:
            raise GatewayError("disk full")
        return Outcome(id=command.id, state="accepted")


class Audit:
    def __init__(self, *, full: bool = False) -> None:
        self.notes: list[tuple[str, str, str]] = []
        self.full = full

    async def note(self, who: str, what: str, detail: str) -> None:
        if self.full:
            raise GatewayError("disk full")
        self.notes.append((who, what, detail))


def asked(kind: str, target: str = "p/a", **more: str) -> Asked:
    return Asked(id="wish-0001", gateway="shed/gw-1", kind=kind, target=target, by="otto", **more)


async def act(desk: Desk, audit: Audit, wish: Asked) -> Outcome | None:
    found = await LocalHands("shed/gw-1", desk, audit, lambda: 50.0).act(wish)
    await asyncio.sleep(0)
    return found


async def test_each_wish_is_the_clouds_command_with_who_asked_on_record() -> None:
    desk, audit = Desk(), Audit()
    await act(desk, audit, asked("stop", order_id="A1"))
    await act(desk, audit, asked("reset", why="cable replaced"))
    await act(desk, audit, asked("safety-off", "*", why="smoke"))
    reads = [command for command in desk.taken if command.kind is CommandKind.READ_NOW]
    assert [command.target for command in reads] == ["p/a", "p/a", "*"]
    assert {command.id for command in reads} == {"wish-0001-read"}
    assert [command for command in desk.taken if command not in reads] == [
        Command(
            id="wish-0001",
            kind=CommandKind.STOP,
            target="p/a",
            origin=Origin.CLOUD,
            args={"by": "otto", "order_id": "A1"},
        ),
        Command(
            id="wish-0001",
            kind=CommandKind.RESET,
            target="p/a",
            origin=Origin.CLOUD,
            args={"by": "otto", "reason": "cable replaced"},
            expires_s=50.0 + EXPIRES_S,
        ),
        Command(
            id="wish-0001",
            kind=CommandKind.SAFETY_OFF,
            target="*",
            origin=Origin.CLOUD,
            args={"by": "otto", "why": "smoke"},
        ),
    ]
    assert audit.notes == [("otto", "reset", "p/a cable replaced")], "the desk records who cuts off"


async def test_with_a_full_log_what_opens_is_sent_and_nothing_else_is() -> None:
    desk, audit = Desk(full=True), Audit(full=True)
    for kind, state in (("safety-off", "accepted"), ("stop", "accepted"), ("reset", "failed")):
        outcome = await act(desk, audit, asked(kind))
        assert outcome is not None
        assert (outcome.state, outcome.reason) == (state, "not-recorded")
    assert CommandKind.RESET not in {command.kind for command in desk.taken}


async def test_a_wish_that_is_known_is_not_carried_out_again() -> None:
    desk, audit = Desk(), Audit()
    desk.known["wish-0001"] = Outcome(id="wish-0001", state="done")
    for kind in ("safety-off", "reset", "read-now"):
        assert await act(desk, audit, asked(kind)) == desk.known["wish-0001"]
    assert desk.taken == []
    assert audit.notes == []


async def test_another_gateway_is_not_ours_to_act_on() -> None:
    desk = Desk()
    wish = Asked(id="wish-0001", gateway="shed/gw-2", kind="safety-off", target="*", by="otto")
    assert await act(desk, Audit(), wish) is None
    assert desk.taken == []

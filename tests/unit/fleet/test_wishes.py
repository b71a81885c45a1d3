"""A wish from the fleet console goes to one gateway, is recorded, and is confirmed only by what that gateway measures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from gateway.console.acting import acting
from gateway.console.commanded import Asked
from gateway.console.server import console
from gateway.fleet.wishes import FarHands, Wishes
from gateway.model.errors import GatewayError
from gateway.uplink.connection import ConnectionEnded
from gateway.uplink.message import OutcomeMessage
from tests.unit.console.access.porter import Audited, Porter, cheap_passwords
from tests.unit.fleet.test_estate import SHED, told
from tests.unit.fleet.told import NOW_MS, state

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OUTLET = "pile-01/outlet-01"


@dataclass
class Line:
    """A broker that gives the same answer to everything; none: nobody answers."""

    answer: str = "accepted"
    sent: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    async def wish(
        self, gateway: str, authority: str, wish: Mapping[str, Any], *, within_s: float, final: bool = True
    ) -> OutcomeMessage | None:
        del within_s, final
        self.sent.append((gateway, authority, wish))
        if self.answer == "away":
            raise ConnectionEnded("the broker is away")
        if not self.answer:
            return None
        return OutcomeMessage.model_validate({"id": wish["id"], "state": self.answer})


class Refusing:
    async def note(self, who: str, what: str, detail: str) -> None:
        raise GatewayError(f"{who} {what} {detail}: the disk is full")


def asked(kind: str, target: str = OUTLET) -> Asked:
    return Asked(id=f"wish-{kind}", gateway=SHED, kind=kind, target=target, by="otto", order_id="o-1", why="dry again")


def test_only_a_reading_that_is_newer_by_the_gateways_own_clock_confirms() -> None:
    estate = told()
    wishes = Wishes(estate, lambda: 5.0)
    wishes.ask(asked("safety-off"), NOW_MS + 3_600_000)  # ours is an hour ahead of the gateway's
    wishes.look(NOW_MS + 3_600_000)
    assert (wishes.find("wish-safety-off") or {})["standing"] == "sent"
    estate.take(f"gw/{SHED}/state/pile-01", state(ts=NOW_MS + 4000, word="off"), 5.5)
    wishes.look(NOW_MS)
    assert (wishes.find("wish-safety-off") or {})["standing"] == "sent"
    estate.take(f"gw/{SHED}/state/pile-01", state(ts=NOW_MS + 6000, word="off"), 6.0)
    wishes.look(NOW_MS)
    assert (wishes.find("wish-safety-off") or {})["standing"] == "confirmed"
    assert f"k/{SHED}/wish-safety-off" in estate.documents(SHED)


@pytest.mark.parametrize(
    ("answer", "state_", "reason"),
    [("accepted", "accepted", ""), ("", "accepted", "no-answer"), ("away", "failed", "broker-away")],
)
async def test_what_is_not_answered_is_never_said_to_have_failed_or_to_be_done(
    answer: str, state_: str, reason: str
) -> None:
    outcome = await FarHands(told(), Line(answer), Audited()).act(asked("stop"))
    assert outcome is not None
    assert (outcome.state, outcome.reason) == (state_, reason)


async def test_what_cannot_be_recorded_is_not_sent_unless_it_opens() -> None:
    line = Line()
    hands = FarHands(told(), line, Refusing())
    for kind in ("stop", "safety-off", "reset", "read-now"):
        outcome = await hands.act(asked(kind))
        assert outcome is not None
        assert (outcome.reason == "not-recorded") is (kind in {"reset", "read-now"})
    assert [(authority, wish["kind"], wish["args"]["by"]) for _, authority, wish in line.sent] == [
        ("order", "stop", "otto"),
        ("safety", "safety-off", "otto"),
    ]


async def test_a_gateway_that_takes_no_word_of_who_pressed_is_told_without() -> None:
    line = Line("refused")
    outcome = await FarHands(told(), line, Audited()).act(asked("safety-off"))
    assert outcome is not None
    assert (outcome.id, outcome.state) == ("wish-safety-off", "refused")
    assert [(wish["id"], wish["args"]) for _, _, wish in line.sent] == [
        ("wish-safety-off", {"by": "otto"}),
        ("wish-safety-off-bare", {}),
    ]


@pytest.mark.parametrize(("gateway", "standing"), [(SHED, "sent"), ("no/where", "refused")])
async def test_the_route_needs_an_operator_and_says_how_it_stands(
    gateway: str, standing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cheap_passwords(monkeypatch)
    estate, line = told(), Line()
    porter = Porter(tmp_path)
    wishes = Wishes(estate, lambda: 5.0)
    porter.app = console(
        [acting(wishes, FarHands(estate, line, porter.audit), lambda: NOW_MS)], porter.keeper, timezone="UTC"
    )
    await porter.employ()
    wish = {"id": "wish-0001", "gateway": gateway, "kind": "safety-off", "target": OUTLET}
    vera = await porter.signed_in("vera")
    assert (await vera.post("/api/commands", json=wish)).status_code == 403
    otto = await porter.signed_in("otto")
    answers = [(await otto.post("/api/commands", json=wish)).json() for _ in range(2)]
    assert [answer["standing"] for answer in answers] == [standing] * 2
    assert len(line.sent) == (gateway == SHED)

"""The routes of alarms: who may do what, what is passed on, and what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from gateway.console.alarm_picture import GatewayAlarms
from gateway.console.alarms import ActShown, AlarmWish, Done, alarming
from gateway.console.picture import Picture
from gateway.console.server import console
from gateway.model.errors import GatewayError
from tests.unit.console.access.porter import Porter, cheap_passwords

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GATEWAY = "shed/gw-1"
WELD = {"gateway": GATEWAY, "target": "pile-01/outlet-01", "alarm": "weld"}
SHELVE = WELD | {"reason": "relay is ordered", "for_s": 3600}
REMOVE = WELD | {"act": "remove", "reason": "relay is out"}


@dataclass
class Works:
    """Takes every wish."""

    wishes: list[AlarmWish] = field(default_factory=list)
    is_full: bool = False

    async def work(self, wish: AlarmWish) -> Done:
        if wish.gateway != GATEWAY:
            raise LookupError(wish.gateway)
        if self.is_full:
            raise GatewayError("disk full")
        self.wishes.append(wish)
        return Done(state="done")

    async def history(self, gateway: str, target: str, alarm: str) -> Sequence[ActShown]:
        if gateway != GATEWAY:
            raise LookupError(gateway)
        return [ActShown(what="raised", ts=5, state="unacknowledged", why=f"{target} {alarm}")]


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Porter, Works]:
    cheap_passwords(monkeypatch)
    porter, works = Porter(tmp_path), Works()
    porter.app = console([alarming(works)], porter.keeper, timezone="UTC")
    await porter.employ()
    return porter, works


async def test_an_act_goes_out_under_the_name_of_who_did_it(bench: tuple[Porter, Works]) -> None:
    porter, works = bench
    otto = await porter.signed_in("otto")
    answer = await otto.post("/api/alarms/seen", json=WELD | {"act": "ack"})
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    assert (await otto.post("/api/alarms/shelf", json=SHELVE)).status_code == 200
    assert [(wish.act, wish.by, wish.reason, wish.for_s) for wish in works.wishes] == [
        ("ack", "otto", "", 0),
        ("shelve", "otto", "relay is ordered", 3600),
    ]


@pytest.mark.parametrize(
    ("path", "said", "least"),
    [("seen", WELD | {"act": "ack"}, "otto"), ("shelf", SHELVE, "otto"), ("service", REMOVE, "ines")],
)
async def test_each_act_needs_its_role(
    bench: tuple[Porter, Works], path: str, said: dict[str, Any], least: str
) -> None:
    porter, works = bench
    names = ["vera", "otto", "ines"]
    nobody = porter.client()
    assert (await nobody.post(f"/api/alarms/{path}", json=said)).status_code == 401
    for name in names:
        client = await porter.signed_in(name)
        status = (await client.post(f"/api/alarms/{path}", json=said)).status_code
        assert status == (200 if names.index(name) >= names.index(least) else 403), name
    assert {wish.by for wish in works.wishes} == set(names[names.index(least) :])


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (SHELVE | {"for_s": 59}, 422),
        (SHELVE | {"for_s": 86_401}, 422),
        (SHELVE | {"reason": ""}, 422),
        (SHELVE | {"by": "somebody else"}, 422),
        (SHELVE | {"gateway": "other/gw-1"}, 404),
        (SHELVE | {"gateway": "no gateway"}, 422),
        (SHELVE | {"target": "<b>"}, 422),
    ],
)
async def test_a_shelf_has_an_end_and_a_reason(bench: tuple[Porter, Works], said: dict[str, Any], status: int) -> None:
    porter, works = bench
    otto = await porter.signed_in("otto")
    assert (await otto.post("/api/alarms/shelf", json=said)).status_code == status
    assert works.wishes == []


async def test_what_cannot_be_recorded_is_not_done(bench: tuple[Porter, Works]) -> None:
    porter, works = bench
    works.is_full = True
    otto = await porter.signed_in("otto")
    answer = await otto.post("/api/alarms/seen", json=WELD | {"act": "ack"})
    assert (answer.status_code, answer.json()) == (503, {"detail": "not-recorded"})


async def test_the_history_of_one_alarm_is_for_everybody_who_may_look(bench: tuple[Porter, Works]) -> None:
    porter, _ = bench
    vera = await porter.signed_in("vera")
    answer = await vera.get("/api/alarms/history", params=WELD)
    assert answer.json() == [
        {"what": "raised", "ts": 5, "state": "unacknowledged", "by": "", "why": "pile-01/outlet-01 weld"}
    ]
    assert (await vera.get("/api/alarms/history", params=WELD | {"gateway": "a/b"})).status_code == 404


# ---------------------------------------------------------------------- what is shown


def listed(revision: int, *alarms: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"revision": revision, "alarms": alarms, **more}


ALARM = {
    "target": "pile-01/outlet-01", "alarm": "weld", "state": "acknowledged", "severity": "critical",
    "active": True, "since": 7, "by": "otto", "first": False, "until": None,
}  # fmt: skip


def event(revision: int, state: str, *, active: bool) -> dict[str, Any]:
    return {"alarm": "weld", "active": active, "state": state, "severity": "critical", "revision": revision, "since": 7}


def test_an_event_is_shown_before_the_list_and_never_after_it() -> None:
    alarms = GatewayAlarms()
    alarms.take_list(listed(4, ALARM))
    alarms.take_event("pile-01/outlet-01", 9, event(4, "unacknowledged", active=True))
    assert alarms.by_name["pile-01/outlet-01:weld"]["state"] == "acknowledged", "it is in the list already"
    alarms.take_event("pile-01/outlet-01", 9, event(5, "shelved", active=True))
    assert alarms.by_name["pile-01/outlet-01:weld"]["state"] == "shelved"
    assert set(alarms.words("pile-01/outlet-01")) == {"weld"}, "shelved or not, it holds"
    alarms.take_event("pile-01/outlet-01", 9, event(6, "normal", active=False))
    assert alarms.by_name == {}
    assert not alarms.words("pile-01/outlet-01")


def test_a_list_is_the_truth_of_a_gateway_and_of_no_other() -> None:
    picture = Picture()
    for gateway in (GATEWAY, "shed/gw-2"):
        picture.take_alarms(gateway, listed(4, ALARM, flood=True, unlisted=3))
    shown = picture.documents[f"a/{GATEWAY}/pile-01/outlet-01:weld"]
    assert shown == {
        "detail": "", "state": "acknowledged", "severity": "critical", "active": True, "since": 7, "by": "otto",
    }  # fmt: skip
    assert picture.documents[f"l/{GATEWAY}"] == {"flood": True, "unlisted": 3}
    picture.take_alarms(GATEWAY, listed(1))
    assert {key for key in picture.documents if key[0] in "al"} == {"a/shed/gw-2/pile-01/outlet-01:weld", "l/shed/gw-2"}


def test_what_is_the_same_in_the_next_list_is_not_told_again() -> None:
    picture = Picture()
    picture.take_alarms(GATEWAY, listed(4, ALARM))
    before = picture.documents[f"a/{GATEWAY}/pile-01/outlet-01:weld"]
    picture.take_alarms(GATEWAY, listed(5, ALARM, ALARM | {"alarm": "smoke"}))
    assert picture.documents[f"a/{GATEWAY}/pile-01/outlet-01:weld"] is before

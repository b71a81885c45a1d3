"""Alarms at a fleet console: a vanished gateway is one, all are worked from there, and people are told of all."""

from __future__ import annotations

import itertools
import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from gateway.alarm.post import Place
from gateway.app.fleet_alarm_works import FleetAlarmWorks
from gateway.app.fleet_alarms import HERE, FleetAlarms
from gateway.console.alarms import AlarmWish
from gateway.edge.alarming.notices import NoticeDesk
from gateway.edge.journal import Moment
from gateway.fleet.absence import AWAY_S
from gateway.fleet.estate import Estate
from gateway.fleet.ledger import Ledger
from gateway.fleet.scribe import Scribe
from gateway.fleet.shed import SILENT_AFTER_S
from gateway.fleet.store import FleetStore
from gateway.model.errors import GatewayError
from gateway.model.site import Receiver
from gateway.testing.clock import run_virtual
from gateway.uplink.connection import ConnectionEnded
from gateway.uplink.message import OutcomeMessage
from gateway.uplink.standing import Standing
from tests.unit.console.access.porter import Audited
from tests.unit.fleet.test_wishes import Refusing
from tests.unit.fleet.told import NOW_MS, SESSION, ZONE, alarms, event, inventory, status, weld

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from pathlib import Path

    from gateway.alarm.post import Request

SHED, OUTLET = "shed/box", "pile-01/outlet-01"
AWAY, WELD = f"a/{SHED}/*:gateway-away", f"a/{SHED}/{OUTLET}:weld"
NOBODY: Any = None
NUMBERS = itertools.count(1)


class House:
    """A fleet console's alarms over values that outlive it. `line` answers what `answer` says."""

    def __init__(self, kept: dict[str, bytes] | None = None) -> None:
        self.kept = {} if kept is None else kept
        self.now_s = 1000.0
        self.broker = Standing(where="broker:1883")
        self.broker.change("online", 0.0)
        self.estate = Estate("gw/", ZONE)
        self.tell("status", status())
        self.tell("inventory", inventory())
        self.alarms = FleetAlarms(self.estate, self, self.kept, line=lambda: self.broker, moment=self._moment)
        self.audit, self.noted = Audited(), list[tuple[str, str]]()
        self.sent: list[tuple[str, Mapping[str, Any]]] = []
        self.answer: Callable[[Mapping[str, Any]], OutcomeMessage | None] = lambda _: None
        self.ledger = ledger = NOBODY
        self.works = FleetAlarmWorks(self.estate, self.alarms, self, self.audit, ledger)

    def _moment(self) -> Moment:
        return Moment(ts_ms=NOW_MS + round(self.now_s * 1000), clock=2, mono_s=self.now_s)

    def tell(self, topic: str, payload: bytes) -> None:
        heard = self.estate.take(f"gw/{SHED}/{topic}", payload, self.now_s)
        if heard.event is not None:
            self.alarms.far.heard(SHED, heard.event)

    async def pass_s(self, seconds: float, *, echoes: bool = False) -> None:
        for _ in range(round(seconds)):
            self.now_s += 1.0
            if echoes:
                self.tell("echo", SESSION.encode())
            await self.alarms.look()
        self.estate.look(self.now_s, NOW_MS)

    def state(self, key: str) -> str:
        return str(self.estate.overview.get(key, {}).get("state", ""))

    async def keep(self, state: Mapping[str, bytes | None]) -> None:
        for name, value in state.items():
            self.kept.pop(name, None)
            if value is not None:
                self.kept[name] = value

    async def note(self, who: str, what: str, _detail: str) -> None:
        self.noted.append((who, what))

    async def wish(
        self, gateway: str, _authority: str, wish: Mapping[str, Any], *, within_s: float, final: bool = True
    ) -> OutcomeMessage | None:
        del within_s, final
        self.sent.append((gateway, wish))
        return self.answer(wish)


def wanted(act: str, alarm: str = "weld", target: str = OUTLET, gateway: str = SHED) -> AlarmWish:
    return AlarmWish(gateway=gateway, target=target, alarm=alarm, act=act, by="otto", reason="on my way", for_s=600)


def played(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run_virtual(scene())


async def test_a_gateway_that_falls_silent_is_an_alarm_until_it_is_heard_and_somebody_has_seen_it() -> None:
    house = House()
    await house.pass_s(40, echoes=True)
    assert house.state(AWAY) == ""
    await house.pass_s(SILENT_AFTER_S + 2)
    assert house.state(AWAY) == "unacknowledged"
    assert house.estate.overview[f"c/{SHED}"]["alarms"] == 1
    await house.pass_s(5, echoes=True)
    assert house.state(AWAY) == "returned"
    assert (await house.works.work(wanted("ack", "gateway-away", "*"))).state == "done"
    await house.pass_s(1, echoes=True)
    assert AWAY not in house.estate.overview
    assert [act.what for act in await house.works.history(SHED, "*", "gateway-away")] == [
        "raised", "cleared", "acknowledged"
    ]  # fmt: skip
    assert house.audit.notes == [("otto", "alarm-ack")]


async def test_an_alarm_of_its_own_can_be_shelved_and_outlives_a_restart() -> None:
    house = House()
    await house.pass_s(SILENT_AFTER_S + 2)
    assert (await house.works.work(wanted("restore", "gateway-away", "*"))).reason == "not-so"
    assert (await house.works.work(wanted("shelve", "gateway-away", "*"))).state == "done"
    again = House(house.kept)
    again.estate.look(again.now_s, NOW_MS)
    assert again.state(AWAY) == "shelved"


async def test_a_configuration_that_is_another_than_before_is_told_until_somebody_has_seen_it() -> None:
    house = House()
    await house.pass_s(2, echoes=True)
    house.tell("inventory", inventory(config_hash="0123456789abcdef"))
    await house.pass_s(2, echoes=True)
    key = f"a/{SHED}/*:config-changed"
    assert house.estate.overview[key]["detail"] == "h → 01234567"
    again = House(house.kept)
    again.tell("inventory", inventory(config_hash="0123456789abcdef"))
    await again.pass_s(2, echoes=True)
    assert again.estate.overview[key]["raised"] == 1
    assert (await again.works.work(wanted("ack", "config-changed", "*"))).state == "done"
    await again.pass_s(2, echoes=True)
    assert key not in again.estate.overview


async def test_while_the_broker_is_away_it_alone_is_the_alarm() -> None:
    house = House()
    await house.pass_s(40, echoes=True)
    house.broker.change("waiting", house.now_s, "refused")
    await house.pass_s(AWAY_S + 20)
    assert (house.state(AWAY), house.state(f"a/{HERE}/*:broker-away")) == ("", "unacknowledged")
    house.broker.change("online", house.now_s)
    await house.pass_s(30, echoes=True)
    assert (house.state(AWAY), house.state(f"a/{HERE}/*:broker-away")) == ("", "returned")
    assert (await house.works.work(wanted("ack", "broker-away", "*", HERE))).state == "done"
    assert f"a/{HERE}/*:broker-away" not in house.estate.overview


@pytest.mark.parametrize(
    ("act", "kind", "args", "becomes"),
    [
        ("ack", "alarm-ack", {}, "acknowledged"),
        ("shelve", "alarm-shelve", {"reason": "on my way", "for_s": 600}, "shelved"),
        ("remove", "alarm-remove", {"reason": "on my way"}, "out-of-service"),
    ],
)
def test_a_gateways_alarm_is_done_once_the_gateway_tells_it_so(
    act: str, kind: str, args: dict[str, Any], becomes: Any
) -> None:
    async def scene() -> None:
        house = House()
        house.tell("alarms", alarms(1, weld()))

        def done(wish: Mapping[str, Any]) -> OutcomeMessage:
            house.tell("alarms", alarms(2, weld(becomes, by="otto")))
            return OutcomeMessage(id=str(wish["id"]), state="done")

        house.answer = done
        assert (await house.works.work(wanted(act))).state == "done"
        ((gateway, wish),) = house.sent
        assert (gateway, wish["kind"], wish["target"]) == (SHED, kind, OUTLET)
        assert wish["args"] == {"alarm": "weld", "by": "otto"} | args
        assert house.audit.notes == [("otto", f"alarm-{act}")]

    played(scene)


def answering(state: Any, reason: str = "") -> Callable[[Mapping[str, Any]], OutcomeMessage]:
    return lambda wish: OutcomeMessage(id=str(wish["id"]), state=state, reason=reason)


def away(_: Mapping[str, Any]) -> OutcomeMessage:
    raise ConnectionEnded("gone")


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (answering("done"), "unconfirmed", "not-told"),
        (lambda _: None, "unconfirmed", "no-answer"),
        (answering("refused", "not-so"), "refused", "not-so"),
        (away, "failed", "broker-away"),
    ],
)
def test_what_is_not_told_by_the_alarm_itself_is_never_shown_as_done(answer: Any, state: str, reason: str) -> None:
    async def scene() -> None:
        house = House()
        house.tell("alarms", alarms(1, weld()))
        house.answer = answer
        done = await house.works.work(wanted("ack"))
        assert (done.state, done.reason) == (state, reason)
        assert house.state(WELD) in ("", "unacknowledged")

    played(scene)


async def test_what_cannot_be_recorded_is_not_asked_and_a_stranger_is_not_known() -> None:
    house = House()

    house.works = FleetAlarmWorks(house.estate, house.alarms, house, Refusing(), NOBODY)
    with pytest.raises(GatewayError):
        await house.works.work(wanted("ack"))
    with pytest.raises(LookupError):
        await house.works.work(wanted("ack", gateway="no/where"))
    with pytest.raises(LookupError):
        await house.works.history("no/where", "*", "weld")
    assert not house.sent


async def test_the_history_of_a_gateways_alarm_is_what_it_has_told(tmp_path: Path) -> None:
    store, house = FleetStore(tmp_path / "fleet.db"), House()
    scribe = Scribe(store, house.estate, wall_ms=lambda: NOW_MS, say=print)
    for seq, said in enumerate(({"what": "raised", "state": "unacknowledged"},
                                {"what": "acknowledged", "state": "acknowledged", "by": "li"}), 1):  # fmt: skip
        payload = event(seq, "alarm", body={"alarm": "weld", "active": True, "revision": seq, **said})
        scribe.heard(house.estate.take(f"gw/{SHED}/event/alarm", payload, 0.0), payload)
    await scribe.flush()
    ledger = Ledger(tmp_path / "fleet.db")
    works = FleetAlarmWorks(house.estate, house.alarms, house, house.audit, ledger)
    found = await works.history(SHED, OUTLET, "weld")
    assert [(act.what, act.by) for act in found] == [("raised", ""), ("acknowledged", "li")]
    assert await works.history(SHED, OUTLET, "smoke") == []
    ledger.close()
    store.close()


class People:
    """Who takes what is brought to them."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    async def send(self, wanted: Request) -> tuple[int, bytes]:
        self.heard.append(json.loads(wanted.body))
        return 200, b""

    def read(self, file: str) -> str:
        return file

    def of(self, part: str) -> list[tuple[str, str, str]]:
        return [(each["target"], each["word"], each["by"]) for notice in self.heard for each in notice[part]]


def test_people_hear_of_a_gateways_alarm_of_its_end_and_of_a_vanished_gateway() -> None:
    async def scene() -> None:
        house, people = House(), People()
        duty = Receiver(name="duty", url="http://duty/", secret_file="s", severity="high", again_s=0)  # noqa: S106 - its file

        def desk() -> NoticeDesk:
            return NoticeDesk(
                alarms=house.alarms, roster=(duty,), post=people, place=Place(name="fleet", zone=UTC),
                states=house.kept, new_id=lambda: f"i-{next(NUMBERS)}",
            )  # fmt: skip

        notices = desk()
        await house.pass_s(40, echoes=True)
        house.tell("alarms", alarms(1, weld()))
        await _told(house, notices)
        assert people.of("raised") == [(f"{SHED}/{OUTLET}", "weld", "")]
        assert house.noted == [(HERE, "notice-made"), (HERE, "notice-delivered")]
        notices = desk()  # a restart tells nobody twice
        await _told(house, notices)
        body = {"alarm": "weld", "active": False, "state": "normal", "revision": 2, "by": "li", "why": "replaced"}
        house.tell("event/alarm", event(1, "alarm", body=body))
        await _told(house, notices)
        assert people.of("closed") == [(f"{SHED}/{OUTLET}", "weld", "li")]
        await house.pass_s(SILENT_AFTER_S + 2)
        await _told(house, notices)
        assert people.of("raised") == [(f"{SHED}/{OUTLET}", "weld", ""), (SHED, "gateway-away", "")]

    played(scene)


async def _told(house: House, notices: NoticeDesk) -> None:
    """Let some seconds pass on the console's clock, and let what is due be told."""
    for _ in range(6):
        house.now_s += 1.0
        house.tell("echo", SESSION.encode()) if house.state(AWAY) == "" else None
        await notices._plan("duty")
    for notice in list(notices.waiting.values()):
        line = notices._lines["duty"]
        line.problem = await notices._attempt(line.receiver, notice)
        await notices._settle(line, notice)

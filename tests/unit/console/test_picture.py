"""What the pages show follows from what a gateway tells, and from nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.console.condition import Condition, door_condition, outlet_condition
from gateway.console.picture import TRIPS_KEPT, Picture

GATEWAY = "riverside-12/gw-1"
OUTLET = f"o/{GATEWAY}/pile-01/outlet-01"


def inventory(*outlets: str, kind: str = "pile") -> dict[str, Any]:
    said = [{"outlet": name, "code": name.upper(), "protection": "bounded", "bound_ms": 329.2} for name in outlets]
    return {"devices": [{"device": "pile-01", "kind": kind, "profile": "pile/x", "bus": "line-1", "outlets": said}]}


def state(link: str = "ok", **outlet: object) -> dict[str, Any]:
    return {"link": link, "outlets": {"outlet-01": {"state": "off", "as_of": 5, **outlet}}}


def alarm(target: str, word: str, *, active: bool, ts: int = 1) -> dict[str, Any]:
    return {"id": "e", "kind": "alarm", "target": target, "ts": ts, "body": {"alarm": word, "active": active}}


@pytest.fixture
def picture() -> Picture:
    made = Picture()
    made.take_status(GATEWAY, {"state": "online", "version": "1"})
    made.take_inventory(GATEWAY, inventory("outlet-01", "outlet-02"))
    made.take_state(GATEWAY, "pile-01", state())
    return made


def test_an_outlet_has_its_inventory_its_state_and_a_condition(picture: Picture) -> None:
    shown = picture.documents[OUTLET]
    assert shown == {
        "code": "OUTLET-01", "place": None, "protection": "bounded", "bound_ms": 329.2, "state": "off", "condition": "free",
    }  # fmt: skip
    assert picture.documents[f"d/{GATEWAY}/pile-01"]["as_of"] == 5


def test_limits_are_those_of_the_device_and_an_outlets_own_where_it_has_some(picture: Picture) -> None:
    told = inventory("outlet-01", "outlet-02")
    (device,) = told["devices"]
    device["limits"], device["rated_closings"] = {"pickup_a": 10.0}, 100_000
    device["outlets"][1]["limits"] = {"pickup_a": 6.0}
    picture.take_inventory(GATEWAY, told)
    assert picture.documents[f"d/{GATEWAY}/pile-01"]["limits"] == {"pickup_a": 10.0}
    assert picture.documents[f"d/{GATEWAY}/pile-01"]["rated_closings"] == 100_000
    assert "limits" not in picture.documents[OUTLET]
    assert picture.documents[f"o/{GATEWAY}/pile-01/outlet-02"]["limits"] == {"pickup_a": 6.0}


def test_what_nobody_has_told_is_unknown_never_free(picture: Picture) -> None:
    assert picture.documents[f"o/{GATEWAY}/pile-01/outlet-02"]["condition"] == "unknown"


def test_of_a_gateway_that_is_away_everything_is_offline(picture: Picture) -> None:
    picture.take_status(GATEWAY, {"state": "offline"})
    assert picture.documents[OUTLET]["condition"] == "offline"
    picture.take_status(GATEWAY, {"state": "online"})
    assert picture.documents[OUTLET]["condition"] == "free"


def test_what_leaves_the_inventory_leaves_the_picture(picture: Picture) -> None:
    picture.take_inventory(GATEWAY, inventory("outlet-02"))
    assert OUTLET not in picture.documents
    picture.take_inventory(GATEWAY, {"devices": []})
    assert set(picture.documents) == {f"g/{GATEWAY}"}
    picture.take_state(GATEWAY, "pile-01", state())
    assert set(picture.documents) == {f"g/{GATEWAY}"}


def test_an_alarm_stands_from_its_first_word_to_its_end(picture: Picture) -> None:
    key = f"a/{GATEWAY}/pile-01/outlet-01:weld"
    picture.take_event(GATEWAY, alarm("pile-01/outlet-01", "weld", active=True, ts=7))
    picture.take_event(GATEWAY, alarm("pile-01/outlet-01", "weld", active=True, ts=9))
    assert picture.documents[key]["since"] == 7
    assert picture.documents[OUTLET]["condition"] == "fault"
    picture.take_event(GATEWAY, alarm("pile-01/outlet-01", "weld", active=False, ts=11))
    assert key not in picture.documents
    assert picture.documents[OUTLET]["condition"] == "free"


def test_a_trip_is_one_document_from_its_first_word_to_its_record(picture: Picture) -> None:
    def trip(name: str, **body: object) -> dict[str, Any]:
        return {"id": "e", "kind": "trip", "target": "pile-01", "ts": 3, "body": {"trip_id": name, **body}}

    picture.take_event(GATEWAY, trip("t1", stage="tripped", causes=[{"outlet": "pile-01/outlet-01"}], bound_ms=329))
    picture.take_event(
        GATEWAY, trip("t1", stage="recorded", outlets=["pile-01/outlet-01"], measured_ms=250, before=["…"])
    )
    assert picture.documents[f"t/{GATEWAY}/t1"] == {
        "ts": 3, "device": "pile-01", "causes": [{"outlet": "pile-01/outlet-01"}], "bound_ms": 329,
        "outlets": ["pile-01/outlet-01"], "measured_ms": 250,
    }  # fmt: skip
    for number in range(TRIPS_KEPT):
        picture.take_event(GATEWAY, trip(f"later-{number}"))
    assert f"t/{GATEWAY}/t1" not in picture.documents
    assert sum(key.startswith("t/") for key in picture.documents) == TRIPS_KEPT


@pytest.mark.parametrize("body", [None, 3, "text", ["list"]])
def test_an_event_without_a_body_like_ours_is_passed_over(picture: Picture, body: object) -> None:
    before = dict(picture.documents)
    for kind in ("alarm", "trip", "order"):
        picture.take_event(GATEWAY, {"id": "e", "kind": kind, "target": "*", "ts": 1, "body": body})
    assert picture.documents == before


@pytest.mark.parametrize(
    ("link", "told", "alarms", "condition"),
    [
        ("silent", {"state": "latched"}, (), Condition.OFFLINE),
        ("ok", {"state": "on", "stage": "charging"}, ("weld",), Condition.FAULT),
        ("ok", {"state": "on", "stage": "charging"}, ("rejected",), Condition.CHARGING),
        ("ok", {"state": "latched", "stage": "ending"}, (), Condition.TRIPPED),
        ("ok", {"state": "tripped"}, (), Condition.TRIPPED),
        ("ok", {"state": "unknown", "stage": "charging"}, (), Condition.UNKNOWN),
        ("ok", {"state": "on", "stage": "floating"}, (), Condition.FULL),
        ("ok", {"state": "off", "stage": "occupied"}, (), Condition.FULL),
        ("ok", {"state": "on", "stage": "waiting-plug"}, (), Condition.STARTING),
        ("ok", {"state": "on"}, (), Condition.CHARGING),
        ("ok", {"state": "off", "stage": "settled"}, (), Condition.FREE),
        ("ok", {}, (), Condition.UNKNOWN),
    ],
)  # fmt: skip
def test_the_condition_of_an_outlet(link: str, told: dict[str, str], alarms: tuple[str, ...], condition: str) -> None:
    assert outlet_condition(link, told, alarms) is condition


@pytest.mark.parametrize(
    ("link", "told", "alarms", "condition"),
    [
        ("lost", {"state": "open"}, (), Condition.OFFLINE),
        ("ok", {"state": "shut"}, ("door-forced",), Condition.FAULT),
        ("ok", {"state": "open", "order_id": "P-1"}, (), Condition.OPEN),
        ("ok", {"state": "shut", "order_id": "P-1"}, (), Condition.BUSY),
        ("ok", {"state": "shut"}, (), Condition.FREE),
        ("ok", {}, (), Condition.UNKNOWN),
    ],
)
def test_the_condition_of_a_door(link: str, told: dict[str, str], alarms: tuple[str, ...], condition: str) -> None:
    assert door_condition(link, told, alarms) is condition

"""Cabinets, bins, contactors and plugs in the picture."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.console.condition import Condition, contactor_condition, outlet_condition
from gateway.console.picture import Picture

GATEWAY = "riverside-12/gw-1"
FRIDGE = {"kind": "cabinet", "doors": ("lock/outlet-01",), "shelves": (), "celsius": 4.5, "category": "", "grams": None}


def shown(kind: str, outlet: dict[str, Any], state: dict[str, Any], **places: Any) -> Picture:
    picture = Picture()
    device = {"device": "lock", "kind": kind, "profile": "p", "bus": "b", "label": "By the gate", "outlets": [outlet]}
    picture.take_status(GATEWAY, {"state": "online"})
    picture.take_inventory(GATEWAY, {"label": "Riverside", "simulated": True, "devices": [device]})
    picture.take_state(GATEWAY, "lock", {"link": "ok", "outlets": {outlet["outlet"]: state}, "places": places})
    return picture


def test_a_lock_board_brings_its_cabinets_and_takes_them_along() -> None:
    picture = shown("lock", {"outlet": "outlet-01", "place": "fridge"}, {"state": "shut"}, fridge=FRIDGE)
    known = picture.documents[f"p/{GATEWAY}/fridge"]
    assert known == {"lock": "lock", "link": "ok", "kind": "cabinet", "doors": ("lock/outlet-01",), "celsius": 4.5}
    picture.take_status(GATEWAY, {"state": "offline"})
    assert picture.documents[f"p/{GATEWAY}/fridge"]["link"] == "lost"
    picture.take_inventory(GATEWAY, {"devices": []})
    assert f"p/{GATEWAY}/fridge" not in picture.documents


def test_a_site_says_what_it_is_called_and_that_it_is_simulated_whichever_comes_first() -> None:
    picture = shown("lock", {"outlet": "outlet-01"}, {"state": "shut"})
    picture.take_status(GATEWAY, {"state": "online", "version": "2"})
    about = picture.documents[f"g/{GATEWAY}"]
    assert (about["label"], about["simulated"], about["version"]) == ("Riverside", True, "2")
    assert picture.documents[f"d/{GATEWAY}/lock"]["label"] == "By the gate"


def test_a_contactor_names_what_is_behind_it_and_is_never_charging() -> None:
    picture = shown("relay", {"outlet": "outlet-01", "feeds": ("pile-01",)}, {"state": "on"})
    known = picture.documents[f"o/{GATEWAY}/lock/outlet-01"]
    assert (known["feeds"], known["condition"]) == (("pile-01",), "closed")


@pytest.mark.parametrize(
    ("link", "told", "alarms", "condition"),
    [
        ("ok", {"state": "on"}, (), Condition.CLOSED),
        ("ok", {"state": "off"}, (), Condition.PARTED),
        ("ok", {"state": "latched"}, (), Condition.TRIPPED),
        ("ok", {}, (), Condition.UNKNOWN),
        ("ok", {"state": "on"}, ("weld",), Condition.FAULT),
        ("silent", {"state": "on"}, (), Condition.OFFLINE),
    ],
)
def test_the_condition_of_a_contactor(link: str, told: dict[str, str], alarms: tuple[str, ...], condition: str) -> None:
    assert contactor_condition(link, told, alarms) is condition


@pytest.mark.parametrize(
    ("told", "condition"),
    [
        ({"state": "off", "plugged": True}, Condition.PLUGGED),
        ({"state": "off", "plugged": False}, Condition.FREE),
        ({"state": "unknown", "plugged": True}, Condition.UNKNOWN),
        ({"state": "unknown", "stage": "charging"}, Condition.UNKNOWN),
        ({"state": "off", "plugged": True, "stage": "occupied"}, Condition.FULL),
        ({"state": "on", "plugged": True}, Condition.CHARGING),
    ],
)
def test_a_plug_is_seen_where_nothing_charges(told: dict[str, Any], condition: str) -> None:
    assert outlet_condition("ok", told, ()) is condition

"""What is shown of many gateways follows from their messages alone, and never more than they say."""

from __future__ import annotations

import pytest

from gateway.fleet.estate import Estate
from gateway.fleet.shed import SILENT_AFTER_S
from gateway.uplink.inventory import InventoryDocument
from tests.unit.fleet.told import NOW_MS, SESSION, ZONE, alarm, event, inventory, state, status

SHED = "shed/box"


def told(*, now_s: float = 0.0) -> Estate:
    """Return an estate with one gateway that is there, with two charging outlets."""
    estate = Estate("gw/", ZONE)
    for topic, payload in (("status", status()), ("inventory", inventory()), ("state/pile-01", state())):
        estate.take(f"gw/{SHED}/{topic}", payload, now_s)
    estate.look(now_s, NOW_MS)
    return estate


def test_a_shed_is_one_line_for_who_looks_at_all_and_whole_for_who_looks_at_it() -> None:
    estate = told()
    counts = estate.overview[f"c/{SHED}"]
    assert (counts["state"], counts["outlets"], counts["counts"], counts["w"]) == ("online", 2, {"charging": 2}, 400)
    assert not [key for key in estate.documents("") if key.startswith("o/")]
    assert f"o/{SHED}/pile-01/outlet-02" in estate.documents(SHED)
    assert estate.documents("no/where") is estate.overview


def test_where_a_shed_is_and_which_documents_it_has_stands_in_its_line() -> None:
    estate = told()
    assert estate.overview[f"c/{SHED}"]["coordinates"] is None
    tariff = InventoryDocument(kind="tariffs", name="standard", version=3, digest="d", ts=None)
    about = inventory(latitude=0.0, longitude=120.1, documents=(tariff,))
    estate.take(f"gw/{SHED}/inventory", about, 0.0)
    estate.look(0.0, NOW_MS)
    line = estate.overview[f"c/{SHED}"]
    assert (line["coordinates"], line["documents"], line["config_hash"]) == (
        (0.0, 120.1), {"tariffs/standard": 3}, "h"
    )  # fmt: skip


def test_turnover_is_of_outlets_that_can_charge() -> None:
    estate = told()
    estate.take(f"gw/{SHED}/inventory", inventory(3, kind="lock"), 0.0)
    estate.look(0.0, NOW_MS)
    line = estate.overview[f"c/{SHED}"]
    assert (line["outlets"], line["sockets"], estate.sheds[SHED].sockets) == (3, 0, 0)


@pytest.mark.parametrize(("after_s", "standing"), [(SILENT_AFTER_S, "online"), (SILENT_AFTER_S + 1.0, "silent")])
def test_a_gateway_that_is_no_longer_heard_is_shown_as_silent_within_35_s(after_s: float, standing: str) -> None:
    estate = told()
    estate.look(after_s, NOW_MS)
    assert estate.overview[f"c/{SHED}"]["state"] == estate.overview[f"g/{SHED}"]["state"] == standing
    condition = estate.documents(SHED)[f"o/{SHED}/pile-01/outlet-01"]["condition"]
    assert estate.overview[f"c/{SHED}"]["w"] == (400 if standing == "online" else 0)
    assert condition == ("charging" if standing == "online" else "offline")


def test_its_own_echo_keeps_it_there_and_that_of_another_session_does_not() -> None:
    estate = told()
    estate.take(f"gw/{SHED}/echo", b"another-session", 20.0)
    estate.look(33.0, NOW_MS)
    assert estate.overview[f"c/{SHED}"]["state"] == "silent"
    estate.take(f"gw/{SHED}/echo", SESSION.encode(), 40.0)
    estate.look(60.0, NOW_MS)
    assert estate.overview[f"c/{SHED}"]["state"] == "online"


def test_the_last_will_is_believed_at_once() -> None:
    estate = told()
    estate.take(f"gw/{SHED}/status", b'{"v":1,"state":"offline","session":"session-0001"}', 1.0)
    estate.look(1.0, NOW_MS)
    assert estate.overview[f"c/{SHED}"]["state"] == "offline"


def test_what_the_broker_has_kept_is_no_sign_of_life_until_the_gateway_is_heard() -> None:
    estate = Estate("gw/", ZONE)
    estate.take(f"gw/{SHED}/status", status(), 0.0, retained=True)
    estate.look(0.0, NOW_MS)
    assert estate.overview[f"c/{SHED}"]["state"] == "awaited"
    estate.take(f"gw/{SHED}/echo", SESSION.encode(), 5.0)
    estate.look(5.0, NOW_MS)
    assert estate.overview[f"c/{SHED}"]["state"] == "online"


def test_a_reconnect_of_ours_does_not_make_a_gateway_unheard() -> None:
    estate = told()
    estate.take(f"gw/{SHED}/status", status(), 5.0, retained=True)
    estate.look(5.0, NOW_MS)
    assert estate.overview[f"c/{SHED}"]["state"] == "online"


def test_an_alarm_that_comes_late_does_not_undo_its_end() -> None:
    estate = told()
    estate.take(f"gw/{SHED}/event/alarm", alarm(1, active=True), 0.0)
    estate.take(f"gw/{SHED}/event/alarm", alarm(3, active=False), 0.0)
    estate.take(f"gw/{SHED}/event/alarm", alarm(2, active=True), 0.0)
    estate.look(0.0, NOW_MS)
    assert not [key for key in estate.overview if key.startswith("a/")]
    assert estate.overview[f"c/{SHED}"]["alarms"] == 0


def test_events_are_handed_on_once_and_missing_ones_are_counted() -> None:
    estate = told()
    heard = [estate.take(f"gw/{SHED}/event/trip", event(seq), 0.0).event for seq in (1, 1, 4)]
    estate.look(0.0, NOW_MS)
    assert [each and each.event_seq for each in heard] == [1, None, 4]
    assert estate.overview[f"c/{SHED}"]["missing"] == 2


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'{"v":2}', b"\xff", b'{"v":1,"state":"on","session":"x"}'])
@pytest.mark.parametrize("topic", ["status", "inventory", "state/pile-01", "event/trip", "outcome/x"])
def test_what_is_not_of_the_contract_is_counted_and_changes_nothing(topic: str, payload: bytes) -> None:
    estate = told()
    before = dict(estate.documents(SHED))
    assert estate.take(f"gw/{SHED}/{topic}", payload, 0.0).event is None
    assert estate.sheds[SHED].refused == estate.refused == 1
    assert estate.documents(SHED) == before


@pytest.mark.parametrize("topic", ["gw/shed/status", "other/shed/box/status", "gw/SHED/box/status", "gw/a/b/c/d", "gw"])
def test_other_topics_are_none_of_ours(topic: str) -> None:
    estate = Estate("gw/", ZONE)
    estate.take(topic, status(), 0.0)
    assert not [name for name, shed in estate.sheds.items() if shed.status]


def test_one_shed_that_talks_does_not_make_the_others_counted_again() -> None:
    estate = told()
    estate.take("gw/other/box/status", status(), 0.0)
    estate.look(0.0, NOW_MS)
    before = estate.overview["c/other/box"]
    estate.take(f"gw/{SHED}/state/pile-01", state(w=5.0), 2.0)
    estate.look(2.0, NOW_MS)
    assert estate.overview["c/other/box"] is before
    assert estate.overview[f"c/{SHED}"]["w"] == 10

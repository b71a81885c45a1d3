"""What happens in cabinets and bins closes the contacts that the site file puts there, whichever way they are wired."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.profile.codec import decode
from tests.unit.simulators.test_rooms import BINS, CABINETS, Row, bin_opens

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.model.site import Site

HAND, JAM, WRONG = 1, 2, 3
SLOT, OTHER_SLOT, DEFROST = 1, 2, 8


def closed(row: Row, device_name: str) -> set[int]:
    """Return the inputs of a module that read as on."""
    device = row.site.device(device_name)
    line = row.lines[device.bus]
    found = set()
    for number, point in enumerate(device.model.points, start=1):
        words = line.world.read(device.unit, point.table, point.address, point.span, line.now_s)
        assert isinstance(words, list)
        if decode(point, words):
            found.add(number)
    return found


def with_inverted(site: Site, name: str) -> Site:
    """Return the site with the contacts of one name wired the other way round."""
    trading: dict[str, Any] = dict(site.trading)
    bins = [
        each | {name: dict(each[name]) | {"inverted": True}} if each.get(name) else each for each in trading["bins"]
    ]
    return replace(site, trading=trading | {"bins": bins})


def test_a_hand_and_what_it_does_to_the_door_close_their_contacts(tmp_path: Path) -> None:
    bins = Row(BINS, tmp_path, "doors", "scales")
    assert closed(bins, "bins-inputs") == set()
    bins.inject("bins/outlet-01", "hand")
    bin_opens(bins, 1)
    bins.run(5.0)
    assert closed(bins, "bins-inputs") == {HAND}
    bins.run(60.0)
    assert closed(bins, "bins-inputs") == {HAND, JAM}, "stuck"
    bins.inject("bins/outlet-01", "clear")
    bins.run(70.0)
    assert closed(bins, "bins-inputs") == set()


def test_what_belongs_elsewhere_is_seen_for_a_moment(tmp_path: Path) -> None:
    bins = Row(BINS, tmp_path, "doors", "scales")
    bins.inject("bins/outlet-01", "throws-wrong=1kg")
    bin_opens(bins, 1)
    seen = []
    for tenths in range(10, 120):
        bins.run(tenths / 10)
        seen.append(closed(bins, "bins-inputs"))
    assert seen.count({WRONG}) in range(15, 25), "about two seconds"
    assert seen[-1] == set()


def test_a_contact_that_is_wired_the_other_way_round_is_open_instead(tmp_path: Path) -> None:
    bins = Row(with_inverted(BINS, "wrong"), tmp_path, "doors", "scales")
    bins.run(1.0)
    assert closed(bins, "bins-inputs") == {WRONG}


def test_goods_hold_the_contact_of_their_slot_and_a_defrost_its_own(tmp_path: Path) -> None:
    row = Row(CABINETS, tmp_path, "locks", "slots", "climate")
    row.run(1.0)
    assert closed(row, "contacts") == {SLOT, OTHER_SLOT}
    row.inject("cabinet-02", "defrost,for=20s")
    row.inject("cabinet-03/outlet-01", "takes=1")
    row.inject("cabinet-03/outlet-01", "forces")
    row.run(10.0)
    assert closed(row, "contacts") == {OTHER_SLOT, DEFROST}
    row.run(30.0)
    assert closed(row, "contacts") == {OTHER_SLOT}
